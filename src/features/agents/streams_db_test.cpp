#include "support/raw_socket.hpp"
#include "support/replica.hpp"
#include "support/test_agent.hpp"

#include <future>

namespace slipway::test {
namespace {

struct Reached {
  TestServer srv;
  AgentRow row = add_agent(srv, srv.owner(), "ws");
  FakeAgent agent{srv, row};

  Reached() { srv.wait_for(row.path(), "/status", "connected", srv.owner()); }
  // The head of a handshake for `path` of the agent; `more` are further fields, each with its line end.
  std::string handshake(const std::string& path, const std::string& more = {}) {
    return fmt::format(
        "GET {} HTTP/1.1\r\nHost: {}\r\nCoder-Session-Token: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
        path, srv.url().substr(7), srv.owner().token, more);
  }
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
