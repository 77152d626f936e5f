// What happens to an account: profile, status, password, its end.
#include "aio/blocking.hpp"
#include "base/names.hpp"
#include "crypto/password.hpp"
#include "features/organizations/organizations.hpp"
#include "features/sessions/gen/sessions_sql.hpp"
#include "features/users/routes.hpp"
#include "features/users/validate.hpp"
#include "rbac/role.hpp"

namespace slipway::users {

namespace {

using rbac::Action, rbac::Resource;
using Update = store::Permit<Action::update, Resource::user>;
using Personal = store::Permit<Action::update_personal, Resource::user>;

bool is_owner(const sql::User& row) { return std::ranges::find(row.rbac_roles, rbac::roles::kOwner) != row.rbac_roles.end(); }

Task<Result<api::User>> again(http::Call& call, UserId id) {
  CO_TRY(row, co_await sql::by_id(call.store(), id));
  if (!row) co_return not_found();
  co_return to_wire(*row);
}

// The user of the path; a failure's line in the audit trail names them.
Task<Result<sql::User>> of_path(http::Call& call) {
  CO_TRY(row, co_await find_changeable(call, call.path("user")));
  call.audited(http::audit_about(sql::audit_of(row)));
  co_return row;
}

Task<Result<api::User>> set_status(http::Call& call, const sql::User& row, std::string status) {
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::user>(sql::object_of(row))));
    CO_CHECK(co_await sql::set_status(tx, may, status, call.now()));
    if (status == "suspended") CO_CHECK(co_await sessions::sql::delete_sessions(tx, may));
    auto after = row;
    after.status = status;
    tx.trace(http::audit_change(sql::audit_of(row), sql::audit_of(after)));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return co_await again(call, row.id);
}

// Errors: 400 when the old password is missing where it is needed, or wrong.
Task<Result<void>> check_old(http::Call& call, const Personal& may, const sql::User& row, const api::UpdateUserPasswordRequest& ask) {
  const bool own = row.id == call.actor().user_id;
  if (own && ask.old_password.empty())
    co_return fail_field("Old password is required.", "old_password", "Give the password that you sign in with now.");
  if (ask.old_password.empty()) co_return Result<void>();
  CO_TRY(hash, co_await sql::password_of(call.store(), may));
  const auto verify = [&] { return crypto::verify_password(hash, ask.old_password); };
  if (!co_await aio::blocking(verify)) co_return fail_field("Old password is incorrect.", "old_password", "Old password is incorrect.");
  if (ask.old_password == ask.password) co_return fail_field("New password cannot match old password.", "password", "Choose another one.");
  co_return Result<void>();
}

}  // namespace

Task<Result<void>> keep_an_owner(store::Tx& tx, const Update& may) {
  CO_CHECK(co_await sql::lock_owners(tx, may));
  CO_TRY(others, co_await sql::count_owners(tx, may));
  if (others > 0) co_return Result<void>();
  co_return fail(Code::invalid, "The deployment must keep at least one owner.", "Make somebody else owner first.");
}

Result<void> above(http::Call& call, const sql::User& row) {
  if (!is_owner(row) || row.id == call.actor().user_id || call.actor().subject->holds(rbac::roles::kOwner)) return {};
  return forbidden();
}

Task<Result<api::Response>> remove(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  if (row.id == call.actor().user_id) co_return fail(Code::forbidden, "You cannot delete yourself!");
  CO_CHECK(above(call, row));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    const auto object = sql::object_of(row);
    CO_TRY(may, (tx.permit<Action::delete_, Resource::user>(object)));
    CO_TRY(change, (tx.permit<Action::update, Resource::user>(object)));
    CO_TRY(workspaces, co_await sql::count_workspaces(tx, may));
    if (workspaces > 0) co_return fail(Code::in_use, "You cannot delete a user that has workspaces. Delete their workspaces and try again!");
    if (is_owner(row)) CO_CHECK(co_await keep_an_owner(tx, change));
    CO_CHECK(co_await sessions::sql::delete_all_keys(tx, change));
    CO_CHECK(co_await organizations::leave_all(tx, may));
    tx.trace(http::audit_end(sql::audit_of(row)));
    co_return co_await sql::delete_user(tx, may, call.now());
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return api::Response{.message = "User has been deleted!", .detail = {}, .validations = {}};
}

Task<Result<api::User>> update_profile(http::Call& call, api::UpdateUserProfileRequest ask) {
  CO_TRY(row, co_await of_path(call));
  CO_CHECK(api::json::require({{"username", ask.username}}));
  CO_CHECK(names::valid_name(ask.username, "username"));
  if (ask.name.size() > 128 || ask.name.starts_with(' ') || ask.name.ends_with(' '))
    co_return fail_field("Validation failed.", "name", "Must be at most 128 characters, without blanks at either end.");
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update_personal, Resource::user>(sql::object_of(row))));
    auto after = row;
    after.username = ask.username;
    after.name = ask.name;
    tx.trace(http::audit_change(sql::audit_of(row), sql::audit_of(after)));
    co_return co_await sql::update_profile(tx, may, ask.username, ask.name, ask.avatar_url.empty() ? row.avatar_url : ask.avatar_url, call.now());
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return co_await again(call, row.id);
}

Task<Result<api::User>> suspend(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(may, (call.store().permit<Action::update, Resource::user>(sql::object_of(row))));
  if (may.owner() == call.actor().user_id) co_return fail(Code::invalid, "You cannot suspend yourself.");
  if (is_owner(row)) co_return fail(Code::invalid, "You cannot suspend a user with the \"owner\" role. You must remove the role first.");
  co_return co_await set_status(call, row, "suspended");
}

Task<Result<api::User>> activate(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  co_return co_await set_status(call, row, "active");
}

Task<Result<http::NoContent>> change_password(http::Call& call, api::UpdateUserPasswordRequest ask) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(right, (call.store().permit<Action::update_personal, Resource::user>(sql::object_of(row))));
  CO_CHECK(above(call, row));
  CO_CHECK(api::json::require({{"password", ask.password}}));
  if (row.login_type != "password") co_return fail(Code::invalid, "Users without password login type cannot change their password.");
  CO_CHECK(valid_password(ask.password));
  CO_CHECK(co_await check_old(call, right, row, ask));
  const auto hash_it = [&] { return crypto::hash_password(ask.password); };
  const std::string hash = co_await aio::blocking(hash_it);
  const std::string keep = row.id == call.actor().user_id && call.principal().key ? call.principal().key->id : std::string();
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update_personal, Resource::user>(sql::object_of(row))));
    CO_CHECK(co_await sql::set_password(tx, may, hash, call.now()));
    CO_CHECK(co_await sessions::sql::delete_other_keys(tx, may, keep));
    auto before = sql::audit_of(row), after = before;
    http::audit_replaced(before, after, "hashed_password");
    tx.trace(http::audit_change(before, after));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::NoContent{};
}

}  // namespace slipway::users
