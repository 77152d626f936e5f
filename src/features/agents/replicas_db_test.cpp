// Two servers on one database, and tunnels that outlive their build.
#include "support/test_agent.hpp"

namespace slipway::test {
namespace {

Task<int> start(aio::Loops& loops, server::Config config, std::unique_ptr<server::Server>& out) {
  auto started = co_await server::Server::start(loops, std::move(config));
  if (!started) co_return 1;
  out = std::move(*started);
  co_return 0;
}

Task<int> stop(server::Server& server) {
  co_await server.stop();
  co_return 0;
}

Task<int> ask(net::Client* client, std::string url, std::string token, net::Response* out) {
  net::Headers headers;
  headers.set("Coder-Session-Token", token);
  auto answer = co_await client->request("GET", url, std::move(headers), {}, Seconds(20));
  co_await client->stop();
  if (!answer) co_return 1;
  *out = std::move(*answer);
  co_return 0;
}

Task<int> hear(net::Client* client, std::string url, std::string token, std::string* out) {
  net::Headers headers;
  headers.set("Coder-Session-Token", token);
  auto opened = co_await client->connect_websocket(url, std::move(headers));
  if (opened) {
    if (auto message = co_await (*opened)->read()) *out = message->data;
    co_await (*opened)->close();
  }
  co_await client->stop();
  co_return opened ? 0 : 1;
}

TEST(Replicas, StreamsAndQuestionsReachAnAgentThatAnotherServerHolds) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  FakeAgent agent(srv, row);
  srv.wait_for(row.path(), "/status", "connected", srv.owner());
  aio::Loops loops(2), mine(1);
  std::unique_ptr<server::Server> second;
  server::Config config;
  config.http_address = "127.0.0.1:0";
  config.postgres_url = Secret(srv.database().url());
  config.data_dir = "/tmp";
  config.provisioner_daemons = 0;
  ASSERT_EQ(loops.run(start(loops, std::move(config), second)), 0);

  net::Client one(mine.at(0)), two(mine.at(0));
  std::string heard;
  net::Response ports;
  EXPECT_EQ(mine.run(hear(&one, second->url() + row.path() + "/ssh", srv.owner().token, &heard)), 0);
  EXPECT_EQ(mine.run(ask(&two, second->url() + row.path() + "/listening-ports", srv.owner().token, &ports)), 0);
  loops.run(stop(*second));

  EXPECT_EQ(heard, "SSH-2.0-test\n");
  EXPECT_NE(ports.body.find("3000"), std::string::npos) << ports.body;
}

TEST(Tunnel, EndsWithinAHeartbeatWhenItsBuildIsReplaced) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  FakeAgent agent(srv, row);
  srv.wait_for(row.path(), "/status", "connected", srv.owner());

  add_build(srv, row, "stop");
  const auto until = std::chrono::steady_clock::now() + Seconds(40);
  while (agent.is_open() && std::chrono::steady_clock::now() < until) std::this_thread::yield();

  EXPECT_FALSE(agent.is_open());
}

}  // namespace
}  // namespace slipway::test
