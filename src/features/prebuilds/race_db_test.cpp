#include "features/prebuilds/rig_test.hpp"
#include "support/meanwhile.hpp"

#include <future>

namespace slipway::test {
namespace {

TEST_F(Pools, TheFailureLimitIsToldOnceHoweverManySeeIt) {
  const auto ana = srv.member("ana");
  ASSERT_EQ(srv.put("/api/v2/users/ana/roles", R"({"roles":["template-admin"]})", srv.owner()).status, 200);
  Stepper other(srv, clock, id);
  pool(R"("instances":3)");
  stepper.pass();
  end("no space left");

  auto second = std::async(std::launch::async, [&] { other.pass(); });
  stepper.pass();
  second.get();
  stepper.pass();

  const std::string of_kind = " where template_id = '414d9331-c1fc-4761-b40c-d1f4702279eb'";
  EXPECT_EQ(sql("select string_agg(user_id::text, ' ') from inbox_notifications" + of_kind), ana.id);
  EXPECT_EQ(
      sql("select string_agg((labels ->> 'template') || ' ' || (labels ->> 'preset') || ' ' || (labels ->> 'org'), ', ') from notification_events" +
          of_kind),
      "t p default");
}

TEST_F(Pools, AMemberThatIsTakenWhileItIsToBeDeletedStaysItsTakers) {
  pool(R"("instances":1)");
  stepper.pass();
  end();
  const auto member = sql("select id from workspaces");
  sql("update template_version_presets set desired_instances = 0");
  Meanwhile claim(srv, "update workspaces set owner_id = '" + srv.owner().id + "', name = 'mine' where id = '" + member + "'");

  claim.commit_under([&] {
    EXPECT_EQ(stepper.pass().removed, 0);
    return Answer{.status = 200};
  });

  EXPECT_EQ(sql("select count(*) from workspace_builds where workspace_id = '" + member + "'"), "1");
  EXPECT_EQ(sql("select deleted from workspaces where id = '" + member + "'"), "f");
}

TEST_F(Pools, AMemberThatSomebodyBuildsMeanwhileIsNotDeleted) {
  pool(R"("instances":1)");
  stepper.pass();
  end();
  const auto member = sql("select id from workspaces");
  sql("update template_version_presets set desired_instances = 0");
  Meanwhile build(
      srv, "select id from workspaces where id = '" + member +
               "' for update; insert into provisioner_jobs (id, organization_id, initiator_id, "
               "type, provisioner, file_id, input, created_at, updated_at) select gen_random_uuid(), organization_id, '" +
               srv.owner().id + "', type, 'nobody', file_id, '{\"n\":2}', now(), now() from provisioner_jobs where initiator_id = " + kPoolsOwner +
               "; insert into workspace_builds (id, workspace_id, template_version_id, build_number, transition, initiator_id, job_id, created_at, "
               "updated_at) select gen_random_uuid(), b.workspace_id, b.template_version_id, 2, 'stop', '" +
               srv.owner().id + "', (select id from provisioner_jobs where input ->> 'n' = '2'), now(), now() from workspace_builds b");

  build.commit_under([&] {
    EXPECT_EQ(stepper.pass().removed, 0);
    return Answer{.status = 200};
  });

  EXPECT_EQ(sql("select string_agg(transition, ' ' order by build_number) from workspace_builds"), "start stop");
}

TEST_F(Pools, TwoReconcilersWithoutALockBetweenThemNeverBuildTooMany) {
  Stepper other(srv, clock, id);
  pool(R"("instances":3)");

  for (int round = 0; round < 100; ++round) {
    std::promise<void> go;
    auto started = go.get_future().share();
    auto second = std::async(std::launch::async, [&] {
      started.wait();
      return other.pass().created;
    });
    go.set_value();
    const int first = stepper.pass().created;
    ASSERT_EQ(first + second.get(), 3) << round;
    ASSERT_EQ(members(), "start pending 3") << round;
    sql("update workspaces set deleted = true");
  }
}

// A write in the midst of a pass, at which a reconciler is killed: on which table, by what, and which of them.
struct Step {
  std::string table, event;
  int which;
};

// Whoever comes to this step waits there for the one that holds the lock 4712. The server's own loop, which gets no lease, never does.
std::string barred(const Step& step) {
  return fmt::format(
      "drop sequence if exists steps cascade; create sequence steps; create or replace function barred() returns trigger language plpgsql as $$ "
      "begin "
      "if nextval('steps') = {} then perform pg_advisory_xact_lock(4712); end if; return new; end $$; "
      "create trigger z_bars before {} on {} for each row execute function barred()",
      step.which, step.event, step.table);
}
const std::string kAtTheBar =
    " from pg_locks where not granted and locktype = 'advisory' and objid = 4712"
    " and database = (select oid from pg_database where datname = current_database())";

TEST_F(Pools, AReconcilerThatIsKilledInAPassLeavesThePoolWithinItsBounds) {
  Stepper other(srv, clock, id);
  pool(R"("instances":3)");
  const Step steps[] = {{"prebuild_pools", "insert", 1},    // the lease
                        {"workspaces", "insert", 1},        // nothing is made yet
                        {"workspaces", "insert", 2},        // one is
                        {"provisioner_jobs", "insert", 2},  // a workspace without its build
                        {"workspace_builds", "insert", 3},  // the last one
                        {"prebuild_pools", "update", 1}};   // all are made, and nobody was told of it

  for (const auto& step : steps) {
    SCOPED_TRACE(step.table + " " + step.event + " " + std::to_string(step.which));
    sql(barred(step));
    Meanwhile bar(srv, "select pg_advisory_xact_lock(4712)");
    auto first = std::async(std::launch::async, [&] { return stepper.attempt(); });
    while (sql("select count(*)" + kAtTheBar) == "0") breathe();

    auto second = std::async(std::launch::async, [&] { return other.attempt(); });
    sql("select pg_terminate_backend(pid)" + kAtTheBar);
    (void)first.get();
    (void)second.get();
    sql("drop trigger z_bars on " + step.table);
    other.pass();

    ASSERT_EQ(members(), "start pending 3");
    ASSERT_EQ(sql("select count(*) from workspaces w where not exists (select 1 from workspace_builds b where b.workspace_id = w.id)"), "0");
    sql("update workspaces set deleted = true; delete from prebuild_pools");
  }
}

TEST(ServersOwnLoop, EndsInTheMidstOfAPassAndLeavesNothingHalfMade) {
  TestServer srv;
  const auto sql = [&srv](const std::string& text) { return srv.database().sql(text); };
  srv.owner();
  sql(barred({"workspace_builds", "insert", 2}));
  Meanwhile bar(srv, "select pg_advisory_xact_lock(4712)");
  make_template(srv, "t", import_version(srv, {{"replay/import.json", plan_with(preset_data("p", R"("instances":3)"))}}));
  while (sql("select count(*)" + kAtTheBar) == "0") breathe();

  EXPECT_TRUE(srv.stop());

  EXPECT_EQ(sql("select count(*) from workspaces"), "1");
  EXPECT_EQ(sql("select count(*) from workspace_builds"), "1");
}

TEST_F(Pools, TwoReconcilersWithoutALockBetweenThemNeverDeleteTooMany) {
  Stepper other(srv, clock, id);
  pool(R"("instances":6)");
  stepper.pass();
  end();
  sql("update template_version_presets set desired_instances = 3");

  auto second = std::async(std::launch::async, [&] { return other.pass().removed; });
  const int first = stepper.pass().removed;

  EXPECT_EQ(first + second.get(), 3);
  EXPECT_EQ(members(), "delete pending 3, start succeeded 3");
}

TEST_F(Pools, AnotherReplicasLeaseIsRespectedUntilItsEnd) {
  pool(R"("instances":2)");
  stepper.pass();
  sql("update template_version_presets set desired_instances = 4; update prebuild_pools set holder_id = gen_random_uuid(), held_until = " + now() +
      "::timestamptz + interval '30 seconds'");

  const auto kept_out = stepper.pass();
  EXPECT_EQ(kept_out.leased, 0);
  EXPECT_EQ(kept_out.created, 0);
  clock.advance(Seconds(31));
  EXPECT_EQ(stepper.pass().created, 2);
  EXPECT_EQ(sql("select count(*) from prebuild_pools where holder_id is null"), "1");
}

}  // namespace
}  // namespace slipway::test
