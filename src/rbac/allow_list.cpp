#include "rbac/allow_list.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace slipway::rbac {
namespace {

std::string_view trimmed(std::string_view text) { return text::trim(text, " \t\r\n\v\f"); }

std::unexpected<Error> bad(std::string detail) { return fail(Code::invalid, "Failed to create API key.", std::move(detail)); }

Result<AllowEntry> entry_of(std::string_view type, std::string_view id) {
  auto resource = resource_named(type);
  if (resource == Resource::unknown) return bad("unknown resource type \"" + std::string(type) + "\"");
  if (id == "*") return AllowEntry{resource, std::nullopt};
  auto uuid = Uuid::parse(id);
  if (!uuid) return bad("invalid " + std::string(type) + " ID (must be UUID): \"" + std::string(id) + "\"");
  return AllowEntry{resource, uuid};
}

// What both entries cover: the narrower half of each side.
std::optional<AllowEntry> meet(const AllowEntry& a, const AllowEntry& b) {
  if (a.type != b.type && a.type != Resource::any && b.type != Resource::any) return std::nullopt;
  if (a.id && b.id && a.id != b.id) return std::nullopt;
  return AllowEntry{a.type == Resource::any ? b.type : a.type, a.id ? a.id : b.id};
}

}  // namespace

std::string AllowEntry::str() const { return std::string(name_of(type)) + ":" + (id ? id->str() : std::string("*")); }

std::strong_ordering AllowEntry::operator<=>(const AllowEntry& other) const {
  if (type != other.type) return name_of(type) <=> name_of(other.type);
  return id <=> other.id;  // none sorts first, as "*" does before any digit
}

Result<AllowEntry> parse_allow_entry(std::string_view text) {
  auto entry = text::lower(trimmed(text));
  auto colon = entry.find(':');
  auto type = trimmed(std::string_view(entry).substr(0, colon));
  auto id = colon == std::string::npos ? std::string_view() : trimmed(std::string_view(entry).substr(colon + 1));
  if (type.empty() || id.empty()) return bad("invalid allow_list entry \"" + std::string(text) + "\": want <type>:<id>");
  return entry_of(type, id);
}

Result<AllowEntry> parse_allow_entry(std::string_view type, std::string_view id) {
  type = trimmed(type);
  id = trimmed(id);
  if (type.empty() || id.empty()) return bad("allow_list entry must include both type and id");
  return entry_of(type, id);
}

std::unexpected<Error> wrong_allow_entry_kind() { return bad("invalid allow_list entry: expected object with type/id or string"); }

AllowList::AllowList(std::vector<AllowEntry> entries) : entries_(std::move(entries)) {
  std::ranges::sort(entries_);
  entries_.erase(std::ranges::unique(entries_).begin(), entries_.end());
  if (!entries_.empty() && entries_[0] == AllowEntry{}) {
    entries_.resize(1);
    return;
  }
  // Sorted, `T:*` stands before every `T:<id>`.
  Resource whole = Resource::unknown;
  std::erase_if(entries_, [&whole](const AllowEntry& entry) {
    if (!entry.id) whole = entry.type;
    return entry.id && entry.type == whole;
  });
}

Result<AllowList> AllowList::requested(std::vector<AllowEntry> entries) {
  if (entries.size() > kMaxAllowEntries)
    return bad("allow_list has " + std::to_string(entries.size()) + " entries; max allowed is " + std::to_string(kMaxAllowEntries));
  if (entries.empty()) return everything();
  return AllowList(std::move(entries));
}

AllowList AllowList::stored(std::span<const std::string> texts) {
  std::vector<AllowEntry> entries;
  for (const auto& text : texts)
    if (auto entry = parse_allow_entry(text)) entries.push_back(*entry);
  return AllowList(std::move(entries));
}

std::vector<std::string> AllowList::texts() const {
  std::vector<std::string> texts;
  for (const auto& entry : entries_) texts.push_back(entry.str());
  return texts;
}

bool AllowList::covers(Resource type, Uuid id) const {
  return std::ranges::any_of(entries_, [&](const AllowEntry& entry) {
    bool type_fits = entry.type == Resource::any || (entry.type == type && type != Resource::unknown);
    return type_fits && (!entry.id || (!id.is_nil() && *entry.id == id));
  });
}

AllowList union_of(const AllowList& a, const AllowList& b) {
  auto entries = a.entries();
  entries.insert(entries.end(), b.entries().begin(), b.entries().end());
  return AllowList(std::move(entries));
}

AllowList intersection_of(const AllowList& a, const AllowList& b) {
  std::vector<AllowEntry> entries;
  for (const auto& x : a.entries())
    for (const auto& y : b.entries())
      if (auto narrower = meet(x, y)) entries.push_back(*narrower);
  return AllowList(std::move(entries));
}

}  // namespace slipway::rbac
