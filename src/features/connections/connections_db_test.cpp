// What the connection log learns of people inside workspaces, and who is shown it.
#include "support/raw_socket.hpp"
#include "support/replica.hpp"
#include "support/test_agent.hpp"

namespace slipway::test {
namespace {

struct Inside : ::testing::Test {
  Inside() { server.wait_for(row.path(), "/status", "connected", owner); }

  // Without the visits that opened them, which are told of by features/apps.
  std::string log(const std::string& columns) {
    return server.database().sql("select " + columns + " from connection_logs where type <> 'workspace_app'");
  }
  std::string sessions() const { return "/api/v2/workspaces/" + row.workspace + "/sessions"; }
  // Waits until the log says so: the end of a session follows its last byte.
  void wait_for_log(const std::string& columns, const std::string& wanted) {
    const auto until = std::chrono::steady_clock::now() + Seconds(20);
    while (log(columns) != wanted && std::chrono::steady_clock::now() < until) breathe();
    EXPECT_EQ(log(columns), wanted);
  }

  TestServer server;
  const Person& owner = server.owner();
  AgentRow row = add_agent(server, owner, "ws");
  FakeAgent agent{server, row};
};

TEST_F(Inside, AShellIsOpenWhileItLastsAndThenHasItsEndAndBytes) {
  boost::json::value open;
  std::string columns;
  const auto look = [&] {
    open = server.get(sessions(), owner).json();
    columns = log("type || ' ' || workspace_name || ' ' || agent_name || ' ' || (disconnect_time is null) || ' ' || (connection_id is not null)");
  };

  const auto heard = talk(server, row.path() + "/ssh", owner, {"12345"}, "12345", look);

  EXPECT_EQ(heard.heard, "SSH-2.0-test\n12345");
  EXPECT_EQ(columns, "ssh ws main true true");
  const auto& list = open.at("sessions").as_array();
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(open.at("count").as_int64(), 1);
  EXPECT_EQ(list[0].at("user").at("username").as_string(), owner.username);
  EXPECT_EQ(list[0].at("type").as_string(), "ssh");
  EXPECT_EQ(list[0].at("agent_name").as_string(), "main");
  wait_for_log("(user_id = '" + owner.id + "') || ' ' || (disconnect_time >= connect_time) || ' ' || rx_bytes || ' ' || tx_bytes", "true true 5 18");
  EXPECT_TRUE(server.get(sessions(), owner).json().at("sessions").as_array().empty());
}

TEST_F(Inside, ATerminalIsToldWithThePersonAndTheirAddress) {
  talk(server, row.path() + "/pty?reconnect=" + Uuid::random().str(), owner, {R"({"data":"x"})"}, "x");

  wait_for_log("type || ' ' || ip || ' ' || (user_id = '" + owner.id + "') || ' ' || (disconnect_time is not null)",
               "reconnecting_pty 127.0.0.1 true true");
}

TEST_F(Inside, StreamsOfAPersonToOnePortAreOneSession) {
  for (int i = 0; i < 3; ++i)
    talk(server, row.path() + "/tcp?port=" + server.url().substr(server.url().rfind(':') + 1), owner, {"GET / HTTP/1.0\r\n\r\n"}, "HTTP");

  wait_for_log("count(*) || ' ' || min(type) || ' ' || count(disconnect_time) || ' ' || (min(rx_bytes) = 54)", "1 port_forwarding 1 true");
}

// A stream of SSH that a client calls by a name, over one connection after another: each hears 49 bytes.
struct Carried : Inside {
  std::unique_ptr<RawSocket> carry(const std::string& url, const Person& who) {
    auto socket = std::make_unique<RawSocket>(url);
    socket->send(
        fmt::format("GET {}/ssh HTTP/1.1\r\nHost: {}\r\nCoder-Session-Token: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSlipway-Resume: 1\r\nSlipway-Stream: {}\r\n\r\n",
                    row.path(), url.substr(7), who.token, name));
    const auto greeting = fmt::format("resumes for {}\n", who.id);
    EXPECT_NE(socket->read_until(greeting).find(greeting), std::string::npos);
    return socket;
  }

