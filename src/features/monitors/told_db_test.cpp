// What the owner of a workspace is told when its memory or its volumes are too full.
#include "support/fake_clock.hpp"
#include "support/test_agent.hpp"
#include "support/told.hpp"

namespace slipway::test {
namespace {

using std::chrono::minutes;

const std::string kMe = "/api/v2/workspaceagents/me", kMemory = "Workspace Out Of Memory", kDisk = "Workspace Out Of Disk";

// Ana's workspace: memory is watched from 80 % on, /home, /srv and /tmp from 90, 50 and 70.
struct TooFull : ::testing::Test {
  TooFull() {
    server.database().sql(fmt::format(
        "insert into workspace_agent_memory_resource_monitors (agent_id, enabled, threshold, created_at, updated_at) values ('{0}', true, 80, "
        "now(), now());"
        "insert into workspace_agent_volume_resource_monitors (agent_id, path, enabled, threshold, created_at, updated_at) values "
        "('{0}', '/home', true, 90, now(), now()), ('{0}', '/srv', true, 50, now(), now()), ('{0}', '/tmp', true, 70, now(), now())",
        row.id));
  }
  // Twenty points with so much of 100 in use.
  Answer report(int memory, int home, int srv = 0, int tmp = 0) {
    std::string points;
    for (int i = 0; i < 20; ++i)
      points += fmt::format(
          R"({}{{"collected_at":"2026-03-01T12:00:00Z","memory":{{"used":{},"total":100}},"volumes":[{{"path":"/home","used":{},"total":100}},)"
          R"({{"path":"/srv","used":{},"total":100}},{{"path":"/tmp","used":{},"total":100}}]}})",
          i == 0 ? "" : ",", memory, home, srv, tmp);
    auto answer = server.post(kMe + "/resource-usage", R"({"datapoints":[)" + points + "]}", row.agent());
    EXPECT_EQ(answer.status, 204) << answer.body;
    return answer;
  }
  Targets targets() { return {row.workspace, cast.ana.id, row.template_id, server.organization()}; }

  FakeClock clock;
  TestServer server{{}, clock};
  Cast cast{server};
  AgentRow row = add_agent(server, cast.ana, "ws");
};

TEST_F(TooFull, MemoryIsToldToTheOwner) {
  report(85, 0);

  const auto said = told_once(server, kMemory);
  EXPECT_EQ(said.people, "ana");
  EXPECT_EQ(said.labels, (Labels{{"workspace", "ws"}, {"threshold", "80%"}}));
  EXPECT_TRUE(said.data.is_null());
  EXPECT_EQ(said.targets, targets());
  EXPECT_EQ(said.organization, server.organization());
  EXPECT_EQ(said.urls, "/@ana/ws");
  EXPECT_EQ(count_told(server), "1");
}

TEST_F(TooFull, VolumesAreToldInOneMessage) {
  report(0, 95, 60, 71);

  const auto said = told_once(server, kDisk);
  EXPECT_EQ(said.people, "ana");
  EXPECT_EQ(said.labels, (Labels{{"workspace", "ws"}}));
  EXPECT_EQ(said.data, boost::json::parse(R"({"volumes":[{"path":"/home","threshold":"90%"},{"path":"/srv","threshold":"50%"},)"
                                          R"({"path":"/tmp","threshold":"70%"}]})"));
  EXPECT_EQ(said.targets, targets());
  EXPECT_EQ(said.urls, "/@ana/ws");
  EXPECT_EQ(count_told(server), "1");
}

TEST_F(TooFull, AgainIsNoNewsForHalfAnHour) {
  report(85, 0);
  clock.advance(minutes(1));
  report(90, 0);
  report(10, 0);
  clock.advance(minutes(20));
  report(85, 0);
  EXPECT_EQ(told(server, kMemory).size(), 1U) << "fine, and too full again, within half an hour";
  report(10, 0);
  clock.advance(minutes(10));

  report(85, 0);

  EXPECT_EQ(told(server, kMemory).size(), 2U);
}

TEST_F(TooFull, AnotherVolumeIsNews) {
  report(0, 95);
  clock.advance(minutes(1));

  report(0, 95, 60);

  const auto all = told(server, kDisk);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].data, boost::json::parse(R"({"volumes":[{"path":"/srv","threshold":"50%"}]})"));
}

TEST_F(TooFull, MemoryAndVolumesAtOnceAreTwoMessagesInOneStatement) {
  const auto alone = report(85, 0);
  report(10, 0);
  clock.advance(minutes(31));

  const auto both = report(85, 95);

  EXPECT_EQ(told(server, kMemory).size() + told(server, kDisk).size(), 3U);
  EXPECT_EQ(server.cost(both).sql, server.cost(alone).sql + 1) << "the volume's own state";
}

}  // namespace
}  // namespace slipway::test
