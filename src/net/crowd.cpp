#include "net/crowd.hpp"

#include "net/network.hpp"

namespace slipway::net {

bool Crowd::enter(std::string_view address) {
  if (most_ == 0) return true;
  const auto network = network_of(address);
  const std::lock_guard lock(mutex_);
  auto& count = counts_[network];
  if (count >= most_) return false;
  ++count;
  return true;
}

void Crowd::leave(std::string_view address) {
  if (most_ == 0) return;
  const auto network = network_of(address);
  const std::lock_guard lock(mutex_);
  if (const auto found = counts_.find(network); found != counts_.end() && --found->second == 0) counts_.erase(found);
}

}  // namespace slipway::net
