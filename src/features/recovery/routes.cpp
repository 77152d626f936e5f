#include "aio/blocking.hpp"
#include "api/gen/auth.hpp"
#include "base/log.hpp"
#include "crypto/hash.hpp"
#include "crypto/password.hpp"
#include "features/recovery/gen/recovery_sql.hpp"
#include "features/recovery/recovery.hpp"
#include "features/sessions/sessions.hpp"
#include "features/users/objects.hpp"
#include "features/users/users.hpp"
#include "features/users/validate.hpp"
#include "http/audit.hpp"
#include "http/reply.hpp"

namespace slipway::recovery {

namespace {

using rbac::Action, rbac::Resource;
using Recovering = store::DutyTx<rbac::Duty::recovery>;

constexpr int kGuesses = 10;
// A wrong code is answered so long after it was sent: what was looked up and counted meanwhile does not show.
constexpr Milliseconds kWrongTakes{300};

Result<void> check_enabled(const sessions::Sessions& sessions) {
  if (sessions.options().password_login) return {};
  return fail(Code::forbidden, "Password authentication is disabled.");
}

Task<Result<http::NoContent>> request(http::Call& call, Recovery& recovery, sessions::Sessions& sessions, api::RequestOneTimePasscodeRequest ask) {
  CO_CHECK(check_enabled(sessions));
  CO_CHECK(api::json::require({{"email", ask.email}}));
  CO_CHECK(users::valid_email(ask.email));
  call.origin()->follows = true;
  if (!recovery.begin(call.home(), {.email = std::move(ask.email), .origin = call.origin()}))
    log::warn("too many one-time passcodes are being mailed; one was not", {{"request_id", call.id().str()}});
  co_return http::NoContent{};
}

// Everything that a right code changes, or nothing. False: the code was used meanwhile.
Task<Result<bool>> change(http::Call& call, store::DutyStore<rbac::Duty::recovery>& duty, const sql::TakeGuessRow& row, const std::string& hash) {
  auto body = [&](Recovering& tx) -> Task<Result<bool>> {
    CO_TRY(used, co_await sql::use_up(tx, row.id, row.passcode_hash));
    if (used == 0) co_return false;
    CO_TRY(user, co_await users::sql::lock(tx.tx(), row.id));
    if (!user || (*user)->login_type != "password" || (*user)->status == "suspended") co_return false;
    CO_TRY(may, (store::permit<Action::update_personal, Resource::user>(tx.tx(), *user)));
    CO_CHECK(co_await users::sql::set_password(tx.tx(), may, hash, call.now()));
    CO_CHECK(co_await sessions::sql::delete_other_keys(tx.tx(), may, ""));
    http::AuditObject before{.type = "user", .id = row.id.uuid, .target = row.username}, after = before;
    http::audit_replaced(before, after, "hashed_password");
    auto changed = http::audit_change(before, after);
    changed.user = row.id;
    tx.tx().trace(std::move(changed));
    co_return true;
  };
  co_return co_await duty.tx(body);
}

// False for whatever is wrong with address or code.
Task<Result<bool>> try_code(http::Call& call, const api::ChangePasswordWithOneTimePasscodeRequest& ask) {
  auto duty = call.db().duty<rbac::Duty::recovery>(call.cost(), call.origin());
  CO_TRY(row, co_await sql::take_guess(duty, ask.email, call.now(), kGuesses));
  const std::string sent = crypto::sha256(ask.one_time_passcode);
  if (!row || !crypto::equal(row->passcode_hash.data, sent)) co_return false;
  const auto is_old = [&] { return crypto::verify_password(row->hashed_password, ask.password); };
  CO_TRY(same, co_await aio::hashing(is_old));
  if (same) co_return fail_field("New password cannot match old password.", "password", "Choose another one.");
  const auto hash_it = [&] { return crypto::hash_password(ask.password); };
  CO_TRY(hash, co_await aio::hashing(hash_it));
  co_return co_await change(call, duty, *row, hash);
}

Task<Result<http::NoContent>> change_password(http::Call& call, sessions::Sessions& sessions, api::ChangePasswordWithOneTimePasscodeRequest ask) {
  CO_CHECK(check_enabled(sessions));
  CO_CHECK(api::json::require({{"email", ask.email}, {"password", ask.password}, {"one_time_passcode", ask.one_time_passcode}}));
  CO_CHECK(users::valid_email(ask.email));
  CO_CHECK(users::valid_password(ask.password));
  const auto began = std::chrono::steady_clock::now();
  CO_TRY(right, co_await try_code(call, ask));
  if (right) co_return http::NoContent{};
  const auto took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - began);
  co_await aio::sleep(std::max(Milliseconds(0), kWrongTakes - took));
  co_return fail(Code::invalid, "Incorrect email or one-time passcode.", "Ask for a new mail when the code is over 20 minutes old, or was used.");
}

}  // namespace

void add_routes(http::Routes& routes, Recovery& recovery, sessions::Sessions& sessions) {
  using http::Audit, http::Auth, http::Rate;
  routes.post<Auth::none, Audit::request_password_reset, Rate::login>(
      "/api/v2/users/otp/request",
      [&](http::Call& call, api::RequestOneTimePasscodeRequest ask) { return request(call, recovery, sessions, std::move(ask)); });
  routes.post<Auth::none, Audit::write, Rate::login>(
      "/api/v2/users/otp/change-password",
      [&](http::Call& call, api::ChangePasswordWithOneTimePasscodeRequest ask) { return change_password(call, sessions, std::move(ask)); });
}

}  // namespace slipway::recovery
