#include "features/scheduling/rig_test.hpp"

#include <fstream>

namespace slipway::test {
namespace {

using std::chrono::hours, std::chrono::minutes;

TEST(Autostop, StopsWhenTheLifetimeHasPassed) {
  Scheduled s;
  const auto id = s.srv.workspace(s.template_id, "ws", s.srv.owner(), R"(,"ttl_ms":3600000)");
  const auto deadline = parse_rfc3339(text(s.now(id), "/latest_build/deadline"));
  ASSERT_TRUE(deadline);

  s.clock.set(*deadline - Seconds(1));
  EXPECT_EQ(s.replica.lead().builds, 0);
  s.advance(Seconds(1));
  const auto stopped = s.wait(id, "stopped");

  EXPECT_EQ(text(stopped, "/latest_build/reason"), "autostop");
  EXPECT_EQ(text(stopped, "/latest_build/initiator_name"), "owner");
  EXPECT_EQ(text(stopped, "/latest_build/build_number"), "2");
  EXPECT_EQ(text(stopped, "/latest_build/deadline"), "(absent)");
}

TEST(Autostop, UseMovesTheDeadlineAndExtendToo) {
  Scheduled s;
  s.set(R"({"activity_bump_ms":7200000})");
  const auto id = s.srv.workspace(s.template_id, "ws", s.srv.owner(), R"(,"ttl_ms":3600000)");

  s.clock.advance(minutes(30));
  ASSERT_EQ(s.srv.post("/api/v2/workspaces/" + id + "/usage", "", s.srv.owner()).status, 204);
  EXPECT_EQ(parse_rfc3339(text(s.now(id), "/latest_build/deadline")), s.clock.now() + hours(2));
  ASSERT_EQ(
      s.srv.post("/api/v2/workspaces/" + id + "/usage", R"({"agent_id":"00000000-0000-0000-0000-000000000001","app_name":"ssh"})", s.srv.owner())
          .status,
      204);
  EXPECT_EQ(s.srv.post("/api/v2/workspaces/" + id + "/usage", R"({"agent_id":7})", s.srv.owner()).status, 400);

  const auto wanted = s.clock.now() + minutes(3);
  ASSERT_EQ(s.srv.put("/api/v2/workspaces/" + id + "/extend", R"({"deadline":")" + to_rfc3339(wanted) + "\"}", s.srv.owner()).status, 200);
  s.advance(minutes(3));
  EXPECT_EQ(text(s.wait(id, "stopped"), "/latest_build/reason"), "autostop");
}

TEST(Autostop, WithoutALifetimeARunningWorkspaceLosesItsDeadline) {
  Scheduled s;
  const auto id = s.srv.workspace(s.template_id, "ws", s.srv.owner(), R"(,"ttl_ms":3600000)");

  ASSERT_EQ(s.srv.put("/api/v2/workspaces/" + id + "/ttl", R"({"ttl_ms":null})", s.srv.owner()).status, 204);

  EXPECT_EQ(text(s.now(id), "/latest_build/deadline"), "(absent)");
  s.clock.advance(hours(2));
  EXPECT_EQ(s.replica.lead().builds, 0);
}

TEST(Autostart, StartsAtTheTimeOfItsZoneWithTheActiveVersionWhenItFollowsIt) {
  Scheduled s;
  const auto id =
      s.srv.workspace(s.template_id, "ws", s.srv.owner(), R"(,"automatic_updates":"always","autostart_schedule":"CRON_TZ=Europe/Berlin 30 9 * * *")");
  s.build(id, "stop");
  s.wait(id, "stopped");
  const auto version = s.srv.replay_version(s.template_id);
  ASSERT_EQ(s.srv.patch("/api/v2/templates/" + s.template_id + "/versions", R"({"id":")" + version + "\"}", s.srv.owner()).status, 200);
  const auto next = parse_rfc3339(text(s.now(id), "/next_start_at"));
  ASSERT_TRUE(next);

  s.clock.set(*next - Seconds(1));
  EXPECT_EQ(s.replica.lead().builds, 0);
  s.advance(Seconds(1));
  const auto started = s.wait(id, "running");

  EXPECT_EQ(text(started, "/latest_build/reason"), "autostart");
  EXPECT_EQ(text(started, "/latest_build/template_version_id"), version);
  EXPECT_GE(*parse_rfc3339(text(started, "/next_start_at")) - *next, hours(23));  // 23 to 25, where the clocks change
}

TEST(Autostart, WaitsUntilASuspendedOwnerIsActiveAgain) {
  Scheduled s;
  const auto bo = s.srv.member("bo");
  const auto id = s.srv.workspace(s.template_id, "ws", bo, R"(,"autostart_schedule":"0 9 * * *")");
  s.build(id, "stop");
  s.wait(id, "stopped");
  ASSERT_EQ(s.srv.put("/api/v2/users/bo/status/suspend", "", s.srv.owner()).status, 200);

  s.clock.set(*parse_rfc3339(text(s.now(id), "/next_start_at")));
  EXPECT_EQ(s.replica.lead().builds, 0);
  EXPECT_EQ(s.builds(id), "start initiator, stop initiator");
  ASSERT_EQ(s.srv.put("/api/v2/users/bo/status/activate", "", s.srv.owner()).status, 200);
  s.clock.set(*parse_rfc3339(text(s.now(id), "/next_start_at")));
  s.wake();

  EXPECT_EQ(text(s.wait(id, "running"), "/latest_build/reason"), "autostart");
}

