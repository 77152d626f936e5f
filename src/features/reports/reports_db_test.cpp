// The weekly report of failed builds: when it comes, to whom, and what it says.
#include "features/reports/reports.hpp"

#include "pg/listener.hpp"
#include "pg/pool.hpp"
#include "store/db.hpp"
#include "support/fake_clock.hpp"
#include "support/told.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace slipway::test {
namespace {

using std::chrono::days, std::chrono::hours, std::chrono::minutes;

const std::string kReport = "Report: Workspace Builds Failed";

struct Reports : ::testing::Test {
  // As one more server would.
  Result<bool> ask() {
    Result<bool> made = false;
    const auto run_it = [&]() -> Task<int> {
      pg::PoolOptions options;
      options.connect = server.database().options();
      pg::Pool pool(co_await aio::executor(), options);
      pg::Listener listener(co_await aio::executor(), server.database().options());
      store::Db db(pool, listener, clock);
      made = co_await reports::report_once(db);
      co_await listener.stop();
      co_await pool.stop();
      co_return 0;
    };
    run(run_it);
    return made;
  }
  bool report() {
    const auto made = ask();
    EXPECT_TRUE(made) << made.error().say << made.error().why;
    return made.value_or(false);
  }
  std::string sql(const std::string& text) { return server.database().sql(text); }
  // A workspace without builds.
  std::string workspace(const std::string& name, const Person& owner, const std::string& of) {
    const auto made = Uuid::random().str();
    sql(
        fmt::format("insert into workspaces (id, owner_id, organization_id, template_id, name, last_used_at, created_at, updated_at, due_at)"
                    " select '{}', '{}', organization_id, id, '{}', now(), now(), now(), now() + interval '1 year' from templates where id = '{}'",
                    made, owner.id, name, of));
    return made;
  }
  // A build of it that ended so long ago: "failed", "succeeded" or "canceled".
  void build(const std::string& workspace, int number, const std::string& from, const std::string& end, Microseconds ago = hours(1)) {
    sql(fmt::format(
        "with j as (insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, tags, created_at, updated_at,"
        " started_at, completed_at, canceled_at, error)"
        " select gen_random_uuid(), o.organization_id, o.initiator_id, 'workspace_build', o.provisioner, o.file_id, '{{}}', o.tags, x.at, x.at, "
        "x.at, x.at,"
        " case when '{3}' = 'canceled' then x.at end, case when '{3}' = 'succeeded' then '' else 'no room' end"
        " from template_versions v join provisioner_jobs o on o.id = v.job_id, (values ('{4}'::timestamptz)) as x (at) where v.id = '{2}' returning "
        "id, "
        "initiator_id)"
        "insert into workspace_builds (id, workspace_id, template_version_id, build_number, transition, initiator_id, job_id, created_at, updated_at)"
        " select gen_random_uuid(), '{0}', '{2}', {1}, 'start', j.initiator_id, j.id, now(), now() from j",
        workspace, number, from, end, to_rfc3339(clock.now() - ago)));
  }
  void name_version(const std::string& of, const std::string& name) {
    sql("update template_versions set name = '" + name + "' where id = '" + of + "'");
  }

