#include "features/sessions/guesses.hpp"

#include "crypto/hash.hpp"
#include "http/rate.hpp"

#include <algorithm>

namespace slipway::sessions {

namespace {

constexpr Seconds kWindow{60};

// As the database compares addresses; a hash, so that a long one takes no more room.
std::string account_key(std::string_view email) {
  std::string lower(email);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return crypto::sha256(lower);
}

}  // namespace

Guesses::Guesses(int per_minute, std::size_t most)
    : limit_(per_minute), of_one_(std::max(1, per_minute - per_minute / 4)), windows_(most), known_(most) {}

Guesses::Window& Guesses::window(const std::string& key, Time now) {
  windows_.forget_while([now](const Window& w) { return now - w.start >= kWindow; });
  if (auto* found = windows_.find(key)) return *found;
  return windows_.put(key, {.start = now});
}

Guesses::Verdict Guesses::begin(std::string_view email, std::string_view address, Time now) {
  if (limit_ == 0) return {};
  const std::string account = account_key(email), network = http::network_of(address), own = account + network;
  const std::lock_guard hold(mutex_);
  const bool known = known_.find(own) != nullptr;
  Window& counted = window(known ? own : account, now);
  const Verdict refused{.allowed = false, .wait = std::chrono::ceil<Seconds>(counted.start + kWindow - now)};
  if (counted.used >= limit_) return refused;
  if (!known) {
    const auto by_this = counted.by_address.find(network);
    if (by_this != counted.by_address.end() && by_this->second >= of_one_) return refused;
    ++counted.by_address[network];
  }
  ++counted.used;
  return {};
}

void Guesses::right(std::string_view email, std::string_view address) {
  if (limit_ == 0) return;
  const std::string account = account_key(email), network = http::network_of(address), own = account + network;
  const std::lock_guard hold(mutex_);
  const bool known = known_.find(own) != nullptr;
  if (auto* counted = windows_.find(known ? own : account); counted && counted->used > 0) {
    --counted->used;
    if (const auto by_this = counted->by_address.find(network); by_this != counted->by_address.end() && --by_this->second <= 0)
      counted->by_address.erase(by_this);
  }
  known_.put(own, {});
}

std::size_t Guesses::size() {
  const std::lock_guard hold(mutex_);
  return windows_.size() + known_.size();
}

}  // namespace slipway::sessions
