#include "support/raw_socket.hpp"
#include "support/replica.hpp"
#include "support/test_agent.hpp"

#include <future>

namespace slipway::test {
namespace {

// The head of a handshake for `path`, by the owner; `more` are further fields, each with its line end.
std::string handshake_of(TestServer& srv, const std::string& path, const std::string& more = {}) {
  return fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nCoder-Session-Token: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
      path, srv.url().substr(7), srv.owner().token, more);
}

struct Reached {
  TestServer srv;
  AgentRow row = add_agent(srv, srv.owner(), "ws");
  FakeAgent agent{srv, row};

  Reached() { srv.wait_for(row.path(), "/status", "connected", srv.owner()); }
  std::string handshake(const std::string& path, const std::string& more = {}) { return handshake_of(srv, path, more); }
};

TEST(Streams, AreNotDialledForAHandshakeThatIsRefused) {
  Reached r;
  RawListener inside;
  const std::string path = fmt::format("{}/tcp?port={}", r.row.path(), inside.port());

  RawSocket foreign(r.srv.url());
  foreign.send(r.handshake(path, "Origin: https://evil.example\r\n"));
  EXPECT_TRUE(foreign.read_until("\r\n\r\n").starts_with("HTTP/1.1 403 "));
  EXPECT_EQ(r.srv.get(path, r.srv.owner()).status, 400);
  EXPECT_FALSE(inside.was_dialled());

  RawSocket own(r.srv.url());
  own.send(r.handshake(path));
  EXPECT_TRUE(own.read_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
  EXPECT_TRUE(inside.was_dialled());
}

TEST(Streams, ReachNoPortBelowNine) {
  Reached r;

  for (const int port : {0, 1, 8}) {
    RawSocket client(r.srv.url());
    client.send(r.handshake(fmt::format("{}/tcp?port={}", r.row.path(), port)));
    EXPECT_TRUE(client.read_until("\r\n\r\n").starts_with("HTTP/1.1 400 ")) << port;
  }
}

// What `slipway ping` and `slipway speedtest` talk to.
TEST(Streams, PortThreeIsWhereTheAgentLetsItselfBeMeasured) {
  Reached r;

  const auto spoken = talk(r.srv, r.row.path() + "/tcp?port=3", r.srv.owner(), {"there and back"}, "there and back");

  EXPECT_EQ(spoken.heard, "measure-test\nthere and back") << spoken.error;
  EXPECT_EQ(r.srv.database().sql("select count(*) from connection_logs"), "0") << "it is no session";
}

// Only who asks for it, whoever carries it, and always with the id that the server knows.
TEST(Streams, TellTheAgentWhoComesBack) {
  Reached r;
  Replica other(r.srv);
  const auto said = fmt::format("resumes for {}\n", r.srv.owner().id);
  for (const auto& url : {r.srv.url(), other.url()}) {
    RawSocket asks(url), asks_not(url);

    asks.send(r.handshake(r.row.path() + "/ssh", "Slipway-Resume: 1\r\nX-Person: somebody\r\n"));
    asks_not.send(r.handshake(r.row.path() + "/ssh", "X-Resume: 1\r\n"));

    EXPECT_NE(asks.read_until(said).find(said), std::string::npos) << url;
    EXPECT_NE(asks_not.read_until("SSH-2.0-test").find("SSH-2.0-test"), std::string::npos) << url;
  }
}

TEST(Streams, TellTheTerminalHowFarItsViewerHasSeen) {
  Reached r;
  const std::string path = r.row.path() + "/pty?reconnect=" + Uuid::random().str(), viewer = Uuid::random().str();

  for (const auto& bad : {"&received=1", "&viewer=ana&received=1", "&received=x&viewer="})
    EXPECT_NE(r.srv.get(path + bad + (std::string_view(bad).ends_with('=') ? viewer : ""), r.srv.owner()).body.find("Invalid query parameters."),
              std::string::npos)
        << bad;
  RawSocket client(r.srv.url());
  client.send(r.handshake(path + "&received=4503599627370497&viewer=" + viewer));

  const auto said = viewer + " has seen 4503599627370497\n";
  EXPECT_NE(client.read_until(said).find(said), std::string::npos);
}

TEST(Streams, OfAShellCloseWithRestartWhenTheServerStops) {
  Reached r;
  auto second = std::make_unique<Replica>(r.srv);
  RawSocket client(second->url());
  client.send(r.handshake(r.row.path() + "/ssh"));
  ASSERT_NE(client.read_until("SSH-2.0-test").find("SSH-2.0-test"), std::string::npos);

  auto stopped = std::async([&] { second.reset(); });

  const auto said = client.read_until("\x03\xf4");
  EXPECT_NE(said.find("\x03\xf4"), std::string::npos) << testing::PrintToString(said);  // 1012
  client.close();
}

// The tunnel of the stopping server ends first, as if the agent had closed what went through it.
TEST(Streams, LeaveInTheConnectionLogThatTheServerWasStopping) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  auto second = std::make_unique<Replica>(srv);
  FakeAgent agent(srv, row, second->url());
  srv.wait_for(row.path(), "/status", "connected", srv.owner());
  RawSocket client(second->url());
  client.send(handshake_of(srv, row.path() + "/ssh"));
  ASSERT_NE(client.read_until("SSH-2.0-test").find("SSH-2.0-test"), std::string::npos);

  auto stopped = std::async([&] { second.reset(); });
  client.read_until("\x03\xf4");
  client.close();
  stopped.get();

  EXPECT_EQ(srv.database().sql("select disconnect_reason from connection_logs where disconnect_time is not null"), "The server was stopping.");
}

// What comes within the socket's patience was told: nobody looks by themselves that soon.
TEST(Streams, TellNewMetadataTogetherForAllAgents) {
  Reached r;
  RawSocket client(r.srv.url());
  client.send(r.handshake(r.row.path() + "/watch-metadata-ws"));
  client.read_until("\"type\":\"data\"");

  EXPECT_EQ(r.srv.post("/api/v2/workspaceagents/me/metadata", R"({"metadata":[{"key":"load","value":"0.42","error":""}]})", r.row.agent()).status,
            204);

  EXPECT_NE(client.read_until("0.42").find("0.42"), std::string::npos);
}

// Two frames without any news come within the socket's patience, which is less than the half minute after which it looks anew.
TEST(Streams, BeatWithWhatIsKnownOfMetadata) {
  Reached r;
  RawSocket client(r.srv.url());
  client.send(r.handshake(r.row.path() + "/watch-metadata-ws"));
  client.read_until("\"type\":\"data\"");
  const auto begun = std::chrono::steady_clock::now();

  EXPECT_NE(client.read_until("\"type\":\"data\"").find("\"type\":\"data\""), std::string::npos);

  EXPECT_LT(std::chrono::steady_clock::now() - begun, Seconds(15));
}

TEST(Streams, CloseWithRestartWhenTheServerStops) {
  TestServer first;
  const auto row = add_agent(first, first.owner(), "ws");
  auto second = std::make_unique<Replica>(first);
  RawSocket client(second->url());
  client.send(
      fmt::format("GET /api/v2/workspaces/{}/watch-ws HTTP/1.1\r\nHost: {}\r\nCoder-Session-Token: {}\r\nConnection: Upgrade\r\n"
                  "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                  row.workspace, second->url().substr(7), first.owner().token));
  client.read_until("\"type\":\"data\"");

  auto stopped = std::async([&] { second.reset(); });

  EXPECT_NE(client.read_until("\x03\xf4").find("\x03\xf4"), std::string::npos);  // 1012
  client.close();
}

}  // namespace
}  // namespace slipway::test
