#include "features/prebuilds/meter.hpp"
#include "support/exposition.hpp"
#include "support/fake_clock.hpp"
#include "support/home.hpp"
#include "support/test_server.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

const std::string kSystem = "c42fdf75-3097-471c-8c33-fb52454d81c0";

std::string text_of(const prebuilds::Meter& meter) {
  metric::Text text;
  meter.write(text);
  return text.take();
}

// Pools are paused, so that nothing but the test makes or ends their members.
struct PoolMeterDb : ::testing::Test {
  PoolMeterDb() : meter({.failure_limit = 2}) {
    server.owner();
    server.put("/api/v2/prebuilds/settings", R"({"reconciliation_paused":true})", server.owner());
    template_id = server.replay_template("boxes");
    preset = add_preset("large", 3);
  }

  std::string sql(const std::string& statement) { return server.database().sql(statement); }
  std::string add_preset(const std::string& name, int instances) {
    return sql(
        fmt::format("insert into template_version_presets (id, template_version_id, name, desired_instances, created_at) select gen_random_uuid(),"
                    " active_version_id, '{}', {}, now() from templates where id = '{}' returning id",
                    name, instances, template_id));
  }
  // A running workspace of the pool, whose agents are ready or not.
  std::string add_member(const std::string& name, bool ready) {
    // Made as a person's, who would be given one of those before.
    const auto before =
        sql(fmt::format("with taken as (update workspaces set owner_id = '{}' where owner_id = '{}' returning id)"
                        " select coalesce(string_agg(quote_literal(id), ', '), 'null') from taken",
                        server.owner().id, kSystem));
    const auto id = server.workspace(template_id, name, server.owner());
    sql(fmt::format("update workspaces set owner_id = '{}' where id::text in ({})", kSystem, before));
    sql(
        fmt::format("update workspaces set owner_id = '{0}' where id = '{1}';"
                    "update workspace_builds set initiator_id = '{0}', template_version_preset_id = '{2}' where workspace_id = '{1}';"
                    "update workspace_agents a set lifecycle_state = '{3}' from workspace_resources r join workspace_builds b on b.job_id = r.job_id"
                    " where a.resource_id = r.id and b.workspace_id = '{1}'",
                    kSystem, id, preset, ready ? "ready" : "created"));
    return id;
  }
  void fail_build(const std::string& workspace) {
    sql("update provisioner_jobs set error = 'no' where id in (select job_id from workspace_builds where workspace_id = '" + workspace + "')");
  }
  void refresh() {
    with_home(server, [&](http::Home& home) -> Task<void> { co_await meter.refresh(home); }, clock);
  }
  Exposition read() {
    Exposition seen(text_of(meter));
    EXPECT_TRUE(seen.errors().empty()) << seen.errors().front();
    return seen;
  }
  static std::string of(const std::string& name, const std::string& preset_name = "large") {
    return "coderd_prebuilt_workspaces_" + name + R"({template_name="boxes",preset_name=")" + preset_name + R"(",organization_name="default"})";
  }

  TestServer server;
  FakeClock clock;
  prebuilds::Meter meter;
  std::string template_id, preset;
};

TEST_F(PoolMeterDb, BeforeTheFirstReadingOnlyTheSwitchAndItsTimeAreShown) {
  const auto seen = read();

  EXPECT_EQ(seen.value("coderd_prebuilt_workspaces_reconciliation_paused"), 0);
  EXPECT_EQ(seen.value("coderd_prebuilt_workspaces_metrics_last_updated"), 0);
  EXPECT_EQ(seen.series_of("coderd_prebuilt_workspaces_desired"), 0U);
  EXPECT_FALSE(seen.types().contains("coderd_prebuilt_workspaces_created_total"));
}

TEST_F(PoolMeterDb, AllNamesTypesAndLabelsAreThere) {
  add_member("one", true);
  add_member("two", false);
  const auto claimed = add_member("three", true);
  sql("update workspaces set owner_id = '" + server.owner().id + "' where id = '" + claimed + "'");
  const auto deleted = add_member("four", true);
  sql("update workspaces set deleted = true where id = '" + deleted + "'");
  refresh();

  const auto seen = read();

  EXPECT_EQ(seen.value(of("created_total")), 4) << "whatever became of them";
  EXPECT_EQ(seen.value(of("failed_total")), 0);
  EXPECT_EQ(seen.value(of("claimed_total")), 1);
  EXPECT_EQ(seen.value(of("desired")), 3);
  EXPECT_EQ(seen.value(of("running")), 2);
  EXPECT_EQ(seen.value(of("eligible")), 1);
  EXPECT_FALSE(seen.has(of("preset_hard_limited")));
  EXPECT_EQ(seen.value("coderd_prebuilt_workspaces_reconciliation_paused"), 1);
  EXPECT_EQ(seen.value("coderd_prebuilt_workspaces_metrics_last_updated"),
            static_cast<double>(std::chrono::floor<Seconds>(clock.now()).time_since_epoch().count()));
  for (const auto* counter : {"created_total", "failed_total", "claimed_total"})
    EXPECT_EQ(seen.types().at(std::string("coderd_prebuilt_workspaces_") + counter), "counter");
  for (const auto* gauge : {"desired", "running", "eligible", "preset_hard_limited", "reconciliation_paused", "metrics_last_updated"})
    EXPECT_EQ(seen.types().at(std::string("coderd_prebuilt_workspaces_") + gauge), "gauge");
}

