// Digests and message authentication, over OpenSSL. Bytes in and out are std::string; hex and base64 where a name says so.
#pragma once

#include <string>
#include <string_view>

namespace slipway::crypto {

std::string sha256(std::string_view bytes);      // 32 bytes
std::string sha256_hex(std::string_view bytes);  // 64 lower-case digits
std::string sha1_hex(std::string_view bytes);    // for ETags that existing clients compare, never for trust
std::string hmac_sha256(std::string_view key, std::string_view bytes);
std::string hmac_sha512(std::string_view key, std::string_view bytes);  // 64 bytes

std::string hex(std::string_view bytes);
std::string base64(std::string_view bytes);     // standard alphabet, padded
std::string base64url(std::string_view bytes);  // RFC 4648 section 5, no padding
// Nothing but the standard alphabet with right padding decodes; anything else is an empty optional's worth: false.
bool unbase64(std::string_view text, std::string& bytes);
// As unbase64(), of RFC 4648 section 5 without padding and without bits left over.
bool unbase64url(std::string_view text, std::string& bytes);

// Takes the same time wherever the first difference is; unequal lengths differ at once.
bool equal(std::string_view a, std::string_view b);

}  // namespace slipway::crypto
