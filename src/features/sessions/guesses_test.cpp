#include "features/sessions/guesses.hpp"

#include <gtest/gtest.h>

#include <string>

namespace slipway::sessions {
namespace {

constexpr std::string_view kAna = "ana@example.com", kHome = "192.0.2.1", kFar = "198.51.100.7", kFarther = "203.0.113.9";
const Time kStart{Seconds(1000)};

// Wrong passwords until the answer is no.
int wrong(Guesses& guesses, std::string_view email, std::string_view address, Time now = kStart) {
  int taken = 0;
  while (taken < 100 && guesses.begin(email, address, now).allowed) ++taken;
  return taken;
}

TEST(Guesses, OfOneAddressEndBeforeThoseOfTheAccount) {
  Guesses guesses(10);

  EXPECT_EQ(wrong(guesses, kAna, kFar), 8);
  EXPECT_EQ(wrong(guesses, kAna, kFarther), 2);
  EXPECT_EQ(wrong(guesses, kAna, kHome), 0);
  EXPECT_EQ(wrong(guesses, "bo@example.com", kFar), 8);
}

TEST(Guesses, SayWhenAnotherIsWorthIt) {
  Guesses guesses(2);
  wrong(guesses, kAna, kFar);
  wrong(guesses, kAna, kFarther);

  const auto refused = guesses.begin(kAna, kFar, kStart + Seconds(20));

  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.wait, Seconds(40));
  EXPECT_TRUE(guesses.begin(kAna, kFar, kStart + Seconds(60)).allowed);
}

TEST(Guesses, AreOfTheAccountHoweverItsAddressIsWritten) {
  Guesses guesses(4);
  wrong(guesses, "ANA@example.com", kFar);

  EXPECT_EQ(wrong(guesses, kAna, kFar), 0);
}

TEST(Guesses, ARightPasswordIsNoGuess) {
  Guesses guesses(4);

  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(guesses.begin(kAna, kHome, kStart).allowed) << i;
    guesses.right(kAna, kHome);
  }
}

TEST(Guesses, OfStrangersKeepNobodyOutWhereTheySignedInBefore) {
  Guesses guesses(10);
  ASSERT_TRUE(guesses.begin(kAna, kHome, kStart).allowed);
  guesses.right(kAna, kHome);
  wrong(guesses, kAna, kFar);
  wrong(guesses, kAna, kFarther);
  ASSERT_FALSE(guesses.begin(kAna, "192.0.2.2", kStart).allowed);

  EXPECT_TRUE(guesses.begin(kAna, kHome, kStart).allowed);
  EXPECT_EQ(wrong(guesses, kAna, kHome), 9);  // and are limited there, too
}

TEST(Guesses, AKnownAddressIsKnownToItsAccountAlone) {
  Guesses guesses(10);
  ASSERT_TRUE(guesses.begin("eve@example.com", kFar, kStart).allowed);
  guesses.right("eve@example.com", kFar);

  EXPECT_EQ(wrong(guesses, kAna, kFar), 8);
}

TEST(Guesses, ComeFromANetworkOfIpv6) {
  Guesses guesses(10);

  EXPECT_EQ(wrong(guesses, kAna, "2001:db8:1:2::1"), 8);
  EXPECT_EQ(wrong(guesses, kAna, "2001:db8:1:2:ffff::9"), 0);
  EXPECT_EQ(wrong(guesses, kAna, "2001:db8:1:3::1"), 2);
}

TEST(Guesses, AreForgottenInTime) {
  Guesses guesses(10, 50);
  for (int i = 0; i < 1000; ++i) {
    const auto email = std::to_string(i) + "@example.com";
    ASSERT_TRUE(guesses.begin(email, kFar, kStart + Seconds(i)).allowed);
    if (i % 2 == 0) guesses.right(email, kFar);
    ASSERT_LE(guesses.size(), 100u);
  }

  EXPECT_TRUE(guesses.begin(kAna, kFar, kStart + Seconds(5000)).allowed);
  EXPECT_EQ(guesses.size(), 51u);  // one window; addresses that are known stay
}

TEST(Guesses, HaveNoLimitWhenNoneIsSet) {
  Guesses guesses(0);

  EXPECT_EQ(wrong(guesses, kAna, kFar), 100);
  EXPECT_EQ(guesses.size(), 0u);
}

}  // namespace
}  // namespace slipway::sessions
