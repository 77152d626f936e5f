// Measuring the way to an agent: both ends of the stream that `slipway ping` and `slipway speedtest` open to its port 3. The first
// byte says what the agent does with the rest: give it back, count it, or pour bytes of its own. home: the stream's thread.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/stream.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace slipway::tunnel {

inline constexpr std::uint16_t kMeasuringPort = 3;            // nothing listens there: it stands for the service
inline constexpr std::string_view kMeasuring = "measure";     // the extended CONNECT's protocol
inline constexpr Milliseconds kLongestMeasuring{5 * 60'000};  // then the agent ends it

// The agent's end: until the other one has had enough.
Task<void> serve_measuring(net::Stream& stream);

// Of a stream that echoes: asks for that once, before the first round.
Task<Result<void>> begin_echo(net::Stream& stream);
Task<Result<std::chrono::microseconds>> round_trip(net::Stream& stream);

struct Interval {
  double start = 0, end = 0;  // seconds since the measuring began
  std::uint64_t bytes = 0;

  double megabits() const;  // a second
};
struct Speed {
  Interval overall;
  std::vector<Interval> intervals;  // of a second each
};
// For so long; `stream` is used up. What was sent counts once the agent has said that it came.
Task<Result<Speed>> receive_speed(net::Stream& stream, Milliseconds length);
Task<Result<Speed>> send_speed(net::Stream& stream, Milliseconds length);

}  // namespace slipway::tunnel
