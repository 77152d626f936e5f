// What happens to an account: profile, status, password, its end.
#include "aio/blocking.hpp"
#include "base/names.hpp"
#include "crypto/password.hpp"
#include "features/accounts/routes.hpp"
#include "features/accounts/told.hpp"
#include "features/organizations/organizations.hpp"
#include "features/sessions/sessions.hpp"
#include "features/users/validate.hpp"
#include "rbac/role.hpp"

namespace slipway::accounts {

namespace {

using rbac::Action, rbac::Resource;
using Update = store::LockedPermit<Action::update, Resource::user>;

bool is_owner(const sql::User& row) { return std::ranges::find(row.rbac_roles, rbac::roles::kOwner) != row.rbac_roles.end(); }

Task<Result<api::User>> again(http::Call& call, UserId id) {
  CO_TRY(row, co_await sql::by_id(call.store(), id));
  if (!row) co_return not_found();
  co_return users::to_wire(*row);
}

// The user of the path; a failure's line in the audit trail names them.
Task<Result<sql::User>> of_path(http::Call& call) {
  CO_TRY(row, co_await users::find_changeable(call, call.path("user")));
  call.audited(http::audit_about(sql::audit_of(row)));
  co_return row;
}

// Sessions end with a suspension; tokens are refused until it is over.
Task<Result<void>> set_status(store::Tx& tx, const store::Locked<sql::User>& row, std::string status) {
  CO_TRY(may, (store::permit<Action::update, Resource::user>(tx, row)));
  CO_CHECK(co_await sql::set_status(tx, may, status, tx.now()));
  if (status == "suspended") CO_CHECK(co_await sessions::sql::delete_sessions(tx, may));
  auto after = *row;
  after.status = std::move(status);
  tx.trace(http::audit_change(sql::audit_of(*row), sql::audit_of(after)));
  if (after.status == row->status) co_return Result<void>();
  if (after.status == "suspended")
    tell_suspended(tx, after);
  else
    tell_activated(tx, after);
  co_return Result<void>();
}

std::unexpected<Error> wrong_old() { return fail_field("Old password is incorrect.", "old_password", "Old password is incorrect."); }

// The hash that the old password was found right against; empty when none was given. Errors: 400 when it is missing where it is
// needed, or wrong.
Task<Result<std::string>> check_old(http::Call& call, const sql::User& row, const api::UpdateUserPasswordRequest& ask) {
  const bool own = row.id == call.actor().user_id;
  if (own && ask.old_password.empty())
    co_return fail_field("Old password is required.", "old_password", "Give the password that you sign in with now.");
  if (ask.old_password.empty()) co_return std::string();
  CO_TRY(may, (call.store().permit<Action::update_personal, Resource::user>(sql::object_of(row))));
  CO_TRY(hash, co_await sql::password_of(call.store(), may));
  const auto verify = [&] { return crypto::verify_password(hash, ask.old_password); };
  CO_TRY(right, co_await aio::hashing(verify));
  if (!right) co_return wrong_old();
  if (ask.old_password == ask.password) co_return fail_field("New password cannot match old password.", "password", "Choose another one.");
  co_return hash;
}

}  // namespace

Task<Result<void>> keep_an_owner(store::Tx& tx, const Update& may) {
  CO_TRY(others, co_await sql::count_owners(tx, may));
  if (others > 0) co_return Result<void>();
  co_return fail(Code::invalid, "The deployment must keep at least one owner.", "Make somebody else owner first.");
}

Task<Result<void>> wait_for_owners(store::Tx& tx, const sql::User& row) {
  CO_TRY(may, (tx.permit<Action::update, Resource::user>(sql::object_of(row))));
  CO_CHECK(co_await sql::lock_owners(tx, may));
  co_return Result<void>();
}

Task<Result<api::Response>> remove(http::Call& call) {
  CO_TRY(seen, co_await of_path(call));
  if (seen.id == call.actor().user_id) co_return fail(Code::forbidden, "You cannot delete yourself!");
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_CHECK(co_await wait_for_owners(tx, seen));
    CO_TRY(row, co_await users::lock_account(tx, seen.id));
    CO_TRY(may, (store::permit<Action::delete_, Resource::user>(tx, row)));
    CO_TRY(change, (store::permit<Action::update, Resource::user>(tx, row)));
    CO_TRY(workspaces, co_await sql::count_workspaces(tx, may));
    if (workspaces > 0) co_return fail(Code::in_use, "You cannot delete a user that has workspaces. Delete their workspaces and try again!");
    if (is_owner(*row)) CO_CHECK(co_await keep_an_owner(tx, change));
    CO_CHECK(co_await sessions::sql::delete_all_keys(tx, change));
    CO_CHECK(co_await organizations::leave_all(tx, may));
    tx.trace(http::audit_end(sql::audit_of(*row)));
    tell_deleted(tx, *row);
    co_return co_await sql::delete_user(tx, may, call.now());
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return api::Response{.message = "User has been deleted!", .detail = {}, .validations = {}};
}

Task<Result<api::User>> update_profile(http::Call& call, api::UpdateUserProfileRequest ask) {
  CO_TRY(seen, co_await of_path(call));
  CO_CHECK(api::json::require({{"username", ask.username}}));
  if (ask.username != seen.username) CO_CHECK(names::valid_username(ask.username));
  if (ask.name.size() > 128 || ask.name.starts_with(' ') || ask.name.ends_with(' '))
    co_return fail_field("Validation failed.", "name", "Must be at most 128 characters, without blanks at either end.");
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(row, co_await users::lock_account(tx, seen.id));
    CO_TRY(may, (store::permit<Action::update_personal, Resource::user>(tx, row)));
    auto after = *row;
    after.username = ask.username;
    after.name = ask.name;
    tx.trace(http::audit_change(sql::audit_of(*row), sql::audit_of(after)));
    co_return co_await sql::update_profile(tx, may, ask.username, ask.name, ask.avatar_url.empty() ? row->avatar_url : ask.avatar_url, call.now());
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return co_await again(call, seen.id);
}

Task<Result<api::User>> suspend(http::Call& call) {
  CO_TRY(seen, co_await of_path(call));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(row, co_await users::lock_account(tx, seen.id));
    CO_CHECK((store::permit<Action::update, Resource::user>(tx, row)));
    if (seen.id == call.actor().user_id) co_return fail(Code::invalid, "You cannot suspend yourself.");
    if (is_owner(*row)) co_return fail(Code::invalid, "You cannot suspend a user with the \"owner\" role. You must remove the role first.");
    co_return co_await set_status(tx, row, "suspended");
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return co_await again(call, seen.id);
}

Task<Result<api::User>> activate(http::Call& call) {
  CO_TRY(seen, co_await of_path(call));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(row, co_await users::lock_account(tx, seen.id));
    co_return co_await set_status(tx, row, "active");
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return co_await again(call, seen.id);
}

Task<Result<http::NoContent>> change_password(http::Call& call, api::UpdateUserPasswordRequest ask) {
  CO_TRY(seen, co_await of_path(call));
  if (!call.store().may(Action::update_personal, sql::object_of(seen))) co_return forbidden();
  CO_CHECK(co_await users::may_act_on(call.store(), seen));  // before anything is told about the password
  CO_CHECK(api::json::require({{"password", ask.password}}));
  if (seen.login_type != "password") co_return fail(Code::invalid, "Users without password login type cannot change their password.");
  CO_CHECK(users::valid_password(ask.password));
  CO_TRY(old, co_await check_old(call, seen, ask));
  const auto hash_it = [&] { return crypto::hash_password(ask.password); };
  CO_TRY(hash, co_await aio::hashing(hash_it));
  const std::string keep = seen.id == call.actor().user_id && call.principal().key ? call.principal().key->id : std::string();
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(row, co_await users::lock_account(tx, seen.id));
    CO_TRY(may, (store::permit<Action::update_personal, Resource::user>(tx, row)));
    if (row->login_type != "password") co_return fail(Code::invalid, "Users without password login type cannot change their password.");
    CO_TRY(present, co_await sql::password_of(tx, may));
    if (!old.empty() && present != old) co_return wrong_old();
    CO_CHECK(co_await sql::set_password(tx, may, hash, call.now()));
    CO_CHECK(co_await sessions::sql::delete_other_keys(tx, may, keep));
    auto before = sql::audit_of(*row), after = before;
    http::audit_replaced(before, after, "hashed_password");
    tx.trace(http::audit_change(before, after));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::NoContent{};
}

// Ends what somebody is signed in with, as a new password does, but for the key that asks for it.
Task<Result<http::NoContent>> end_keys(http::Call& call) {
  CO_TRY(seen, co_await of_path(call));
  if (!call.store().may(Action::update_personal, sql::object_of(seen))) co_return forbidden();
  CO_CHECK(co_await users::may_act_on(call.store(), seen));
  const std::string keep = call.principal().key ? call.principal().key->id : std::string();
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(row, co_await users::lock_account(tx, seen.id));
    CO_TRY(may, (store::permit<Action::update_personal, Resource::user>(tx, row)));
    CO_CHECK(co_await sessions::sql::delete_other_keys(tx, may, keep));
    tx.trace({.resource_type = "api_key", .resource_id = row->id.uuid, .target = row->username});
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::NoContent{};
}

}  // namespace slipway::accounts
