// An agent's monitors: asked for, reported, judged and kept.
#include "support/test_agent.hpp"

namespace slipway::test {
namespace {

const std::string kMe = "/api/v2/workspaceagents/me";

struct MonitorsDb : ::testing::Test {
  MonitorsDb() {
    server.database().sql(fmt::format(
        "insert into workspace_agent_memory_resource_monitors (agent_id, enabled, threshold, created_at, updated_at) values ('{0}', true, 80, "
        "now(), now());"
        "insert into workspace_agent_volume_resource_monitors (agent_id, path, enabled, threshold, created_at, updated_at) values "
        "('{0}', '/home', true, 90, now(), now()), ('{0}', '/srv', false, 10, now(), now())",
        row.id));
  }
  // Twenty points with so much of 100 in use.
  int report(int memory, int home) {
    std::string points;
    for (int i = 0; i < 20; ++i)
      points += fmt::format(
          R"({}{{"collected_at":"2026-03-01T12:00:00Z","memory":{{"used":{},"total":100}},"volumes":[{{"path":"/home","used":{},"total":100}},{{"path":"/srv","used":99,"total":100}}]}})",
          i == 0 ? "" : ",", memory, home);
    return server.post(kMe + "/resource-usage", R"({"datapoints":[)" + points + "]}", row.agent()).status;
  }
  std::string memory() {
    return server.database().sql("select state || ' ' || (noticed_at is not null) from workspace_agent_memory_resource_monitors");
  }
  std::string volumes() {
    return server.database().sql("select string_agg(path || ' ' || state, ', ' order by path) from workspace_agent_volume_resource_monitors");
  }

  TestServer server;
  AgentRow row = add_agent(server, server.owner(), "ws");
};

TEST_F(MonitorsDb, TheAgentIsToldWhatToWatch) {
  const auto told = server.get(kMe + "/resource-monitors", row.agent()).json();

  EXPECT_EQ(told.at("datapoints").as_int64(), 20);
  EXPECT_EQ(told.at("collection_interval_seconds").as_int64(), 10);
  EXPECT_TRUE(told.at("memory").at("enabled").as_bool());
  ASSERT_EQ(told.at("volumes").as_array().size(), 2u);
  EXPECT_EQ(told.at("volumes").as_array()[0].at("path").as_string(), "/home");
  EXPECT_FALSE(told.at("volumes").as_array()[1].at("enabled").as_bool());
}

TEST_F(MonitorsDb, TooFullIsKeptAndNoticedOnceAndFineAgainIsKeptToo) {
  EXPECT_EQ(report(85, 50), 204);
  EXPECT_EQ(memory(), "NOK true");
  EXPECT_EQ(volumes(), "/home OK, /srv OK") << "what is off is not judged";
  const auto first = server.database().sql("select noticed_at::text from workspace_agent_memory_resource_monitors");

  EXPECT_EQ(report(10, 95), 204);
  EXPECT_EQ(memory(), "OK true");
  EXPECT_EQ(volumes(), "/home NOK, /srv OK");

  EXPECT_EQ(report(85, 95), 204);
  EXPECT_EQ(memory(), "NOK true");
  EXPECT_EQ(server.database().sql("select noticed_at::text from workspace_agent_memory_resource_monitors"), first) << "not again within half an hour";
}

TEST_F(MonitorsDb, WithoutAChangeNothingIsWritten) {
  report(85, 50);
  const auto version = server.database().sql("select xmin::text from workspace_agent_memory_resource_monitors");

  EXPECT_EQ(report(90, 50), 204);

  EXPECT_EQ(server.database().sql("select xmin::text from workspace_agent_memory_resource_monitors"), version);
}

TEST_F(MonitorsDb, AnAgentWithoutMonitorsWatchesNothing) {
  const auto other = add_agent(server, server.owner(), "plain");

  const auto told = server.get(kMe + "/resource-monitors", other.agent()).json();

  EXPECT_TRUE(told.at("memory").is_null());
  EXPECT_TRUE(told.at("volumes").as_array().empty());
  EXPECT_EQ(server.call("GET", kMe + "/resource-monitors").status, 401);
}

}  // namespace
}  // namespace slipway::test
