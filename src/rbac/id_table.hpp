// A small fixed hash table from UUIDs to a number: filled once, then only read. Lookup is one or two cache lines.
#pragma once

#include "base/ids.hpp"

#include <cstdint>
#include <vector>

namespace slipway::rbac {

class IdTable {
 public:
  static constexpr std::uint64_t kAbsent = ~std::uint64_t{0};

  // Room for `count` ids; forgets what was there.
  void reset(std::size_t count);
  // The value of an id, 0 when new; the nil id is never kept, its value is thrown away.
  std::uint64_t& at(const Uuid& id);

  // The value, or kAbsent.
  std::uint64_t find(const Uuid& id) const {
    if (slots_.empty()) return kAbsent;
    auto key = key_of(id);
    for (auto i = start(key);; i = (i + 1) & mask_) {
      const auto& slot = slots_[i];
      if (slot.key == key) return key == Key{} ? kAbsent : slot.value;
      if (slot.key == Key{}) return kAbsent;
    }
  }
  // Whether it is there; cheaper than find() when mostly it is not: one bit of a sparse map settles that.
  bool holds(const Uuid& id) const {
    if (slots_.empty()) return false;
    auto bit = hash(key_of(id)) & (kBitsPerSlot * (mask_ + 1) - 1);
    return ((present_[bit >> 6] >> (bit & 63)) & 1) && find(id) != kAbsent;
  }

 private:
  static constexpr std::size_t kBitsPerSlot = 16;
  struct Key {
    std::uint64_t high = 0, low = 0;
    bool operator==(const Key&) const = default;
  };
  struct Slot {
    Key key;
    std::uint64_t value = 0;
  };
  static Key key_of(const Uuid& id) {
    Key key;
    static_assert(sizeof(key) == sizeof(id.bytes));
    __builtin_memcpy(&key, id.bytes.data(), sizeof(key));
    return key;
  }
  static std::size_t hash(const Key& key) {
    return static_cast<std::size_t>(((key.high ^ key.low) * 0x9e3779b97f4a7c15ULL) >> 32);
  }
  std::size_t start(const Key& key) const { return hash(key) & mask_; }

  std::vector<Slot> slots_;  // a power of two, at most half full
  std::size_t mask_ = 0;
  std::vector<std::uint64_t> present_;
  std::uint64_t discarded_ = 0;
};

}  // namespace slipway::rbac
