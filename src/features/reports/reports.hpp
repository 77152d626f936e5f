// The report of failed builds: once a week, to each organization's template administrators.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/result.hpp"
#include "http/home.hpp"

namespace slipway::reports {

// Makes the report when a week has passed since the last one; the first time it only notes the time. True: it was made, by this call.
// Any number of servers may ask at once.
Task<Result<bool>> report_once(store::Db& db);

// Every quarter of an hour, and at once. Runs until cancelled.
Task<void> keep(http::Home& home);

}  // namespace slipway::reports
