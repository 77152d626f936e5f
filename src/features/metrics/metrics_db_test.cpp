#include "features/metrics/metrics.hpp"

#include "base/version.hpp"
#include "support/exposition.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

struct MetricsDb : ::testing::Test {
  explicit MetricsDb(Seconds interval = Seconds(0))
      : server([interval](server::Config& config) {
          config.prometheus_address = "127.0.0.1:0";
          config.prometheus_agent_stats = config.prometheus_db_metrics = true;
          config.metrics_interval = interval;
        }),
        owner(server.owner()) {}

  Exposition scrape() {
    const auto answer = server.metrics("GET", "/metrics");
    EXPECT_EQ(answer.status, 200) << answer.body;
    Exposition read(answer.body);
    EXPECT_TRUE(read.errors().empty()) << read.errors().front();
    return read;
  }

  TestServer server;
  const Person& owner;
};
struct SeldomMetricsDb : MetricsDb {
  SeldomMetricsDb() : MetricsDb(Seconds(3600)) {}
};

std::string me(std::string_view code) {
  return fmt::format("coderd_api_requests_processed_total{{code=\"{}\",method=\"GET\",path=\"/api/v2/users/{{user}}\"}}", code);
}

TEST_F(MetricsDb, RequestsAreCountedByRouteMethodAndStatus) {
  const auto before = scrape();

  for (int i = 0; i < 3; ++i) server.get("/api/v2/users/me", owner);
  server.call("GET", "/api/v2/users/me");
  server.get("/api/v2/nothing/like/it", owner);

  const auto after = scrape();
  const auto grew = [&](const std::string& series) { return after.value(series) - std::max(0.0, before.value(series)); };
  EXPECT_EQ(grew(me("200")), 3);
  EXPECT_EQ(grew(me("401")), 1);
  EXPECT_EQ(grew("coderd_api_request_latencies_seconds_count{method=\"GET\",path=\"/api/v2/users/{user}\"}"), 4);
  EXPECT_EQ(grew("coderd_api_requests_processed_total{code=\"404\",method=\"GET\",path=\"/*\"}"),
            1);  // the dashboard's route answers whatever no other does
  EXPECT_EQ(after.value("coderd_api_concurrent_requests{method=\"GET\",path=\"/api/v2/users/{user}\"}"), 0);
  EXPECT_GE(after.value("coderd_authz_authorize_duration_seconds_count{allowed=\"true\"}"), 0);
}

TEST_F(MetricsDb, OneStatementAnswersWhoAmI) {
  const std::string series = "slipway_api_sql_statements_total{method=\"GET\",path=\"/api/v2/users/{user}\"}";
  server.get("/api/v2/users/me", owner);
  const double before = scrape().value(series);

  for (int i = 0; i < 10; ++i) EXPECT_EQ(server.get("/api/v2/users/me", owner).status, 200);

  EXPECT_EQ(scrape().value(series) - before, 10);
}

TEST_F(MetricsDb, WhateverPathsAreAskedForTheNumberOfSeriesIsTheSame) {
  server.get("/api/v2/users/me", owner);
  server.call("GET", "/api/v2/none");
  server.call("BREW", "/api/v2/none");
  const auto before = scrape();

  for (int i = 0; i < 30; ++i) {
    server.get(fmt::format("/api/v2/users/nobody{}", i), owner);
    server.call("GET", fmt::format("/api/v2/none{}", i));
    server.call(fmt::format("BREW{}", i), fmt::format("/api/v2/none{}", i));
  }

  const auto after = scrape();
  EXPECT_LE(after.series_of("coderd_api_requests_processed_total"), before.series_of("coderd_api_requests_processed_total") + 1);  // 404 of users
  EXPECT_EQ(after.series_of("coderd_api_request_latencies_seconds"), before.series_of("coderd_api_request_latencies_seconds"));
}

TEST_F(MetricsDb, WebSocketsAreCountedWhileTheyLastAndAfterwards) {
  const auto row = add_agent(server, owner, "box");
  const std::string path = "{path=\"/api/v2/workspaceagents/me/tunnel\"}";
  {
    FakeAgent agent(server, row);
    ASSERT_TRUE(agent.is_open());
    EXPECT_EQ(scrape().value("coderd_api_concurrent_websockets" + path), 1);
  }
  for (int i = 0; i < 500 && scrape().value("coderd_api_concurrent_websockets" + path) != 0; ++i) continue;

  const auto after = scrape();
  EXPECT_EQ(after.value("coderd_api_concurrent_websockets" + path), 0);
  EXPECT_EQ(after.value("coderd_api_websocket_durations_seconds_count" + path), 1);
}

