// Handing over: who gets what, and what is left where nothing can be had.
#include "features/prebuilds/claim_rig_test.hpp"

namespace slipway::test {
namespace {

TEST(Claim, HandsOverTheOldestReadyOneAsItWasAskedFor) {
  Pool pool;
  pool.add(30);
  const auto oldest = pool.add(90);
  pool.sql("update workspaces set dormant_at = now(), deleting_at = now(), last_used_at = '2020-01-01' where id = '" + oldest.workspace + "'");

  const auto made = pool.create("mine", R"(,"autostart_schedule":"CRON_TZ=UTC 0 9 * * 1-5","ttl_ms":3600000,"automatic_updates":"always")");

  ASSERT_EQ(made.status, 201) << made.body;
  const auto json = made.json();
  EXPECT_EQ(text(json, "/id"), oldest.workspace);
  EXPECT_EQ(text(json, "/name"), "mine");
  EXPECT_EQ(text(json, "/owner_name"), "ana");
  EXPECT_EQ(text(json, "/is_prebuild"), "false");
  EXPECT_EQ(text(json, "/latest_build/build_number"), "2");
  EXPECT_EQ(text(json, "/latest_build/transition"), "start");
  EXPECT_EQ(text(json, "/latest_build/initiator_id"), pool.ana.id);
  EXPECT_EQ(text(json, "/latest_build/job/initiator_id"), pool.ana.id);
  EXPECT_EQ(text(json, "/latest_build/template_version_preset_id"), pool.preset);
  EXPECT_EQ(text(json, "/autostart_schedule"), "CRON_TZ=UTC 0 9 * * 1-5");
  EXPECT_NE(text(json, "/next_start_at"), "null");
  EXPECT_EQ(text(json, "/ttl_ms"), "3600000");
  EXPECT_EQ(text(json, "/automatic_updates"), "always");
  EXPECT_EQ(text(json, "/dormant_at"), "null");
  EXPECT_EQ(text(json, "/deleting_at"), "null");
  EXPECT_EQ(pool.sql("select last_used_at > now() - interval '1 minute' and created_at < now() - interval '80 s' from workspaces where id = '" +
                     oldest.workspace + "'"),
            "t");
  EXPECT_EQ(pool.sql("select count(*) from prebuild_claims c join workspace_builds b on b.id = c.claim_build_id where c.workspace_id = '" +
                     oldest.workspace + "' and b.build_number = 2 and c.claimant_id = '" + pool.ana.id + "' and c.preset_id = '" + pool.preset +
                     "' and not c.missed and c.finished_at is null and c.prebuild_created_at < now()"),
            "1");
}

TEST(Claim, PrefersWhatIsNotExpiredAndWhoseAgentIsConnected) {
  Pool pool;
  const auto invalidated = pool.add(300), silent = pool.add(200), connected = pool.add(100);
  pool.sql("update template_version_presets set last_invalidated_at = now() - interval '250 s' where id = '" + pool.preset + "'");
  pool.sql("update workspace_agents set first_connected_at = now(), last_connected_at = now() where id = '" + connected.agent + "'");

  EXPECT_EQ(text(pool.create("a").json(), "/id"), connected.workspace);
  EXPECT_EQ(text(pool.create("b").json(), "/id"), silent.workspace);
  EXPECT_EQ(text(pool.create("c").json(), "/id"), invalidated.workspace);
}

TEST(Claim, WithNothingReadyAWorkspaceIsMadeAndThePoolStaysAsItIs) {
  Pool pool;
  std::vector<Member> members;
  for (int i = 0; i < 6; ++i) members.push_back(pool.add());
  pool.sql("update workspace_agents set lifecycle_state = 'starting' where id = '" + members[0].agent + "'");
  pool.sql("update workspace_agents set deleted = true where id = '" + members[1].agent + "'");
  pool.sql("update workspace_builds set transition = 'stop' where id = '" + members[2].build + "'");
  pool.sql("update provisioner_jobs set error = 'no' where id = '" + members[3].job + "'");
  pool.sql("update provisioner_jobs set completed_at = null where id = '" + members[4].job + "'");
  pool.sql("update workspaces set deleted = true where id = '" + members[5].workspace + "'");

  const auto made = pool.create("mine");

  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(text(made.json(), "/latest_build/build_number"), "1");
  EXPECT_EQ(text(made.json(), "/latest_build/template_version_preset_id"), pool.preset);
  EXPECT_EQ(pool.sql("select count(*) from workspaces where owner_id = '" + kPoolsOwner + "'"), "6");
  EXPECT_EQ(pool.sql("select missed and finished_at is not null and prebuild_created_at is null from prebuild_claims"), "t");
  EXPECT_EQ(text(pool.take(), "/workspace/prebuild"), "none");
}

TEST(Claim, OfAVersionThatIsActiveNoMoreIsAnOrdinaryBuildOfThatVersion) {
  Pool pool;
  pool.add();
  const auto newer = pool.new_version({}, R"(,"template_id":")" + pool.template_id + "\"");
  ASSERT_EQ(pool.srv.patch("/api/v2/templates/" + pool.template_id + "/versions", R"({"id":")" + newer + "\"}", pool.srv.owner()).status, 200);

