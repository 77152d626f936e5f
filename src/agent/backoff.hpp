// How long to wait before the next attempt, each with jitter, so that a thousand agents whose server came back do not all
// knock at once. Pure: the caller gives the randomness.
#pragma once

#include "base/clock.hpp"

namespace slipway::agent {

class Backoff {
 public:
  static constexpr Milliseconds kLeast{100};
  static constexpr Milliseconds kMost{10000};

  explicit Backoff(Milliseconds least = kLeast, Milliseconds most = kMost) : least_(least), most_(most) {}
  // `chance` is in [0, 1): the wait is between half and the whole of the present step.
  Milliseconds next(double chance) {
    const auto step = step_;
    step_ = std::min(step_ * 2, most_);
    return Milliseconds(static_cast<long>(static_cast<double>(step.count()) * (0.5 + chance / 2)));
  }
  void reset() { step_ = least_; }

 private:
  Milliseconds least_, most_, step_ = least_;
};

enum class RoundEnd { broken, refused, replaced };

// The pauses between an agent's connections. Only one that lived long makes the next pause short again, and none that was
// ended by another agent's does: two agents with one token would throw each other out for ever.
class Pauses {
 public:
  static constexpr Milliseconds kLived = Seconds(60);

  Milliseconds after(RoundEnd how, Milliseconds lived, double chance) {
    if (how == RoundEnd::replaced) return replaced_.next(chance);
    if (lived >= kLived)
      for (Backoff* one : {&broken_, &refused_, &replaced_}) one->reset();
    return how == RoundEnd::refused ? refused_.next(chance) : broken_.next(chance);
  }

 private:
  Backoff broken_;
  Backoff refused_{Seconds(1), Seconds(300)};
  Backoff replaced_{Seconds(30), Seconds(900)};
};

}  // namespace slipway::agent
