#include "features/keys/plan.hpp"

#include <gtest/gtest.h>

namespace slipway::keys {
namespace {

using std::chrono::hours, std::chrono::minutes;

const Time kNow = *parse_rfc3339("2026-04-15T12:00:00Z");

Key key(std::int32_t sequence, Time starts_at, std::optional<Time> deletes_at = {}) {
  return {.sequence = sequence, .secret = "s" + std::to_string(sequence), .starts_at = starts_at, .deletes_at = deletes_at};
}

std::int32_t signs(const std::vector<Key>& keys) {
  const auto* found = signing_key(keys, kNow);
  return found ? found->sequence : 0;
}

TEST(KeyPlan, WithoutAnyKeyMakesOneThatBeginsAtOnce) {
  const auto wanted = plan({}, kNow);

  ASSERT_TRUE(wanted.make);
  EXPECT_EQ(wanted.make->sequence, 1);
  EXPECT_EQ(wanted.make->starts_at, kNow);
  EXPECT_FALSE(wanted.end);
  EXPECT_TRUE(wanted.forget.empty());
}

TEST(KeyPlan, LeavesAKeyAloneUntilItsLastHour) {
  const Time began = kNow - kKeyLife + kReplacedBefore + Seconds(1);

  const auto wanted = plan({key(3, began)}, kNow);

  EXPECT_FALSE(wanted.make);
  EXPECT_FALSE(wanted.end);
}

TEST(KeyPlan, ReplacesAKeyInItsLastHourByOneThatBeginsAtItsEnd) {
  const Time began = kNow - kKeyLife + kReplacedBefore, ends = began + kKeyLife;

  const auto wanted = plan({key(3, began)}, kNow);

  ASSERT_TRUE(wanted.make && wanted.end);
  EXPECT_EQ(wanted.make->sequence, 4);
  EXPECT_EQ(wanted.make->starts_at, ends);
  EXPECT_EQ(wanted.end->sequence, 3);
  EXPECT_EQ(wanted.end->deletes_at, ends + hours(1) + minutes(1));
}

TEST(KeyPlan, GivesServersHalfAnHourToReadTheNewKey) {
  const auto wanted = plan({key(3, kNow - kKeyLife - hours(5))}, kNow);

  ASSERT_TRUE(wanted.make && wanted.end);
  EXPECT_EQ(wanted.make->starts_at, kNow + minutes(30));
  EXPECT_EQ(wanted.end->deletes_at, kNow + minutes(30) + hours(1) + minutes(1));
}

TEST(KeyPlan, MakesNoSecondSuccessor) {
  const auto wanted = plan({key(3, kNow - kKeyLife, kNow + hours(2)), key(4, kNow + minutes(30))}, kNow);

  EXPECT_FALSE(wanted.make);
  EXPECT_FALSE(wanted.end);
}

TEST(KeyPlan, ForgetsWhatIsOverAndCountsOn) {
  const auto wanted = plan({key(3, kNow - kKeyLife, kNow - Seconds(1)), key(4, kNow - hours(2), kNow)}, kNow);

  EXPECT_EQ(wanted.forget, (std::vector<std::int32_t>{3, 4}));
  ASSERT_TRUE(wanted.make);
  EXPECT_EQ(wanted.make->sequence, 5) << "no number is used twice";
  EXPECT_EQ(wanted.make->starts_at, kNow);
}

TEST(KeyPlan, AKeyThatEndsWhileNothingFollowsIsReplacedAtOnce) {
  const auto wanted = plan({key(3, kNow - hours(2), kNow + hours(1))}, kNow);

  ASSERT_TRUE(wanted.make);
  EXPECT_EQ(wanted.make->starts_at, kNow);
  EXPECT_FALSE(wanted.end) << "its end is known";
}

TEST(Signing, TakesTheNewestThatHasBegunAndIsNotOver) {
  const auto old = key(1, kNow - hours(9), kNow), now = key(2, kNow - hours(2), kNow + hours(1)), newer = key(3, kNow),
             next = key(4, kNow + Seconds(1));

  EXPECT_EQ(signs({old, now, newer, next}), 3);
  EXPECT_EQ(signs({next, now, old}), 2);
  EXPECT_EQ(signs({old, next}), 0);
  EXPECT_EQ(signs({}), 0);
}

TEST(Verifying, TakesAKeyBeforeItBeginsAndUntilItIsOver) {
  EXPECT_TRUE(is_good(key(1, kNow + hours(1)), kNow));
  EXPECT_TRUE(is_good(key(1, kNow - hours(1), kNow + Seconds(1)), kNow));
  EXPECT_FALSE(is_good(key(1, kNow - hours(1), kNow), kNow));
}

// Whenever servers look: there is always a key to sign with, and nothing that it signed outlives it.
TEST(KeyPlan, HoldsForAYearOfLooks) {
  std::vector<Key> keys;
  const auto look = [&keys](Time now) {
    const auto wanted = plan(keys, now);
    std::erase_if(keys, [&](const Key& one) { return std::ranges::find(wanted.forget, one.sequence) != wanted.forget.end(); });
    for (auto& one : keys)
      if (wanted.end && one.sequence == wanted.end->sequence) one.deletes_at = wanted.end->deletes_at;
    if (wanted.make) keys.push_back(key(wanted.make->sequence, wanted.make->starts_at));
  };

  for (Time now = kNow; now < kNow + hours(24 * 365); now += minutes(10)) {
    look(now);
    const auto* with = signing_key(keys, now);
    ASSERT_NE(with, nullptr) << to_rfc3339(now);
    ASSERT_TRUE(is_good(*with, now + minutes(1))) << "a token of a minute outlives key " << with->sequence;
    ASSERT_LE(keys.size(), 2U);
  }
  EXPECT_EQ(keys.back().sequence, 13);
}

}  // namespace
}  // namespace slipway::keys
