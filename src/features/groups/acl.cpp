// Access lists as requests change them.
#include "features/groups/groups.hpp"
#include "store/store.hpp"

namespace slipway::groups {

namespace {

struct Entry {
  Uuid id;
  std::string text, role;
};

// The entries whose ids read; what does not is a fault.
std::vector<Entry> entries_of(const std::optional<Roles>& asked, std::string_view field, const AclAsk& ask, std::vector<FieldError>& faults) {
  std::vector<Entry> out;
  if (!asked) return out;
  for (const auto& [text, role] : *asked) {
    const auto id = Uuid::parse(text);
    if (!id) faults.push_back({std::string(field), fmt::format("\"{}\" is not a valid UUID.", text)});
    if (!role.empty() && !ask.known.contains(role)) faults.push_back({std::string(field), fmt::format("role \"{}\" is not a valid role", role)});
    if (id) out.push_back({*id, id->str(), role});
  }
  return out;
}

// Ids that get a role: only they must exist, so that stale entries can be taken away.
template <class Id>
std::vector<Id> given(const std::vector<Entry>& entries) {
  std::vector<Id> out;
  for (const auto& entry : entries)
    if (!entry.role.empty()) out.push_back(Id{entry.id});
  return out;
}

template <class Id>
void find_missing(const std::vector<Entry>& entries, const std::vector<Id>& known, std::string_view field, std::string_view what,
                  std::vector<FieldError>& faults) {
  for (const auto& entry : entries)
    if (!entry.role.empty() && std::ranges::find(known, Id{entry.id}) == known.end())
      faults.push_back({std::string(field), fmt::format("{} with ID {} does not exist", what, entry.text)});
}

void split(const std::vector<Entry>& entries, const AclAsk& ask, std::vector<std::string>& gone, std::string& set) {
  std::vector<std::string> members;
  for (const auto& entry : entries) {
    if (entry.role.empty())
      gone.push_back(entry.text);
    else
      members.push_back(fmt::format("\"{}\":{}", entry.text, ask.known.at(entry.role)));
  }
  set = fmt::format("{{{}}}", fmt::join(members, ","));
}

}  // namespace

Task<Result<AclChange>> check_acl(store::Tx& tx, OrganizationId organization, const AclAsk& ask) {
  std::vector<FieldError> faults;
  const auto users = entries_of(ask.users, ask.users_field, ask, faults), groups = entries_of(ask.groups, ask.groups_field, ask, faults);
  if (const auto ids = given<UserId>(users); !ids.empty()) {
    CO_TRY(known, co_await sql::listable_members(tx, organization, ids));
    find_missing(users, known, ask.users_field, "user", faults);
  }
  if (const auto ids = given<GroupId>(groups); !ids.empty()) {
    CO_TRY(known, co_await sql::listable_groups(tx, organization, ids));
    find_missing(groups, known, ask.groups_field, "group", faults);
  }
  if (!faults.empty()) co_return std::unexpected(Error{.code = Code::invalid, .say = "Validation failed.", .fields = std::move(faults)});
  AclChange change;
  split(users, ask, change.gone_users, change.users);
  split(groups, ask, change.gone_groups, change.groups);
  co_return change;
}

}  // namespace slipway::groups
