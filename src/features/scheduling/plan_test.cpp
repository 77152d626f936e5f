#include "features/scheduling/plan.hpp"

#include <gtest/gtest.h>

namespace slipway::scheduling {
namespace {

using std::chrono::hours, std::chrono::minutes;

constexpr std::int64_t kHour = 3600 * 1000;
const Time kNow = *parse_rfc3339("2026-01-02T12:00:00Z");  // a Friday

// Running since an hour ago, used a minute ago, of an active owner; its template demands nothing.
Snapshot running() {
  Snapshot w;
  w.owner_id = UserId::random();
  w.owner_status = "active";
  w.allow_user_autostart = true;
  w.automatic_updates = "never";
  w.transition = "start";
  w.reason = "initiator";
  w.job_status = "succeeded";
  w.completed_at = kNow - hours(1);
  w.last_used_at = kNow - minutes(1);
  return w;
}
Snapshot last_build(std::string transition, std::string status, std::string reason = "initiator") {
  auto w = running();
  w.transition = std::move(transition);
  w.job_status = std::move(status);
  w.reason = std::move(reason);
  w.failures = w.job_status == "failed" ? 1 : 0;
  return w;
}
Snapshot stopped() { return last_build("stop", "succeeded"); }

std::string said(const Snapshot& w, Time now = kNow) {
  const Plan p = plan(w, now);
  std::string out(p.transition);
  if (!p.reason.empty()) out += " (" + std::string(p.reason) + ")";
  if (p.dormant) out += out.empty() ? "dormant" : ", dormant";
  if (p.remind) out += out.empty() ? "remind" : ", remind";
  if (p.limits) out += out.empty() ? "limits" : ", limits";
  return out.empty() ? "nothing" : out;
}

TEST(Plan, NothingIsDueAndItIsLookedAtOnceADay) {
  const Plan p = plan(running(), kNow);

  EXPECT_FALSE(p.acts());
  EXPECT_EQ(p.look_at, kNow + hours(24));
}

TEST(Plan, WaitsWhileABuildRuns) {
  auto w = running();
  w.deadline = kNow - hours(1);
  w.completed_at.reset();
  w.job_status = "running";

  EXPECT_EQ(said(w), "nothing");
  EXPECT_EQ(plan(w, kNow).look_at, kNow + Seconds(30));
}

TEST(Plan, LeavesPrebuiltWorkspacesAlone) {
  auto w = running();
  w.owner_id = kPrebuildsUser;
  w.deadline = kNow - hours(1);
  w.time_til_dormant_ms = 1;

  EXPECT_EQ(said(w), "nothing");
}

// ---- reminders ----

Snapshot reminded_an_hour_before(Time deadline) {
  auto w = running();
  w.last_used_at = kNow - hours(1);
  w.time_til_autostop_notify_ms = kHour;
  w.deadline = deadline;
  return w;
}

TEST(Plan, RemindsOnceTheDeadlineIsNearAndNotBefore) {
  const auto w = reminded_an_hour_before(kNow + hours(1));

  EXPECT_EQ(said(w), "remind");
  EXPECT_EQ(said(w, kNow - Microseconds(1)), "nothing");
  EXPECT_EQ(plan(w, kNow - minutes(5)).look_at, kNow);
  EXPECT_EQ(said(w, kNow + hours(1)), "stop (autostop)") << "then it is too late to be reminded";
}

TEST(Plan, RemindsOfADeadlineOnceAndOfTheNextOneAgain) {
  auto w = reminded_an_hour_before(kNow + minutes(30));
  w.notified_deadline = w.deadline;
  EXPECT_EQ(said(w), "nothing");
  EXPECT_EQ(plan(w, kNow).look_at, *w.deadline);

  w.deadline = kNow + hours(2);
  EXPECT_EQ(said(w), "nothing");
  EXPECT_EQ(said(w, kNow + hours(1)), "remind");
}

TEST(Plan, DoesNotRemindWhoIsAtWork) {
  auto w = reminded_an_hour_before(kNow + minutes(30));
  w.last_used_at = kNow - minutes(5);

  EXPECT_EQ(said(w), "nothing");
  EXPECT_EQ(plan(w, kNow).look_at, kNow + minutes(10)) << "who has gone home since then is";
  w.deadline = kNow + minutes(10);
  EXPECT_EQ(plan(w, kNow).look_at, *w.deadline);
}

TEST(Plan, RemindsOrLooksAtItLaterWhateverTheTimes) {
  for (int used = 0; used <= 60; used += 5)
    for (int left = 0; left <= 120; left += 5) {
      auto w = reminded_an_hour_before(kNow + minutes(left));
      w.last_used_at = kNow - minutes(used);

      const Plan p = plan(w, kNow);

      EXPECT_TRUE(p.acts() || p.look_at > kNow) << used << " " << left;
      EXPECT_EQ(p.remind, left > 0 && left <= 60 && used >= 15) << used << " " << left;
      w.notified_deadline = w.deadline;
      EXPECT_FALSE(plan(w, kNow).remind) << used << " " << left;
    }
}

TEST(Plan, RemindsOnlyOfWhatRunsAndWhereTheTemplateSaysSo) {
  auto w = reminded_an_hour_before(kNow + minutes(30));
  w.time_til_autostop_notify_ms = 0;
  EXPECT_EQ(said(w), "nothing");

  w = reminded_an_hour_before(kNow + minutes(30));
  w.job_status = "failed";
  EXPECT_EQ(said(w), "nothing");
}

// ---- autostop ----

TEST(Plan, StopsAtTheDeadlineAndNotBefore) {
  auto w = running();
  w.deadline = kNow;

  EXPECT_EQ(said(w), "stop (autostop)");
  EXPECT_EQ(said(w, kNow - Microseconds(1)), "nothing");
  EXPECT_EQ(plan(w, kNow - minutes(5)).look_at, kNow);
}

TEST(Plan, StopsForSuspendedOwnersTooButNothingElse) {
  for (const char* status : {"suspended", "dormant"}) {
    auto w = running();
    w.owner_status = status;
    w.deadline = kNow;
    EXPECT_EQ(said(w), "stop (autostop)") << status;

    w.deadline.reset();
    w.time_til_dormant_ms = 1;
    EXPECT_EQ(said(w), "nothing") << status;

    w.dormant_at = kNow - hours(1);
    w.time_til_dormant_autodelete_ms = 1;
    EXPECT_EQ(said(w), "nothing") << status;
  }
}

TEST(Plan, AStoppedOrFailedWorkspaceHasNoDeadline) {
  for (auto w : {stopped(), last_build("start", "failed"), last_build("start", "canceled"), last_build("stop", "canceled")}) {
    w.deadline = kNow;
    EXPECT_EQ(said(w), "nothing") << w.transition << " " << w.job_status;
  }
}

TEST(Plan, CleansUpAFailedStartAfterTheTemplatesTime) {
  auto w = last_build("start", "failed");
  w.failure_ttl_ms = kHour;

  EXPECT_EQ(said(w), "stop (autostop)");
  EXPECT_EQ(said(w, kNow - Seconds(1)), "nothing");
  w.failure_ttl_ms = 0;
  EXPECT_EQ(said(w, kNow + hours(100)), "nothing");
}

TEST(Plan, TriesAFailedStopOfItsOwnAgainEverMoreRarely) {
  auto w = last_build("stop", "failed", "autostop");
  w.completed_at = kNow;

  EXPECT_EQ(said(w, kNow + minutes(14)), "nothing");
  EXPECT_EQ(said(w, kNow + minutes(15)), "stop (autostop)");
  w.failures = 3;
  EXPECT_EQ(said(w, kNow + minutes(59)), "nothing");
  EXPECT_EQ(said(w, kNow + minutes(60)), "stop (autostop)");
  w.reason = "dormancy";
  EXPECT_EQ(said(w, kNow + minutes(60)), "stop (dormancy)");
  w.reason = "cli";  // a person sees that it failed
  EXPECT_EQ(said(w, kNow + hours(100)), "nothing");

  EXPECT_EQ(retry_after(1), Seconds(900));
  EXPECT_EQ(retry_after(2), Seconds(1800));
  EXPECT_EQ(retry_after(1000), hours(24));
}

// ---- autostart ----

Snapshot scheduled() {
  auto w = stopped();
  w.autostart_schedule = "CRON_TZ=Europe/Berlin 0 13 * * *";  // 12:00 UTC in winter
  w.next_start_at = kNow;
  return w;
}

TEST(Plan, StartsByScheduleAndKeepsTheNextStart) {
  const auto w = scheduled();

  EXPECT_EQ(said(w), "start (autostart)");
  EXPECT_EQ(plan(w, kNow).next_start, kNow + hours(24));
  EXPECT_EQ(said(w, kNow - Seconds(1)), "nothing");
  EXPECT_EQ(plan(w, kNow - Seconds(1)).look_at, kNow);
}

TEST(Plan, StartsOnlyWhatIsStoppedAwakeAndOfAnActiveOwner) {
  const auto with = [](auto change) {
    auto w = scheduled();
    change(w);
    return said(w);
  };

  EXPECT_EQ(with([](Snapshot& w) { w.transition = "start"; }), "nothing");
  EXPECT_EQ(with([](Snapshot& w) { w.job_status = "failed"; }), "nothing");
  EXPECT_EQ(with([](Snapshot& w) { w.dormant_at = kNow - hours(1); }), "nothing");
  EXPECT_EQ(with([](Snapshot& w) { w.owner_status = "suspended"; }), "nothing");
  EXPECT_EQ(with([](Snapshot& w) { w.owner_status = "dormant"; }), "nothing");
  EXPECT_EQ(with([](Snapshot& w) { w.allow_user_autostart = false; }), "nothing");
  EXPECT_EQ(with([](Snapshot& w) { w.autostart_schedule.reset(); }), "nothing");
  EXPECT_EQ(with([](Snapshot& w) { w.job_status = "canceled"; }), "start (autostart)");
}

TEST(Plan, AStartThatWasNotDoneMovesToTheNextOne) {
  auto w = scheduled();
  w.owner_status = "suspended";

  EXPECT_EQ(plan(w, kNow).next_start, kNow + hours(24));
  EXPECT_EQ(plan(w, kNow).look_at, kNow + hours(24));
}

TEST(Plan, MakesUpForAMissedStartWithinAnHour) {
  const auto w = scheduled();

  EXPECT_EQ(said(w, kNow + minutes(60)), "start (autostart)");
  EXPECT_EQ(said(w, kNow + minutes(61)), "nothing");
  EXPECT_EQ(plan(w, kNow + minutes(61)).next_start, kNow + hours(24));
}

TEST(Plan, AStartWaitsForABuildThatRuns) {
  auto w = scheduled();
  w.completed_at.reset();
  w.job_status = "running";

  EXPECT_EQ(said(w), "nothing");
  EXPECT_EQ(plan(w, kNow).next_start, kNow);  // still to be done
}

TEST(Plan, StartsOnAllowedDaysOnly) {
  auto w = scheduled();
  w.autostart_block_days_of_week = 0x7f & ~1;  // Mondays

  EXPECT_EQ(plan(w, kNow - hours(1)).next_start, kNow + hours(72));
  w.autostart_block_days_of_week = 0x7f;
  EXPECT_EQ(plan(w, kNow).next_start, std::nullopt);
  EXPECT_EQ(said(w), "nothing");
}

// ---- dormancy ----

TEST(Plan, PutsAsideAndStopsWhatNobodyUses) {
  auto w = running();
  w.time_til_dormant_ms = 24 * kHour;
  w.last_used_at = kNow - hours(24);

  EXPECT_EQ(said(w), "stop (dormancy), dormant");
  EXPECT_EQ(said(w, kNow - Seconds(1)), "nothing");
  w.transition = "stop";
  EXPECT_EQ(said(w), "dormant");
  w.job_status = "failed";  // something may still run
  EXPECT_EQ(said(w), "stop (dormancy), dormant");
  w.dormant_at = kNow;
  EXPECT_EQ(said(w), "nothing");
}

TEST(Plan, DeletesTheDormantAfterTheirTime) {
  auto w = stopped();
  w.time_til_dormant_autodelete_ms = 24 * kHour;
  w.dormant_at = kNow - hours(24);

  EXPECT_EQ(said(w), "delete (autodelete)");
  EXPECT_EQ(said(w, kNow - Seconds(1)), "nothing");
  w.time_til_dormant_autodelete_ms = 0;
  EXPECT_EQ(said(w), "nothing");
  w.dormant_at.reset();
  w.time_til_dormant_autodelete_ms = 1;
  EXPECT_EQ(said(w), "nothing");
}

TEST(Plan, AFailedDeletionIsTriedAgainAndACanceledOneWaitsADay) {
  auto w = last_build("delete", "failed", "autodelete");
  w.time_til_dormant_autodelete_ms = 1;
  w.dormant_at = kNow - hours(24);
  w.completed_at = kNow;

  EXPECT_EQ(said(w, kNow + minutes(14)), "nothing");
  EXPECT_EQ(said(w, kNow + minutes(15)), "delete (autodelete)");
  w.job_status = "canceled";
  EXPECT_EQ(said(w, kNow + hours(23)), "nothing");
  EXPECT_EQ(said(w, kNow + hours(24)), "delete (autodelete)");
}

// ---- a template's rules that change ----

TEST(Plan, NewRulesReachWhatRunsWithTwoHoursNotice) {
  auto w = running();
  w.completed_at = kNow - hours(24 * 30);
  w.autostop_requirement_days_of_week = 1 << 5;  // Saturdays; one has passed long ago

  const auto limits = plan(w, kNow).limits;
  ASSERT_TRUE(limits);
  EXPECT_EQ(limits->max_deadline, kNow + hours(2));
  EXPECT_EQ(limits->deadline, kNow + hours(2));

  w.deadline = limits->deadline;
  w.max_deadline = limits->max_deadline;
  EXPECT_EQ(said(w), "nothing");
  EXPECT_EQ(said(w, kNow + minutes(90)), "nothing");
  EXPECT_EQ(said(w, kNow + hours(2)), "stop (autostop)");
}

TEST(Plan, OtherDaysMoveTheLastDeadlineBothWays) {
  auto w = running();
  w.autostop_requirement_days_of_week = 1;  // Mondays
  w.max_deadline = *parse_rfc3339("2026-01-03T00:00:00Z");
  w.deadline = kNow + hours(4);

  const auto later = plan(w, kNow).limits;
  ASSERT_TRUE(later);
  EXPECT_EQ(later->max_deadline, *parse_rfc3339("2026-01-05T00:00:00Z"));
  EXPECT_EQ(later->deadline, kNow + hours(4));

  w.max_deadline = *parse_rfc3339("2026-01-10T00:00:00Z");
  w.deadline = w.max_deadline;
  const auto sooner = plan(w, kNow).limits;
  ASSERT_TRUE(sooner);
  EXPECT_EQ(sooner->deadline, *parse_rfc3339("2026-01-05T00:00:00Z"));
}

TEST(Plan, WithoutTheRuleTheOwnLifetimeIsBack) {
  auto w = running();
  w.max_deadline = w.deadline = kNow + hours(3);
  w.ttl_ms = 8 * kHour;

  EXPECT_EQ(plan(w, kNow).limits, (workspaces::Lifetime{.deadline = kNow + hours(7), .max_deadline = {}}));
  w.ttl_ms = 0;
  EXPECT_EQ(plan(w, kNow).limits, workspaces::Lifetime());
  w.deadline = kNow + hours(1);
  EXPECT_EQ(plan(w, kNow).limits, (workspaces::Lifetime{.deadline = kNow + hours(1), .max_deadline = {}}));
}

TEST(Plan, WhatItDoesNotDoNowItLooksAtLater) {
  // Whatever the state, a plan either acts or names a later time: otherwise the scheduler would turn for ever.
  for (const char* transition : {"start", "stop", "delete"})
    for (const char* status : {"succeeded", "failed", "canceled", "running"})
      for (const char* owner : {"active", "suspended"})
        for (int bits = 0; bits < 64; ++bits) {
          auto w = last_build(transition, status, "autostop");
          w.owner_status = owner;
          if (w.job_status == "running") w.completed_at.reset();
          if (bits & 1) w.autostart_schedule = "* * * * *", w.next_start_at = kNow - minutes(5);
          if (bits & 2) w.dormant_at = kNow - hours(2);
          if (bits & 4) w.time_til_dormant_ms = 1;
          if (bits & 8) w.time_til_dormant_autodelete_ms = kHour;
          if (bits & 16) w.deadline = kNow - hours(1), w.failure_ttl_ms = 1;
          if (bits & 32) w.autostop_requirement_days_of_week = 0x7f;
          const Plan p = plan(w, kNow);
          EXPECT_TRUE(p.acts() || p.look_at > kNow) << transition << status << owner << bits;
          EXPECT_TRUE(!p.next_start || p.next_start > kNow || !w.completed_at) << transition << status << owner << bits;
          if (!p.limits) continue;
          w.deadline = p.limits->deadline, w.max_deadline = p.limits->max_deadline;
          EXPECT_FALSE(plan(w, kNow).limits) << transition << status << owner << bits;
        }
}

}  // namespace
}  // namespace slipway::scheduling
