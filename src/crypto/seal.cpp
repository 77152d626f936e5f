#include "crypto/seal.hpp"

#include "base/check.hpp"

#include <sodium.h>
#include <array>

namespace slipway::crypto {

namespace {

using Nonce = std::array<unsigned char, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES>;
constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;

Nonce nonce_of(std::uint64_t count) {
  Nonce nonce{};
  for (std::size_t i = 0; i < sizeof count; ++i) nonce[i] = static_cast<unsigned char>(count >> (8 * i));
  return nonce;
}

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

Seal::Seal(std::string key) : key_(std::move(key)) {
  check(sodium_init() >= 0, "libsodium does not start");
  check(key_.size() == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "a seal needs a key of 32 bytes");
}

Seal::~Seal() { sodium_memzero(key_.data(), key_.size()); }

std::string Seal::close(std::string_view message) {
  const auto nonce = nonce_of(count_++);
  std::string sealed(message.size() + kTag, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes(sealed), nullptr, bytes(message), message.size(), nullptr, 0, nullptr, nonce.data(), bytes(key_));
  return sealed;
}

std::optional<std::string> Seal::open(std::string_view sealed) {
  if (broken_ || sealed.size() < kTag) return std::nullopt;
  const auto nonce = nonce_of(count_++);
  std::string message(sealed.size() - kTag, '\0');
  broken_ = crypto_aead_xchacha20poly1305_ietf_decrypt(bytes(message), nullptr, nullptr, bytes(sealed), sealed.size(), nullptr, 0, nonce.data(),
                                                       bytes(key_)) != 0;
  if (broken_) return std::nullopt;
  return message;
}

}  // namespace slipway::crypto
