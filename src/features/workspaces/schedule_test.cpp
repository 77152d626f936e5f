#include "features/workspaces/schedule.hpp"

#include <gtest/gtest.h>

namespace slipway::workspaces {
namespace {

Time at(std::string_view text) { return *parse_rfc3339(text); }
std::string shown(const std::optional<Time>& time) { return time ? to_rfc3339(*time) : "never"; }

constexpr unsigned kMonday = 1, kSaturday = 1 << 5, kSunday = 1 << 6;

TEST(NextStart, KeepsTheWallClockAcrossClockChanges) {
  const std::string berlin = "CRON_TZ=Europe/Berlin 30 9 * * *";

  EXPECT_EQ(shown(*next_start_of(berlin, at("2026-03-28T12:00:00Z"))), "2026-03-29T07:30:00Z");  // summer time began that night
  EXPECT_EQ(shown(*next_start_of(berlin, at("2026-10-24T12:00:00Z"))), "2026-10-25T08:30:00Z");  // and ended that one
  EXPECT_EQ(shown(*next_start_of("CRON_TZ=America/New_York 30 2 * * *", at("2026-03-08T05:00:00Z"))),
            "2026-03-08T07:00:00Z");  // 02:30 does not exist
}

TEST(NextStart, OnlyOnDaysThatTheTemplateAllows) {
  const std::string daily = "CRON_TZ=Asia/Tokyo 0 8 * * *";

  EXPECT_EQ(shown(*next_start_of(daily, at("2026-01-02T12:00:00Z"), kMonday)), "2026-01-04T23:00:00Z");  // Monday in Tokyo
  EXPECT_EQ(shown(*next_start_of("0 8 * * 1-5", at("2026-01-02T12:00:00Z"), kSaturday | kSunday)), "never");
  EXPECT_EQ(shown(*next_start_of(daily, at("2026-01-02T12:00:00Z"), 0)), "never");
  EXPECT_EQ(start_days(0), kEveryDay);
  EXPECT_EQ(start_days(0x7f), 0U);
}

TEST(NextStart, WantsAWeeklySchedule) {
  EXPECT_EQ(next_start_of("0 8 1 * *", Time()).error().fields.at(0).field, "schedule");
  EXPECT_EQ(next_start_of("nonsense", Time()).error().code, Code::invalid);
  EXPECT_EQ(shown(*next_start_of(std::nullopt, Time())), "never");
}

TEST(Ttl, FromAMinuteToThirtyDays) {
  EXPECT_TRUE(valid_ttl(std::nullopt));
  EXPECT_TRUE(valid_ttl(0));
  EXPECT_TRUE(valid_ttl(60000));
  EXPECT_FALSE(valid_ttl(59999));
  EXPECT_TRUE(valid_ttl(30LL * 24 * 3600 * 1000));
  EXPECT_FALSE(valid_ttl(30LL * 24 * 3600 * 1000 + 1));
}

TEST(LatestStop, TheFirstMidnightOfADayThatIsMoreThanAnHourAway) {
  EXPECT_EQ(shown(latest_stop({.stop_days = kSaturday}, at("2026-01-02T12:00:00Z"))), "2026-01-03T00:00:00Z");  // a Friday
  EXPECT_EQ(shown(latest_stop({.stop_days = kSaturday}, at("2026-01-02T23:30:00Z"))), "2026-01-10T00:00:00Z");
  EXPECT_EQ(shown(latest_stop({.stop_days = kSaturday | kMonday}, at("2026-01-02T23:30:00Z"))), "2026-01-05T00:00:00Z");
  EXPECT_EQ(shown(latest_stop({.stop_days = 0}, at("2026-01-02T12:00:00Z"))), "never");
}

TEST(LatestStop, EverySoManyWeeksFromAFixedMonday) {
  // 2023-01-02 begins week 0; Saturday 2026-01-03 is in week 156, which 2 divides and 5 does not.
  EXPECT_EQ(shown(latest_stop({.stop_days = kSaturday, .stop_weeks = 2}, at("2026-01-02T12:00:00Z"))), "2026-01-03T00:00:00Z");
  EXPECT_EQ(shown(latest_stop({.stop_days = kSaturday, .stop_weeks = 2}, at("2026-01-03T12:00:00Z"))), "2026-01-17T00:00:00Z");
  EXPECT_EQ(shown(latest_stop({.stop_days = kSaturday, .stop_weeks = 5}, at("2026-01-03T12:00:00Z"))), "2026-01-31T00:00:00Z");
}

TEST(Lifetime, IsCutOffByTheTemplatesDay) {
  const Time friday = at("2026-01-02T12:00:00Z");
  const auto of = [&](std::int64_t hours, unsigned days) { return lifetime({.ttl_ms = hours * 3600 * 1000, .stop_days = days}, friday); };

  EXPECT_EQ(of(8, 0), (Lifetime{.deadline = friday + std::chrono::hours(8), .max_deadline = {}}));
  EXPECT_EQ(of(0, 0), Lifetime());
  EXPECT_EQ(of(8, kSaturday), (Lifetime{.deadline = friday + std::chrono::hours(8), .max_deadline = at("2026-01-03T00:00:00Z")}));
  EXPECT_EQ(of(20, kSaturday), (Lifetime{.deadline = at("2026-01-03T00:00:00Z"), .max_deadline = at("2026-01-03T00:00:00Z")}));
  EXPECT_EQ(of(0, kSaturday), (Lifetime{.deadline = at("2026-01-03T00:00:00Z"), .max_deadline = at("2026-01-03T00:00:00Z")}));
}

}  // namespace
}  // namespace slipway::workspaces