  const auto made = pool.srv.post(
      "/api/v2/users/me/workspaces",
      fmt::format(R"({{"name":"old","template_version_id":"{}","template_version_preset_id":"{}"}})", pool.version, pool.preset), pool.ana);

  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(text(made.json(), "/latest_build/build_number"), "1");
  EXPECT_EQ(pool.sql("select count(*) from prebuild_claims"), "0");
  EXPECT_EQ(pool.sql("select count(*) from workspaces where owner_id = '" + kPoolsOwner + "'"), "1");
}

TEST(Claim, PresetOfAnotherVersionIsRefusedAndNothingIsClaimed) {
  Pool pool;
  pool.add();

  const auto made = pool.srv.post(
      "/api/v2/users/me/workspaces",
      fmt::format(R"({{"name":"x","template_id":"{}","template_version_preset_id":"{}"}})", pool.template_id, Uuid::random().str()), pool.ana);

  EXPECT_EQ(made.status, 400);
  EXPECT_EQ(text(made.json(), "/validations/0/field"), "template_version_preset_id");
  EXPECT_EQ(pool.sql("select count(*) from workspaces where owner_id = '" + kPoolsOwner + "'"), "1");
}

TEST(Claim, ThatFailsUnexpectedlyChangesNothing) {
  Pool pool;
  const auto member = pool.add();
  pool.sql(
      "create function boom() returns trigger language plpgsql as $$ begin raise exception 'boom'; end $$;"
      "create trigger boom before insert on prebuild_claims for each row execute function boom()");

  const auto made = pool.create("mine");

  EXPECT_EQ(made.status, 500);
  EXPECT_EQ(text(made.json(), "/message"), "Internal error creating workspace.");
  EXPECT_NE(text(made.json(), "/detail").find("failed to claim prebuilt workspace"), std::string::npos);
  EXPECT_EQ(pool.owner_of(member.workspace), "prebuilds");
  EXPECT_EQ(pool.sql("select count(*) from workspaces"), "1");
  EXPECT_EQ(pool.sql("select count(*) from workspace_builds"), "1");
  pool.sql("drop trigger boom on prebuild_claims");
  EXPECT_EQ(text(pool.create("mine").json(), "/id"), member.workspace);
}

TEST(Claim, ANameThatIsTakenGivesTheMemberBack) {
  Pool pool;
  const auto member = pool.add();
  ASSERT_EQ(pool.create("mine").status, 201);
  const auto second = pool.add();

  const auto again = pool.create("Mine");

  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(text(again.json(), "/message"), "Workspace \"Mine\" already exists.");
  EXPECT_EQ(pool.owner_of(second.workspace), "prebuilds");
  EXPECT_EQ(text(pool.create("other").json(), "/id"), second.workspace);
  EXPECT_EQ(pool.owner_of(member.workspace), "ana");
}

TEST(Claim, ParametersFindTheMostSpecificPresetAndItsPool) {
  Pool pool(R"(,{"name":"large","prebuild_instances":1,"parameters":[{"name":"size","value":"large"}]},)"
            R"({"name":"large eu","prebuild_instances":1,"parameters":[{"name":"region","value":"eu"},{"name":"size","value":"large"}]}],)"
            R"("parameters":[{"name":"size","type":"string","default_value":"small"},{"name":"region","type":"string","default_value":"us"}])");
  const auto small = pool.add();
  pool.preset = pool.sql("select id from template_version_presets where name = 'large eu'");
  const auto best = pool.add();
  const auto ask = [&](const std::string& name, const std::string& values) {
    return pool.srv.post("/api/v2/users/me/workspaces",
                         fmt::format(R"({{"name":"{}","template_id":"{}","rich_parameter_values":[{}]}})", name, pool.template_id, values), pool.ana);
  };

  const auto large = ask("large", R"({"name":"size","value":"large"},{"name":"region","value":"eu"})");
  const auto other = ask("other", R"({"name":"size","value":"huge"})");

  EXPECT_EQ(text(large.json(), "/id"), best.workspace) << large.body;
  EXPECT_EQ(text(large.json(), "/latest_build/template_version_preset_id"), pool.preset);
  EXPECT_EQ(text(other.json(), "/id"), small.workspace) << other.body;  // the preset without parameters is in every request
}

TEST(Claim, OfTwoPresetsWithTheSameParametersTheFirstByNameIsMeant) {
  Pool pool(R"(,{"name":"twin b","prebuild_instances":1,"parameters":[{"name":"size","value":"large"}]},)"
            R"({"name":"twin a","prebuild_instances":1,"parameters":[{"name":"size","value":"large"}]}],)"
            R"("parameters":[{"name":"size","type":"string","default_value":"small"}])");
  pool.preset = pool.sql("select id from template_version_presets where name = 'twin b'");
  pool.add(90);
  pool.preset = pool.sql("select id from template_version_presets where name = 'twin a'");
  const auto first = pool.add(60);

  const auto made = pool.srv.post(
      "/api/v2/users/me/workspaces",
      fmt::format(R"({{"name":"x","template_id":"{}","rich_parameter_values":[{{"name":"size","value":"large"}}]}})", pool.template_id), pool.ana);

  EXPECT_EQ(text(made.json(), "/id"), first.workspace) << made.body;
  EXPECT_EQ(text(made.json(), "/latest_build/template_version_preset_id"), pool.preset);
}

