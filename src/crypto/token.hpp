// Random texts for keys. API keys are `<10 characters>-<22 characters>`; only the secret's SHA-256 is ever stored.
#pragma once

#include "base/secret.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::crypto {

// Letters and digits, each of the 62 equally likely.
std::string random_text(std::size_t length);
std::string random_bytes(std::size_t length);

struct ApiKey {
  std::string id;  // public half
  Secret secret;   // 22 characters, 131 bits
  Secret text() const { return Secret(id + "-" + secret.reveal()); }
  std::string hash() const;  // what to store
};
ApiKey make_api_key();

struct ApiKeyParts {
  std::string_view id, secret;
};
// Nothing unless the text has exactly the form above.
std::optional<ApiKeyParts> split_api_key(std::string_view text);

}  // namespace slipway::crypto
