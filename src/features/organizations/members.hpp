#pragma once

#include "api/gen/roles.hpp"
#include "http/routes.hpp"
#include "rbac/assign.hpp"
#include "rbac/role.hpp"

namespace slipway::organizations {

// Permissions as they are stored and answered.
std::vector<api::Permission> permissions_of(const rbac::Permissions& list);

// Whether a custom role of that name is there, until the transaction ends. Errors: forbidden for whoever may not read them.
Task<Result<rbac::CustomRoleExists>> custom_roles_held(store::Tx& tx, OrganizationId organization);

// Who belongs to an organization, and in which roles.
void add_member_routes(http::Routes& routes, const rbac::RoleBook& book);
void add_custom_role_routes(http::Routes& routes);                          // making, replacing and deleting roles of its own
void add_setting_routes(http::Routes& routes, const rbac::RoleBook& book);  // organizations themselves

}  // namespace slipway::organizations