TEST_F(PoolMeterDb, APresetAtItsLimitIsShownWhileItIsAndThenNoMore) {
  const auto one = add_member("one", false), two = add_member("two", false);
  fail_build(one);
  fail_build(two);
  refresh();
  EXPECT_EQ(read().value(of("preset_hard_limited")), 1);
  EXPECT_EQ(read().value(of("failed_total")), 2);

  sql("update workspaces set deleted = true where id = '" + two + "'");
  refresh();

  EXPECT_FALSE(read().has(of("preset_hard_limited")));
}

TEST_F(PoolMeterDb, AFailingDatabaseFreezesTheNumbersAndTheirTime) {
  add_member("one", true);
  refresh();
  const auto before = text_of(meter);
  clock.advance(Seconds(100));
  sql("alter table template_version_presets rename to hidden");

  refresh();

  for (int scrape = 0; scrape < 1000; ++scrape) ASSERT_EQ(text_of(meter), before);
  sql("alter table hidden rename to template_version_presets");
  refresh();
  EXPECT_NE(text_of(meter), before);
}

TEST_F(PoolMeterDb, ADeletedTemplateIsNotCountedUnderTheNameOfALivingOne) {
  const auto member = add_member("old", true);
  sql("update workspaces set deleted = true where id = '" + member + "'");
  ASSERT_EQ(server.del("/api/v2/templates/" + template_id, server.owner()).status, 200);
  template_id = server.replay_template("boxes");
  preset = add_preset("large", 1);
  refresh();

  const auto seen = read();

  EXPECT_EQ(seen.value(of("desired")), 1);
  EXPECT_FALSE(seen.has(of("created_total")));
  EXPECT_EQ(seen.series_of("coderd_prebuilt_workspaces_desired"), 1U);
}

TEST_F(PoolMeterDb, AVersionThatWasReplacedCountsWithItsTemplateAndHasNoGauges) {
  add_member("one", true);
  const auto newer = server.replay_version(template_id);
  sql("update templates set active_version_id = '" + newer + "' where id = '" + template_id + "'");
  preset = add_preset("large", 5);
  add_member("two", true);
  sql("update templates set deprecated = 'soon' where id = '" + template_id + "'");
  refresh();

  const auto seen = read();

  EXPECT_EQ(seen.value(of("created_total")), 2);
  EXPECT_EQ(seen.value(of("running")), 1);
  EXPECT_EQ(seen.value(of("desired")), 0) << "deprecated";
  EXPECT_EQ(seen.value(of("eligible")), 0);
}

// The server reads by itself, once a minute; whoever scrapes asks the database nothing about pools.
TEST(PoolMetrics, AScrapeRunsNoStatement) {
  TestServer server([](server::Config& config) {
    config.prometheus_address = "127.0.0.1:0";
    config.prometheus_db_metrics = true;
  });
  server.owner();
  const auto scrape = [&] { return Exposition(server.metrics("GET", "/metrics").body); };
  const auto until = std::chrono::steady_clock::now() + Seconds(20);
  while (scrape().value("coderd_prebuilt_workspaces_metrics_last_updated") <= 0 && std::chrono::steady_clock::now() < until) breathe();
  const std::string read = R"(coderd_db_query_latencies_seconds_count{query="prebuilds.ever_made"})";
  const auto began = std::chrono::steady_clock::now();
  const auto before = scrape().value(read);

  for (int i = 0; i < 100; ++i) ASSERT_EQ(server.metrics("GET", "/metrics").status, 200);

  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(std::chrono::steady_clock::now() - began).count();
  EXPECT_GE(before, 1);
  EXPECT_LE(scrape().value(read) - before, static_cast<double>(minutes + 1)) << "the background's own";
}

}  // namespace
}  // namespace slipway::test
