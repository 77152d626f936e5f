#include "features/login/provider.hpp"

#include "crypto/hash.hpp"
#include "crypto/jws.hpp"
#include "crypto/token.hpp"
#include "net/url.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace slipway::login {

namespace {

namespace bj = boost::json;

constexpr Milliseconds kDeadline{10000};
constexpr Seconds kDiscoveryLasts{3600};
constexpr Seconds kKeysRest{10};  // an unknown key is looked for again, but not by everyone who invents one

std::unexpected<Error> unreachable(std::string why) {
  auto error = fail(Code::bad_gateway, "The identity provider could not be asked. Try again in a moment; if it stays so, tell your administrator.");
  error.error().why = std::move(why);
  return error;
}

Result<bj::object> object_of(bj::value value, std::string_view what) {
  if (!value.is_object()) return unreachable(fmt::format("{} is no JSON object", what));
  return std::move(value.as_object());
}

Result<Discovery> discovery_of(const bj::object& from, const OidcOptions& options) {
  if (text_in(from, "issuer") != options.issuer)
    return unreachable(fmt::format("the provider calls itself \"{}\", configured is \"{}\"", text_in(from, "issuer"), options.issuer));
  Discovery out{.authorization_endpoint = text_in(from, "authorization_endpoint"),
                .token_endpoint = text_in(from, "token_endpoint"),
                .userinfo_endpoint = text_in(from, "userinfo_endpoint"),
                .jwks_uri = text_in(from, "jwks_uri")};
  TRY_OK(check_endpoint("authorization_endpoint", out.authorization_endpoint));
  TRY_OK(check_endpoint("token_endpoint", out.token_endpoint));
  TRY_OK(check_endpoint("jwks_uri", out.jwks_uri));
  if (!out.userinfo_endpoint.empty()) TRY_OK(check_endpoint("userinfo_endpoint", out.userinfo_endpoint));
  const bj::value* methods = from.if_contains("token_endpoint_auth_methods_supported");
  if (const auto* list = methods ? methods->if_array() : nullptr)
    out.secret_in_body = std::ranges::find(*list, bj::value("client_secret_basic")) == list->end();
  return out;
}

Task<Result<Discovery>> discover(Login::PerLoop& loop, const OidcOptions& options, Time now) {
  if (loop.discovery && now - loop.discovered < kDiscoveryLasts) co_return *loop.discovery;
  std::string issuer = options.issuer;
  while (issuer.ends_with('/')) issuer.pop_back();
  CO_TRY(value, co_await fetch(loop, "GET", issuer + "/.well-known/openid-configuration"));
  CO_TRY(object, object_of(std::move(value), "the provider's configuration"));
  CO_TRY(found, discovery_of(object, options));
  loop.discovery = found;
  loop.discovered = now;
  loop.jwks.clear();
  co_return found;
}

Task<Result<void>> fetch_keys(Login::PerLoop& loop, const Discovery& discovery, Time now) {
  auto got = co_await loop.client.request("GET", discovery.jwks_uri, {{"Accept", "application/json"}}, {}, kDeadline);
  if (!got) co_return unreachable(got.error().say + " " + got.error().why);
  if (got->status != 200) co_return unreachable(fmt::format("{} answered {}", discovery.jwks_uri, got->status));
  loop.jwks = std::move(got->body);
  loop.keys_fetched = now;
  co_return Result<void>();
}

// A key that is not known may be a new one: the set is fetched again, once.
Task<Result<std::string>> verified(Login::PerLoop& loop, const Discovery& discovery, std::string token, Time now) {
  if (loop.jwks.empty()) CO_CHECK(co_await fetch_keys(loop, discovery, now));
  auto payload = crypto::verify_jws(token, loop.jwks);
  if (!payload && payload.error().code == Code::not_found && now - loop.keys_fetched >= kKeysRest) {
    CO_CHECK(co_await fetch_keys(loop, discovery, now));
    payload = crypto::verify_jws(token, loop.jwks);
  }
  if (payload) co_return payload;
  auto error = fail(Code::unauthenticated,
                    "The identity provider's answer could not be verified. Sign in again; if it happens again, tell your administrator.");
  error.error().why = payload.error().say + " " + payload.error().why;
  co_return error;
}

struct Tokens {
  std::string id, access;
};

Task<Result<Tokens>> exchange(Login::PerLoop& loop, const Discovery& discovery, const OidcOptions& options, const Attempt& attempt,
                              std::string code) {
  std::vector<std::pair<std::string, std::string>> form = {
      {"grant_type", "authorization_code"}, {"code", std::move(code)}, {"redirect_uri", attempt.redirect_uri}, {"code_verifier", attempt.verifier}};
  net::Headers headers{{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  if (discovery.secret_in_body) {
    form.emplace_back("client_id", options.client_id);
    form.emplace_back("client_secret", options.client_secret.reveal());
  } else {
    const auto pair = net::percent_encode(options.client_id) + ":" + net::percent_encode(options.client_secret.reveal());
    headers.set("Authorization", "Basic " + crypto::base64(pair));
  }
  CO_TRY(value, co_await fetch(loop, "POST", discovery.token_endpoint, std::move(headers), net::build_query(form)));
  CO_TRY(answer, object_of(std::move(value), "the token endpoint's answer"));
  Tokens tokens{.id = text_in(answer, "id_token"), .access = text_in(answer, "access_token")};
  if (tokens.id.empty()) co_return unreachable("the token endpoint gave no ID token");
  co_return tokens;
}

// Userinfo may only add to what the ID token says of the same person (Core 5.3.2).
Task<Result<void>> add_userinfo(Login::PerLoop& loop, const Discovery& discovery, const std::string& access, bj::object& claims) {
  CO_TRY(value, co_await fetch(loop, "GET", discovery.userinfo_endpoint, {{"Authorization", "Bearer " + access}, {"Accept", "application/json"}}));
  CO_TRY(more, object_of(std::move(value), "the userinfo"));
  if (text_in(more, "sub") != text_in(claims, "sub")) co_return unreachable("the userinfo is about somebody else");
  for (const auto& [name, member] : more)
    if (!member.is_null()) claims[name] = member;
  co_return Result<void>();
}

}  // namespace

Attempt Attempt::make(std::string redirect_uri) {
  return {.state = crypto::random_text(32), .verifier = crypto::random_text(64), .redirect_uri = std::move(redirect_uri)};
}
std::string Attempt::nonce() const { return crypto::base64url(crypto::sha256("nonce:" + verifier)); }
std::string Attempt::challenge() const { return crypto::base64url(crypto::sha256(verifier)); }

Result<void> check_endpoint(std::string_view what, std::string_view address) {
  const auto url = net::parse_url(address);
  const bool here = url && (url->host == "127.0.0.1" || url->host == "::1" || url->host == "localhost");
  if (url && !url->has_userinfo && (url->scheme == "https" || (url->scheme == "http" && here))) return {};
  return fail(Code::invalid, fmt::format("{} must be an https:// address, not \"{}\".", what, address));
}

Task<Result<bj::value>> fetch(Login::PerLoop& loop, std::string method, std::string url, net::Headers headers, std::string body) {
  if (headers.get("Accept").empty()) headers.set("Accept", "application/json");
  auto got = co_await loop.client.request(std::move(method), url, std::move(headers), std::move(body), kDeadline);
  if (!got) co_return unreachable(url + ": " + got.error().say + " " + got.error().why);
  if (got->status != 200) co_return unreachable(fmt::format("{} answered {}: {}", url, got->status, got->body.substr(0, 200)));
  boost::system::error_code fault;
  auto value = bj::parse(got->body, fault);
  if (fault) co_return unreachable(url + " answered no JSON");
  co_return value;
}

Task<Result<std::string>> oidc_address(Login::PerLoop& loop, const OidcOptions& options, const Attempt& attempt, Time now) {
  CO_TRY(discovery, co_await discover(loop, options, now));
  std::string scope;
  for (const auto& each : options.scopes) scope += (scope.empty() ? "" : " ") + each;
  std::vector<std::pair<std::string, std::string>> query = {
      {"response_type", "code"}, {"client_id", options.client_id}, {"redirect_uri", attempt.redirect_uri},  {"scope", scope},
      {"state", attempt.state},  {"nonce", attempt.nonce()},       {"code_challenge", attempt.challenge()}, {"code_challenge_method", "S256"}};
  for (const auto& [name, value] : options.auth_url_params) query.emplace_back(name, value);
  const char joint = discovery.authorization_endpoint.find('?') == std::string::npos ? '?' : '&';
  co_return discovery.authorization_endpoint + joint + net::build_query(query);
}

Task<Result<Identity>> oidc_identity(Login::PerLoop& loop, const OidcOptions& options, const Attempt& attempt, std::string code, Time now) {
  CO_TRY(discovery, co_await discover(loop, options, now));
  CO_TRY(tokens, co_await exchange(loop, discovery, options, attempt, std::move(code)));
  CO_TRY(payload, co_await verified(loop, discovery, tokens.id, now));
  boost::system::error_code fault;
  auto value = bj::parse(payload, fault);
  if (fault) co_return unreachable("the ID token holds no JSON");
  CO_TRY(claims, object_of(std::move(value), "the ID token"));
  const std::string nonce = attempt.nonce();
  CO_CHECK(check_token(claims, {.issuer = options.issuer, .client_id = options.client_id, .nonce = nonce, .now = now}));
  if (!options.ignore_userinfo && !discovery.userinfo_endpoint.empty() && !tokens.access.empty())
    CO_CHECK(co_await add_userinfo(loop, discovery, tokens.access, claims));
  co_return identity_of(claims, options);
}

}  // namespace slipway::login
