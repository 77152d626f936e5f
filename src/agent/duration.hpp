// Durations as people write them in flags and as the manifest counts them. Pure.
#pragma once

#include "base/clock.hpp"

namespace slipway::agent {

// "72h", "1h30m", "1.5s", "250ms", "0". Nothing when malformed, negative or out of range.
std::optional<Milliseconds> parse_duration(std::string_view text);

// The manifest's metadata and health-check spans: seconds by the contract, nanoseconds from servers that count every
// duration so. No sane number of seconds reaches 10^8 and no sane span is below 0.1 s, so the value itself tells.
Milliseconds span_of(std::int64_t count);

// Script timeouts, report intervals: always nanoseconds. Anything above zero is at least a millisecond.
Milliseconds from_nanoseconds(std::int64_t count);

}  // namespace slipway::agent