  std::string name = Uuid::random().str();
};

TEST_F(Carried, AStreamIsOneSessionOverOneConnectionAfterAnother) {
  Replica other(server);
  auto first = carry(server.url(), owner);
  first->close();
  wait_for_log("count(*) || ' ' || count(disconnect_time) || ' ' || sum(tx_bytes)", "1 1 49");

  auto second = carry(other.url(), owner);

  EXPECT_EQ(log("count(*) || ' ' || count(disconnect_time)"), "1 0");
  second->close();
  wait_for_log("count(*) || ' ' || count(disconnect_time) || ' ' || sum(tx_bytes)", "1 1 98");
}

TEST_F(Carried, AServerThatNoticesLateDoesNotEndWhatAnotherCarriesByNow) {
  Replica other(server);
  auto first = carry(server.url(), owner), second = carry(other.url(), owner), third = carry(other.url(), owner);

  first->close();
  wait_for_log("count(*) || ' ' || count(disconnect_time) || ' ' || sum(tx_bytes)", "1 0 49");
  EXPECT_EQ(server.get(sessions(), owner).json().at("count").as_int64(), 1);

  second->close();
  third->close();
  wait_for_log("count(*) || ' ' || count(disconnect_time) || ' ' || sum(tx_bytes)", "1 1 147");
}

TEST_F(Carried, ANameMeansOnesOwnStreamAndNoneOfLongAgo) {
  const auto admin = server.member("admin");
  server.database().sql("update users set rbac_roles = '{owner}' where id = '" + admin.id + "'");
  carry(server.url(), owner)->close();
  wait_for_log("count(*) || ' ' || count(disconnect_time)", "1 1");

  carry(server.url(), admin)->close();
  wait_for_log("count(*) || ' ' || count(disconnect_time) || ' ' || count(distinct user_id)", "2 2 2");
  server.database().sql("update connection_logs set disconnect_time = disconnect_time - interval '2 hours'");
  carry(server.url(), owner)->close();

  wait_for_log("count(*) || ' ' || count(disconnect_time) || ' ' || count(distinct connection_id)", "3 3 3");
}

TEST_F(Inside, AHandshakeThatIsRefusedLeavesNoSession) {
  EXPECT_EQ(server.get(row.path() + "/ssh", owner).status, 400);
  EXPECT_EQ(log("count(*)"), "0");
}

TEST_F(Inside, TheAgentAddsWhatItKnowsAndTakesNothingAway) {
  std::string connection;
  const auto add = [&] {
    connection = log("connection_id::text");
    const auto report = [&](const std::string& action) {
      return server.post(
          "/api/v2/workspaceagents/me/connections",
          R"({"id":")" + connection + R"(","action":")" + action + R"(","type":"vscode","ip":"localhost","status_code":7,"reason":""})", row.agent());
    };
    EXPECT_EQ(report("connect").status, 204);
    EXPECT_EQ(report("disconnect").status, 204);
  };

  talk(server, row.path() + "/ssh", owner, {"1"}, "SSH-2.0-test\n1", add);

  wait_for_log("count(*) || ' ' || min(type) || ' ' || min(code) || ' ' || (min(user_id::text) = '" + owner.id + "') || ' ' || (min(rx_bytes) = 1)",
               "1 vscode 7 true true");
}

TEST_F(Inside, OnlyWhoMayUseSshThereSeesWhoIsInside) {
  const auto stranger = server.member("stranger");
  const auto reader = server.member("reader");
  server.database().sql("update organization_members set roles = '{organization-auditor}' where user_id = '" + reader.id + "'");

  EXPECT_EQ(server.get(sessions(), owner).status, 200);
  EXPECT_EQ(server.get(sessions(), stranger).status, 404);
  EXPECT_NE(server.get(sessions(), reader).status, 200);
  EXPECT_EQ(server.call("GET", sessions()).status, 401);
  EXPECT_EQ(server.get("/api/v2/workspaces/" + Uuid::random().str() + "/sessions", owner).status, 404);
}

TEST_F(Inside, WhatALostServerLeftOpenIsNotShown) {
  server.database().sql(
      "insert into replicas (id, hostname, relay_address, version, started_at, updated_at) select gen_random_uuid(), 'gone', '', '', now(), now() - "
      "interval '1 hour';"
      "insert into connection_logs (id, connect_time, organization_id, workspace_owner_id, workspace_id, workspace_name, agent_name, type, "
      "connection_id, "
      "replica_id) select gen_random_uuid(), now() - interval '1 hour', w.organization_id, w.owner_id, w.id, w.name, 'main', 'ssh', "
      "gen_random_uuid(), r.id "
      "from workspaces w, replicas r where r.hostname = 'gone'");

  EXPECT_TRUE(server.get(sessions(), owner).json().at("sessions").as_array().empty());
}

}  // namespace
}  // namespace slipway::test
