// Instance identity of Google: a JWT (RFC 7519) by a key of its key set (RFC 7517). Pure; in two halves, for between them the key set
// may have to be fetched.
#pragma once

#include "base/clock.hpp"
#include "crypto/certificate.hpp"
#include "identity/proof.hpp"

#include <boost/json/object.hpp>

#include <map>

namespace slipway::identity {

// Keys by their `kid`; those of another kind, for another use or without a kid are left out.
struct GoogleKeys {
  struct Key {
    crypto::PublicKey key;
    std::string algorithm;  // RS256 or ES256
  };
  std::map<std::string, Key> by_id;
};
// Errors: Code::invalid for what is no JWK set, or has no key that can be used.
Result<GoogleKeys> read_keys(std::string_view jwks);

struct GoogleRules {
  std::string audience;              // empty: any
  std::vector<std::string> issuers;  // empty: any
  bool es256 = true;
};

// A token that is not over yet; who signed it has yet to be seen.
struct GoogleToken {
  std::string algorithm, key_id, covered, signature;
  boost::json::object claims;
};
Result<GoogleToken> open_google(std::string_view token, const GoogleRules& rules, Time now, Steps& steps);

// Errors: as always, and 400 when the claim about the machine has another shape than Google's.
Result<Proven> prove_google(const GoogleToken& token, const GoogleKeys& keys, const GoogleRules& rules, Steps& steps);

// As claimed_aws.
std::optional<std::string> claimed_google(std::string_view token);

}  // namespace slipway::identity
