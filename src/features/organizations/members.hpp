#pragma once

#include "http/routes.hpp"
#include "rbac/role.hpp"

namespace slipway::organizations {

// Who belongs to an organization, and in which roles.
void add_member_routes(http::Routes& routes, const rbac::RoleBook& book);
void add_custom_role_routes(http::Routes& routes);  // making, replacing and deleting roles of its own

}  // namespace slipway::organizations
