// How a role looks on the wire.
#pragma once

#include "api/gen/roles.hpp"
#include "rbac/role.hpp"

namespace slipway::users {

// Without `assignable` and `built_in`, which depend on who asks and where the role comes from.
api::AssignableRoles to_wire(const rbac::Role& role, OrganizationId organization);

}  // namespace slipway::users