TEST(Autostart, AVersionThatCannotBeBuiltHoldsUpNobodyElse) {
  Scheduled s;
  const auto broken = s.srv.replay_template("broken");
  const std::string schedule = R"(,"autostart_schedule":"0 9 * * *")";
  const auto bad = s.srv.workspace(broken, "bad", s.srv.owner(), schedule), good = s.srv.workspace(s.template_id, "good", s.srv.owner(), schedule);
  for (const auto& id : {bad, good}) {
    s.build(id, "stop");
    s.wait(id, "stopped");
  }
  s.srv.database().sql("update provisioner_jobs set error = 'gone' where id = (select v.job_id from template_versions v where v.template_id = '" +
                       broken + "')");
  const auto next = parse_rfc3339(text(s.now(bad), "/next_start_at"));
  s.srv.database().sql("update workspaces set due_at = due_at - interval '1 minute' where id = '" + bad + "'");  // the first in the queue

  s.clock.set(*next);
  s.wake();
  s.wait(good, "running");
  EXPECT_EQ(s.builds(bad), "start initiator, stop initiator");

  s.srv.database().sql("update provisioner_jobs set error = '' where id = (select v.job_id from template_versions v where v.template_id = '" +
                       broken + "')");
  s.advance(minutes(5));
  EXPECT_EQ(text(s.wait(bad, "running"), "/latest_build/reason"), "autostart");
}

TEST(Failure, AFailedStartIsCleanedUpAndAFailedStopTriedAgain) {
  Scheduled s({{"replay/options.json", R"({"fail":"no machine","fail_on":["start","stop"]})"}});
  s.set(R"({"failure_ttl_ms":600000})");
  const auto made = s.srv.post("/api/v2/users/me/workspaces", R"({"name":"ws","template_id":")" + s.template_id + "\"}", s.srv.owner());
  const std::string id(made.json().at("id").as_string());
  s.wait(id, "failed");

  s.clock.advance(minutes(9));
  EXPECT_EQ(s.replica.lead().builds, 0);
  s.advance(minutes(1));
  s.wait(id, "stop", "/latest_build/transition");
  s.wait(id, "failed");
  s.clock.advance(minutes(14));
  EXPECT_EQ(s.replica.lead().builds, 0);
  s.advance(minutes(2));
  s.srv.wait_for("/api/v2/users/owner/workspace/ws/builds/3", "/status", "failed", s.srv.owner());

  EXPECT_EQ(s.builds(id), "start initiator, stop autostop, stop autostop");
  s.clock.advance(minutes(29));
  EXPECT_EQ(s.replica.lead().builds, 0);  // ever more rarely
}

TEST(Dormancy, UnusedIsPutAsideStoppedAndDeleted) {
  Scheduled s;
  s.set(R"({"time_til_dormant_ms":86400000,"time_til_dormant_autodelete_ms":172800000})");
  const auto id = s.srv.workspace(s.template_id, "ws", s.srv.owner());

  s.clock.advance(hours(23));
  EXPECT_EQ(s.replica.lead().builds, 0);
  s.advance(hours(2));
  const auto dormant = s.wait(id, "stopped");
  EXPECT_EQ(text(dormant, "/latest_build/reason"), "dormancy");
  EXPECT_EQ(parse_rfc3339(text(dormant, "/dormant_at")), s.clock.now());
  EXPECT_EQ(parse_rfc3339(text(dormant, "/deleting_at")), s.clock.now() + hours(48));

  s.clock.advance(hours(47));
  EXPECT_EQ(s.replica.lead().builds, 0);
  s.advance(hours(2));
  EXPECT_EQ(text(s.wait(id, "deleted"), "/latest_build/reason"), "autodelete");
  EXPECT_EQ(s.srv.get("/api/v2/workspaces/" + id, s.srv.owner()).status, 410);
}

TEST(Dormancy, WhoWakesAWorkspaceGetsAllItsTimeAgain) {
  Scheduled s;
  s.set(R"({"time_til_dormant_ms":86400000})");
  const auto id = s.srv.workspace(s.template_id, "ws", s.srv.owner());
  s.advance(hours(25));
  s.wait(id, "stopped");

  ASSERT_EQ(s.srv.put("/api/v2/workspaces/" + id + "/dormant", R"({"dormant":false})", s.srv.owner()).status, 200);

  EXPECT_EQ(text(s.now(id), "/dormant_at"), "null");
  s.clock.advance(hours(23));
  s.replica.lead();
  EXPECT_EQ(text(s.now(id), "/dormant_at"), "null");
  s.clock.advance(hours(2));
  s.replica.lead();
  EXPECT_NE(text(s.now(id), "/dormant_at"), "null");
}

