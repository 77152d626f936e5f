// Compact tokens under a secret that both ends have: a JWS of HS512 (RFC 7515), and a JWE of A256GCMKW, A256GCM and DEFLATE (RFC 7516,
// RFC 7518). Every token names the secret's number (`kid`). No other algorithm is understood, so that none can be asked for. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::crypto {

inline constexpr std::size_t kMostCompact = 16 << 10;  // bytes of a token, and of what is in one

// The number of the secret that a token names, of either kind; nothing when it cannot be one of ours.
std::optional<std::string> named_secret(std::string_view token);

std::string sign_hs512(std::string_view payload, std::string_view kid, std::string_view secret);
// The payload. Nothing unless this secret signed it.
std::optional<std::string> verify_hs512(std::string_view token, std::string_view secret);

// `secret`: 32 bytes.
std::string encrypt_gcm(std::string_view payload, std::string_view kid, std::string_view secret);
// The payload. Nothing unless this secret encrypted it, or when it is longer than kMostCompact once inflated.
std::optional<std::string> decrypt_gcm(std::string_view token, std::string_view secret);

}  // namespace slipway::crypto
