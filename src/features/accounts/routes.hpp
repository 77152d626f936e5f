// The handlers of this feature, by file.
#pragma once

#include "api/gen/auth.hpp"
#include "api/gen/response.hpp"
#include "api/gen/roles.hpp"
#include "features/accounts/accounts.hpp"
#include "features/users/objects.hpp"
#include "http/reply.hpp"
#include "http/routes.hpp"
#include "store/store.hpp"

namespace slipway::accounts {

namespace sql = users::sql;

// The single organization of 2024's clients is accepted beside the list. Who brings many people at once may do so quietly.
struct CreateAsk : api::CreateUserRequestWithOrgs {
  std::optional<Uuid> organization_id;
  std::optional<bool> skip_notifications;
};
void read(api::json::Reader& in, const api::json::Value& from, CreateAsk& to);

// A change that takes an owner away waits for its like, and is refused for the last one.
Task<Result<void>> keep_an_owner(store::Tx& tx, const store::LockedPermit<rbac::Action::update, rbac::Resource::user>& may);
// Before the account is locked by whoever may take an owner away: the last owner's accounts are locked one after the other.
Task<Result<void>> wait_for_owners(store::Tx& tx, const sql::User& row);

Task<Result<http::Created<api::User>>> create(http::Call& call, CreateAsk ask);  // create.cpp
Task<Result<api::Response>> remove(http::Call& call);                            // account.cpp
Task<Result<api::User>> update_profile(http::Call& call, api::UpdateUserProfileRequest ask);
Task<Result<api::User>> suspend(http::Call& call);
Task<Result<api::User>> activate(http::Call& call);
Task<Result<http::NoContent>> end_keys(http::Call& call);
Task<Result<http::NoContent>> change_password(http::Call& call, api::UpdateUserPasswordRequest ask);
void add_role_routes(http::Routes& routes, const rbac::RoleBook& book);  // roles.cpp

}  // namespace slipway::accounts
