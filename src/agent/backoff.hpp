// How long to wait before the next attempt, each with jitter, so that a thousand agents whose server came back do not all
// knock at once. Pure: the caller gives the randomness.
#pragma once

#include "base/clock.hpp"

namespace slipway::agent {

class Backoff {
 public:
  static constexpr Milliseconds kLeast{100};
  static constexpr Milliseconds kMost{10000};
  // How much longer each step is than the one before, and the least part of a step that is waited.
  struct Shape {
    int factor = 2;
    double least_part = 0.5;
  };

  explicit Backoff(Milliseconds least = kLeast, Milliseconds most = kMost) : Backoff(least, most, Shape{}) {}
  Backoff(Milliseconds least, Milliseconds most, Shape shape) : least_(least), most_(most), shape_(shape) {}
  // `chance` is in [0, 1): the wait is between the least part and the whole of the present step.
  Milliseconds next(double chance) {
    const auto step = step_;
    step_ = std::min(step_ * shape_.factor, most_);
    return Milliseconds(static_cast<long>(static_cast<double>(step.count()) * (shape_.least_part + chance * (1 - shape_.least_part))));
  }
  void reset() { step_ = least_; }

 private:
  Milliseconds least_, most_, step_ = least_;
  Shape shape_;
};

enum class RoundEnd { broken, refused, replaced };

// The pauses between an agent's connections. Only one that lived long makes the next pause short again, and none that was
// ended by another agent's does: two agents with one token would throw each other out for ever. After a lost server the steps grow
// fast and are waited for any part of, so that the agents of a whole deployment are spread by the time it is back; a server that
// stops says itself how wide (tunnel/farewell.hpp). backoff_test.cpp has the numbers.
class Pauses {
 public:
  static constexpr Milliseconds kLived = Seconds(60);
  static constexpr Milliseconds kSoon = Seconds(1), kLate = Seconds(20);  // the first and the longest step after a lost server

  // The server has asked to be left alone for any part of `within`.
  Milliseconds as_asked(Milliseconds within, double chance) {
    for (Backoff* one : {&broken_, &refused_, &replaced_}) one->reset();
    return Milliseconds(static_cast<long>(static_cast<double>(within.count()) * chance));
  }

  Milliseconds after(RoundEnd how, Milliseconds lived, double chance) {
    if (how == RoundEnd::replaced) return replaced_.next(chance);
    if (lived >= kLived)
      for (Backoff* one : {&broken_, &refused_, &replaced_}) one->reset();
    return how == RoundEnd::refused ? refused_.next(chance) : broken_.next(chance);
  }

 private:
  Backoff broken_{kSoon, kLate, {.factor = 5, .least_part = 0.05}};
  Backoff refused_{Seconds(1), Seconds(300)};
  Backoff replaced_{Seconds(30), Seconds(900)};
};

}  // namespace slipway::agent
