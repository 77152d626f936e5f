// The list of objects a token may touch: entries `type:id`, either half may be "*".
#pragma once

#include "base/ids.hpp"
#include "base/result.hpp"
#include "rbac/actions.hpp"

#include <compare>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::rbac {

struct AllowEntry {
  Resource type = Resource::any;
  std::optional<Uuid> id = {};  // nullopt: "*"

  std::string str() const;  // as stored: "workspace:<uuid>", "*:*"
  bool operator==(const AllowEntry&) const = default;
  std::strong_ordering operator<=>(const AllowEntry& other) const;  // by type name, then id; "*" first
};

inline constexpr std::size_t kMaxAllowEntries = 128;

// All errors are 400 `Failed to create API key.` with what is wrong as detail.
// The older string form "type:id"; lower-cased and trimmed first.
Result<AllowEntry> parse_allow_entry(std::string_view text);
// The object form; an absent field is an empty text.
Result<AllowEntry> parse_allow_entry(std::string_view type, std::string_view id);
// What to answer to a JSON value that is neither object nor string.
std::unexpected<Error> wrong_allow_entry_kind();

// Normalised: `*:*` alone if present, `T:*` without any `T:<id>`, sorted, no duplicates. Empty covers nothing.
class AllowList {
 public:
  AllowList() = default;
  explicit AllowList(std::vector<AllowEntry> entries);
  static AllowList everything() { return AllowList({AllowEntry{}}); }
  // From a request: at most 128 entries before normalisation; none at all means everything.
  static Result<AllowList> requested(std::vector<AllowEntry> entries);
  // From storage: `type:id` texts; an entry that no longer parses covers nothing and is dropped.
  static AllowList stored(std::span<const std::string> texts);

  const std::vector<AllowEntry>& entries() const { return entries_; }
  std::vector<std::string> texts() const;
  bool is_everything() const { return entries_.size() == 1 && entries_[0] == AllowEntry{}; }
  bool covers(Resource type, Uuid id) const;  // nil id: the object has none

  bool operator==(const AllowList&) const = default;

 private:
  std::vector<AllowEntry> entries_;
};

AllowList union_of(const AllowList& a, const AllowList& b);
// What both cover, the narrower part of each pair. A key list that is empty stays empty.
AllowList intersection_of(const AllowList& a, const AllowList& b);

}  // namespace slipway::rbac
