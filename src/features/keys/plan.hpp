// What is to be done to the keys of one feature at a moment. Pure.
#pragma once

#include "features/keys/keys.hpp"

#include <vector>

namespace slipway::keys {

// A key that ends within this is replaced; the new one begins no sooner than kAnnounced from now, so that every server has read it by
// then; the old one is good for what it signed until kOverlap after that.
inline constexpr Seconds kReplacedBefore{3600}, kAnnounced{1800}, kOverlap{3600 + 60};

struct NewKey {
  std::int32_t sequence = 1;
  Time starts_at{};
};
struct EndOfKey {
  std::int32_t sequence = 0;
  Time deletes_at{};
};

struct Plan {
  std::vector<std::int32_t> forget;
  std::optional<EndOfKey> end;
  std::optional<NewKey> make;
};

Plan plan(const std::vector<Key>& keys, Time now);

// The newest that has begun and is not over; null: there is none.
const Key* signing_key(const std::vector<Key>& keys, Time now);
// May what was signed by it still be believed? Also before it begins: the clocks of two servers differ.
bool is_good(const Key& key, Time now);

}  // namespace slipway::keys
