// For Loops alone: when a loop goes, no thread of the blocking pools may still hold on to it.
#pragma once

namespace slipway::aio {

// Returns once everything that was running on the blocking pools has ended and let go of what it held.
void drain_blocking_pools();

}  // namespace slipway::aio
