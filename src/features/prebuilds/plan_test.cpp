#include "features/prebuilds/plan.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

namespace slipway::prebuilds {
namespace {

using std::chrono::hours, std::chrono::minutes;

const Time kNow = *parse_rfc3339("2026-01-07T12:00:00Z");  // a Wednesday
const TemplateVersionId kVersion = TemplateVersionId::random(), kOther = TemplateVersionId::random();

// Of the active version, with expiry after an hour.
Pool pool_of(std::int32_t usual) {
  Pool pool;
  pool.id = PresetId::random();
  pool.version = pool.active_version = kVersion;
  pool.usual = usual;
  pool.expires_after = hours(1);
  return pool;
}
Pool inactive() {
  auto pool = pool_of(3);
  pool.active = false;
  pool.version = kOther;
  return pool;
}

Member member(const std::string& transition, const std::string& status, Microseconds age = minutes(10)) {
  Member m;
  m.id = WorkspaceId::random();
  m.created_at = m.built_at = kNow - age;
  m.transition = transition;
  m.status = status;
  m.version = kVersion;
  m.job = JobId::random();
  if (status != "pending" && status != "running") m.completed_at = kNow - age;
  m.taken = status != "pending";
  m.ready = status == "succeeded" && transition == "start";
  return m;
}
void add(Pool& pool, int count, const std::string& transition, const std::string& status, Microseconds age = minutes(10)) {
  for (int i = 0; i < count; ++i) {
    auto m = member(transition, status, age + minutes(i));
    m.version = pool.version;
    pool.members.push_back(m);
  }
}

// "create 1, remove 2 expired, cancel 3", or "nothing".
std::string said(const Pool& pool, const Rules& rules = {}, Time now = kNow) {
  const auto done = plan(pool, rules, now);
  std::map<std::string_view, int> removed;
  for (const auto& each : done.remove) ++removed[to_string(each.why)];
  std::string out;
  const auto say = [&out](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
  if (!done.cancel.empty()) say(fmt::format("cancel {}", done.cancel.size()));
  for (const auto& [why, count] : removed) say(fmt::format("remove {} {}", count, why));
  if (done.create > 0) say(fmt::format("create {}", done.create));
  return out.empty() ? "nothing" : out;
}
std::string decided(std::int32_t desired, int fresh, int expired, int starting) {
  auto pool = pool_of(desired);
  add(pool, fresh, "start", "succeeded");
  add(pool, expired, "start", "succeeded", hours(2));
  add(pool, starting, "start", "running");
  return said(pool);
}

TEST(Plan, AddsAndRemovesWhatTheTargetWants) {
  EXPECT_EQ(decided(3, 0, 0, 0), "create 3");
  EXPECT_EQ(decided(3, 1, 0, 1), "create 1");
  EXPECT_EQ(decided(3, 5, 0, 0), "remove 2 surplus");
  EXPECT_EQ(decided(3, 2, 2, 0), "remove 2 expired, create 1");
  EXPECT_EQ(decided(1, 1, 1, 0), "remove 1 expired");
  EXPECT_EQ(decided(0, 0, 3, 0), "remove 3 expired");
  EXPECT_EQ(decided(2, 2, 0, 2), "nothing");
  EXPECT_EQ(decided(2, 4, 0, 0), "remove 2 surplus");
  EXPECT_EQ(decided(0, 0, 0, 0), "nothing");
}

TEST(Plan, TheOldestGoFirst) {
  auto pool = pool_of(1);
  add(pool, 3, "start", "succeeded");

  const auto done = plan(pool, {}, kNow);

  ASSERT_EQ(done.remove.size(), 2U);
  EXPECT_EQ(done.remove[0].member, 2U);
  EXPECT_EQ(done.remove[1].member, 1U);
  EXPECT_EQ(done.row, 5);
}

TEST(Plan, APresetThatIsNotActiveIsEmptied) {
  auto pool = inactive();
  add(pool, 2, "start", "succeeded");
  add(pool, 1, "start", "succeeded", hours(2));
  add(pool, 3, "start", "pending");

  EXPECT_EQ(said(pool), "cancel 3, remove 3 inactive");
  const auto done = plan(pool, {}, kNow);
  EXPECT_EQ(done.row, 2);
  EXPECT_EQ(done.counts.desired, 0);
  EXPECT_EQ(done.counts.eligible, 0);
}

TEST(Plan, WhatAProvisionerHasOrAnAdministratorBuiltIsNotCanceled) {
  auto pool = inactive();
  add(pool, 3, "start", "pending");
  pool.members[0].taken = true;
  pool.members[1].by_system = false;
  pool.members[2].build_number = 2;

  EXPECT_EQ(said(pool), "nothing");
}

TEST(Plan, TheActiveVersionsPendingBuildsAreNeverCanceled) {
  auto pool = pool_of(1);
  add(pool, 3, "start", "pending");

  EXPECT_EQ(said(pool), "nothing");
  EXPECT_EQ(plan(pool, {}, kNow).counts.pending, 3);
}

TEST(Plan, WhatIsStoppedOrBeingDeletedIsLeftAloneAndReplaced) {
  auto pool = pool_of(2);
  add(pool, 1, "start", "succeeded");
  add(pool, 1, "stop", "succeeded");
  add(pool, 1, "delete", "running");

  EXPECT_EQ(said(pool), "create 1");
  EXPECT_EQ(plan(pool, {}, kNow).counts.deleting, 1);
}

TEST(Plan, ExpiryIsAfterItsTimeAndNeverWithoutOne) {
  auto pool = pool_of(1);
  add(pool, 1, "start", "succeeded", hours(1));
  EXPECT_EQ(said(pool), "nothing");
  EXPECT_EQ(plan(pool, {}, kNow).next, kNow + Microseconds(1));
  EXPECT_EQ(said(pool, {}, kNow + Microseconds(1)), "remove 1 expired, create 1");

  pool.expires_after = Seconds(0);
  EXPECT_EQ(said(pool, {}, kNow + hours(10000)), "nothing");
}

TEST(Plan, InvalidatingMakesAnewWhatIsOlder) {
  auto pool = pool_of(2);
  add(pool, 2, "start", "succeeded");  // 10 and 11 minutes old
  pool.stale_before = kNow - minutes(10);

  EXPECT_EQ(said(pool), "remove 1 expired, create 1");
}

TEST(Plan, OnlyReadyMembersAreEligible) {
  auto pool = pool_of(3);
  add(pool, 3, "start", "succeeded");
  pool.members[0].ready = false;

  const auto done = plan(pool, {}, kNow);

  EXPECT_EQ(done.counts.actual, 3);
  EXPECT_EQ(done.counts.eligible, 2);
}

TEST(Plan, AScheduleSetsTheTargetAndIsLookedAtWhenHoursTurn) {
  auto pool = pool_of(1);
  pool.zone = "UTC";
  pool.hours = {{"* 8-18 * * 1-5", 4}};

  const auto day = plan(pool, {}, kNow), night = plan(pool, {}, kNow + hours(8));

  EXPECT_EQ(day.create, 4);
  EXPECT_EQ(day.schedule, "* 8-18 * * 1-5");
  EXPECT_EQ(day.next, kNow + minutes(15));
  EXPECT_EQ(night.create, 1);
  EXPECT_EQ(night.schedule, "");
}

TEST(Plan, ASchedulesTroubleIsToldAndLeavesTheUsualSize) {
  auto pool = pool_of(2);
  pool.zone = "Nowhere/Here";
  pool.hours = {{"* * * * *", 9}};

  const auto done = plan(pool, {}, kNow);

  EXPECT_EQ(done.create, 2);
  ASSERT_EQ(done.troubles.size(), 1U);
}

TEST(Backoff, EachFailureHoldsCreationBackForAnInterval) {
  auto pool = pool_of(3);
  add(pool, 2, "start", "failed", Seconds(0));
  pool.members[1].completed_at = kNow - minutes(20);  // the newest counts
  const Rules rules{.failure_limit = 0};

  EXPECT_EQ(said(pool, rules), "nothing");
  const auto done = plan(pool, rules, kNow);
  EXPECT_EQ(done.row, 1);
  EXPECT_EQ(done.failures, 2);
  EXPECT_EQ(done.held_until, kNow + minutes(2));
  EXPECT_EQ(done.wanted, 3);
  EXPECT_EQ(said(pool, rules, kNow + minutes(2)), "nothing");
  EXPECT_EQ(said(pool, rules, kNow + minutes(2) + Microseconds(1)), "create 3");
}

TEST(Backoff, OnlyCreationWaits) {
  auto pool = pool_of(2);
  add(pool, 1, "start", "failed", Seconds(1));
  add(pool, 2, "start", "succeeded", hours(3));
  add(pool, 3, "start", "succeeded");

  EXPECT_EQ(said(pool), "remove 2 expired, remove 1 surplus");
}

TEST(Backoff, FailuresBeforeTheLookbackDoNotCount) {
  auto pool = pool_of(1);
  add(pool, 1, "start", "failed", hours(1) + Seconds(1));

  EXPECT_EQ(said(pool), "create 1");
}

TEST(Backoff, ASchedulesTargetCountsWhereTheUsualSizeIsNone) {
  auto pool = pool_of(0);
  pool.zone = "UTC";
  pool.hours = {{"* 8-18 * * *", 2}};
  add(pool, 1, "start", "failed", Seconds(5));

  EXPECT_EQ(said(pool), "nothing");
  EXPECT_TRUE(plan(pool, {}, kNow).held_until);
}

TEST(Backoff, NewerBuildsThanTheTargetPushAFailureOut) {
  auto pool = pool_of(1);
  add(pool, 1, "start", "failed", minutes(1));
  add(pool, 1, "start", "running", Seconds(1));

  EXPECT_FALSE(plan(pool, {}, kNow).held_until);
}

TEST(FailureLimit, StopsCreationAndNothingElse) {
  auto pool = pool_of(3);
  add(pool, 3, "start", "failed", hours(2));
  add(pool, 1, "start", "succeeded", hours(5));

  const auto done = plan(pool, {}, kNow);

  EXPECT_TRUE(done.at_limit);
  EXPECT_TRUE(done.mark_limited);
  EXPECT_EQ(said(pool), "remove 1 expired");
  pool.limited = true;
  EXPECT_FALSE(plan(pool, {}, kNow).mark_limited);
}

TEST(FailureLimit, NeedsThatManyNewestBuildsToHaveFailed) {
  auto pool = pool_of(3);
  add(pool, 2, "start", "failed", hours(2));
  EXPECT_FALSE(plan(pool, {}, kNow).at_limit);

  add(pool, 1, "start", "succeeded", hours(1));
  add(pool, 1, "start", "failed", hours(3));
  EXPECT_FALSE(plan(pool, {}, kNow).at_limit);
  EXPECT_FALSE(plan(pool, {.failure_limit = 0}, kNow).at_limit);
}

TEST(FailureLimit, EndsWithItsFailuresAndWithTheVersion) {
  auto pool = pool_of(1);
  pool.limited = true;
  EXPECT_TRUE(plan(pool, {}, kNow).mark_healthy);
  EXPECT_EQ(said(pool), "create 1");

  add(pool, 3, "start", "failed", hours(2));
  for (auto& m : pool.members) m.version = kOther;
  EXPECT_FALSE(plan(pool, {}, kNow).at_limit);
}

TEST(Clearing, TheNewestFailuresOfAnActivePresetStay) {
  auto pool = pool_of(0);
  add(pool, 5, "start", "failed", hours(30));

  const auto done = plan(pool, {}, kNow);

  EXPECT_EQ(said(pool), "remove 2 failed");
  for (const auto& each : done.remove) EXPECT_GE(each.member, 3U);
  EXPECT_EQ(said(pool, {.failure_limit = 0}), "remove 4 failed");
  pool.active = false;
  EXPECT_EQ(said(pool), "remove 5 failed");
}

TEST(Clearing, AFailureStaysForADay) {
  auto pool = inactive();
  add(pool, 1, "start", "failed", hours(23));
  add(pool, 1, "start", "canceled", hours(25));

  EXPECT_EQ(said(pool), "remove 1 failed");
  EXPECT_EQ(plan(pool, {}, kNow).next, kNow + hours(1));
}

TEST(Clearing, ADeletionThatFailedIsTriedAgainEverMoreRarely) {
  auto pool = pool_of(0);
  add(pool, 1, "delete", "failed", minutes(3));

  pool.members[0].delete_failures = 1;
  EXPECT_EQ(said(pool), "remove 1 retried");
  pool.members[0].delete_failures = 3;
  EXPECT_EQ(said(pool), "nothing");
  EXPECT_EQ(plan(pool, {}, kNow).next, kNow + minutes(1));
  EXPECT_EQ(delete_again_after({}, 4), minutes(8));
  EXPECT_EQ(delete_again_after({}, 1000), hours(24));
}

}  // namespace
}  // namespace slipway::prebuilds
