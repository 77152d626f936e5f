// What the scheduler tells people of their workspaces.
#include "features/scheduling/rig_test.hpp"
#include "support/told.hpp"

namespace slipway::test {
namespace {

using std::chrono::days, std::chrono::hours, std::chrono::minutes;

const std::string kReminder = "Workspace Autostop Reminder", kDormant = "Workspace Marked as Dormant", kDeleted = "Workspace Deleted",
                  kFailed = "Workspace Autobuild Failed", kUpdated = "Workspace Updated Automatically", kHour = R"(,"ttl_ms":3600000)";

// With people, and the first hours of a day before them.
struct Telling : Scheduled {
  explicit Telling(const std::map<std::string, std::string>& files = {}) : Scheduled(files) {
    clock.set(std::chrono::floor<days>(clock.now()) + days(1) + hours(1));
  }
  std::string running(const std::string& name, const std::string& more = {}) { return srv.workspace(template_id, name, cast.ana, more); }
  Time deadline(const std::string& id) { return parse_rfc3339(text(now(id), "/latest_build/deadline")).value_or(Time()); }
  std::string build_failed(const std::string& name, int number) {
    return std::string(srv.wait_for(fmt::format("/api/v2/users/ana/workspace/{}/builds/{}", name, number), "/status", "failed", srv.owner())
                           .at("reason")
                           .as_string());
  }

  Cast cast{srv};
};

// ---- reminders ----

struct Reminding : Telling {
  Reminding() {
    set(R"({"time_til_autostop_notify_ms":1800000})");
    id = running("ws", kHour);
  }
  std::size_t reminders() { return told(srv, kReminder).size(); }
  // Whichever scheduler does it.
  std::vector<Told> reminded(std::size_t times) {
    replica.lead();
    return await_told(srv, kReminder, times);
  }

  std::string id;
};

TEST(Reminder, ComesOnceInsideTheWindow) {
  Reminding s;
  const auto deadline = s.deadline(s.id);
  s.clock.set(deadline - minutes(30) - Seconds(1));
  s.replica.lead();
  EXPECT_EQ(s.reminders(), 0U);

  s.clock.set(deadline - minutes(30));
  const auto said = s.reminded(1).at(0);
  s.clock.set(deadline - minutes(1));
  s.replica.lead();

  EXPECT_EQ(s.reminders(), 1U);
  EXPECT_EQ(said.people, "ana");
  EXPECT_EQ(said.labels, (Labels{{"workspace", "ws"}, {"timeTilShutdown", "30 minutes"}, {"deadline", to_rfc3339(deadline)}}));
  EXPECT_EQ(said.targets, (Targets{s.id, s.cast.ana.id, s.template_id, s.srv.organization()}));
  EXPECT_EQ(said.urls, "/@ana/ws");
  EXPECT_EQ(s.builds(s.id), "start initiator");
}

TEST(Reminder, ComesAgainForADeadlineThatWasMoved) {
  Reminding s;
  const auto deadline = s.deadline(s.id);
  s.clock.set(deadline - minutes(20));
  s.reminded(1);

  ASSERT_EQ(s.srv.put("/api/v2/workspaces/" + s.id + "/extend", R"({"deadline":")" + to_rfc3339(deadline + hours(2)) + "\"}", s.cast.ana).status,
            200);
  s.clock.set(deadline);
  s.replica.lead();
  EXPECT_EQ(s.reminders(), 1U);
  s.clock.set(deadline + hours(2) - minutes(29));

  EXPECT_EQ(s.reminded(2).at(1).labels.at("deadline"), to_rfc3339(deadline + hours(2)));
}

TEST(Reminder, ComesForADeadlineThatWasMovedNearer) {
  Reminding s;
  s.clock.advance(minutes(20));

  ASSERT_EQ(
      s.srv.put("/api/v2/workspaces/" + s.id + "/extend", R"({"deadline":")" + to_rfc3339(s.clock.now() + minutes(10)) + "\"}", s.cast.ana).status,
      200);

  EXPECT_EQ(s.reminded(1).at(0).labels.at("timeTilShutdown"), "10 minutes");
}

TEST(Reminder, IsNotForWhoeverIsAtWork) {
  Reminding s;
  s.srv.database().sql("update templates set activity_bump_ms = 0");  // their use moves no deadline
  const auto deadline = s.deadline(s.id);
  s.clock.set(deadline - minutes(25));
  ASSERT_EQ(s.srv.post("/api/v2/workspaces/" + s.id + "/usage", "", s.cast.ana).status, 204);
  s.clock.set(deadline - minutes(20));

  s.replica.lead();
  EXPECT_EQ(s.reminders(), 0U) << "five minutes ago";
  s.clock.set(deadline - minutes(10));

  EXPECT_EQ(s.reminded(1).size(), 1U) << "a quarter of an hour ago";
}

TEST(Reminder, IsNotForTemplatesThatDoNotWantIt) {
  Telling s;
  const auto id = s.running("ws", kHour);

  s.clock.set(s.deadline(id) - Seconds(1));
  s.replica.lead();

  EXPECT_TRUE(told(s.srv, kReminder).empty());
}

