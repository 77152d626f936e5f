#include "aio/loops.hpp"
#include "net/client.hpp"
#include "pg/session.hpp"
#include "support/full_disk.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

#include <future>

namespace slipway::server {
namespace {

using test::TestServer;

Task<int> try_to_start(aio::Loops* loops, Config config, Error* error) {
  auto started = co_await Server::start(*loops, std::move(config));
  if (started) {
    co_await (*started)->stop();
    co_return 0;
  }
  *error = started.error();
  co_return 1;
}

// What a server with this change to its settings says when it does not start.
Error start_error(std::function<void(Config&)> change) {
  test::TestDatabase database(*pg::read_migrations(SLIPWAY_SOURCE_DIR "/db/migrations"));
  Config config;
  config.http_address = "127.0.0.1:0";
  config.postgres_url = Secret(database.url());
  config.data_dir = testing::TempDir();
  config.terraform = "/nonexistent";
  change(config);
  Error error;
  aio::Loops loops(2);
  EXPECT_EQ(loops.run(try_to_start(&loops, std::move(config), &error)), 1);
  return error;
}

TEST(ServerStart, ABadMailSettingEndsInItsSentence) {
  const auto error = start_error([](Config& config) {
    config.mail.from = "nobody";
    config.mail.smarthost = "mail.example.com:587";
  });

  EXPECT_NE(error.say.find("mail"), std::string::npos) << error.say;
}

TEST(ServerStart, ABadLoginSettingEndsInItsSentence) {
  const auto error = start_error([](Config& config) { config.login.oidc.issuer = "not an address"; });

  EXPECT_NE(error.say.find("oidc"), std::string::npos) << error.say;
}

TEST(ServerStart, ATakenMetricsPortStopsWhatHadStarted) {
  TestServer first;
  const auto port = first.url().substr(first.url().rfind(':'));

  const auto error = start_error([&](Config& config) { config.prometheus_address = "127.0.0.1" + port; });

  EXPECT_NE(error.say.find("--prometheus-address"), std::string::npos) << error.say;
}

// Holds a table that requests want, as somebody's forgotten session of psql would.
class Lock {
 public:
  Lock(TestServer& server, const std::string& table) : database_(server.database()) { loops_.run(take(this, table)); }
  ~Lock() { loops_.run(drop(this)); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  // How many statements of others wait for it.
  std::string waiting() const { return database_.sql("select count(*) from pg_stat_activity where wait_event_type = 'Lock'"); }
  bool comes_to(const std::string& count) const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (waiting() != count && std::chrono::steady_clock::now() < until) test::breathe();
    return waiting() == count;
  }

 private:
  static Task<int> take(Lock* self, std::string table) {
    auto options = self->database_.options();
    options.statement_timeout = Milliseconds(0);
    auto session = co_await pg::Session::open(options);
    for (const auto& text : {std::string("begin"), "lock table " + table})
      if (auto done = co_await session->run(text); !done) co_return 1;
    self->session_ = std::make_unique<pg::Session>(std::move(*session));
    co_return 0;
  }
  static Task<int> drop(Lock* self) {
    self->session_.reset();
    co_return 0;
  }

  test::TestDatabase& database_;
  aio::Loops loops_{1};
  std::unique_ptr<pg::Session> session_;
};

// Requests have this long, and people here are made without one: what only prepares a test has no deadline to meet.
void hurry(Config& config) { config.request_limit = Milliseconds(700); }

test::Person owner_by_row(TestServer& server) {
  const auto made = server.member("ana");
  server.database().sql("update users set rbac_roles = '{owner}' where username = 'ana'");
  return made;
}

TEST(Deadlines, AStuckQueryEndsInASentenceAndIsCancelledAtTheServer) {
  TestServer server(hurry);
  const auto owner = owner_by_row(server);
  const Lock lock(server, "groups");

  const auto begun = std::chrono::steady_clock::now();
  const auto stuck = server.get("/api/v2/organizations/default/groups", owner);

  EXPECT_EQ(stuck.status, 503) << stuck.body;
  EXPECT_NE(stuck.body.find("The server took too long to answer."), std::string::npos) << stuck.body;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
  EXPECT_TRUE(lock.comes_to("0")) << lock.waiting();
}

TEST(Deadlines, AStuckTransactionIsCancelledToo) {
  TestServer server(hurry);
  const auto owner = owner_by_row(server);
  const Lock lock(server, "groups");

  const auto stuck = server.post("/api/v2/organizations/default/groups", R"({"name":"them"})", owner);

  EXPECT_EQ(stuck.status, 503) << stuck.body;
  EXPECT_TRUE(lock.comes_to("0")) << lock.waiting();
}

// Speaks for itself: a test's client waits for answers.
struct Wire {
  explicit Wire(TestServer& server) : Wire(server.url()) {}
  explicit Wire(std::string there) : url(std::move(there)) {}
  ~Wire() { loops.run(close(this)); }

