// Tokens as strangers send them: none is taken that we did not write, and what we wrote is read whatever is in it.
#include "base/check.hpp"
#include "crypto/compact.hpp"

#include <cstdint>

using namespace slipway;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const std::string secret(64, 's'), wrapping(32, 'w');
  (void)crypto::named_secret(text);
  check(!crypto::verify_hs512(text, secret), "nobody signs without the secret");
  check(!crypto::decrypt_gcm(text, wrapping), "nobody seals without the secret");
  if (size > 4 << 10) return 0;
  const auto token = crypto::sign_hs512(text, "7", secret), sealed = crypto::encrypt_gcm(text, "7", wrapping);
  check(crypto::verify_hs512(token, secret) == text && crypto::named_secret(token) == "7", "what was signed is read");
  check(crypto::decrypt_gcm(sealed, wrapping) == text && crypto::named_secret(sealed) == "7", "what was sealed is read");
  check(!crypto::verify_hs512(token, wrapping) && !crypto::decrypt_gcm(token, wrapping), "one kind is never taken for the other");
  return 0;
}
