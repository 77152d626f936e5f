// What the audit trail shows of a change: the fields of an object before and after, secrets masked. Every row type that
// people change has its Trail and its audit_of(row) beside object_of(row); handlers hand what these functions make to tx.trace(…).
#pragma once

#include "api/json.hpp"
#include "pg/types.hpp"
#include "store/trail.hpp"

#include <span>

namespace slipway::http {

template <class T>
std::string audit_json(const T& value) {
  if constexpr (requires { value.has_value(); }) {
    return value ? audit_json(*value) : "null";
  } else if constexpr (requires { value.uuid; }) {
    return api::to_json(value.uuid);
  } else if constexpr (std::same_as<T, pg::Json>) {
    return value.text;
  } else if constexpr (std::integral<T> && !std::same_as<T, bool>) {
    return std::to_string(value);
  } else {
    return api::to_json(value);
  }
}

struct AuditField {
  template <class T>
  AuditField(std::string_view field, const T& value) : name(field), json(audit_json(value)) {}

  std::string_view name;
  std::string json;
};

struct AuditObject {
  std::string type;  // of the contract's ResourceType
  Uuid id = {};
  std::string target = {};              // what people call it
  OrganizationId organization = {};     // nil: none
  std::vector<AuditField> fields = {};  // named as in its Trail
  std::string icon = {};
  std::string additional = "{}";
};

// A text that a caller chose, as PostgreSQL takes it: valid UTF-8 without NUL, and not over long.
std::string storable(std::string_view text);

// What a call is about, for a failure's line: no field is shown.
store::Trace audit_about(const AuditObject& object);
store::Trace audit_new(const AuditObject& made);
// Only fields that differ are shown. Both are of one type; id and name are those of `after`.
store::Trace audit_change(const AuditObject& before, const AuditObject& after);
store::Trace audit_end(const AuditObject& gone);

// Says in both that a secret, which neither shows, is another one now.
void audit_replaced(AuditObject& before, AuditObject& after, std::string_view field);

// What the trail shows of one type of object. Words are set apart by blanks; a field that is nowhere here is masked.
struct TrailType {
  std::string_view type;          // of the contract's ResourceType
  std::string_view table = {};    // whose columns the fields are, all of them; empty: of no table
  std::string_view shown = {};    // fields
  std::string_view masked = {};   // of these it is only told that they changed
  std::string_view ignored = {};  // and of these nothing
  std::string_view derived = {};  // fields that are no column of the table
  std::string_view routes = {};   // parts of routes' patterns: what a failed call was about that ended before its handler could say
};

// Declares a type, once for the process. Stands at namespace scope in the objects.hpp of the feature whose rows they are.
class Trail {
 public:
  explicit Trail(const TrailType& type);
  Trail(const Trail&) = delete;
  Trail& operator=(const Trail&) = delete;
};

// All that are declared.
std::span<const TrailType> trail_types();
// The type that a route is about: the one whose part ends last in the pattern, and of those the longest. Empty: none.
std::string_view trail_type_of(std::string_view pattern);

}  // namespace slipway::http
