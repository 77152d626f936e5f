// Talking to an identity provider: discovery, keys, the code for tokens, and who the person is. home: own thread.
#pragma once

#include "aio/task.hpp"
#include "features/login/identity.hpp"
#include "features/login/login.hpp"
#include "net/client.hpp"

#include <boost/json/object.hpp>

namespace slipway::login {

// OpenID Connect Discovery 1.0, as far as it is used.
struct Discovery {
  std::string authorization_endpoint, token_endpoint, userinfo_endpoint, jwks_uri;
  bool secret_in_body = false;  // the token endpoint does not take the client's secret by HTTP Basic
};

struct Login::PerLoop {
  explicit PerLoop(boost::asio::any_io_executor executor) : client(std::move(executor), {.user_agent = "slipway", .max_response = 1 << 20}) {}

  net::Client client;
  std::optional<Discovery> discovery;
  Time discovered{};
  std::string jwks;
  Time keys_fetched{};
};

// What one sign-in has promised: the person's browser keeps the verifier, the provider sees its hashes.
struct Attempt {
  std::string state, verifier, redirect_uri;

  static Attempt make(std::string redirect_uri);
  std::string nonce() const;      // bound to the verifier, so no cookie of its own
  std::string challenge() const;  // RFC 7636, S256
};

// Reads a JSON object or array. Errors: bad_gateway for an unreachable provider, any status but 200, and what is no JSON.
Task<Result<boost::json::value>> fetch(Login::PerLoop& loop, std::string method, std::string url, net::Headers headers = {}, std::string body = {});

Task<Result<std::string>> oidc_address(Login::PerLoop& loop, const OidcOptions& options, const Attempt& attempt, Time now);
// Exchanges the code, verifies the ID token by the provider's keys, and asks for the rest of the claims.
Task<Result<Identity>> oidc_identity(Login::PerLoop& loop, const OidcOptions& options, const Attempt& attempt, std::string code, Time now);

std::string github_address(const GithubOptions& options, const Attempt& attempt);
Task<Result<Identity>> github_identity(Login::PerLoop& loop, const GithubOptions& options, const Attempt& attempt, std::string code);

// GitHub's device flow (RFC 8628). `poll` errs with detail "authorization_pending" until the person has agreed.
Task<Result<boost::json::object>> github_device_start(Login::PerLoop& loop, const GithubOptions& options);
Task<Result<Identity>> github_device_poll(Login::PerLoop& loop, const GithubOptions& options, std::string device_code);

// https, or http to this machine alone: what goes to a provider is secret.
Result<void> check_endpoint(std::string_view what, std::string_view url);

}  // namespace slipway::login
