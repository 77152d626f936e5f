// People: their records, and what they set for themselves. Other features call find() for the {user} of a path.
// What is done to an account - making, changing, ending it - is features/accounts.
#pragma once

#include "api/gen/roles.hpp"
#include "api/gen/users.hpp"
#include "features/users/gen/users_sql.hpp"
#include "http/call.hpp"
#include "rbac/role.hpp"
#include "store/locked.hpp"
#include "store/store.hpp"

namespace slipway::http {
class Routes;
}

namespace slipway::users {

// The user that a path names: a UUID, a username, or "me". Not readable is not found.
Task<Result<sql::User>> find(http::Call& call, std::string_view name);
// As find, for a change: the system's own users are frozen. Errors: 403 for one of them.
Task<Result<sql::User>> find_changeable(http::Call& call, std::string_view name);

// Who may act on an account - its password, profile, key, status, end: its person, and whoever could hand out each of its roles,
// on the site and in organizations; else taking it over would give what nobody gave. Errors: forbidden.
Task<Result<void>> may_act_on(store::Store& store, const sql::User& row);
// The account as it is now and stays until the transaction ends, for whoever may act on it. Errors: not_found, forbidden.
Task<Result<store::Locked<sql::User>>> lock_account(store::Tx& tx, UserId id);

api::User to_wire(const sql::User& row);
api::User to_wire(const http::PrincipalUser& user);
// Site roles with their display names, without the implicit member.
std::vector<api::SlimRole> slim_roles(const std::vector<std::string>& names);
// A role as lists of roles show it; `assignable` and `built_in` are for the caller to fill.
api::AssignableRoles to_wire(const rbac::Role& role, OrganizationId organization);

void add_routes(http::Routes& routes);

}  // namespace slipway::users
