#include "http/audit.hpp"

#include "base/check.hpp"
#include "base/text.hpp"

namespace slipway::http {

namespace {

std::vector<TrailType>& declared() {
  static std::vector<TrailType> all;
  return all;
}

enum class Shown { plain, masked, not_at_all };

Shown how_shown(std::string_view type_name, std::string_view field) {
  const auto type = std::ranges::find(declared(), type_name, &TrailType::type);
  if (type == declared().end()) return Shown::masked;
  const auto among = [field](std::string_view words) {
    const auto all = text::words(words);
    return std::ranges::find(all, field) != all.end();
  };
  if (among(type->shown)) return Shown::plain;
  return among(type->ignored) ? Shown::not_at_all : Shown::masked;
}

// What a field is before it is set, and what stands for a secret: an empty value of its kind.
std::string_view empty_like(std::string_view json) {
  switch (json.empty() ? 'n' : json.front()) {
    case '"': return R"("")";
    case '[': return "[]";
    case '{': return "{}";
    case 't':
    case 'f': return "false";
    case 'n': return "null";
    default: return "0";
  }
}

void write_field(api::json::Writer& to, std::string_view name, std::string_view before, std::string_view after, bool secret) {
  to.raw("\"");
  to.raw(name);
  to.raw(R"(":{"old":)");
  to.raw(secret ? empty_like(before) : before);
  to.raw(R"(,"new":)");
  to.raw(secret ? empty_like(after) : after);
  to.raw(secret ? R"(,"secret":true})" : R"(,"secret":false})");
}

// A field that only one side has is compared with an empty value of its kind.
std::string diff_of(std::string_view type_name, const std::vector<AuditField>& before, const std::vector<AuditField>& after) {
  std::string out = "{";
  api::json::Writer writer(out);
  for (const auto& field : after.empty() ? before : after) {
    const auto how = how_shown(type_name, field.name);
    if (how == Shown::not_at_all) continue;
    const auto side = [&field](const std::vector<AuditField>& fields) -> std::string_view {
      const auto same = std::ranges::find(fields, field.name, &AuditField::name);
      return same == fields.end() ? empty_like(field.json) : std::string_view(same->json);
    };
    const auto was = side(before), is = side(after);
    if (was == is) continue;
    if (out.size() > 1) out += ',';
    write_field(writer, field.name, was, is, how == Shown::masked);
  }
  return out + "}";
}

store::Trace trace_of(const AuditObject& object, std::string diff) {
  return {.resource_type = object.type,
          .resource_id = object.id,
          .target = object.target,
          .icon = object.icon,
          .organization = object.organization,
          .action = {},
          .diff = std::move(diff),
          .additional = object.additional,
          .user = {}};
}

}  // namespace

Trail::Trail(const TrailType& type) {
  check(std::ranges::find(declared(), type.type, &TrailType::type) == declared().end(), "a type of the audit trail was declared twice");
  declared().push_back(type);
}

std::span<const TrailType> trail_types() { return declared(); }

std::string_view trail_type_of(std::string_view pattern) {
  std::string_view type;
  std::pair<std::size_t, std::size_t> best;  // where the part ends, and its length
  for (const auto& one : declared())
    for (const auto part : text::words(one.routes)) {
      const auto at = pattern.rfind(part);
      if (at == pattern.npos) continue;
      const std::pair found(at + part.size(), part.size());
      if (found > best) best = found, type = one.type;
    }
  return type;
}

std::string storable(std::string_view text) {
  constexpr std::size_t kLongest = 256;
  text = text.substr(0, kLongest);
  if (std::ranges::all_of(text, [](unsigned char c) { return c > 0 && c < 0x80; })) return std::string(text);
  std::string quoted;
  api::json::Writer(quoted).string(text);  // which escapes what is no UTF-8
  auto plain = api::from_json<std::string>(quoted);
  if (!plain) return {};
  std::erase(*plain, '\0');
  return std::move(*plain);
}

void audit_replaced(AuditObject& before, AuditObject& after, std::string_view field) {
  before.fields.emplace_back(field, std::string("old"));
  after.fields.emplace_back(field, std::string("new"));
}

store::Trace audit_about(const AuditObject& object) { return trace_of(object, "{}"); }
store::Trace audit_new(const AuditObject& made) { return trace_of(made, diff_of(made.type, {}, made.fields)); }
store::Trace audit_end(const AuditObject& gone) { return trace_of(gone, diff_of(gone.type, gone.fields, {})); }

store::Trace audit_change(const AuditObject& before, const AuditObject& after) {
  check(before.type == after.type, "a change was told of two objects of different types");
  return trace_of(after, diff_of(after.type, before.fields, after.fields));
}

}  // namespace slipway::http
