#include "features/users/users.hpp"

#include "rbac/role.hpp"

namespace slipway::users {

namespace {

const rbac::RoleBook& names_book() {
  static const rbac::RoleBook book;
  return book;
}

std::vector<Uuid> uuids(const std::vector<OrganizationId>& ids) {
  std::vector<Uuid> out;
  for (const auto& id : ids) out.push_back(id.uuid);
  return out;
}

std::vector<api::Permission> permissions_of(const rbac::Permissions& list) {
  std::vector<api::Permission> out;
  for (const auto& one : list)
    out.push_back({.negate = one.negate, .resource_type = std::string(rbac::name_of(one.type)), .action = std::string(rbac::name_of(one.action))});
  return out;
}

}  // namespace

std::vector<api::SlimRole> slim_roles(const std::vector<std::string>& names) {
  std::vector<api::SlimRole> roles;
  for (const auto& name : names)
    if (const auto role = names_book().site(name); role && name != rbac::roles::kMember)
      roles.push_back({.name = name, .display_name = role->display_name, .organization_id = {}});
  return roles;
}

api::AssignableRoles to_wire(const rbac::Role& role, OrganizationId organization) {
  api::AssignableRoles out;
  out.name = role.name;
  if (!organization.is_nil()) out.organization_id = organization.str();
  out.display_name = role.display_name;
  out.site_permissions = permissions_of(role.site);
  out.user_permissions = permissions_of(role.user);
  out.organization_permissions = permissions_of(role.org);
  out.organization_member_permissions = permissions_of(role.member);
  return out;
}

api::User to_wire(const sql::User& row) {
  api::User user{.id = row.id.uuid,
                 .username = row.username,
                 .name = row.name,
                 .avatar_url = row.avatar_url,
                 .email = row.email,
                 .created_at = row.created_at,
                 .updated_at = row.updated_at,
                 .last_seen_at = row.last_seen_at,
                 .status = row.status,
                 .login_type = row.login_type,
                 .is_service_account = {},
                 .theme_preference = {},
                 .organization_ids = uuids(row.organization_ids),
                 .roles = slim_roles(row.rbac_roles)};
  if (row.is_service_account) user.is_service_account = true;
  return user;
}

api::User to_wire(const http::PrincipalUser& p) {
  api::User user{.id = p.id.uuid,
                 .username = p.username,
                 .name = p.name,
                 .avatar_url = p.avatar_url,
                 .email = p.email,
                 .created_at = p.created_at,
                 .updated_at = p.updated_at,
                 .last_seen_at = p.last_seen_at,
                 .status = p.status,
                 .login_type = p.login_type,
                 .is_service_account = {},
                 .theme_preference = {},
                 .organization_ids = uuids(p.organizations),
                 .roles = slim_roles(p.site_roles)};
  if (p.is_service_account) user.is_service_account = true;
  return user;
}

}  // namespace slipway::users
