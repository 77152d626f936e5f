// How long to wait before the next attempt: 100 ms growing to 10 s, each with jitter, so that a thousand agents whose server
// came back do not all knock at once. Pure: the caller gives the randomness.
#pragma once

#include "base/clock.hpp"

namespace slipway::agent {

class Backoff {
 public:
  // `chance` is in [0, 1): the wait is between half and the whole of the present step.
  Milliseconds next(double chance) {
    const auto step = step_;
    step_ = std::min(step_ * 2, kMost);
    return Milliseconds(static_cast<long>(static_cast<double>(step.count()) * (0.5 + chance / 2)));
  }
  void reset() { step_ = kLeast; }

  static constexpr Milliseconds kLeast{100};
  static constexpr Milliseconds kMost{10000};

 private:
  Milliseconds step_ = kLeast;
};

}  // namespace slipway::agent
