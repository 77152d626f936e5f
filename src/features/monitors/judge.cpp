#include "features/monitors/judge.hpp"

#include <algorithm>

namespace slipway::monitors {

std::string_view to_string(State state) { return state == State::ok ? "OK" : "NOK"; }
State state_of(std::string_view text) { return text == "NOK" ? State::nok : State::ok; }

std::optional<bool> over(std::int64_t used, std::int64_t total, std::int64_t threshold) {
  if (total <= 0 || used < 0) return std::nullopt;
  return static_cast<double>(used) * 100 >= static_cast<double>(total) * static_cast<double>(threshold);
}

Verdict judge(const Known& known, std::span<const std::optional<bool>> points, Time now) {
  Verdict out{.state = known.state, .quiet_until = known.quiet_until};
  const auto is_over = [](const std::optional<bool>& point) { return point.value_or(false); };
  const auto all = std::ranges::count_if(points, is_over);
  std::int64_t last = 0;
  for (auto point = points.rbegin(); point != points.rend() && is_over(*point); ++point) ++last;
  const bool whole = std::ssize(points) >= kPoints && std::ranges::none_of(points, [](const auto& point) { return !point; });
  if (last * 2 >= kPoints || all * 5 >= kPoints)
    out.state = State::nok;
  else if (whole)
    out.state = State::ok;
  out.notice = known.state == State::ok && out.state == State::nok && now > known.quiet_until;
  if (out.notice) out.quiet_until = now + kQuiet;
  return out;
}

}  // namespace slipway::monitors
