#include "features/prebuilds/rig_test.hpp"

namespace slipway::test {
namespace {

using std::chrono::hours, std::chrono::minutes;

TEST(ServersOwnLoop, ANewActiveVersionGetsItsPool) {
  TestServer srv;
  const auto id = make_template(srv, "t", import_version(srv, {{"replay/import.json", plan_with(preset_data("p", R"("instances":3)"))}}));

  const auto status = srv.wait_for("/api/v2/templates/" + id + "/prebuilds/status", "/pools/0/reason",
                                   "3 workspaces run, but their agents are not ready yet.", srv.owner());

  EXPECT_EQ(status.at("pools").at(0).at("counts").at("running").as_int64(), 3);
  EXPECT_EQ(srv.database().sql("select count(*) from workspaces where owner_id = " + kPoolsOwner +
                               " and name ~ '^prebuild-[a-z2-7]{15}$' and organization_id = '" + srv.organization() + "' and template_id = '" + id +
                               "' and ttl_ms is null and autostart_schedule is null and automatic_updates = 'never'"),
            "3");
  EXPECT_EQ(
      srv.database().sql("select count(distinct b.id) from workspace_builds b join provisioner_jobs j on j.id = b.job_id where b.build_number = 1"
                         " and b.transition = 'start' and b.reason = 'initiator' and b.initiator_id = " +
                         kPoolsOwner +
                         " and b.template_version_preset_id is not null and b.deadline is null and j.input ->> 'prebuilt_workspace_stage' = '1'"),
      "3");
  EXPECT_EQ(srv.database().sql("select count(*) from workspaces"), "3");
}

TEST_F(Pools, WhatIsBeingBuiltCountsAndNothingIsBuiltTwice) {
  pool(R"("instances":3)");

  EXPECT_EQ(stepper.pass().created, 3);
  EXPECT_EQ(stepper.pass().created, 0);
  EXPECT_EQ(members(), "start pending 3");
  end();
  EXPECT_EQ(stepper.pass().created, 0);
  EXPECT_EQ(members(), "start succeeded 3");
  EXPECT_EQ(decision("row"), "6");
  EXPECT_EQ(decision("create"), "3");
}

TEST_F(Pools, WhatExpiresIsDeletedAndReplacedInOnePass) {
  pool(R"("instances":1,"expiration_policy":[{"ttl":3600}])");
  stepper.pass();
  end();

  clock.advance(hours(1));
  EXPECT_EQ(stepper.pass().removed, 0);
  clock.advance(Seconds(1));
  const auto done = stepper.pass();

  EXPECT_EQ(done.removed, 1);
  EXPECT_EQ(done.created, 1);
  EXPECT_EQ(members(), "delete pending 1, start pending 1");
  EXPECT_EQ(
      sql("select count(*) from workspace_builds b join provisioner_jobs j on j.id = b.job_id where b.transition = 'delete' and b.build_number = 2"
          " and b.template_version_preset_id is null and b.initiator_id = " +
          kPoolsOwner + " and j.input ->> 'prebuilt_workspace_stage' = '1'"),
      "1");
}

TEST_F(Pools, WithoutAnExpiryNothingExpires) {
  pool(R"("instances":1)");
  stepper.pass();
  end();

  clock.advance(hours(24 * 400));

  EXPECT_EQ(stepper.pass().removed, 0);
}

TEST_F(Pools, InvalidatingRebuildsTheOlderOnes) {
  pool(R"("instances":2)");
  stepper.pass();
  end();
  sql("update workspaces set created_at = created_at - interval '1 hour' where id = (select id from workspaces limit 1)");
  sql("update template_version_presets set last_invalidated_at = " + now() + "::timestamptz - interval '1 minute'");

  const auto done = stepper.pass();

  EXPECT_EQ(done.removed, 1);
  EXPECT_EQ(done.created, 1);
}

TEST_F(Pools, ASwitchOfVersionsEmptiesTheOldPoolAndFillsTheNew) {
  const auto id = pool(R"("instances":4)");
  stepper.pass();
  end("", "w.id in (select id from workspaces order by id limit 1)");
  sql("update provisioner_jobs set started_at = " + now() +
      ", worker_id = gen_random_uuid() where id = (select b.job_id from workspace_builds b join "
      "provisioner_jobs j on j.id = b.job_id where j.completed_at is null order by b.id limit 1)");
  ASSERT_EQ(members(), "start pending 2, start running 1, start succeeded 1");
  promote(id, another_version(id, preset_data("p", R"("instances":1)")));

  const auto done = stepper.pass();

  EXPECT_EQ(done.canceled, 2);
  EXPECT_EQ(done.removed, 1);
  EXPECT_EQ(done.created, 1);
  EXPECT_EQ(members(), "delete pending 1, start pending 1, start running 1");
  EXPECT_EQ(sql("select count(*) from workspaces where deleted"), "2");
  EXPECT_EQ(sql("select count(*) from provisioner_jobs where job_status = 'canceled' and worker_id is null and completed_at = canceled_at"), "2");
  end();
  EXPECT_EQ(stepper.pass().removed, 1);  // it was being built while its version was replaced
}

TEST_F(Pools, StoppedMembersAreLeftAndReplaced) {
  pool(R"("instances":1)");
  stepper.pass();
  end();
  const auto member = sql("select id from workspaces");
  ASSERT_EQ(srv.post("/api/v2/workspaces/" + member + "/builds", R"({"transition":"stop"})", srv.owner()).status, 201);
  srv.wait_for("/api/v2/workspaces/" + member, "/latest_build/status", "stopped", srv.owner());

  EXPECT_EQ(stepper.pass().created, 1);
  EXPECT_EQ(members(), "start pending 1, stop succeeded 1");
  EXPECT_EQ(sql("select count(*) from provisioner_jobs where input ->> 'prebuilt_workspace_stage' = '1'"), "3");  // the administrator's as well
}

TEST_F(Pools, APauseStopsEveryWrite) {
  pool(R"("instances":2)");
  stepper.pass();
  end();
  sql("insert into site_settings (key, value) values ('prebuilds_settings', '{\"reconciliation_paused\":true}')");
  sql("update template_version_presets set desired_instances = 5");

  const auto paused = stepper.pass();
  EXPECT_TRUE(paused.paused);
  EXPECT_EQ(members(), "start succeeded 2");
  EXPECT_EQ(sql("select decision ->> 'create' from prebuild_pools"), "2");

  sql("update site_settings set value = '{\"reconciliation_paused\":false}'");
  EXPECT_EQ(stepper.pass().created, 3);
}

TEST_F(Pools, SettingsThatCannotBeReadStopEverything) {
  pool(R"("instances":2)");
  sql("insert into site_settings (key, value) values ('prebuilds_settings', '{')");

  const auto done = stepper.attempt();

  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().say.starts_with("unmarshal prebuilds settings: ")) << done.error().say;
  EXPECT_EQ(members(), "");
}

TEST_F(Pools, APassWithoutItsDatabaseFailsAndTheNextGoesOn) {
  pool(R"("instances":1)");
  sql("alter table site_settings rename to away");

  EXPECT_FALSE(stepper.attempt());
  EXPECT_EQ(members(), "");
  sql("alter table away rename to site_settings");
  EXPECT_EQ(stepper.pass().created, 1);
}

TEST_F(Pools, AMemberThatIsGoneIsReplaced) {
  pool(R"("instances":2)");
  stepper.pass();
  end();
  sql("update workspaces set deleted = true where id = (select id from workspaces order by id limit 1)");

  EXPECT_EQ(stepper.pass().created, 1);
  EXPECT_EQ(members(), "start pending 1, start succeeded 1");
}

TEST_F(Pools, ANameThatSomebodyHasIsDrawnAgainInTheSamePass) {
  sql("create sequence draws; create function same_name() returns trigger language plpgsql as $$ begin "
      "if nextval('draws') <= 2 then new.name := 'prebuild-aaaaaaaaaaaaaaa'; end if; return new; end $$; "
      "create trigger same_names before insert on workspaces for each row execute function same_name()");
  pool(R"("instances":3)");

  EXPECT_EQ(stepper.pass().created, 3);
  EXPECT_EQ(sql("select last_value from draws"), "4");
  EXPECT_EQ(members(), "start pending 3");
}

TEST_F(Pools, WithoutANameThatIsFreeThePassGivesUpAndSaysSo) {
  sql("create function same_name() returns trigger language plpgsql as $$ begin new.name := 'prebuild-aaaaaaaaaaaaaaa'; return new; end $$; "
      "create trigger same_names before insert on workspaces for each row execute function same_name()");
  pool(R"("instances":2)");

  EXPECT_EQ(stepper.pass().created, 1);
  EXPECT_NE(sql("select error from prebuild_pools").find("name"), std::string::npos);
}

TEST_F(Pools, ATargetBelowWhatRunsAndIsBuiltDeletesTheOldestOfWhatRunsAndTheRestOnceItRuns) {
  pool(R"("instances":5)");
  stepper.pass();
  end("", "w.id in (select id from workspaces order by id limit 3)");
  const std::string oldest = "(select id from workspaces order by id limit 1)";
  sql("update workspaces set created_at = created_at - interval '1 hour' where id = " + oldest);
  sql("update template_version_presets set desired_instances = 2");

  EXPECT_EQ(stepper.pass().removed, 1);
  EXPECT_EQ(members(), "delete pending 1, start pending 2, start succeeded 2");
  EXPECT_EQ(members("w.id = " + oldest), "delete pending 1");
  end();
  EXPECT_EQ(stepper.pass().removed, 2);
  EXPECT_EQ(members(), "delete pending 2, start succeeded 2");
}

TEST_F(Pools, AClockThatJumpsPastTheExpiryReplacesAllAtOnce) {
  pool(R"("instances":3,"expiration_policy":[{"ttl":3600}])");
  stepper.pass();
  end();
  clock.advance(hours(24 * 30));

  const auto done = stepper.pass();

  EXPECT_EQ(done.removed, 3);
  EXPECT_EQ(done.created, 3);
  EXPECT_EQ(members(), "delete pending 3, start pending 3");
}

TEST_F(Pools, AScheduleSetsTheSizeOfTheHour) {
  pool(R"("instances":1,"scheduling":[{"timezone":"UTC","schedule":[{"cron":"* 8-18 * * *","instances":3}]}])");

  clock.set(*parse_rfc3339(to_rfc3339(clock.now() + hours(24)).substr(0, 10) + "T07:59:59Z"));
  EXPECT_EQ(stepper.pass().created, 1);
  clock.advance(Seconds(1));
  EXPECT_EQ(stepper.pass().created, 2);
  end();
  clock.advance(hours(11));
  EXPECT_EQ(stepper.pass().removed, 2);
}

TEST_F(Pools, FailuresHoldCreationBackAndThenEndIt) {
  const auto id = pool(R"("instances":3)");
  stepper.pass();
  end("no space left");

  stepper.pass();
  EXPECT_EQ(members(), "start failed 3");
  EXPECT_EQ(sql("select prebuild_status from template_version_presets"), "hard_limited");
  clock.advance(minutes(30));
  EXPECT_EQ(stepper.pass().created, 0);  // the limit stands when the waiting is over

  promote(id, another_version(id, preset_data("p", R"("instances":1)")));
  EXPECT_EQ(stepper.pass().created, 1);
}

TEST_F(Pools, TemplateAdminsAreToldEachTimeThatTheLimitIsReached) {
  const auto told = [&] {
    return sql(
        "select string_agg(u.username, ',') from inbox_notifications i join users u on u.id = i.user_id where i.template_id = "
        "'414d9331-c1fc-4761-b40c-d1f4702279eb'");
  };
  const auto fail = [&] {
    stepper.pass();
    end("no space left");
    stepper.pass();
    stepper.pass();  // as another replica would
  };
  srv.member("tina");
  srv.member("mel");
  sql("update users set rbac_roles = '{template-admin}' where username = 'tina'; delete from organization_members m using users u where u.id = "
      "m.user_id and u.username = 'tina'");
  pool(R"("instances":3)");

  fail();
  EXPECT_EQ(told(), "tina");

  sql("update workspaces set deleted = true");
  stepper.pass();  // healthy again
  clock.advance(minutes(30));
  fail();
  EXPECT_EQ(told(), "tina,tina");
}

TEST_F(Pools, FewFailuresOnlyDelay) {
  pool(R"("instances":2)");
  stepper.pass();
  end("no space left");

  EXPECT_EQ(stepper.pass().created, 0);
  clock.advance(minutes(2));
  EXPECT_EQ(stepper.pass().created, 0);
  clock.advance(Seconds(1));
  EXPECT_EQ(stepper.pass().created, 2);
  EXPECT_EQ(sql("select prebuild_status from template_version_presets"), "healthy");
}

TEST_F(Pools, ALimitedPoolIsStillEmptied) {
  pool(R"("instances":4,"expiration_policy":[{"ttl":3600}])");
  stepper.pass();
  end("", "w.id in (select id from workspaces order by id limit 1)");
  end("no space left");
  sql("update workspace_builds set created_at = created_at - interval '1 minute' where job_id in (select id from provisioner_jobs where job_status = "
      "'succeeded')");
  clock.advance(hours(2));

  EXPECT_EQ(stepper.pass().removed, 1);
  EXPECT_EQ(sql("select prebuild_status from template_version_presets"), "hard_limited");
}

TEST_F(Pools, DeletingTheFailedOnesMakesAPresetHealthyAgain) {
  pool(R"("instances":3)");
  stepper.pass();
  end("no space left");
  stepper.pass();
  sql("update workspaces set deleted = true");

  EXPECT_EQ(stepper.pass().created, 3);
  EXPECT_EQ(sql("select prebuild_status from template_version_presets"), "healthy");
}

TEST_F(Pools, WhatCannotBeBuiltIsToldAndLeavesNothingBehind) {
  const auto id = make_template(
      srv, "t",
      version(
          preset_data("p", R"("instances":2)") +
          R"(,{"address":"data.coder_parameter.size","mode":"data","type":"coder_parameter","name":"size","values":{"name":"size","type":"string"}})"));

  EXPECT_EQ(stepper.pass().created, 0);
  EXPECT_EQ(sql("select count(*) from workspaces"), "0");
  const auto shown = srv.get("/api/v2/templates/" + id + "/prebuilds/status", srv.owner()).json();
  const auto& one = shown.at("pools").at(0);
  EXPECT_EQ(one.at("counts").at("desired").as_int64(), 2);
  EXPECT_TRUE(one.at("reason").as_string().starts_with("Workspaces could not be added: Unable to validate parameters size: ")) << one;
}

TEST_F(Pools, AnOrganizationWithoutTheOwnerStopsNoOther) {
  pool(R"("instances":1)");
  stepper.options.members = [](store::Db&, std::vector<OrganizationId>) -> Task<Result<std::set<OrganizationId>>> {
    co_return std::set<OrganizationId>{OrganizationId::random()};
  };
  EXPECT_EQ(stepper.pass().created, 1);

  sql("update template_version_presets set desired_instances = 2");
  stepper.options.members = [](store::Db&, std::vector<OrganizationId> all) -> Task<Result<std::set<OrganizationId>>> {
    co_return std::set<OrganizationId>(all.begin(), all.end());
  };
  EXPECT_EQ(stepper.pass().created, 0);
  EXPECT_NE(sql("select error from prebuild_pools"), "");
}

TEST_F(Pools, ATemplateIsDeletedWithItsPool) {
  const auto id = pool(R"("instances":2)");
  stepper.pass();
  end();

  ASSERT_EQ(srv.del("/api/v2/templates/" + id, srv.owner()).status, 200);

  EXPECT_EQ(stepper.pass().removed, 2);
  EXPECT_EQ(members(), "delete pending 2");
  end();
  EXPECT_EQ(sql("select count(*) from workspaces where not deleted"), "0");
}

TEST_F(Pools, ADeprecatedTemplateHasNoPool) {
  const auto id = pool(R"("instances":2)");
  stepper.pass();
  end();
  ASSERT_EQ(srv.patch("/api/v2/templates/" + id, R"({"deprecation_message":"Use the other."})", srv.owner()).status, 200);

  EXPECT_EQ(stepper.pass().removed, 2);
}

TEST_F(Pools, ADeletionThatFailedIsTriedAgainLater) {
  pool(R"("instances":1)");
  stepper.pass();
  end();
  sql("update template_version_presets set desired_instances = 0");
  stepper.pass();
  end("the cloud is away");
  ASSERT_EQ(members(), "delete failed 1");

  EXPECT_EQ(stepper.pass().removed, 0);
  clock.advance(minutes(1));
  EXPECT_EQ(stepper.pass().removed, 1);
  end("the cloud is away");
  clock.advance(minutes(1));
  EXPECT_EQ(stepper.pass().removed, 0);  // twice as long the second time
  clock.advance(minutes(1));
  EXPECT_EQ(stepper.pass().removed, 1);
}

TEST_F(Pools, AnIdlePassIsTwoStatementsHoweverMuchThereIs) {
  pool(R"("instances":4)");
  stepper.pass();
  end();
  store::Cost few, many;
  stepper.pass(&few);
  sql("insert into template_version_presets (id, template_version_id, name, desired_instances, created_at) select gen_random_uuid(), "
      "template_version_id, 'p' || n, 4, created_at from template_version_presets, generate_series(1, 499) n");
  sql("with m as (select gen_random_uuid() as w, gen_random_uuid() as b, gen_random_uuid() as j, p.id as p, n from template_version_presets p, "
      "generate_series(1, 4) n where p.name <> 'p'), "
      "jobs as (insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, created_at, updated_at, "
      "started_at, "
      "completed_at) select m.j, x.organization_id, x.initiator_id, x.type, x.provisioner, x.file_id, '{}', x.created_at, x.created_at, "
      "x.created_at, "
      "x.created_at from m, (select * from provisioner_jobs where initiator_id = " +
      kPoolsOwner +
      " limit 1) x returning id), "
      "made as (insert into workspaces (id, owner_id, organization_id, template_id, name, last_used_at, created_at, updated_at) select m.w, "
      "x.owner_id, "
      "x.organization_id, x.template_id, m.w::text, x.created_at, x.created_at, x.created_at from m, (select * from workspaces limit 1) x returning "
      "id) "
      "insert into workspace_builds (id, workspace_id, template_version_id, template_version_preset_id, build_number, transition, initiator_id, "
      "job_id, "
      "created_at, updated_at) select m.b, m.w, x.template_version_id, m.p, 1, 'start', x.initiator_id, m.j, x.created_at, x.created_at from m, "
      "(select * from workspace_builds limit 1) x; analyze");

  const auto done = stepper.pass(&many);

  EXPECT_EQ(done.pools, 500);
  EXPECT_EQ(done.created + done.removed, 0);
  EXPECT_EQ(few.sql, 2);
  EXPECT_EQ(many.sql, 2);
}

}  // namespace
}  // namespace slipway::test
