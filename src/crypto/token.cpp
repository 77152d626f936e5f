#include "crypto/token.hpp"

#include "base/check.hpp"
#include "crypto/hash.hpp"

#include <sys/random.h>

namespace slipway::crypto {

namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

}  // namespace

std::string random_bytes(std::size_t length) {
  std::string out(length, '\0');
  for (std::size_t have = 0; have < length;) {
    const ssize_t got = ::getrandom(out.data() + have, length - have, 0);
    check(got > 0, "getrandom failed");
    have += static_cast<std::size_t>(got);
  }
  return out;
}

std::string random_text(std::size_t length) {
  std::string out;
  while (out.size() < length)
    for (char c : random_bytes(length * 2)) {
      const std::size_t value = static_cast<unsigned char>(c) & 63U;  // 62 and 63 are thrown away, so that none is favoured
      if (value < kAlphabet.size() && out.size() < length) out += kAlphabet[value];
    }
  return out;
}

std::string ApiKey::hash() const { return sha256(secret.reveal()); }

ApiKey make_api_key() { return ApiKey{random_text(10), Secret(random_text(22))}; }

std::optional<ApiKeyParts> split_api_key(std::string_view text) {
  if (text.size() != 33 || text[10] != '-') return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (i != 10 && kAlphabet.find(text[i]) == std::string_view::npos) return std::nullopt;
  return ApiKeyParts{text.substr(0, 10), text.substr(11)};
}

}  // namespace slipway::crypto
