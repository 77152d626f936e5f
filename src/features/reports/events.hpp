// From rows to what people are told: pure. Only this feature includes it.
#pragma once

#include "features/notifications/notifications.hpp"
#include "features/reports/objects.hpp"

#include <span>

namespace slipway::reports {

// One event for each organization; `rows` are in the order of the statement.
std::vector<notifications::Event> events(std::span<const sql::FailedBuild> rows, Time now);

}  // namespace slipway::reports
