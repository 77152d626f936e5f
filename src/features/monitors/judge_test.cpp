#include "features/monitors/judge.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace slipway::monitors {
namespace {

using Points = std::vector<std::optional<bool>>;
const Time kNow = *parse_rfc3339("2026-03-01T12:00:00Z");

Points window(std::size_t over) {
  Points out(20, false);
  for (std::size_t i = 0; i < over; ++i) out[i * 5 % 20 + i / 4] = true;  // apart from one another
  return out;
}

TEST(Over, IsFromTheThresholdOnAndUnknownWithoutATotal) {
  EXPECT_EQ(over(80, 100, 80), true);
  EXPECT_EQ(over(79, 100, 80), false);
  EXPECT_EQ(over(1, 0, 80), std::nullopt);
  EXPECT_EQ(over(-1, 100, 80), std::nullopt);
}

TEST(Judge, AFifthOfTheWindowIsTooMuchAndLessIsNot) {
  EXPECT_EQ(judge({}, window(3), kNow).state, State::ok);

  const auto full = judge({}, window(4), kNow);

  EXPECT_EQ(full.state, State::nok);
  EXPECT_TRUE(full.notice);
  EXPECT_EQ(full.quiet_until, kNow + kQuiet);
}

TEST(Judge, TheLastTenPointsAreTooMuch) {
  Points points(10, true);

  EXPECT_EQ(judge({}, points, kNow).state, State::nok);
}

TEST(Judge, NoSecondNoticeWithinHalfAnHour) {
  const Known again{.state = State::ok, .quiet_until = kNow + std::chrono::minutes(1)};

  const auto verdict = judge(again, window(8), kNow);

  EXPECT_EQ(verdict.state, State::nok);
  EXPECT_FALSE(verdict.notice);
  EXPECT_EQ(verdict.quiet_until, again.quiet_until);
  EXPECT_TRUE(judge(again, window(8), kNow + std::chrono::minutes(2)).notice);
}

TEST(Judge, StayingTooFullIsNoNews) { EXPECT_FALSE(judge({.state = State::nok}, window(8), kNow).notice); }

TEST(Judge, FineAgainTakesAWholeWindowThatIsKnown) {
  const Known full{.state = State::nok};
  Points with_a_gap = window(0), few(19, false);
  with_a_gap[3].reset();

  EXPECT_EQ(judge(full, with_a_gap, kNow).state, State::nok);
  EXPECT_EQ(judge(full, few, kNow).state, State::nok);
  EXPECT_EQ(judge(full, window(0), kNow).state, State::ok);
}

}  // namespace
}  // namespace slipway::monitors
