// The keys that this deployment's servers sign and seal with, shared by all of them: made, replaced and forgotten by a loop, kept in
// memory by each server (docs/guide/keys.md).
#pragma once

#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::http {
struct Home;
}

namespace slipway::keys {

inline constexpr std::string_view kAppTokens = "workspace_apps_token", kAppApiKeys = "workspace_apps_api_key";
// 64 bytes for tokens, 32 for sealed API keys.
std::size_t secret_size(std::string_view feature);

inline constexpr Seconds kKeyLife{30 * 24 * 3600}, kLook{600}, kLookAgain{10};

struct Key {
  std::int32_t sequence = 0;
  std::string secret;  // raw bytes
  Time starts_at{};
  std::optional<Time> deletes_at;

  bool operator==(const Key&) const = default;
};

// All keys of one feature, in memory. Fetching is given: from the database, or from the primary by a proxy. Any loop.
class Ring {
 public:
  using Fetch = std::function<Task<Result<std::vector<Key>>>(http::Home& home)>;
  Ring(std::string_view feature, const Clock& clock, Fetch fetch);
  ~Ring();

  // The newest that has begun. Errors: there is none, or none can be read.
  Task<Result<Key>> signing(http::Home& home);
  // That number's, begun or not; asks again for one that is not known, at most every ten seconds, whoever asks.
  Task<std::optional<Key>> numbered(http::Home& home, std::int32_t sequence);
  // Reads all of them anew. What was known stays when they cannot be read.
  Task<Result<void>> refresh(http::Home& home);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Reads a feature's keys from the database, and makes the first when there is none.
Ring::Fetch from_database(std::string_view feature);
// Makes what is missing, replaces what ends soon and forgets what is over.
Task<Result<void>> rotate(http::Home& home);
// Makes new ones of all, because somebody knows the old who must not any more. Those end when every server has read the new.
Task<Result<void>> replace(http::Home& home);
// rotate() and then refresh() of `rings`, now and every ten minutes; runs until cancelled.
Task<void> keep(http::Home& home, std::vector<Ring*> rings = {});

}  // namespace slipway::keys
