// A person's key pair for git, as OpenSSH writes it: Ed25519, no passphrase.
#pragma once

#include "base/secret.hpp"

#include <string>
#include <string_view>

namespace slipway::users {

struct SshKey {
  std::string public_key;  // "ssh-ed25519 AAAA…\n"
  Secret private_key;      // "-----BEGIN OPENSSH PRIVATE KEY-----…"
};
SshKey make_ssh_key();
// From a seed of 32 bytes; `check` is the number that OpenSSH puts twice before the key to see that it was decrypted.
SshKey ssh_key_of(std::string_view seed, std::uint32_t check);

}  // namespace slipway::users
