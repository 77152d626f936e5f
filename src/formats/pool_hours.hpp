// When a pool of prebuilt workspaces is how large: cron lines in one time zone, each a set of minutes and not an event. `* 8-18 * * 1-5` is
// every minute from 08:00 to 18:59 on weekdays. Pure. home: any thread.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::formats {

struct PoolHours {
  std::string cron;  // five fields; the minute's is always `*`
  std::int32_t instances = 0;
};

// What a template may say. Errors: invalid, in the words that its author knows from the template language's own check.
Result<void> valid_pool_hours(std::string_view zone, std::span<const PoolHours> hours);

// Errors: invalid, naming the two that share a minute, or a field that cannot be compared.
Result<void> apart(std::span<const PoolHours> hours);

struct PoolSize {
  std::int32_t instances = 0;
  std::string matched;                // the cron line that says so; empty: the usual size
  std::vector<std::string> troubles;  // why lines were not followed
};
// The size at `now`: the first line that matches, or `usual`. It never fails: lines that cannot be followed are not.
PoolSize pool_size(std::int32_t usual, std::string_view zone, std::span<const PoolHours> hours, Time now);

}  // namespace slipway::formats
