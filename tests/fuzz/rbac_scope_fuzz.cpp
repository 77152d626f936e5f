// Scope names, allow lists and role names from untrusted bytes: one item a line. What parses must survive writing and reading
// back, and no combination may widen what its parts cover.
#include "base/check.hpp"
#include "rbac/role.hpp"
#include "rbac/scope.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::rbac {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return lines;
}

void try_names(const std::vector<std::string>& lines) {
  for (const auto& line : lines) {
    auto canonical = canonical_scope(line);
    check(canonical_scope(canonical) == canonical, "canonical names stay");
    auto scope = expand_scope(canonical);
    if (scope) check(!scope->site.empty() && scope->allow_list.is_everything(), "a scope permits something, anywhere");
    if (is_requestable(canonical)) check(scope.has_value(), "what may be requested expands");
    if (auto role = parse_role_name(line)) check(parse_role_name(role->str()) == *role, "a role name reads back");
  }
  auto stored = requested_scopes(std::nullopt, lines);
  if (stored) check(scope_of_key(*stored, AllowList::everything()).has_value(), "what is stored loads");
}

void try_allow_lists(const std::vector<std::string>& lines) {
  std::vector<AllowEntry> entries;
  for (const auto& line : lines) {
    auto entry = parse_allow_entry(line);
    if (!entry) continue;
    check(parse_allow_entry(entry->str()) == *entry, "an entry reads back");
    entries.push_back(*entry);
  }
  auto half = entries.begin() + static_cast<std::ptrdiff_t>(entries.size() / 2);
  AllowList all(entries), first({entries.begin(), half}), second({half, entries.end()});
  check(AllowList(all.entries()) == all, "normalising twice changes nothing");
  check(AllowList::stored(all.texts()) == all, "a list reads back");
  auto both = intersection_of(first, second);
  auto either = union_of(first, second);
  check(either == all, "the union is the whole list");
  for (const auto& entry : entries) {
    auto id = entry.id.value_or(Uuid::nil());
    auto type = entry.type == Resource::any ? Resource::workspace : entry.type;
    check(both.covers(type, id) == (first.covers(type, id) && second.covers(type, id)), "the intersection is what both cover");
    check(either.covers(type, id) == (first.covers(type, id) || second.covers(type, id)), "the union is what either covers");
  }
}

}  // namespace
}  // namespace slipway::rbac

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto lines = slipway::rbac::lines_of(text);
  if (lines.size() > 64) return 0;
  slipway::rbac::try_names(lines);
  slipway::rbac::try_allow_lists(lines);
  return 0;
}