  int say(std::string bytes) { return loops.run(write(this, std::move(bytes))); }
  // What comes until `text` was heard, or the server closes.
  std::string hear(const std::string& text = {}) {
    std::string heard;
    loops.run(read(this, &heard, text));
    return heard;
  }
  void hang_up() { stream.reset(); }

  static Task<int> write(Wire* self, std::string bytes) {
    if (!self->stream) {
      const auto port = static_cast<std::uint16_t>(std::stoi(self->url.substr(self->url.rfind(':') + 1)));
      auto dialled = co_await self->client.connect("127.0.0.1", port, false);
      if (!dialled) co_return 1;
      self->stream = std::move(*dialled);
    }
    co_return co_await self->stream->write(bytes) ? 0 : 1;
  }
  static Task<int> read(Wire* self, std::string* into, std::string until) {
    std::vector<char> piece(4096);
    while (until.empty() || !into->contains(until)) {
      const auto size = co_await self->stream->read_some(piece);
      if (!size || *size == 0) break;
      into->append(piece.data(), *size);
    }
    co_return 0;
  }
  static Task<int> close(Wire* self) {
    self->stream.reset();
    co_await self->client.stop();
    co_return 0;
  }

  std::string url;
  aio::Loops loops{1};
  net::Client client{loops.at(0)};
  std::unique_ptr<net::Stream> stream;
};

TEST(Deadlines, WhoLeavesTakesTheirQueryAlong) {
  TestServer server;
  const auto owner = server.owner();
  const Lock lock(server, "groups");
  Wire wire(server);
  ASSERT_EQ(wire.say("GET /api/v2/organizations/default/groups HTTP/1.1\r\nHost: 127.0.0.1\r\nCoder-Session-Token: " + owner.token + "\r\n\r\n"), 0);
  ASSERT_TRUE(lock.comes_to("1")) << lock.waiting();

  wire.hang_up();

  EXPECT_TRUE(lock.comes_to("0")) << lock.waiting();
}

TEST(Deadlines, ABodyThatNeverComesEnds) {
  TestServer server(hurry);
  Wire wire(server);

  const auto begun = std::chrono::steady_clock::now();
  ASSERT_EQ(wire.say("POST /api/v2/users/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{"), 0);
  const auto heard = wire.hear();

  EXPECT_TRUE(heard.starts_with("HTTP/1.1 503 ")) << heard;
  EXPECT_NE(heard.find("The server took too long to answer."), std::string::npos) << heard;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
}

// Long enough to come to the commit on a busy machine; a commit is longer.
TEST(Deadlines, WhatWasDoneAllTheSameIsSaid) {
  TestServer server([](Config& config) { config.request_limit = Seconds(3); });
  const auto owner = owner_by_row(server);
  const std::string groups = "/api/v2/organizations/default/groups";
  ASSERT_EQ(server.get(groups, owner).status, 200) << "what only a server's first request does is done";
  server.database().sql("create function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(4); return null; end $$");
  server.database().sql(
      "create constraint trigger dawdle after insert on groups deferrable initially deferred for each row execute function dawdle()");

  const auto made = server.post(groups, R"({"name":"them"})", owner);

  EXPECT_EQ(made.status, 201) << made.body;
}

TEST(Deadlines, TheConnectionServesTheNextRequest) {
  TestServer server(hurry);
  const auto owner = owner_by_row(server);
  Wire wire(server);
  const Lock lock(server, "groups");
  ASSERT_EQ(wire.say("GET /api/v2/organizations/default/groups HTTP/1.1\r\nHost: 127.0.0.1\r\nCoder-Session-Token: " + owner.token + "\r\n\r\n"), 0);
  const auto late = wire.hear("took too long to answer.");
  ASSERT_EQ(wire.say("GET /api/v2/buildinfo HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"), 0);

  const auto next = wire.hear();

  EXPECT_TRUE(late.starts_with("HTTP/1.1 503 ")) << late;
  EXPECT_NE(next.find("HTTP/1.1 200 "), std::string::npos) << next;
}

TEST(FullDatabase, EndsARequestInASentence) {
  TestServer server;
  const auto owner = server.owner();
  const auto make = [&] { return server.post("/api/v2/organizations/default/groups", R"({"name":"them"})", owner); };
  {
    const test::FullDisk full(server, "groups");

    const auto refused = make();

    EXPECT_EQ(refused.status, 503) << refused.body;
    EXPECT_NE(refused.body.find("The disk of the server's database is full."), std::string::npos) << refused.body;
    EXPECT_EQ(server.get("/api/v2/organizations/default/groups", owner).status, 200);
  }
  EXPECT_EQ(make().status, 201);
}

// Agents whose machines have gone: their sockets take nothing and say nothing.
class LostAgents {
 public:
  LostAgents(TestServer& server, std::size_t count) : server_(server) {
    for (std::size_t i = 0; i < count; ++i) rows_.push_back(test::add_agent(server, server.owner(), fmt::format("ws{}", i)));
    loops_.run(open(this));
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (held() != std::to_string(count) && std::chrono::steady_clock::now() < until) test::breathe();
    EXPECT_EQ(held(), std::to_string(count));
  }
  ~LostAgents() { loops_.run(close(this)); }
  LostAgents(const LostAgents&) = delete;
  LostAgents& operator=(const LostAgents&) = delete;

