// Organizations: who belongs together. Other features call find() for the {organization} of a path.
#pragma once

#include "api/gen/organizations.hpp"
#include "features/organizations/gen/organizations_sql.hpp"
#include "http/call.hpp"
#include "rbac/role.hpp"
#include "store/store.hpp"

namespace slipway::http {
class Routes;
}

namespace slipway::organizations {

// A UUID, a name, or "default". Errors: not_found when it is not there or not readable.
Task<Result<sql::Organization>> find(http::Call& call, std::string_view name);
api::Organization to_wire(const sql::Organization& row);

// Makes somebody a member. Errors: forbidden when the organization gives its members what the actor could not give; conflict when they
// are one, or they or the organization end meanwhile.
Task<Result<void>> join(store::Tx& tx, const store::Permit<rbac::Action::create, rbac::Resource::organization_member>& may, Time now);
// Ends all memberships of an account that is deleted, with what they gave: places in groups, entries of access lists.
Task<Result<void>> leave_all(store::Tx& tx, const store::Permit<rbac::Action::delete_, rbac::Resource::user>& may);

// Brings the rows of the two system roles up to date; one server at a time. Before the first request. Returns how many it wrote.
Task<Result<std::int64_t>> write_system_roles(http::Home& home, const rbac::RoleBook& book);

// The custom role that such a body (api::CustomRoleRequest) asks for, under the rules of storing it. Errors: invalid, forbidden.
Result<rbac::Role> custom_role_asked(http::Call& call, OrganizationId organization, std::string_view json);

// `book` lives as long as the routes.
void add_routes(http::Routes& routes, const rbac::RoleBook& book);

}  // namespace slipway::organizations
