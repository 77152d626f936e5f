// Time comes from a Clock, so that tests own it. Microseconds, because that is what PostgreSQL keeps.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace slipway {

using Microseconds = std::chrono::microseconds;
using Milliseconds = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;
using Time = std::chrono::sys_time<Microseconds>;

// 0001-01-01T00:00:00Z: what the API answers for a time that was never set.
extern const Time kUnsetTime;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
};

const Clock& system_clock();

// RFC 3339 in UTC with `Z`; fraction up to microseconds, trailing zeros dropped.
std::string to_rfc3339(Time time);
// Any RFC 3339 offset; digits beyond microseconds are cut. Nothing when malformed or out of range.
std::optional<Time> parse_rfc3339(std::string_view text);

}  // namespace slipway
