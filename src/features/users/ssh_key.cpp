// The format is PROTOCOL.key of OpenSSH: length-prefixed strings in a PEM frame.
#include "features/users/ssh_key.hpp"

#include "crypto/ed25519.hpp"
#include "crypto/hash.hpp"
#include "crypto/token.hpp"

#include <cstring>

namespace slipway::users {

namespace {

constexpr std::string_view kType = "ssh-ed25519";

std::string number(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

std::string text(std::string_view bytes) { return number(static_cast<std::uint32_t>(bytes.size())) + std::string(bytes); }

std::string pem(std::string_view bytes) {
  std::string out = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
  const std::string body = crypto::base64(bytes);
  for (std::size_t at = 0; at < body.size(); at += 70) out += body.substr(at, 70) + "\n";
  return out + "-----END OPENSSH PRIVATE KEY-----\n";
}

}  // namespace

SshKey ssh_key_of(std::string_view seed, std::uint32_t check) {
  const std::string open = crypto::ed25519_public_key(seed);
  const std::string blob = text(kType) + text(open);
  std::string secret = number(check) + number(check) + text(kType) + text(open) + text(std::string(seed) + open) + text("");
  for (char pad = 1; secret.size() % 8 != 0; ++pad) secret += pad;
  std::string file = std::string("openssh-key-v1") + '\0' + text("none") + text("none") + text("") + number(1) + text(blob) + text(secret);
  return {.public_key = fmt::format("{} {}\n", kType, crypto::base64(blob)), .private_key = Secret(pem(file))};
}

SshKey make_ssh_key() {
  const std::string random = crypto::random_bytes(36);
  std::uint32_t check = 0;
  std::memcpy(&check, random.data() + 32, 4);
  return ssh_key_of(std::string_view(random).substr(0, 32), check);
}

}  // namespace slipway::users
