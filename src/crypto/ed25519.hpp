// Ed25519 (RFC 8032) from a seed that is derived, not stored.
#pragma once

#include <string>
#include <string_view>

namespace slipway::crypto {

// The public key, 32 bytes, of the private key that a seed of 32 bytes is.
std::string ed25519_public_key(std::string_view seed);

}  // namespace slipway::crypto
