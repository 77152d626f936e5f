// An API key on its way from the dashboard's host to an app's, in an address: encrypted, for a minute (docs/guide/apps.md).
#pragma once

#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "features/keys/keys.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::apps {

inline constexpr std::string_view kSealedKeyQuery = "coder_application_connect_api_key_35e783";
inline constexpr Seconds kSealedKeyLife{60};

struct SealedKey {
  std::string api_key;
  std::string host, nonce;  // what it is bound to, if anything: the host that it was asked for, and the browser that asked

  bool operator==(const SealedKey&) const = default;
};

// A JWE of A256GCMKW, A256GCM and DEFLATE whose claims are RFC 7519's and "api_key".
std::string seal(const SealedKey& sealed, const keys::Key& key, Time now);
// Nothing for what is expired, not for apps, or not of this key.
std::optional<SealedKey> opened(std::string_view text, const keys::Key& key, Time now);

// One a process; any loop.
class SealedKeys {
 public:
  SealedKeys(keys::Ring& ring, const Clock& clock) : ring_(ring), clock_(clock) {}

  Task<Result<std::string>> seal(http::Home& home, const SealedKey& key);
  Task<std::optional<SealedKey>> open(http::Home& home, std::string_view text);

 private:
  keys::Ring& ring_;
  const Clock& clock_;
};

}  // namespace slipway::apps