TEST(Claim, AnAgentThatIsAwayComesLastAndIsStillAnswerEnough) {
  Pool pool;
  const auto away = pool.add(90), here = pool.add(60);
  pool.sql("update workspace_agents set first_connected_at = now(), last_connected_at = now()");
  pool.sql("update workspace_agents set disconnected_at = now() + interval '1 s' where id = '" + away.agent + "'");

  EXPECT_EQ(text(pool.create("a").json(), "/id"), here.workspace);
  EXPECT_EQ(text(pool.create("b").json(), "/id"), away.workspace);
}

TEST(Claim, ValuesOfThePresetWinAndOthersMayBeChosenAsForANewWorkspace) {
  Pool pool(R"(],"parameters":[{"name":"size","type":"string","default_value":"small"},{"name":"image","type":"string","default_value":"a"}])");
  pool.sql("insert into template_version_preset_parameters values ('" + pool.preset + "', 'size', 'small')");
  const auto member = pool.add();
  pool.sql("insert into workspace_build_parameters values ('" + member.build + "', 'size', 'small'), ('" + member.build + "', 'image', 'a')");

  const auto made = pool.create("mine", R"(,"rich_parameter_values":[{"name":"size","value":"large"},{"name":"image","value":"b"}])");

  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(text(made.json(), "/id"), member.workspace);
  EXPECT_EQ(
      pool.sql("select string_agg(p.name || '=' || p.value, ' ' order by p.name) from workspace_build_parameters p join workspace_builds b on b.id ="
               " p.workspace_build_id where b.build_number = 2"),
      "image=b size=small");
}

TEST(Claim, ByWhoCannotPayForItLeavesItInThePool) {
  Pool pool;
  const auto member = pool.add(60, 10);

  const auto poor = pool.create("poor");
  pool.sql("update groups set quota_allowance = 10 where id = organization_id");
  const auto rich = pool.create("rich");

  EXPECT_EQ(poor.status, 201) << poor.body;
  EXPECT_EQ(text(poor.json(), "/latest_build/build_number"), "1");
  EXPECT_EQ(text(rich.json(), "/id"), member.workspace) << rich.body;
  EXPECT_EQ(text(rich.json(), "/latest_build/daily_cost"), "10");  // counts from now on
}

TEST(Claim, BringsWhatAPoolMayNotHave) {
  Pool pool;
  const auto member = pool.add();
  const std::pair<const char*, const char*> calls[] = {{"/autostart", R"({"schedule":"CRON_TZ=UTC 0 9 * * 1"})"},
                                                       {"/ttl", R"({"ttl_ms":3600000})"},
                                                       {"/dormant", R"({"dormant":true})"},
                                                       {"/extend", R"({"deadline":"2099-01-01T00:00:00Z"})"}};
  for (const auto& [path, body] : calls) EXPECT_EQ(pool.srv.put(of(member.workspace) + path, body, pool.srv.owner()).status, 409) << path;
  ASSERT_EQ(pool.create("mine", R"(,"ttl_ms":3600000)").status, 201);
  pool.end(pool.take(), Pool::built(member.token));

  EXPECT_NE(text(pool.srv.get(of(member.workspace), pool.ana).json(), "/latest_build/deadline"), "null");
  EXPECT_NE(pool.srv.put(of(member.workspace) + "/extend", calls[3].second, pool.ana).status, 409);
  EXPECT_EQ(pool.srv.put(of(member.workspace) + "/autostart", calls[0].second, pool.ana).status, 204);
  EXPECT_EQ(pool.srv.put(of(member.workspace) + "/ttl", calls[1].second, pool.ana).status, 204);
  EXPECT_EQ(pool.srv.put(of(member.workspace) + "/dormant", calls[2].second, pool.ana).status, 200);
}

TEST(Claim, OfAWorkspaceForSomebodyElseIsTheirs) {
  Pool pool;
  const auto member = pool.add();

  const auto made = pool.srv.post("/api/v2/users/ana/workspaces", pool.wish("gift"), pool.srv.owner());

  EXPECT_EQ(text(made.json(), "/id"), member.workspace) << made.body;
  EXPECT_EQ(text(made.json(), "/owner_name"), "ana");
  EXPECT_EQ(text(made.json(), "/latest_build/initiator_id"), pool.srv.owner().id);
}

TEST(Claim, ToldToNobodyAsANewWorkspace) {
  Pool pool;
  pool.add();
  pool.sql("delete from inbox_notifications");

  ASSERT_EQ(pool.create("mine").status, 201);

  EXPECT_EQ(pool.sql("select count(*) from inbox_notifications"), "0");
}

}  // namespace
}  // namespace slipway::test
