// What this feature's rows are to the policy: an organization is in itself.
#pragma once

#include "features/organizations/gen/organizations_sql.hpp"
#include "http/audit.hpp"
#include "store/target.hpp"

namespace slipway::organizations::sql {

// What the audit trail shows of them, column by column.
inline const http::Trail kOrganizationTrail({.type = "organization",
                                             .table = "organizations",
                                             .shown = "name display_name description icon is_default deleted default_org_member_roles "
                                                      "shareable_workspace_owners keeps_quotas",
                                             .ignored = "id created_at updated_at",
                                             .routes = "/organizations"});
inline const http::Trail kMemberTrail({.type = "organization_member",
                                       .table = "organization_members",
                                       .shown = "user_id roles username",
                                       .ignored = "organization_id created_at updated_at",
                                       .derived = "username",
                                       .routes = "/members"});
inline const http::Trail kRoleTrail({.type = "custom_role",
                                     .table = "custom_roles",
                                     .shown = "name display_name org_permissions member_permissions",
                                     .ignored = "organization_id is_system created_at updated_at",
                                     .routes = "/members/roles"});

inline store::Target object_of(const Organization& row) {
  return rbac::Object{.type = rbac::Resource::organization, .id = row.id.uuid, .organization = row.id};
}

inline http::AuditObject audit_of(const Organization& row) {
  return {.type = "organization",
          .id = row.id.uuid,
          .target = row.name,
          .organization = row.id,
          .fields = {{"name", row.name},
                     {"display_name", row.display_name},
                     {"description", row.description},
                     {"icon", row.icon},
                     {"is_default", row.is_default},
                     {"default_org_member_roles", row.default_org_member_roles},
                     {"shareable_workspace_owners", row.shareable_workspace_owners}},
          .icon = row.icon};
}

inline store::Target object_of(const OneMember& row) {
  return rbac::Object{.type = rbac::Resource::organization_member, .id = row.user_id.uuid, .owner = row.user_id, .organization = row.organization_id};
}

inline http::AuditObject audit_of(const OneMember& row) {
  return {.type = "organization_member",
          .id = row.user_id.uuid,
          .target = row.username,
          .organization = row.organization_id,
          .fields = {{"user_id", row.user_id}, {"username", row.username}, {"roles", row.roles}}};
}

// Roles have names instead of ids.
inline http::AuditObject audit_of(const CustomRolesRow& row, OrganizationId organization) {
  return {.type = "custom_role",
          .target = row.name,
          .organization = organization,
          .fields = {{"name", row.name},
                     {"display_name", row.display_name},
                     {"org_permissions", row.org_permissions},
                     {"member_permissions", row.member_permissions}}};
}

}  // namespace slipway::organizations::sql
