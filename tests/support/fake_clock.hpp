// A clock that a test moves. It begins at the real time, because rows that tests write by hand are of then.
#pragma once

#include "base/clock.hpp"

#include <atomic>

namespace slipway::test {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(Time at = system_clock().now()) : since_epoch_(at.time_since_epoch().count()) {}

  Time now() const override { return Time(Microseconds(since_epoch_.load())); }
  void advance(Microseconds by) { since_epoch_ += by.count(); }
  void set(Time at) { since_epoch_ = at.time_since_epoch().count(); }

 private:
  std::atomic<std::int64_t> since_epoch_;
};

}  // namespace slipway::test
