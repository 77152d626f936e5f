// What a provider says of a person, and the pure rules that make it out of claims. No I/O.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "features/login/login.hpp"

#include <boost/json/object.hpp>

#include <optional>

namespace slipway::login {

struct Identity {
  std::string login_type;       // oidc or github
  std::string issuer, subject;  // what the account is bound to, and nothing else
  std::string email, username, name, avatar_url;
  std::optional<std::int64_t> github_id;
  std::optional<std::vector<std::string>> groups;  // as ours; absent: not managed by the provider
  std::optional<std::vector<std::string>> roles;
  std::string claims = "{}";  // as received, for whoever asks why
};

// What an ID token must say of itself (OpenID Connect Core 3.1.3.7): issuer, audience, authorized party, times, nonce.
struct TokenRules {
  std::string_view issuer, client_id, nonce;
  Time now;
};
Result<void> check_token(const boost::json::object& claims, const TokenRules& rules);

// Errors: 403 with what the person can do: an e-mail address that is missing, unverified or of another domain, no allowed group.
Result<Identity> identity_of(const boost::json::object& claims, const OidcOptions& options);

// `email`'s domain is one of `domains` as a whole, whatever the letters' case. An empty list allows all.
bool domain_allowed(std::string_view email, const std::vector<std::string>& domains);
// The member of that name when it is a text; else nothing, as if it were not there.
std::string text_in(const boost::json::object& from, std::string_view name);
// A name that fits ours, from what the provider calls them or else from the e-mail address; "user" when nothing is left.
std::string username_from(std::string_view wanted, std::string_view email);
// The path on this site to go on to, or "/": anything that could lead elsewhere is refused.
std::string safe_redirect(std::string_view wanted);

}  // namespace slipway::login
