#include "crypto/ed25519.hpp"

#include "base/check.hpp"

#include <sodium.h>

namespace slipway::crypto {

std::string ed25519_public_key(std::string_view seed) {
  check(sodium_init() >= 0, "libsodium does not start");
  check(seed.size() == crypto_sign_SEEDBYTES, "an Ed25519 seed has 32 bytes");
  std::string open(crypto_sign_PUBLICKEYBYTES, '\0');
  std::string secret(crypto_sign_SECRETKEYBYTES, '\0');
  crypto_sign_seed_keypair(reinterpret_cast<unsigned char*>(open.data()), reinterpret_cast<unsigned char*>(secret.data()),
                           reinterpret_cast<const unsigned char*>(seed.data()));
  sodium_memzero(secret.data(), secret.size());
  return open;
}

}  // namespace slipway::crypto
