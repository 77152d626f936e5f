#include "aio/blocking.hpp"
#include "api/gen/auth.hpp"
#include "api/gen/response.hpp"
#include "crypto/password.hpp"
#include "crypto/token.hpp"
#include "features/sessions/objects.hpp"
#include "features/sessions/sessions.hpp"
#include "http/credentials.hpp"
#include "net/cookie.hpp"
#include "rbac/role.hpp"
#include "store/store.hpp"

namespace slipway::sessions {

namespace {

// One answer for an unknown user, a wrong password and an account that signs in otherwise.
std::unexpected<Error> wrong_credentials() { return fail(Code::unauthenticated, "Incorrect email or password."); }

// Whoever signs in is dormant no more.
store::Trace woken(UserId id, const std::string& username) {
  const http::AuditObject before{.type = "user", .id = id.uuid, .target = username, .fields = {{"status", std::string("dormant")}}};
  const http::AuditObject after{.type = "user", .id = id.uuid, .target = username, .fields = {{"status", std::string("active")}}};
  auto trace = http::audit_change(before, after);
  trace.action = "write";
  trace.user = id;
  return trace;
}

Task<Result<http::Created<api::LoginWithPasswordResponse>>> login(http::Call& call, Sessions& sessions, api::LoginWithPasswordRequest ask) {
  CO_CHECK(api::json::require({{"email", ask.email}, {"password", ask.password}}));
  if (const auto verdict = sessions.guesses().begin(ask.email, call.client_ip(), call.now()); !verdict.allowed) {
    call.answer_headers().set("Retry-After", std::to_string(verdict.wait.count()));
    co_return fail(Code::too_many, fmt::format("Too many wrong passwords for this account. Try again in {} s.", verdict.wait.count()));
  }
  auto open = call.db().open(call.cost());
  CO_TRY(row, co_await sql::login_by_email(open, ask.email));
  if (row) call.audited({.resource_type = "api_key", .resource_id = row->id.uuid, .target = row->username, .user = row->id});
  const bool by_password = row && row->login_type == "password" && row->status != "suspended";
  // The same work whether or not the account exists: an empty hash is checked against a dummy.
  const std::string hash = by_password ? row->hashed_password : std::string();
  const auto check_password = [&] { return crypto::verify_password(hash, ask.password); };
  CO_TRY(right, co_await aio::hashing(check_password));
  if (!right) co_return wrong_credentials();
  sessions.guesses().right(ask.email, call.client_ip());
  const bool owner =
      std::ranges::find(row->rbac_roles, rbac::roles::kOwner) != row->rbac_roles.end();  // somebody must be able to repair the other ways
  if (!sessions.options().password_login && !owner) co_return fail(Code::forbidden, "Password authentication is disabled.");

  auto token = co_await sign_in(call, sessions, *row, "password");
  if (!token && token.error().code == Code::unauthenticated) co_return wrong_credentials();  // changed while it was being checked
  if (!token) co_return std::unexpected(std::move(token).error());
  co_return http::Created<api::LoginWithPasswordResponse>{{.session_token = token->reveal()}};
}

Task<Result<api::Response>> logout(http::Call& call, const Sessions& sessions) {
  const std::string key_id = call.principal().key->id;
  const rbac::Object key{.type = rbac::Resource::api_key, .owner = call.actor().user_id, .text_id = key_id};
  auto body = [&](store::Tx& tx) -> Task<Result<std::int64_t>> {
    CO_TRY(may, (tx.permit<rbac::Action::delete_, rbac::Resource::api_key>(key)));
    tx.trace({.resource_type = "api_key", .resource_id = key.owner.uuid, .target = key_id});
    CO_TRY(gone, co_await sql::delete_key(tx, may));
    CO_CHECK(co_await sql::delete_app_keys(tx, may));  // after it: it has waited for one that this key was just asking for
    co_return gone;
  };
  CO_CHECK(co_await call.store().tx(body));
  set_session_cookies(call, Secret(), Seconds(0), sessions.options().same_site);
  co_return api::Response{.message = "Logged out!", .detail = {}, .validations = {}};
}

Task<Result<api::ValidateUserPasswordResponse>> validate_password(http::Call&, api::ValidateUserPasswordRequest ask) {
  const auto fault = crypto::password_fault(ask.password);
  co_return api::ValidateUserPasswordResponse{.valid = fault.empty(), .details = std::string(fault)};
}

}  // namespace

Task<Result<Secret>> make_key(store::Store& store, NewKey key) {
  const auto made = crypto::make_api_key();
  const Time now = store.now();
  const rbac::Object object{.type = rbac::Resource::api_key, .owner = key.owner, .text_id = made.id};
  sql::InsertKeyArgs args{.login_type = std::move(key.login_type),
                          .password_seen = std::move(key.password_seen),
                          .made_by = std::move(key.made_by),
                          .now = now,
                          .hashed_secret = {made.hash()},
                          .token_name = std::move(key.token_name),
                          .scopes = std::move(key.scopes),
                          .allow_list = std::move(key.allow_list),
                          .lifetime_seconds = key.lifetime.count(),
                          .ip_address = std::move(key.ip),
                          .expires_at = key.expires_at.value_or(now + key.lifetime)};
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<rbac::Action::create, rbac::Resource::api_key>(object)));
    CO_TRY(stored, co_await sql::insert_key(tx, may, args));
    if (stored == 0) co_return fail(Code::unauthenticated, "You are signed out or your session has expired. Please sign in again to continue.");
    auto made_line = http::audit_new(sql::audit_of(sql::Key{.id = made.id,
                                                            .user_id = key.owner,
                                                            .login_type = args.login_type,
                                                            .token_name = args.token_name,
                                                            .scopes = args.scopes,
                                                            .allow_list = args.allow_list,
                                                            .expires_at = args.expires_at}));
    if (!tx.origin() || tx.origin()->action.empty()) made_line.action = "create";
    tx.trace(std::move(made_line));
    co_return Result<void>();
  };
  CO_CHECK(co_await store.tx(body));
  co_return made.text();
}

