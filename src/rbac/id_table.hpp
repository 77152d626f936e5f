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
  // Makes probes say true for an id that is not here: whoever asks has an answer of its own for it.
  void mark(const Uuid& id);

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
  bool holds(const Uuid& id) const { return probe()(id) != 0 && find(id) != kAbsent; }

  // Asks for many ids of which most are not there: 0 is certain and costs one byte of a sparse map; otherwise find() knows.
  // Several answers are joined by `|`, so that one branch judges them all.
  class Probe {
   public:
    std::uint8_t operator()(const Uuid& id) const { return present_[hash(key_of(id)) & last_]; }

   private:
    friend class IdTable;
    Probe(const std::uint8_t* present, std::size_t last) : present_(present), last_(last) {}
    const std::uint8_t* present_;
    std::size_t last_;
  };
  Probe probe() const { return {present_.data(), present_.size() - 1}; }

 private:
  static constexpr std::size_t kPresentPerSlot = 16;
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
  static std::size_t hash(const Key& key) { return static_cast<std::size_t>(((key.high ^ key.low) * 0x9e3779b97f4a7c15ULL) >> 32); }
  std::size_t start(const Key& key) const { return hash(key) & mask_; }

  std::vector<Slot> slots_;  // a power of two, at most half full
  std::size_t mask_ = 0;
  std::vector<std::uint8_t> present_ = std::vector<std::uint8_t>(1);  // a power of two
  std::uint64_t discarded_ = 0;
};

}  // namespace slipway::rbac
