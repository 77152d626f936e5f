#include "features/identity/refusals.hpp"

#include <gtest/gtest.h>

namespace slipway::identity {
namespace {

const Time kNow = Time(Seconds(1'800'000'000));

TEST(Refusals, AreTheLastOfEachMachineForADayUntilOneIsGood) {
  Refusals refusals;
  refusals.note("i-1", {.provider = Provider::aws, .reason = "first", .at = kNow});
  refusals.note("i-1", {.provider = Provider::google, .reason = "second", .at = kNow + Seconds(1)});

  const auto last = refusals.of("i-1", kNow + Seconds(2));

  ASSERT_TRUE(last);
  EXPECT_EQ(last->reason, "second");
  EXPECT_EQ(last->provider, Provider::google);
  EXPECT_FALSE(refusals.of("i-2", kNow));
  EXPECT_FALSE(refusals.of("i-1", kNow + std::chrono::hours(25)));
  refusals.forget("i-1");
  EXPECT_FALSE(refusals.of("i-1", kNow + Seconds(2)));
}

TEST(Refusals, MakePlaceForTheNewestAndAreShort) {
  Refusals refusals;
  for (std::size_t i = 0; i <= Refusals::kMost; ++i)
    refusals.note("i-" + std::to_string(i), {.reason = std::string(1000, 'x'), .at = kNow + Seconds(i)});
  refusals.note("", {.reason = "of nothing", .at = kNow});

  const Time later = kNow + Seconds(Refusals::kMost);
  EXPECT_FALSE(refusals.of("i-0", later));
  ASSERT_TRUE(refusals.of("i-1", later));
  EXPECT_EQ(refusals.of("i-1", later)->reason.size(), 300U);
  EXPECT_FALSE(refusals.of("", later));
}

}  // namespace
}  // namespace slipway::identity
