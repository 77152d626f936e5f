// Randomness for jitter: nothing secret depends on it.
#pragma once

#include <random>

namespace slipway::agent {

// In [0, 1). home: one thread of the agent, its loop's.
inline double chance() {
  static std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

}  // namespace slipway::agent
