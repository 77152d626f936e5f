// For Loops alone: when a loop goes, no thread of the blocking pool may still hold on to it.
#pragma once

namespace slipway::aio {

// Returns once everything that was running on the blocking pool has ended and let go of what it held.
void drain_blocking_pool();

}  // namespace slipway::aio