  FakeClock clock;
  TestServer server{{}, clock};
  Cast cast{server};
  std::string id = server.replay_template("t"), version = sql("select active_version_id from templates where id = '" + id + "'");
};

TEST_F(Reports, TheFirstTimeOnlyTheTimeIsNoted) {
  sql("delete from notification_report_generator_logs");
  build(workspace("ws", cast.ana, id), 1, version, "failed");

  EXPECT_FALSE(report());

  EXPECT_EQ(sql("select count(*) from notification_report_generator_logs"), "1");
  EXPECT_EQ(count_told(server), "0");
}

TEST_F(Reports, AfterAWeekEachTemplateAdministratorHasOne) {
  report();
  clock.advance(days(7) - minutes(1));
  const auto second = server.replay_version(id), other = server.replay_template("u"),
             of_other = sql("select active_version_id from templates where id = '" + other + "'");
  sql("update templates set display_name = case name when 't' then 'Zebra' else 'Apple' end");
  name_version(version, "v1"), name_version(second, "v2"), name_version(of_other, "only");
  const auto anas = workspace("ana-ws", cast.ana, id), umas = workspace("uma-ws", cast.uma, id), others = workspace("other-ws", cast.ana, other);
  build(anas, 1, version, "succeeded"), build(anas, 2, version, "failed"), build(anas, 3, second, "failed"), build(anas, 4, second, "canceled");
  build(umas, 1, version, "failed");
  for (int number = 1; number <= 12; ++number) build(others, number, of_other, "failed");
  build(anas, 5, version, "failed", days(8));  // before the week
  EXPECT_FALSE(report()) << "not yet a week";
  clock.advance(minutes(1));

  EXPECT_TRUE(report());

  const auto said = told_once(server, kReport);
  EXPECT_EQ(said.people, kTemplateAdmins);
  EXPECT_TRUE(said.labels.empty());
  EXPECT_EQ(said.targets, (Targets{other, id, server.organization()}));
  EXPECT_EQ(said.organization, server.organization());
  EXPECT_EQ(said.urls, "/workspaces");
  std::string of_others;
  for (int number = 12; number >= 3; --number)
    of_others +=
        fmt::format(R"({}{{"workspace_owner_username":"ana","workspace_name":"other-ws","build_number":{}}})", number == 12 ? "" : ",", number);
  EXPECT_EQ(said.data, boost::json::parse(R"({"report_frequency":"week","templates":[
    {"name":"u","display_name":"Apple","failed_builds":12,"total_builds":12,"versions":[
      {"template_version_name":"only","failed_count":12,"failed_builds":[)" +
                                          of_others + R"(]}]},
    {"name":"t","display_name":"Zebra","failed_builds":3,"total_builds":5,"versions":[
      {"template_version_name":"v1","failed_count":2,"failed_builds":[
        {"workspace_owner_username":"ana","workspace_name":"ana-ws","build_number":2},
        {"workspace_owner_username":"uma","workspace_name":"uma-ws","build_number":1}]},
      {"template_version_name":"v2","failed_count":1,"failed_builds":[
        {"workspace_owner_username":"ana","workspace_name":"ana-ws","build_number":3}]}]}]})"));
}

TEST_F(Reports, TheNextOneIsOfTheNextWeek) {
  report();
  build(workspace("ws", cast.ana, id), 1, version, "failed", -hours(1));
  clock.advance(days(7));
  EXPECT_TRUE(report());
  EXPECT_FALSE(report());

  clock.advance(days(7));
  EXPECT_TRUE(report()) << "of nothing: the time is noted";

  EXPECT_EQ(told(server, kReport).size(), 1U);
}

TEST_F(Reports, OfManyServersOneMakesIt) {
  report();
  build(workspace("ws", cast.ana, id), 1, version, "failed", -hours(1));
  clock.advance(days(7));
  std::atomic<int> made = 0;

  std::vector<std::thread> servers;
  for (int i = 0; i < 4; ++i) servers.emplace_back([&] { made += report() ? 1 : 0; });
  for (auto& each : servers) each.join();

  EXPECT_EQ(made, 1);
  EXPECT_EQ(told(server, kReport).size(), 1U);
}

TEST_F(Reports, EachOrganizationHasItsOwn) {
  report();
  const auto other = std::string(server.post("/api/v2/organizations", R"({"name":"other"})", server.owner()).json().at("id").as_string());
  const auto theirs = server.member("theirs");
  sql("update organization_members set organization_id = '" + other + "', roles = '{organization-template-admin}' where user_id = '" + theirs.id +
      "'");
  const auto u = server.replay_template("u"), of_u = sql("select active_version_id from templates where id = '" + u + "'");
  build(workspace("one", cast.ana, id), 1, version, "failed", -hours(1));
  build(workspace("two", theirs, u), 1, of_u, "failed", -hours(1));
  sql("update templates set organization_id = '" + other + "' where id = '" + u + "'; update workspaces set organization_id = '" + other +
      "' where name = 'two'");
  clock.advance(days(7));

  EXPECT_TRUE(report());

  std::map<std::string, std::string> people;
  for (const auto& said : told(server, kReport)) people[said.organization] = said.people;
  EXPECT_EQ(people, (std::map<std::string, std::string>{{server.organization(), kTemplateAdmins}, {other, "theirs"}}));
}

TEST_F(Reports, NothingIsNotedWhereNothingCouldBeTold) {
  report();
  build(workspace("ws", cast.ana, id), 1, version, "failed", -hours(1));
  clock.advance(days(7));
  const auto before = sql("select last_generated_at::text from notification_report_generator_logs");
  sql("alter table notification_report_generator_logs add constraint stuck check (last_generated_at = '" + before + "')");  // as if it were killed

  EXPECT_FALSE(ask());
  EXPECT_EQ(count_told(server), "0");
  sql("alter table notification_report_generator_logs drop constraint stuck");

  EXPECT_TRUE(report()) << "nothing was lost";

  EXPECT_EQ(told_once(server, kReport).people, kTemplateAdmins);
}

}  // namespace
}  // namespace slipway::test
