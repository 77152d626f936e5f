// Autostart schedules and lifetimes, as people give them.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>

namespace slipway::workspaces {

// When the schedule fires next; nothing without one. Errors: 400 with what is wrong.
Result<std::optional<Time>> next_start_of(const std::optional<std::string>& schedule, Time now);
// From a minute to thirty days, or none. Errors: 400.
Result<void> valid_ttl(const std::optional<std::int64_t>& ttl_ms);

}  // namespace slipway::workspaces
