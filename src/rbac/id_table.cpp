#include "rbac/id_table.hpp"

#include <algorithm>
#include <bit>

namespace slipway::rbac {

void IdTable::reset(std::size_t count) {
  auto size = count == 0 ? 0 : std::bit_ceil(count * 2 + 1);
  slots_.assign(size, Slot{});
  mask_ = size == 0 ? 0 : size - 1;
  present_.assign(std::max<std::size_t>(size, 1) * kPresentPerSlot, 0);
}

std::uint64_t& IdTable::at(const Uuid& id) {
  auto key = key_of(id);
  if (key == Key{} || slots_.empty()) return discarded_;
  for (auto i = start(key);; i = (i + 1) & mask_) {
    auto& slot = slots_[i];
    if (slot.key == key) return slot.value;
    if (slot.key == Key{}) {
      slot.key = key;
      mark(id);
      return slot.value;
    }
  }
}

void IdTable::mark(const Uuid& id) { present_[hash(key_of(id)) & (present_.size() - 1)] = 1; }

}  // namespace slipway::rbac
