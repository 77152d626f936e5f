// Autostart schedules, lifetimes and what a template demands of both: pure, for handlers, the end of a build and the scheduler.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>

namespace slipway::workspaces {

// Days of the week as bits, Monday being bit 0: as templates keep them.
inline constexpr unsigned kEveryDay = 0x7f;
// The days on which a template lets workspaces start by themselves: it keeps the others.
inline unsigned start_days(int blocked) { return ~static_cast<unsigned>(blocked) & kEveryDay; }

// When the schedule fires next on one of `days`; nothing without a schedule, or when it never does. Errors: 400 with what is wrong.
Result<std::optional<Time>> next_start_of(const std::optional<std::string>& schedule, Time now, unsigned days = kEveryDay);
// From a minute to thirty days, or none. Errors: 400.
Result<void> valid_ttl(const std::optional<std::int64_t>& ttl_ms);

// How long a started workspace may run.
struct LifetimeRules {
  std::int64_t ttl_ms = 0;      // 0: no end
  unsigned stop_days = 0;       // days on which the template stops workspaces; 0: it does not
  std::int64_t stop_weeks = 0;  // every so many weeks, counted from Monday 2023-01-02; 0 is 1
};
struct Lifetime {
  std::optional<Time> deadline, max_deadline;
  bool operator==(const Lifetime&) const = default;
};

// The midnight (UTC) at which the template stops a workspace that started at `started`: the first on a day of the rules that
// is more than an hour away. Nothing without such days.
std::optional<Time> latest_stop(const LifetimeRules& rules, Time started);
// The deadlines of a build that succeeded at `started`: the lifetime, cut off by what the template demands.
Lifetime lifetime(const LifetimeRules& rules, Time started);

}  // namespace slipway::workspaces
