// Accounts: the first one, making one with its memberships and key pair, its status, password, site roles and end. What a person's
// record is and what they set for themselves is features/users; features/login makes accounts by add_user().
#pragma once

#include "features/users/users.hpp"

namespace slipway::rbac {
class RoleBook;
}

namespace slipway::accounts {

// A new person with their memberships and key pair for git, as the transaction's actor. Whoever looks after accounts is told who made it,
// unless nobody is named. Errors: forbidden; conflict for a taken name.
Task<Result<void>> add_user(store::Tx& tx, UserId id, const users::sql::InsertArgs& args, const std::vector<OrganizationId>& organizations,
                            const std::optional<std::string>& told_by);

// `book` lives as long as the routes.
void add_routes(http::Routes& routes, const rbac::RoleBook& book);

}  // namespace slipway::accounts
