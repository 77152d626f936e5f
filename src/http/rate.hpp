// Request rates per caller: a fixed window of a minute, per user when one is known, else per address. Shared by all loops.
#pragma once

#include "base/clock.hpp"

#include <mutex>
#include <string>
#include <unordered_map>

namespace slipway::http {

class RateLimit {
 public:
  explicit RateLimit(int per_minute) : limit_(per_minute) {}  // 0: no limit

  struct Verdict {
    bool allowed = true;
    int limit = 0, remaining = 0;
    Seconds reset{0};  // until the window ends
  };
  Verdict count(const std::string& caller, Time now);
  int limit() const { return limit_; }

 private:
  struct Window {
    Time start;
    int used = 0;
  };
  int limit_;
  std::mutex mutex_;
  std::unordered_map<std::string, Window> windows_;
  Time swept_{};
};

}  // namespace slipway::http