TEST(Limits, ATemplatesNewRuleReachesWhatRuns) {
  Scheduled s;
  const auto id = s.srv.workspace(s.template_id, "ws", s.srv.owner(), R"(,"ttl_ms":2592000000)");

  s.set(R"({"autostop_requirement":{"days_of_week":["monday","tuesday","wednesday","thursday","friday","saturday","sunday"],"weeks":1}})");
  s.srv.wait_for("/api/v2/templates/" + s.template_id, "/autostop_requirement/days_of_week/6", "sunday", s.srv.owner());
  s.replica.lead();
  const auto cut = parse_rfc3339(text(s.now(id), "/latest_build/max_deadline"));
  ASSERT_TRUE(cut);
  EXPECT_EQ(parse_rfc3339(text(s.now(id), "/latest_build/deadline")), cut);
  EXPECT_LE(*cut, s.clock.now() + hours(26));
  EXPECT_EQ(s.srv.put("/api/v2/workspaces/" + id + "/extend", R"({"deadline":")" + to_rfc3339(*cut + hours(1)) + "\"}", s.srv.owner()).status, 400);

  s.clock.set(*cut);
  s.wake();
  EXPECT_EQ(text(s.wait(id, "stopped"), "/latest_build/reason"), "autostop");
}

TEST(Replicas, TwoServersNeverMakeTwoBuilds) {
  Scheduled s;
  TestServer other(s.srv);
  std::vector<std::string> ids;
  for (int i = 0; i < 12; ++i) ids.push_back(s.srv.workspace(s.template_id, fmt::format("ws{}", i), s.srv.owner(), R"(,"ttl_ms":3600000)"));

  s.clock.advance(hours(1) + minutes(5));
  for (int i = 0; i < 20; ++i) s.wake();  // both look, again and again, while builds are made
  for (const auto& id : ids) s.wait(id, "stopped");
  s.replica.lead();

  EXPECT_EQ(s.srv.database().sql("select count(*) from workspace_builds where transition = 'stop'"), "12");
  EXPECT_EQ(s.srv.database().sql("select max(build_number) from workspace_builds"), "2");
}

TEST(Replicas, AWorkspaceThatSomebodyHasInHandIsLeftAlone) {
  Scheduled s;
  const auto id = s.srv.workspace(s.template_id, "ws", s.srv.owner(), R"(,"ttl_ms":3600000)");
  s.clock.advance(hours(2));

  const auto turn = s.replica.lead_while_locked(id);

  EXPECT_EQ(turn.builds, 0);
  EXPECT_EQ(s.builds(id), "start initiator");
  s.wake();
  s.wait(id, "stopped");
  EXPECT_EQ(s.builds(id), "start initiator, stop autostop");
}

void add_idle(Scheduled& s, int count) {
  s.srv.database().sql(
      fmt::format("insert into workspaces (id, owner_id, organization_id, template_id, name, last_used_at, created_at, updated_at, due_at)"
                  " select gen_random_uuid(), w.owner_id, w.organization_id, w.template_id, 'idle' || n, now(), now(), now(), now() + interval '30 "
                  "days' from workspaces w, generate_series(1, {}) n"
                  " where w.name = 'ws'; analyze workspaces",
                  count));
}

TEST(Cost, AnIdleTurnIsThreeStatementsHoweverManyWorkspacesThereAre) {
  Scheduled s;
  s.srv.workspace(s.template_id, "ws", s.srv.owner());
  s.replica.lead();
  store::Cost few, many;
  s.replica.lead(&few);
  add_idle(s, 5000);

  const auto turn = s.replica.lead(&many);

  EXPECT_EQ(few.sql, 3);
  EXPECT_EQ(many.sql, 3);
  EXPECT_EQ(many.rbac, 0);
  EXPECT_EQ(turn.looked, 0);
}

TEST(Cost, WhatIsDueIsFoundByItsIndex) {
  Scheduled s;
  s.srv.workspace(s.template_id, "ws", s.srv.owner());
  add_idle(s, 5000);
  std::ifstream file(SLIPWAY_SOURCE_DIR "/src/features/scheduling/gen/scheduling_sql.cpp");
  const std::string source((std::istreambuf_iterator<char>(file)), {});
  const auto at = source.find("R\"sql(", source.find("\"scheduling.due\"")) + 6;
  const auto due = source.substr(at, source.find(")sql\"", at) - at);
  ASSERT_TRUE(due.starts_with("select")) << due;

  std::string plan =
      s.srv.database().sql("prepare due as " + due +
                           "; create temp table plan (line text); do $$ declare r record; begin for r in execute 'explain execute due(now(), 100)' "
                           "loop insert into plan values (r.\"QUERY PLAN\"); end loop; end $$; select string_agg(line, chr(10)) from plan");

  EXPECT_NE(plan.find("workspaces_due"), std::string::npos) << plan;
  EXPECT_EQ(plan.find("Seq Scan on workspaces w"), std::string::npos) << plan;
}

}  // namespace
}  // namespace slipway::test
