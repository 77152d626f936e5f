// Every setting of a template: stored, and obeyed by what people do. What the scheduler makes of them is in features/scheduling.
#include "support/fake_clock.hpp"
#include "support/meanwhile.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

std::string text(const boost::json::value& value, std::string_view pointer) {
  boost::system::error_code ec;
  const auto* found = value.find_pointer(pointer, ec);
  return !found ? "(absent)" : found->is_string() ? std::string(found->as_string()) : boost::json::serialize(*found);
}
std::string of(const std::string& workspace) { return "/api/v2/workspaces/" + workspace; }

struct Settled {
  FakeClock clock;
  TestServer srv{{}, clock};
  std::string id = srv.replay_template("t");

  Answer set(const std::string& settings) { return srv.patch("/api/v2/templates/" + id, settings, srv.owner()); }
  boost::json::value now() { return srv.get("/api/v2/templates/" + id, srv.owner()).json(); }
  Answer create(const std::string& name, const Person& who, const std::string& more = {}) {
    return srv.post("/api/v2/users/me/workspaces", R"({"name":")" + name + R"(","template_id":")" + id + "\"" + more + "}", who);
  }
};

TEST(TemplateSettings, AreStoredAsTheyWereGivenAndTheRestStays) {
  Settled s;
  const std::string settings =
      R"({"display_name":"T","default_ttl_ms":3600000,"activity_bump_ms":1800000,"time_til_autostop_notify_ms":900000,"autostop_requirement":{"days_of_week":["saturday","sunday"],"weeks":2},)"
      R"("autostart_requirement":{"days_of_week":["monday","friday"]},"allow_user_autostart":false,"allow_user_autostop":false,"allow_user_cancel_workspace_jobs":false,)"
      R"("failure_ttl_ms":60000,"time_til_dormant_ms":86400000,"time_til_dormant_autodelete_ms":172800000,"require_active_version":true,"deprecation_message":"Use u.",)"
      R"("max_port_share_level":"public","cors_behavior":"passthru","use_classic_parameter_flow":true})";

  const auto answer = s.set(settings);

  ASSERT_EQ(answer.status, 200) << answer.body;
  for (const auto& json : {answer.json(), s.now()}) {
    for (const auto& [key, value] : boost::json::parse(settings).as_object())
      EXPECT_EQ(boost::json::serialize(json.at(key)), boost::json::serialize(value)) << key;
    EXPECT_EQ(text(json, "/deprecated"), "true");
  }
  ASSERT_EQ(s.set(R"({"description":"only this"})").status, 200);
  EXPECT_EQ(text(s.now(), "/default_ttl_ms"), "3600000");
  EXPECT_EQ(text(s.now(), "/autostop_requirement/weeks"), "2");
  EXPECT_EQ(s.set(R"({"description":"only this"})").status, 304);
  ASSERT_EQ(s.set(R"({"autostop_requirement":{"days_of_week":[],"weeks":3},"autostart_requirement":{"days_of_week":[]}})").status, 200);
  EXPECT_EQ(text(s.now(), "/autostop_requirement"), R"({"days_of_week":[],"weeks":0})");
  EXPECT_EQ(text(s.now(), "/autostart_requirement"), R"({"days_of_week":[]})");
}

TEST(TemplateSettings, ThatAreBeingSetAreNotSetBackByWhoAskedForOthers) {
  Settled s;
  ASSERT_EQ(s.set(R"({"max_port_share_level":"public"})").status, 200);
  Meanwhile capped(s.srv, "update templates set max_port_sharing_level = 'owner'");

  const auto described = capped.commit_under([&] { return s.set(R"({"description":"other"})"); });

  EXPECT_EQ(described.status, 200) << described.body;
  EXPECT_EQ(text(s.now(), "/max_port_share_level"), "owner");
}

TEST(TemplateSettings, ANewTemplateHasThemFromItsBeginning) {
  Settled s;
  const auto version = s.srv.replay_version("");
  const auto made =
      s.srv.post("/api/v2/organizations/default/templates",
                 R"({"name":"u","template_version_id":")" + version +
                     R"(","autostop_requirement":{"days_of_week":["sunday"],"weeks":1},"autostart_requirement":{"days_of_week":["monday"]},)"
                     R"("failure_ttl_ms":1,"time_til_autostop_notify_ms":4,"dormant_ttl_ms":2,"delete_ttl_ms":3})",
                 s.srv.owner());

  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(text(made.json(), "/autostop_requirement/days_of_week"), R"(["sunday"])");
  EXPECT_EQ(text(made.json(), "/autostart_requirement/days_of_week"), R"(["monday"])");
  EXPECT_EQ(text(made.json(), "/failure_ttl_ms") + text(made.json(), "/time_til_dormant_ms") + text(made.json(), "/time_til_dormant_autodelete_ms"),
            "123");
  EXPECT_EQ(text(made.json(), "/time_til_autostop_notify_ms"), "4");
}

