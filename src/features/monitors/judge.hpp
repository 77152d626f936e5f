// When memory or a volume is too full for too long. Pure.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace slipway::monitors {

inline constexpr std::int64_t kPoints = 20;        // that are looked at together
inline constexpr Seconds kInterval{10};            // between two of them
inline constexpr std::int64_t kPushEvery = 6;      // points between two reports, once there are enough: one a minute
inline constexpr std::chrono::minutes kQuiet{30};  // after a notice none follows for so long

enum class State { ok, nok };
std::string_view to_string(State state);
State state_of(std::string_view text);

// Whether so much of it is in use; nothing when that is not known.
std::optional<bool> over(std::int64_t used, std::int64_t total, std::int64_t threshold);

struct Known {
  State state = State::ok;
  Time quiet_until{};
};
struct Verdict {
  State state = State::ok;
  Time quiet_until{};
  bool notice = false;  // it has become too full, and nobody was told lately
};
// `points` are in their order, the newest last. Too full: the last half of the window, or a fifth of it. Fine again: a whole window of
// which everything is known.
Verdict judge(const Known& known, std::span<const std::optional<bool>> points, Time now);

}  // namespace slipway::monitors