TEST_F(MetricsDb, WhatOnlyTheDatabaseKnowsIsShown) {
  const auto row = add_agent(server, owner, "box");
  server.member("dora");
  auto& db = server.database();
  db.sql(fmt::format("update workspace_agents set first_connected_at = now(), last_connected_at = now(), lifecycle_state = 'ready' where id = '{}'",
                     row.id));
  db.sql(
      fmt::format("insert into workspace_agent_stats (agent_id, workspace_id, user_id, template_id, rx_bytes, session_count_ssh, created_at)"
                  " select '{}', '{}', '{}', '{}', g * 100, g, now() - interval '3 seconds' + g * interval '1 second' from generate_series(1, 2) g",
                  row.id, row.workspace, owner.id, row.template_id));

  const auto read = scrape();

  const std::string template_name = "t" + row.template_id.substr(0, 8);
  EXPECT_EQ(read.value("coderd_api_total_user_count{status=\"active\"}"), 2);
  EXPECT_EQ(read.value("coderd_api_workspace_latest_build{status=\"succeeded\"}"), 1);
  EXPECT_EQ(read.value(fmt::format("coderd_workspace_latest_build_status{{status=\"succeeded\",template_name=\"{}\",template_version=\"v1\","
                                   "workspace_owner=\"owner\",workspace_transition=\"start\"}}",
                                   template_name)),
            1);
  EXPECT_EQ(read.value(fmt::format("coderd_agents_up{{username=\"owner\",workspace_name=\"box\",template_name=\"{}\",template_version=\"v1\"}}",
                                   template_name)),
            1);
  EXPECT_EQ(read.value("coderd_agents_connections{agent_name=\"main\",username=\"owner\",workspace_name=\"box\",status=\"connected\",lifecycle_state="
                       "\"ready\",tailnet_node=\"\"}"),
            1);
  EXPECT_EQ(read.value("coderd_agents_apps{agent_name=\"main\",username=\"owner\",workspace_name=\"box\",app_name=\"web\",health=\"initializing\"}"),
            1);
  EXPECT_EQ(read.value("coderd_agentstats_rx_bytes{agent_name=\"main\",username=\"owner\",workspace_name=\"box\"}"), 300);
  EXPECT_EQ(read.value("coderd_agentstats_session_count_ssh{agent_name=\"main\",username=\"owner\",workspace_name=\"box\"}"), 2);
  EXPECT_EQ(read.value("coderd_build_info{version=\"" + std::string(kVersion) + "\",revision=\"\"}"), 1);
  EXPECT_GT(read.value("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(read.value("slipway_db_statements_total"), 0);
  EXPECT_GT(read.value("coderd_db_query_latencies_seconds_count{query=\"metrics.agents\"}"), 0);
}

TEST_F(MetricsDb, NamesakesOfADeletedWorkspaceAddNoSecondSeries) {
  const auto row = add_agent(server, owner, "box");
  const auto old = add_agent(server, owner, "former");
  server.database().sql(
      fmt::format("update workspaces set deleted = true where id = '{0}'; update workspaces set name = 'box' where id = '{0}'", old.workspace));

  const auto read = scrape();  // a repeated series is an error of the text

  EXPECT_EQ(read.series_of("coderd_agents_connections"), 1u);
}

TEST_F(MetricsDb, AMailThatWaitsAsItsPersonWantsIsNotLate) {
  server.database().sql(fmt::format(
      "insert into notification_events (id, template_id, created_at, event_key) values (gen_random_uuid(), 'f517da0b-cdc9-410f-ab89-a86107c420ed', "
      "now(), 'x'); insert into notification_messages (id, event_id, notification_template_id, user_id, method, status, created_at, updated_at, "
      "hold_until, next_retry_after, dedupe_hash) select gen_random_uuid(), e.id, e.template_id, '{}', 'smtp', x.status, now() - x.age, now(), "
      "x.held, "
      "now() + interval '1 day', x.status from notification_events e, (values ('pending', interval '5 hours', now() + interval '1 day'), "
      "('temporary_failure', interval '100 s', null)) as x (status, age, held)",
      owner.id));

  const auto read = scrape();

  EXPECT_EQ(read.value("slipway_notifications_backlog{method=\"smtp\"}"), 2);
  EXPECT_GE(read.value("slipway_notifications_oldest_seconds{method=\"smtp\"}"), 100);
  EXPECT_LT(read.value("slipway_notifications_oldest_seconds{method=\"smtp\"}"), 3600);
}

TEST_F(MetricsDb, NoSecretIsShown) {
  const auto row = add_agent(server, owner, "box");
  server.get("/api/v2/users/me?coder_session_token=" + owner.token, owner);
  FakeAgent agent(server, row);
  ASSERT_TRUE(agent.is_open());

  const auto text = server.metrics("GET", "/metrics").body;

  EXPECT_EQ(text.find(owner.token), std::string::npos);
  EXPECT_EQ(text.find(owner.token.substr(11)), std::string::npos);
  EXPECT_EQ(text.find(row.token), std::string::npos);
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  EXPECT_EQ(text.find("@example.com"), std::string::npos);
}

TEST_F(MetricsDb, TheListenerAnswersMetricsAndNothingElse) {
  const auto found = server.metrics("GET", "/metrics");
  EXPECT_EQ(found.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(server.metrics("GET", "/").status, 200);
  EXPECT_EQ(server.metrics("GET", "/api/v2/users/me").status, 404);
  EXPECT_EQ(server.metrics("POST", "/metrics").status, 405);
  EXPECT_EQ(server.call("GET", "/metrics").body.find("coderd_api"), std::string::npos);  // the API's address is not the listener's
}

TEST_F(MetricsDb, OnTheApiItTakesTheRight) {
  const auto shown = server.get("/api/v2/debug/metrics", owner);
  EXPECT_EQ(shown.status, 200);
  EXPECT_TRUE(Exposition(shown.body).errors().empty());
  EXPECT_EQ(server.get("/api/v2/debug/metrics", server.member("dora")).status, 403);
  EXPECT_EQ(server.call("GET", "/api/v2/debug/metrics").status, 401);
}

TEST_F(SeldomMetricsDb, AHundredScrapesRunNoStatement) {
  scrape();
  const auto collections = [this] { return scrape().value("coderd_db_query_latencies_seconds_count{query=\"metrics.agents\"}"); };
  const double before = collections();

  for (int i = 0; i < 100; ++i) scrape();

  EXPECT_EQ(before, 1);
  EXPECT_EQ(collections(), before);
}

}  // namespace
}  // namespace slipway::test