Task<Result<Secret>> sign_in(http::Call& call, Sessions& sessions, const sql::Login& row, std::string login_type) {
  CO_TRY(actor, sessions.actor_for(call.home(), grants_in(row, row.id), row.username));
  auto store = call.db().store_for(std::move(actor), call.cost(), call.origin());
  NewKey key{.owner = row.id, .login_type = std::move(login_type), .lifetime = sessions.options().session_duration, .ip = call.client_ip()};
  if (key.login_type == "password") key.password_seen = row.hashed_password;
  CO_TRY(token, co_await make_key(store, std::move(key)));
  if (row.status == "dormant") {
    auto duty = call.db().duty<rbac::Duty::sign_in>(call.cost(), call.origin());
    auto wake = [&](store::DutyTx<rbac::Duty::sign_in>& tx) -> Task<Result<void>> {
      tx.tx().trace(woken(row.id, row.username));
      co_return co_await sql::wake_user(tx, call.now(), row.id);
    };
    CO_CHECK(co_await duty.tx(wake));
  }
  set_session_cookies(call, token, sessions.options().session_duration, sessions.options().same_site);
  co_return token;
}

void set_session_cookies(http::Call& call, const Secret& token, Seconds lifetime, net::SameSite same_site) {
  const auto& site = *call.home().site;
  const bool secure = site.secure_cookies;
  net::SetCookie session{.name = http::session_cookie(site),
                         .value = token.reveal(),
                         .domain = {},
                         .max_age = lifetime,
                         .http_only = true,
                         .secure = secure,
                         .same_site = same_site};
  net::SetCookie csrf{.name = std::string(http::kCsrfCookie),
                      .value = token.empty() ? std::string() : http::csrf_token(token.reveal()),
                      .domain = {},
                      .max_age = lifetime,
                      .http_only = false,
                      .secure = secure,
                      .same_site = same_site};
  call.answer_headers().add("Set-Cookie", net::to_header(session));
  call.answer_headers().add("Set-Cookie", net::to_header(csrf));
}

void add_routes(http::Routes& routes, Sessions& sessions) {
  using http::Audit, http::Auth, http::Rate;
  routes.post<Auth::none, Audit::login, Rate::login>(
      "/api/v2/users/login", [&sessions](http::Call& call, api::LoginWithPasswordRequest ask) { return login(call, sessions, std::move(ask)); });
  routes.post<Auth::user, Audit::logout>("/api/v2/users/logout", [&sessions](http::Call& call) { return logout(call, sessions); });
  routes.post<Auth::none, Audit::none, Rate::login>("/api/v2/users/validate-password", validate_password);
}

}  // namespace slipway::sessions
