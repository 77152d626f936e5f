// The sign-in pages' side: off to the provider, and back with its word. The browser keeps what binds the two in cookies.
#include "aio/blocking.hpp"
#include "api/gen/auth.hpp"
#include "api/gen/users.hpp"
#include "crypto/hash.hpp"
#include "crypto/password.hpp"
#include "crypto/token.hpp"
#include "features/login/gen/login_sql.hpp"
#include "features/login/people.hpp"
#include "features/login/provider.hpp"
#include "features/sessions/sessions.hpp"
#include "features/users/objects.hpp"
#include "features/users/users.hpp"
#include "http/page.hpp"
#include "net/cookie.hpp"
#include "net/url.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <cctype>

namespace slipway::login {

namespace {

using rbac::Action, rbac::Resource;

constexpr Seconds kAttemptLasts{600};
constexpr std::string_view kState = "oauth_state", kRedirect = "oauth_redirect", kVerifier = "oauth_pkce_verifier";
// Of a switch of accounts: "<state>.<secret>", sent to the callback alone.
constexpr std::string_view kSwitch = "oauth_switch";

void keep(http::Call& call, std::string_view name, std::string value, Seconds lasts, std::string_view path = "/") {
  const net::SetCookie cookie{.name = std::string(name),
                              .value = std::move(value),
                              .path = std::string(path),
                              .domain = {},
                              .max_age = lasts,
                              .http_only = true,
                              .secure = call.home().site->secure_cookies};
  call.answer_headers().add("Set-Cookie", net::to_header(cookie));
}

std::string kept(const http::Call& call, std::string_view name) {
  return std::string(net::cookie(call.request().headers, name).value_or(std::string_view()));
}

http::Raw go_to(std::string address) {
  return {net::Response{.status = 307, .headers = {{"Location", std::move(address)}, {"Cache-Control", "no-store"}}, .body = {}}};
}

// A person looks at a page, a program reads the error.
Result<http::Raw> refused(const http::Call& call, Error error) {
  if (!http::navigates(call.request()) || error.code == Code::internal || error.code == Code::cancelled) return std::unexpected(std::move(error));
  const std::string text = error.detail.empty() ? error.say : error.say + " " + error.detail;
  return http::Raw{http::page(http::status_of(error.code), "You could not be signed in", text, {"Back to the sign-in page", "/login"})};
}

// The switch that this browser asked for with that state, if it did.
std::optional<Switch> switch_of(const http::Call& call, std::string_view state) {
  const std::string both = kept(call, kSwitch);
  const auto dot = both.find('.');
  if (state.empty() || dot == both.npos || !crypto::equal(std::string_view(both).substr(0, dot), state)) return std::nullopt;
  Switch found{.state = both.substr(0, dot), .binding = both.substr(dot + 1), .by = {}};
  if (const auto& user = call.principal().user) found.by = user->id;
  return found;
}

// Errors: unauthenticated for a switch that this browser did not ask for: whoever did may have sent it here.
Result<Attempt> begin(http::Call& call, std::string redirect_uri) {
  auto attempt = Attempt::make(std::move(redirect_uri));
  if (const auto merging = call.query("oidc_merge_state"); merging && !merging->empty()) {
    const auto asked = switch_of(call, *merging);
    if (!asked || !asked->by)
      return fail(Code::unauthenticated, "This switch was not asked for in this browser and session, or too long ago.", "Begin again under Account.");
    attempt.state = asked->state;
  }
  keep(call, kState, attempt.state, kAttemptLasts);
  keep(call, kVerifier, attempt.verifier, kAttemptLasts);
  keep(call, kRedirect, net::percent_encode(safe_redirect(call.query("redirect").value_or("/"))), kAttemptLasts);
  return attempt;
}

// The attempt that this browser began. Errors: the provider's own, and an answer to somebody else's attempt.
Result<Attempt> resumed(http::Call& call, std::string redirect_uri) {
  Attempt attempt{.state = kept(call, kState), .verifier = kept(call, kVerifier), .redirect_uri = std::move(redirect_uri)};
  const std::string state = call.query("state").value_or("");
  if (attempt.state.empty() || attempt.verifier.empty() || !crypto::equal(attempt.state, state))
    return fail(Code::unauthenticated, "This sign-in was not begun in this browser, or too long ago.", "Begin again on the sign-in page.");
  return attempt;
}

// Everything after the provider's word: whose it is, a session, and on to where the person wanted to go.
Task<Result<http::Raw>> finish(http::Call& call, Login& login, Identity identity, std::string state) {
  std::string login_type = identity.login_type;
  CO_TRY(user, co_await person_of(call, login, std::move(identity), switch_of(call, state)));
  auto open = call.db().open(call.cost());
  CO_TRY(row, co_await sessions::sql::login_by_id(open, user.uuid));
  if (!row) co_return not_found();
  CO_CHECK(co_await sessions::sign_in(call, login.sessions(), *row, std::move(login_type)));
  for (const auto name : {kState, kVerifier, kRedirect}) keep(call, name, {}, Seconds(0));
  keep(call, kSwitch, {}, Seconds(0), call.request().path);
  co_return go_to(safe_redirect(net::percent_decode(kept(call, kRedirect)).value_or("/")));
}

// Errors: what the provider said instead of a code; it is a stranger's text, so only its code word is repeated.
Result<void> provider_refused(const http::Call& call) {
  const auto error = call.query("error");
  if (!error) return {};
  auto refusal =
      fail(Code::unauthenticated, "The identity provider did not let you in.", "Begin again on the sign-in page, or ask your administrator.");
  refusal.error().why = *error + " " + call.query("error_description").value_or("");
  return refusal;
}

constexpr std::string_view kOidcCallback = "/api/v2/users/oidc/callback";

std::string oidc_redirect(const http::Call& call, const Login& login) {
  const auto& own = login.options().oidc.redirect_url;
  return (own.empty() ? call.access_url() : own) + std::string(kOidcCallback);
}

Task<Result<http::Raw>> oidc_begin(http::Call& call, Login& login) {
  CO_TRY(attempt, begin(call, oidc_redirect(call, login)));
  CO_TRY(address, co_await oidc_address(login.at(call.home()), login.options().oidc, attempt, call.now()));
  co_return go_to(std::move(address));
}

Task<Result<http::Raw>> oidc_end(http::Call& call, Login& login, std::string code) {
  CO_TRY(attempt, resumed(call, oidc_redirect(call, login)));
  CO_TRY(identity, co_await oidc_identity(login.at(call.home()), login.options().oidc, attempt, std::move(code), call.now()));
  co_return co_await finish(call, login, std::move(identity), attempt.state);
}

Task<Result<http::Raw>> oidc(http::Call& call, Login& login) {
  if (!login.options().oidc.enabled()) co_return fail(Code::invalid, "Signing in with OpenID Connect is not set up on this deployment.");
  if (auto passed = provider_refused(call); !passed) co_return refused(call, std::move(passed).error());
  const auto code = call.query("code");
  auto done = code ? co_await oidc_end(call, login, *code) : co_await oidc_begin(call, login);
  if (!done) co_return refused(call, std::move(done).error());
  co_return done;
}

constexpr std::string_view kGithubCallback = "/api/v2/users/oauth2/github/callback";

Task<Result<http::Raw>> github_end(http::Call& call, Login& login, std::string code) {
  CO_TRY(attempt, resumed(call, call.access_url() + std::string(kGithubCallback)));
  CO_TRY(identity, co_await github_identity(login.at(call.home()), login.options().github, attempt, std::move(code)));
  co_return co_await finish(call, login, std::move(identity), attempt.state);
}

Result<http::Raw> github_begin(http::Call& call, const GithubOptions& options) {
  TRY(attempt, begin(call, call.access_url() + std::string(kGithubCallback)));
  return go_to(github_address(options, attempt));
}

// The device flow's page asks again and again with the device's code; it gets JSON, not a redirect.
Task<Result<http::Raw>> github_device_end(http::Call& call, Login& login, std::string code) {
  const std::string device = kept(call, kState);
  if (device.empty() || !crypto::equal(device, crypto::sha256_hex(code)))
    co_return fail(Code::unauthenticated, "This sign-in was not begun in this browser.", "Begin again on the sign-in page.");
  CO_TRY(identity, co_await github_device_poll(login.at(call.home()), login.options().github, std::move(code)));
  CO_TRY(done, co_await finish(call, login, std::move(identity), device));
  const api::OAuth2DeviceFlowCallbackResponse answer{.redirect_url = std::string(done.response.headers.get("Location"))};
  co_return http::Raw{http::json(200, api::to_json(answer))};
}

Task<Result<http::Raw>> github(http::Call& call, Login& login) {
  const auto& options = login.options().github;
  if (!options.enabled()) co_return fail(Code::invalid, "Signing in with GitHub is not set up on this deployment.");
  if (auto passed = provider_refused(call); !passed) co_return refused(call, std::move(passed).error());
  const auto code = call.query("code");
  if (!code && options.device_flow) co_return go_to("/login/device");
  if (options.device_flow) co_return co_await github_device_end(call, login, *code);
  auto done = code ? co_await github_end(call, login, *code) : github_begin(call, options);
  if (!done) co_return refused(call, std::move(done).error());
  co_return done;
}

Task<Result<api::ExternalAuthDevice>> github_device(http::Call& call, Login& login) {
  const auto& options = login.options().github;
  if (!options.enabled() || !options.device_flow)
    co_return fail(Code::invalid, "Signing in to GitHub by a device code is not set up on this deployment.");
  CO_TRY(from, co_await github_device_start(login.at(call.home()), options));
  const auto number = [&from](std::string_view name, std::int64_t fallback) {
    const auto* found = from.if_contains(name);
    return found && found->is_int64() ? found->get_int64() : fallback;
  };
  const api::ExternalAuthDevice device{.device_code = text_in(from, "device_code"),
                                       .user_code = text_in(from, "user_code"),
                                       .verification_uri = text_in(from, "verification_uri"),
                                       .expires_in = number("expires_in", 900),
                                       .interval = number("interval", 5)};
  if (device.device_code.empty() || !net::parse_url(device.verification_uri))
    co_return fail(Code::bad_gateway, "GitHub gave no device code. Try again in a moment.");
  keep(call, kState, crypto::sha256_hex(device.device_code), Seconds(device.expires_in));
  keep(call, kRedirect, net::percent_encode(safe_redirect(call.query("redirect").value_or("/"))), Seconds(device.expires_in));
  co_return device;
}

// The hash that the password is right against. Errors: 400 when it is wrong.
Task<Result<std::string>> check_password(http::Call& call, const users::sql::User& row, std::string password) {
  CO_TRY(may, (call.store().permit<Action::update_personal, Resource::user>(users::sql::object_of(row))));
  CO_TRY(hash, co_await users::sql::password_of(call.store(), may));
  const auto verify = [&] { return crypto::verify_password(hash, password); };
  CO_TRY(right, co_await aio::hashing(verify));
  if (right) co_return hash;
  co_return fail_field("Incorrect password.", "password", "Give the password that you sign in with now.");
}

Task<Result<http::Created<api::OAuthConversionResponse>>> convert(http::Call& call, Login& login, api::ConvertLoginRequest ask) {
  CO_TRY(row, co_await users::find(call, call.path("user")));
  if (row.id != call.actor().user_id) co_return forbidden();
  const bool offered = (ask.to_type == "oidc" && login.options().oidc.enabled()) || (ask.to_type == "github" && login.options().github.enabled());
  if (!offered)
    co_return fail_field("Validation failed.", "to_type", fmt::format("\"{}\" is not a way to sign in that this deployment offers.", ask.to_type));
  if (row.login_type != "password") co_return fail(Code::invalid, "Only users who sign in by password can switch to another way.");
  CO_TRY(hash, co_await check_password(call, row, ask.password));
  const std::string state = crypto::random_text(32), binding = crypto::random_text(32);
  const Time expires = call.now() + kAttemptLasts;
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(locked, co_await users::lock_account(tx, row.id));
    CO_TRY(change, (store::permit<Action::update_personal, Resource::user>(tx, locked)));
    CO_TRY(present, co_await users::sql::password_of(tx, change));
    if (present != hash) co_return fail(Code::conflict, "Your password was changed meanwhile.", "Begin again with the new one.");
    CO_CHECK(co_await sql::begin_conversion(tx, change, {crypto::sha256(state)}, {crypto::sha256(binding)}, ask.to_type, expires));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  keep(call, kSwitch, state + "." + binding, kAttemptLasts, ask.to_type == "oidc" ? kOidcCallback : kGithubCallback);
  co_return http::Created<api::OAuthConversionResponse>{
      {.state_string = state, .expires_at = expires, .to_type = ask.to_type, .user_id = row.id.uuid}};
}

Task<Result<api::AuthMethods>> auth_methods(http::Call&, Login& login) {
  const auto& [oidc, github, terms] = login.options();
  api::AuthMethods methods;
  methods.terms_of_service_url = terms;
  methods.password.enabled = login.sessions().options().password_login;
  methods.github.enabled = github.enabled();
  methods.oidc = {.enabled = oidc.enabled(), .signInText = oidc.sign_in_text, .iconUrl = oidc.icon_url};
  co_return methods;
}

}  // namespace

void add_routes(http::Routes& routes, Login& login) {
  using http::Audit, http::Auth, http::Rate;
  routes.get<Auth::none, Audit::none>("/api/v2/users/authmethods", [&login](http::Call& call) { return auth_methods(call, login); });
  routes.get<Auth::maybe_user, Audit::login, Rate::login>(std::string(kOidcCallback), [&login](http::Call& call) { return oidc(call, login); });
  routes.get<Auth::maybe_user, Audit::login, Rate::login>(std::string(kGithubCallback), [&login](http::Call& call) { return github(call, login); });
  routes.get<Auth::none, Audit::none, Rate::login>("/api/v2/users/oauth2/github/device",
                                                   [&login](http::Call& call) { return github_device(call, login); });
  // Nothing has changed yet when a switch is asked for: the sign-in that completes it leaves the line in the audit trail.
  routes.post<Auth::user, Audit::none, Rate::login>("/api/v2/users/{user}/convert-login", [&login](http::Call& call, api::ConvertLoginRequest ask) {
    return convert(call, login, std::move(ask));
  });
}

}  // namespace slipway::login
