#include "base/words.hpp"

#include <gtest/gtest.h>

namespace slipway {
namespace {

using std::chrono::hours, std::chrono::minutes;

TEST(InWords, IsTheUnitThatOneWouldSay) {
  EXPECT_EQ(in_words(Seconds(29)), "less than a minute");
  EXPECT_EQ(in_words(Seconds(31)), "1 minute");
  EXPECT_EQ(in_words(minutes(45)), "45 minutes");
  EXPECT_EQ(in_words(hours(1)), "1 hour");
  EXPECT_EQ(in_words(minutes(90)), "90 minutes");
  EXPECT_EQ(in_words(minutes(150)), "3 hours");
  EXPECT_EQ(in_words(hours(24)), "24 hours");
  EXPECT_EQ(in_words(hours(72)), "72 hours");
  EXPECT_EQ(in_words(hours(24 * 7)), "7 days");
  EXPECT_EQ(in_words(hours(24 * 7) - Seconds(5)), "7 days");
}

TEST(InWords, OfNothingAndOfWhatIsPast) {
  EXPECT_EQ(in_words({}), "less than a minute");
  EXPECT_EQ(in_words(-hours(2)), "less than a minute");
}

}  // namespace
}  // namespace slipway