 private:
  std::string held() const { return server_.database().sql("select count(*) from agent_tunnels"); }
  static Task<int> open(LostAgents* self) {
    for (const auto& row : self->rows_) {
      net::Headers headers;
      headers.set("Coder-Session-Token", row.token);
      auto socket = co_await self->client_.connect_websocket(self->server_.url() + "/api/v2/workspaceagents/me/tunnel", std::move(headers));
      if (!socket) co_return 1;
      self->sockets_.push_back(std::move(*socket));
    }
    co_return 0;
  }
  static Task<int> close(LostAgents* self) {
    self->sockets_.clear();
    co_await self->client_.stop();
    co_return 0;
  }

  TestServer& server_;
  std::vector<test::AgentRow> rows_;
  aio::Loops loops_{1};
  net::Client client_{loops_.at(0)};
  std::vector<std::unique_ptr<net::WebSocket>> sockets_;
};

TEST(ServerStop, AServerThatDrainsIsAliveAndNotReady) {
  auto server = std::make_unique<TestServer>([](Config& config) { config.shutdown_grace = Seconds(8); });
  Wire ready(*server), alive(*server);
  ASSERT_EQ(ready.say("GET /readyz HTTP/1.1\r\n"), 0);
  ASSERT_EQ(alive.say("GET /healthz HTTP/1.1\r\n"), 0);

  auto stopped = std::async(std::launch::async, [&] { return server->stop(); });
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (Wire(ready.url).say("GET / HTTP/1.1\r\n\r\n") == 0 && std::chrono::steady_clock::now() < until) test::breathe();
  ready.say("Host: x\r\n\r\n");
  alive.say("Host: x\r\n\r\n");

  const auto told = ready.hear();
  EXPECT_TRUE(told.starts_with("HTTP/1.1 503 ")) << told;
  EXPECT_NE(told.find(R"("name":"serving","ok":false)"), std::string::npos) << told;
  EXPECT_TRUE(alive.hear().starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(stopped.get());
}

TEST(ServerStop, TakesNoLongerForManyAgentsThanForOne) {
  auto server = std::make_unique<TestServer>([](Config& config) { config.shutdown_grace = Seconds(10); });
  const LostAgents agents(*server, 40);

  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(server->stop());

  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
  EXPECT_EQ(server->database().sql("select count(*) from workspace_agents where disconnected_at is null"), "0");
}

}  // namespace
}  // namespace slipway::server