TEST(TemplateSettings, WrongOnesNameTheirField) {
  Settled s;
  const auto field = [&](const std::string& settings) {
    const auto answer = s.set(settings);
    EXPECT_EQ(answer.status, 400) << answer.body;
    return text(answer.json(), "/validations/0/field");
  };

  for (const char* name : {"default_ttl_ms", "activity_bump_ms", "time_til_autostop_notify_ms", "failure_ttl_ms", "time_til_dormant_ms",
                           "time_til_dormant_autodelete_ms"})
    EXPECT_EQ(field(fmt::format(R"({{"{}":-1}})", name)), name);
  EXPECT_EQ(field(R"({"autostop_requirement":{"days_of_week":["someday"],"weeks":1}})"), "autostop_requirement.days_of_week");
  EXPECT_EQ(field(R"({"autostop_requirement":{"days_of_week":["sunday"],"weeks":17}})"), "autostop_requirement.weeks");
  EXPECT_EQ(field(R"({"autostart_requirement":{"days_of_week":["Monday"]}})"), "autostart_requirement.days_of_week");
  EXPECT_EQ(field(R"({"max_port_share_level":"everybody"})"), "max_port_share_level");
  EXPECT_EQ(field(R"({"cors_behavior":"maybe"})"), "cors_behavior");
}

TEST(TemplateSettings, AreForThoseWhoMayChangeTheTemplate) {
  Settled s;
  const auto bo = s.srv.member("bo");

  EXPECT_EQ(s.srv.patch("/api/v2/templates/" + s.id, R"({"default_ttl_ms":1})", bo).status, 403);
  EXPECT_EQ(s.srv.call("PATCH", "/api/v2/templates/" + s.id, R"({"default_ttl_ms":1})").status, 401);
  ASSERT_EQ(s.set(R"({"disable_everyone_group_access":true})").status, 200);
  EXPECT_EQ(s.srv.patch("/api/v2/templates/" + s.id, R"({"default_ttl_ms":1})", bo).status, 404);
  ASSERT_EQ(s.set(R"({"disable_everyone_group_access":false})").status, 200);
  EXPECT_EQ(s.srv.get("/api/v2/templates/" + s.id, bo).status, 200);
}

TEST(DefaultTtl, IsEveryNewWorkspacesUnlessItAsksForAnother) {
  Settled s;
  ASSERT_EQ(s.set(R"({"default_ttl_ms":3600000})").status, 200);

  EXPECT_EQ(text(s.create("a", s.srv.owner()).json(), "/ttl_ms"), "3600000");
  EXPECT_EQ(text(s.create("b", s.srv.owner(), R"(,"ttl_ms":7200000)").json(), "/ttl_ms"), "7200000");
}

TEST(AllowUserAutostop, WithoutItTheTemplatesLifetimeHoldsForAll) {
  Settled s;
  const auto id = s.srv.workspace(s.id, "ws", s.srv.owner(), R"(,"ttl_ms":7200000)");
  ASSERT_EQ(s.set(R"({"default_ttl_ms":3600000,"allow_user_autostop":false})").status, 200);

  const auto refused = s.srv.put(of(id) + "/ttl", R"({"ttl_ms":7200000})", s.srv.owner());
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(text(refused.json(), "/message"), "Custom autostop TTL is not allowed for workspaces using this template.");
  EXPECT_EQ(s.create("other", s.srv.owner(), R"(,"ttl_ms":7200000)").status, 400);
  EXPECT_EQ(text(s.srv.get(of(id), s.srv.owner()).json(), "/ttl_ms"), "3600000");
  ASSERT_EQ(s.srv.post(of(id) + "/builds", R"({"transition":"start"})", s.srv.owner()).status, 201);
  s.srv.wait_for(of(id), "/latest_build/status", "running", s.srv.owner());
  const auto running = s.srv.get(of(id), s.srv.owner()).json();  // the answer before may be of a build read before its end and a job read after
  EXPECT_EQ(parse_rfc3339(text(running, "/latest_build/deadline")), s.clock.now() + std::chrono::hours(1));
}