TEST(Reminder, OfTwoServersIsOne) {
  Reminding s;
  TestServer other(s.srv);

  s.clock.set(s.deadline(s.id) - minutes(20));
  for (int i = 0; i < 20; ++i) s.wake();
  s.reminded(1);
  s.replica.lead();

  EXPECT_EQ(s.reminders(), 1U);
}

// ---- dormancy ----

TEST(Unused, IsToldToTheOwnerOfWhatIsPutAsideAndDeleted) {
  Telling s;
  s.set(R"({"time_til_dormant_ms":604800000,"time_til_dormant_autodelete_ms":86400000})");
  const auto id = s.running("ws");

  s.advance(days(8));
  s.wait(id, "stopped");
  const auto aside = told_once(s.srv, kDormant);
  const auto since = text(s.now(id), "/dormant_at");
  s.advance(days(2));
  s.wait(id, "deleted");

  EXPECT_EQ(aside.people, "ana");
  EXPECT_EQ(aside.labels, (Labels{{"name", "ws"}, {"reason", "not used for 7 days"}, {"initiator", "autobuild"}, {"timeTilDormant", "24 hours"}}));
  EXPECT_EQ(aside.targets, (Targets{id, s.cast.ana.id, s.template_id, s.srv.organization()}));
  const auto gone = told_once(s.srv, kDeleted);
  EXPECT_EQ(gone.people, "ana");
  EXPECT_EQ(gone.labels, (Labels{{"name", "ws"}, {"reason", "autodeleted due to dormancy"}, {"initiator", "autobuild"}}));
  EXPECT_EQ(s.srv.database().sql("select event_key from notification_events where labels ->> 'reason' = 'not used for 7 days'"),
            id + "/" + to_rfc3339(*parse_rfc3339(since)));
}

TEST(Unused, SaysNothingOfDeletionWhereNothingIsDeleted) {
  Telling s;
  s.set(R"({"time_til_dormant_ms":604800000})");
  const auto id = s.running("ws");

  s.advance(days(8));
  s.wait(id, "stopped");

  EXPECT_EQ(told_once(s.srv, kDormant).labels.at("timeTilDormant"), "");
}

// ---- builds by schedule ----

TEST(FailedStops, OfOneDayAreOneMessageAndOfTheNextAnother) {
  Telling s({{"replay/options.json", R"({"fail":"no machine","fail_on":["stop"]})"}});
  const auto one = s.running("one", kHour);

  s.advance(hours(1) + minutes(1));
  EXPECT_EQ(s.build_failed("one", 2), "autostop");
  for (int again = 3; again <= 5; ++again) {
    s.advance(minutes(16 << (again - 3)));
    s.build_failed("one", again);
  }
  const auto said = told_once(s.srv, kFailed);
  EXPECT_EQ(said.people, "ana");
  EXPECT_EQ(said.labels, (Labels{{"name", "one"}, {"reason", "autostop"}}));
  s.advance(hours(24));
  s.build_failed("one", 6);

  EXPECT_EQ(told(s.srv, kFailed).size(), 2U);
}

TEST(FailedStops, OfTwoWorkspacesAreTwo) {
  Telling s({{"replay/options.json", R"({"fail":"no machine","fail_on":["stop"]})"}});
  s.running("one", kHour), s.running("two", kHour);

  s.advance(hours(1) + minutes(1));
  s.build_failed("one", 2), s.build_failed("two", 2);

  EXPECT_EQ(told(s.srv, kFailed).size(), 2U);
}

TEST(StartBySchedule, WithANewerVersionIsToldToTheOwner) {
  Telling s;
  const auto id = s.running("ws", R"(,"autostart_schedule":"CRON_TZ=UTC 0 9 * * *","automatic_updates":"always")");
  s.build(id, "stop");
  s.wait(id, "stopped");
  const auto version = s.srv.replay_version(s.template_id);
  ASSERT_EQ(s.srv.patch("/api/v2/templates/" + s.template_id + "/versions", R"({"id":")" + version + "\"}", s.srv.owner()).status, 200);
  s.srv.database().sql("update template_versions set message = 'Twice the memory.' where id = '" + version + "'");

  s.clock.set(*parse_rfc3339(text(s.now(id), "/next_start_at")));
  s.wake();
  s.srv.wait_for("/api/v2/users/ana/workspace/ws/builds/3", "/status", "running", s.srv.owner());

  const auto said = told_once(s.srv, kUpdated);
  EXPECT_EQ(said.people, "ana");
  EXPECT_EQ(said.labels, (Labels{{"name", "ws"},
                                 {"template_version_name", s.srv.database().sql("select name from template_versions where id = '" + version + "'")},
                                 {"template_version_message", "Twice the memory."}}));
  EXPECT_EQ(said.targets, (Targets{id, s.cast.ana.id, s.template_id, s.srv.organization()}));
  s.build(id, "stop");
  s.wait(id, "stopped");
  s.clock.set(*parse_rfc3339(text(s.now(id), "/next_start_at")));
  s.wake();
  s.srv.wait_for("/api/v2/users/ana/workspace/ws/builds/5", "/status", "running", s.srv.owner());
  EXPECT_EQ(told(s.srv, kUpdated).size(), 1U) << "the same version is no news";
}

}  // namespace
}  // namespace slipway::test
