#include "support/test_agent.hpp"

namespace slipway::test {
namespace {

std::string text(const boost::json::value& value, std::string_view pointer) {
  boost::system::error_code ec;
  const auto* found = value.find_pointer(pointer, ec);
  return found && found->is_string() ? std::string(found->as_string()) : found ? boost::json::serialize(*found) : "(absent)";
}

const std::string kMe = "/api/v2/workspaceagents/me";

TEST(AgentLogs, AFollowerGetsAFrameAtOnceAndThenWhatComes) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  srv.patch(kMe + "/logs", R"({"logs":[{"output":"early"}]})", row.agent());

  const auto heard = talk(srv, row.path() + "/logs?follow", srv.owner(), {}, "early");

  EXPECT_TRUE(heard.heard.starts_with("[{")) << heard.heard;
}

TEST(AgentLogs, AFollowerGetsLinesInOrderAndItsEndWhenTheBuildIsReplaced) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  for (const std::string text : {"one", "two", "three"}) srv.patch(kMe + "/logs", R"({"logs":[{"output":")" + text + R"("}]})", row.agent());

  const auto replace = [&] {
    srv.patch(kMe + "/logs", R"({"logs":[{"output":"four"}]})", row.agent());
    add_build(srv, row, "stop");
    srv.database().sql("notify workspace_news, '" + row.workspace + "'");
  };
  const auto heard = talk(srv, row.path() + "/logs?follow", srv.owner(), {}, "", replace);

  std::vector<std::size_t> places;
  for (const std::string text : {"one", "two", "three", "four"}) places.push_back(heard.heard.find("\"" + text + "\""));
  EXPECT_TRUE(std::ranges::is_sorted(places)) << heard.heard;
  EXPECT_NE(places.back(), std::string::npos) << "what was written before the end is still told";
  EXPECT_EQ(heard.close_code, 1000);
}

TEST(Agent, AStrangerSeesNotFoundOnEveryRoute) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  const auto stranger = srv.member("stranger");

  for (const char* part : {"", "/logs", "/startup-logs", "/watch-metadata", "/watch-metadata-ws", "/listening-ports", "/containers", "/connection",
                           "/pty", "/ssh", "/tcp?port=80"})
    EXPECT_EQ(srv.get(row.path() + part, stranger).status, 404) << part;
}

TEST(Agent, ShowsItsResourcesSecretsToNobody) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");

  const auto answer = srv.get(row.path(), srv.owner());

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.find(row.token), std::string::npos);
  EXPECT_EQ(text(answer.json(), "/status"), "connecting");
  EXPECT_EQ(text(answer.json(), "/health/reason"), "agent has not yet connected");
}

TEST(Terminal, BytesGoBothWaysAndTheReconnectIdReachesTheAgent) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  FakeAgent agent(srv, row);
  const auto id = Uuid::random().str();

  const auto heard = talk(srv, row.path() + "/pty?reconnect=" + id + "&height=24&width=100", srv.owner(), {R"({"data":"ls\r"})"}, "ls");

  EXPECT_EQ(heard.heard, "terminal " + id + "\n" + R"({"data":"ls\r"})");
}

TEST(Terminal, AnAbsentAgentIsRefusedBeforeTheUpgrade) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");

  const auto offline = srv.get(row.path() + "/pty?reconnect=" + Uuid::random().str(), srv.owner());

  EXPECT_EQ(offline.status, 502);
  EXPECT_EQ(text(offline.json(), "/message"), "Agent state is \"connecting\", not \"connected\"");
}

TEST(AgentQuestions, ReachTheAgentAndPortsAreFiltered) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  EXPECT_EQ(srv.get(row.path() + "/listening-ports", srv.owner()).status, 400);
  FakeAgent agent(srv, row);
  srv.wait_for(row.path(), "/status", "connected", srv.owner());

  EXPECT_EQ(srv.get(row.path() + "/listening-ports", srv.owner()).body, R"({"ports":[{"process_name":"c","network":"tcp","port":3000}]})");
  EXPECT_EQ(srv.get(row.path() + "/containers?label=a=b", srv.owner()).status, 200);
  EXPECT_EQ(text(srv.get(row.path() + "/containers?label=ab", srv.owner()).json(), "/message"), "Invalid label format");
}

TEST(InitScript, IsGivenForKnownPlatformsOnly) {
  TestServer srv;

  EXPECT_EQ(srv.call("GET", "/api/v2/init-script/linux/amd64").status, 200);
  EXPECT_EQ(srv.call("GET", "/api/v2/init-script/plan9/mips").status, 400);
}

}  // namespace
}  // namespace slipway::test