TEST(AllowUserAutostart, WithoutItNothingIsScheduled) {
  Settled s;
  const auto id = s.srv.workspace(s.id, "ws", s.srv.owner(), R"(,"autostart_schedule":"0 9 * * *")");
  ASSERT_EQ(s.set(R"({"allow_user_autostart":false})").status, 200);

  EXPECT_EQ(s.srv.put(of(id) + "/autostart", R"({"schedule":"0 8 * * *"})", s.srv.owner()).status, 400);
  EXPECT_EQ(s.srv.put(of(id) + "/autostart", R"({})", s.srv.owner()).status, 204);
  EXPECT_EQ(s.create("other", s.srv.owner(), R"(,"autostart_schedule":"0 8 * * *")").status, 400);
}

TEST(AutostartRequirement, MovesTheNextStartToAnAllowedDay) {
  Settled s;
  s.clock.set(*parse_rfc3339("2030-01-02T12:00:00Z"));  // a Wednesday
  ASSERT_EQ(s.set(R"({"autostart_requirement":{"days_of_week":["monday"]}})").status, 200);

  const auto id = s.srv.workspace(s.id, "ws", s.srv.owner(), R"(,"autostart_schedule":"0 9 * * *")");

  EXPECT_EQ(text(s.srv.get(of(id), s.srv.owner()).json(), "/next_start_at"), "2030-01-07T09:00:00Z");
  ASSERT_EQ(s.set(R"({"autostart_requirement":{"days_of_week":["monday","saturday"]}})").status, 200);
  s.srv.wait_for(of(id), "/next_start_at", "2030-01-05T09:00:00Z", s.srv.owner());
}

TEST(AutostopRequirement, CutsOffTheLifetime) {
  Settled s;
  s.clock.set(*parse_rfc3339("2030-01-04T12:00:00Z"));  // a Friday
  ASSERT_EQ(s.set(R"({"autostop_requirement":{"days_of_week":["saturday"],"weeks":1}})").status, 200);

  const auto id = s.srv.workspace(s.id, "ws", s.srv.owner(), R"(,"ttl_ms":86400000)");

  const auto json = s.srv.get(of(id), s.srv.owner()).json();
  EXPECT_EQ(text(json, "/latest_build/deadline"), "2030-01-05T00:00:00Z");
  EXPECT_EQ(text(json, "/latest_build/max_deadline"), "2030-01-05T00:00:00Z");
  EXPECT_EQ(s.srv.put(of(id) + "/extend", R"({"deadline":"2030-01-05T01:00:00Z"})", s.srv.owner()).status, 400);
  ASSERT_EQ(s.srv.post(of(id) + "/usage", "", s.srv.owner()).status, 204);
  EXPECT_EQ(text(s.srv.get(of(id), s.srv.owner()).json(), "/latest_build/deadline"), "2030-01-05T00:00:00Z");
}

TEST(ActivityBump, IsWhatUseAddsAndZeroAddsNothing) {
  Settled s;
  ASSERT_EQ(s.set(R"({"activity_bump_ms":0})").status, 200);
  const auto id = s.srv.workspace(s.id, "ws", s.srv.owner(), R"(,"ttl_ms":3600000)");
  const auto deadline = [&] { return parse_rfc3339(text(s.srv.get(of(id), s.srv.owner()).json(), "/latest_build/deadline")); };
  const auto first = deadline();
  s.clock.advance(std::chrono::minutes(30));

  ASSERT_EQ(s.srv.post(of(id) + "/usage", "", s.srv.owner()).status, 204);
  EXPECT_EQ(deadline(), first);
  ASSERT_EQ(s.set(R"({"activity_bump_ms":14400000})").status, 200);
  ASSERT_EQ(s.srv.post(of(id) + "/usage", "", s.srv.owner()).status, 204);
  EXPECT_EQ(deadline(), s.clock.now() + std::chrono::hours(4));
}

TEST(AllowUserCancel, WithoutItOnlyTemplateManagersCancel) {
  Settled s;
  s.id = s.srv.replay_template("slow", {{"replay/options.json", R"({"delay_ms":0})"}});
  const auto ana = s.srv.member("ana");
  ASSERT_EQ(s.set(R"({"allow_user_cancel_workspace_jobs":false})").status, 200);
  s.srv.database().sql(
      "update provisioner_jobs set tags = tags || '{\"zone\":\"moon\"}' where type = 'template_version_import'");  // the build stays in the queue
  const auto made = s.create("ws", ana);
  const auto one = "/api/v2/workspacebuilds/" + text(made.json(), "/latest_build/id") + "/cancel";

  EXPECT_EQ(text(made.json(), "/template_allow_user_cancel_workspace_jobs"), "false");
  EXPECT_EQ(s.srv.patch(one, "", ana).status, 403);
  EXPECT_EQ(s.srv.patch(one, "", s.srv.owner()).status, 200);
}

