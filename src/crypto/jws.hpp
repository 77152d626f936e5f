// Signed tokens of others: a compact JWS (RFC 7515) checked against a JWK set (RFC 7517). libjose is seen only by jws.cpp.
#pragma once

#include "base/result.hpp"

#include <span>
#include <string>
#include <string_view>

namespace slipway::crypto {

// What identity providers sign with. "none" and the symmetric ones are no member: a public key must never be taken for a secret.
inline constexpr std::string_view kAsymmetric[] = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"};

// The payload, once a key of the set signed it with one of `algorithms`. A token that names its key (`kid`) is checked against
// that one alone. Errors: not_found when the set has no such key (it may have been rotated since it was fetched),
// unauthenticated for anything else; `why` says what.
Result<std::string> verify_jws(std::string_view compact, std::string_view jwks, std::span<const std::string_view> algorithms = kAsymmetric);

}  // namespace slipway::crypto
