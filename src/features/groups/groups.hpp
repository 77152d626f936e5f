// Groups of an organization's members. Access lists of templates and workspaces are checked and shown by what is here.
#pragma once

#include "api/gen/groups.hpp"
#include "features/groups/objects.hpp"
#include "http/call.hpp"

#include <map>

namespace slipway::http {
class Routes;
}

namespace slipway::groups {

// Everyone is a group by its id: the organization's own. Its members are the organization's, without a row for each.
inline constexpr std::string_view kEveryone = "Everyone";
inline bool is_everyone(const sql::Group& row) { return row.id.uuid == row.organization_id.uuid; }

// Errors: not_found when it is not there or not readable.
Task<Result<sql::Group>> find(http::Call& call, GroupId id);

// Groups with those of their members that the caller may see: one statement for all of them.
Task<Result<std::vector<api::Group>>> to_wire(http::Call& call, const std::vector<sql::Group>& rows);
template <class Row>
api::ReducedUser person(const Row& row) {
  return {.id = row.id.uuid,
          .username = row.username,
          .name = row.name,
          .avatar_url = row.avatar_url,
          .email = row.email,
          .created_at = row.created_at,
          .updated_at = row.updated_at,
          .last_seen_at = row.last_seen_at,
          .status = row.status,
          .login_type = row.login_type,
          .is_service_account = row.is_service_account ? std::optional(true) : std::nullopt,
          .theme_preference = {}};
}

// The groups that an access list names, as a TemplateGroup or a WorkspaceGroup: "admin" where their entry grants `admin`, else "use".
using MayList =
    store::OneOf<store::Judged<rbac::Action::read, rbac::Resource::workspace>, store::Judged<rbac::Action::update, rbac::Resource::template_>>;
template <class Out>
Task<Result<std::vector<Out>>> on_list(http::Call& call, const MayList& may, const std::string& acl, store::AclShape shape, rbac::Action admin) {
  std::vector<Out> out;
  std::map<Uuid, std::string> roles;
  std::vector<GroupId> ids;
  for (const auto& entry : store::parse_acl(acl, shape)) {
    roles[entry.who] = entry.actions.grants(admin) ? "admin" : "use";
    ids.push_back(GroupId{entry.who});
  }
  if (ids.empty()) co_return out;
  CO_TRY(rows, co_await sql::on_list(call.store(), may, ids));
  CO_TRY(listed, co_await to_wire(call, rows));
  for (auto& group : listed)
    out.push_back({.id = group.id,
                   .name = std::move(group.name),
                   .display_name = std::move(group.display_name),
                   .organization_id = group.organization_id,
                   .members = std::move(group.members),
                   .total_member_count = group.total_member_count,
                   .avatar_url = std::move(group.avatar_url),
                   .quota_allowance = group.quota_allowance,
                   .source = std::move(group.source),
                   .organization_name = std::move(group.organization_name),
                   .organization_display_name = std::move(group.organization_display_name),
                   .role = std::move(roles[group.id])});
  co_return out;
}

// What a request wants of an access list: id to role, the empty role taking an entry away.
using Roles = std::map<std::string, std::string>;
struct AclAsk {
  std::string_view users_field, groups_field;  // as the request names them
  const std::optional<Roles>& users;
  const std::optional<Roles>& groups;
  const std::map<std::string, std::string>& known;  // role to its stored JSON
};
// What to store: ids to take away, and entries to set as one JSON object.
struct AclChange {
  std::vector<std::string> gone_users, gone_groups;
  std::string users = "{}", groups = "{}";
};
// Checks every entry and names all faults at once: ids that are none, that name nobody of the organization, roles that there are
// not; who and what is named stays until the transaction ends. Two statements at most. Errors: 400 with a validation for each fault.
Task<Result<AclChange>> check_acl(store::Tx& tx, OrganizationId organization, const AclAsk& ask);

void add_routes(http::Routes& routes);

}  // namespace slipway::groups