TEST(RequireActiveVersion, HoldsForStartsOfThoseWhoDoNotManageTheTemplate) {
  Settled s;
  const auto ana = s.srv.member("ana");
  const auto id = s.srv.workspace(s.id, "ws", ana);
  const auto old = text(s.srv.get(of(id), ana).json(), "/latest_build/template_version_id");
  const auto fresh = s.srv.replay_version(s.id);
  ASSERT_EQ(s.srv.patch("/api/v2/templates/" + s.id + "/versions", R"({"id":")" + fresh + "\"}", s.srv.owner()).status, 200);
  ASSERT_EQ(s.set(R"({"require_active_version":true})").status, 200);
  const auto start = [&](const std::string& version, const Person& who) {
    return s.srv.post(of(id) + "/builds", R"({"transition":"start")" + (version.empty() ? "" : R"(,"template_version_id":")" + version + "\"") + "}",
                      who);
  };

  EXPECT_EQ(start(old, ana).status, 403);
  EXPECT_EQ(s.srv.post("/api/v2/users/me/workspaces", R"({"name":"b","template_version_id":")" + old + "\"}", ana).status, 403);
  const auto stop = s.srv.post(of(id) + "/builds", R"({"transition":"stop"})", ana);
  EXPECT_EQ(text(stop.json(), "/template_version_id"), old);
  s.srv.wait_for(of(id), "/latest_build/status", "stopped", ana);
  const auto started = start("", ana);
  EXPECT_EQ(text(started.json(), "/template_version_id"), fresh);
  s.srv.wait_for(of(id), "/latest_build/status", "running", ana);
  EXPECT_EQ(start(old, s.srv.owner()).status, 201);
}

TEST(Deprecation, EndsNewWorkspacesAndNothingElse) {
  Settled s;
  const auto id = s.srv.workspace(s.id, "ws", s.srv.owner());
  ASSERT_EQ(s.set(R"({"deprecation_message":"Use u instead."})").status, 200);

  const auto refused = s.create("fresh", s.srv.owner());
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(text(refused.json(), "/detail"), "Use u instead.");
  EXPECT_EQ(s.srv.post(of(id) + "/builds", R"({"transition":"stop"})", s.srv.owner()).status, 201);
  ASSERT_EQ(s.set(R"({"deprecation_message":""})").status, 200);
  EXPECT_EQ(s.create("fresh", s.srv.owner()).status, 201);
}

TEST(UpdateWorkspaces, GivesUnusedAndDormantOnesAllTheirTimeAgain) {
  Settled s;
  const auto used = s.srv.workspace(s.id, "used", s.srv.owner()), dormant = s.srv.workspace(s.id, "dormant", s.srv.owner());
  ASSERT_EQ(s.srv.put(of(dormant) + "/dormant", R"({"dormant":true})", s.srv.owner()).status, 200);
  s.clock.advance(std::chrono::hours(5));

  ASSERT_EQ(s.set(R"({"update_workspace_last_used_at":true,"update_workspace_dormant_at":true})").status, 200);

  const auto now = to_rfc3339(s.clock.now());
  EXPECT_EQ(text(s.srv.get(of(used), s.srv.owner()).json(), "/last_used_at"), now);
  EXPECT_EQ(text(s.srv.get(of(used), s.srv.owner()).json(), "/dormant_at"), "null");
  EXPECT_EQ(text(s.srv.get(of(dormant), s.srv.owner()).json(), "/dormant_at"), now);
}

TEST(BuildTimes, AreOfBuildsThatSucceeded) {
  Settled s;
  EXPECT_EQ(text(s.now(), "/build_time_stats/start"), R"({"P50":null,"P95":null})");

  const auto id = s.srv.workspace(s.id, "ws", s.srv.owner());
  EXPECT_EQ(
      s.srv.database().sql("select count(*) from template_build_times t join workspace_builds b using (job_id) where b.workspace_id = '" + id + "'"),
      "1");
  s.srv.database().sql("update template_build_times set took_ms = 2000");

  EXPECT_EQ(text(s.now(), "/build_time_stats/start"), R"({"P50":2000,"P95":2000})");
  EXPECT_EQ(text(s.now(), "/build_time_stats/stop"), R"({"P50":null,"P95":null})");
}

}  // namespace
}  // namespace slipway::test
