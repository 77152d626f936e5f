// What people are told of an account: docs/guide/notifications-events.md. Each in the transaction that changes it. Only this feature includes it.
#pragma once

#include "features/users/users.hpp"

namespace slipway::accounts {

// To those who look after accounts, never to the account; `by` is who made it, as they call themselves.
void tell_created(store::Tx& tx, const users::sql::User& made, const std::string& by);
void tell_deleted(store::Tx& tx, const users::sql::User& row);
// Likewise, and to the account itself, whose status is new.
void tell_suspended(store::Tx& tx, const users::sql::User& row);
void tell_activated(store::Tx& tx, const users::sql::User& row);

}  // namespace slipway::accounts
