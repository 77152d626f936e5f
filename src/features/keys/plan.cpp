#include "features/keys/plan.hpp"

#include <algorithm>

namespace slipway::keys {

std::size_t secret_size(std::string_view feature) { return feature == kAppTokens ? 64 : 32; }

bool is_good(const Key& key, Time now) { return !key.deletes_at || now < *key.deletes_at; }

const Key* signing_key(const std::vector<Key>& keys, Time now) {
  const Key* newest = nullptr;
  for (const auto& key : keys)
    if (key.starts_at <= now && is_good(key, now) && (!newest || key.sequence > newest->sequence)) newest = &key;
  return newest;
}

Plan plan(const std::vector<Key>& keys, Time now) {
  Plan out;
  const Key* last = nullptr;  // the one that nothing follows yet
  std::int32_t highest = 0;
  for (const auto& key : keys) {
    highest = std::max(highest, key.sequence);
    if (!is_good(key, now)) out.forget.push_back(key.sequence);
    if (!key.deletes_at && (!last || key.sequence > last->sequence)) last = &key;
  }
  if (!last) {
    out.make = NewKey{.sequence = highest + 1, .starts_at = now};
    return out;
  }
  const Time ends = last->starts_at + kKeyLife;
  if (ends > now + kReplacedBefore) return out;
  out.make = NewKey{.sequence = highest + 1, .starts_at = std::max(ends, now + kAnnounced)};
  out.end = EndOfKey{.sequence = last->sequence, .deletes_at = out.make->starts_at + kOverlap};
  return out;
}

}  // namespace slipway::keys
