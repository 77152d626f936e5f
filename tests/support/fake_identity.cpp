#include "support/fake_identity.hpp"

#include "aio/task.hpp"
#include "base/clock.hpp"
#include "crypto/hash.hpp"
#include "net/url.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace slipway::test {

namespace bj = boost::json;

namespace {

const std::string kGithubApi = "/api/v3/user";

std::string callback_of(const std::string& way) { return way == "github" ? "/api/v2/users/oauth2/github/callback" : "/api/v2/users/oidc/callback"; }

}  // namespace

FakeIdentity::FakeIdentity() : site_([this](net::Exchange& exchange) { return answer(exchange); }) {}

login::Options FakeIdentity::options() const {
  login::Options options;
  options.oidc.issuer = options.github.base_url = site_.url();
  options.oidc.client_id = options.github.client_id = "slipway";
  options.oidc.client_secret = options.github.client_secret = Secret("a secret");
  options.github.allow_everyone = options.github.allow_signups = true;
  return options;
}

void FakeIdentity::is(const std::string& claims) {
  const std::lock_guard guard(mutex_);
  claims_ = bj::parse(claims).as_object();
}

void FakeIdentity::is_on_github(int id, const std::string& name, const std::string& email) {
  const std::lock_guard guard(mutex_);
  github_user_ = {{"id", id}, {"login", name}};
  github_email_ = email;
}

std::string FakeIdentity::id_token(const std::string& verifier) {
  const auto now = std::chrono::duration_cast<Seconds>(system_clock().now().time_since_epoch()).count();
  bj::object token{{"iss", site_.url()}, {"aud", "slipway"}, {"iat", now}, {"exp", now + 300}, {"email_verified", true}};
  token["nonce"] = crypto::base64url(crypto::sha256("nonce:" + verifier));
  const std::lock_guard guard(mutex_);
  for (const auto& [name, value] : claims_) token[name] = value;
  return signer_.sign(bj::serialize(token));
}

Task<void> FakeIdentity::answer(net::Exchange& exchange) {
  const std::string path(exchange.request().path);
  const auto body = co_await exchange.body(64 << 10);
  bj::value said;
  if (path == "/.well-known/openid-configuration") {
    said = bj::object{{"issuer", site_.url()},
                      {"authorization_endpoint", site_.url("/authorize")},
                      {"token_endpoint", site_.url("/token")},
                      {"jwks_uri", site_.url("/keys")}};
  } else if (path == "/keys") {
    said = bj::parse(signer_.jwks());
  } else if (path == "/token") {
    said = bj::object{{"access_token", "access"},
                      {"token_type", "Bearer"},
                      {"id_token", id_token(net::query_value(body.value_or(""), "code_verifier").value_or(""))}};
  } else if (path == "/login/oauth/access_token") {
    said = bj::object{{"access_token", "access"}, {"token_type", "bearer"}};
  } else if (path == kGithubApi) {
    const std::lock_guard guard(mutex_);
    said = github_user_;
  } else if (path == kGithubApi + "/emails") {
    const std::lock_guard guard(mutex_);
    said = bj::array();
    said.as_array().push_back(bj::object{{"email", github_email_}, {"primary", true}, {"verified", true}});
  }
  net::Response response{.status = said.is_null() ? 404 : 200, .headers = {{"Content-Type", "application/json"}}, .body = bj::serialize(said)};
  (void)co_await exchange.send(std::move(response));
}

std::string FakeBrowser::cookie(const std::string& name) const {
  const auto found = cookies.find(name);
  return found == cookies.end() ? std::string() : found->second;
}

Answer FakeBrowser::send(const std::string& method, const std::string& path, const std::string& body) {
  std::string kept;
  for (const auto& [name, value] : cookies) kept += (kept.empty() ? "" : "; ") + name + "=" + value;
  std::vector<std::pair<std::string, std::string>> headers;
  if (!kept.empty()) headers.emplace_back("Cookie", kept);
  if (method != "GET") headers.insert(headers.end(), {{"Origin", server_.url()}, {"X-CSRF-TOKEN", cookie("csrf_token")}});
  auto answer = server_.call(method, path, body, {}, std::move(headers));
  for (const auto& [name, value] : answer.headers) {
    if (!net::iequals(name, "Set-Cookie")) continue;
    const auto is = value.find('=');
    cookies[value.substr(0, is)] = value.substr(is + 1, value.find(';') - is - 1);
  }
  return answer;
}

Answer FakeBrowser::sign_in(const std::string& way, const std::string& query) {
  const auto callback = callback_of(way);
  auto sent = get(callback + query);
  const auto state = net::query_value(net::parse_url(sent.header("Location")).value_or(net::Url()).query, "state");
  if (sent.status != 307 || !state) return sent;
  return get(callback + "?code=c&state=" + *state);
}

}  // namespace slipway::test
