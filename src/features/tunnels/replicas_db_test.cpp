// Two servers on one database, and tunnels that outlive their build.
#include "features/tunnels/gen/tunnels_sql.hpp"
#include "store/db.hpp"
#include "support/replica.hpp"
#include "support/test_agent.hpp"

namespace slipway::test {
namespace {

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
  Replica second(srv);
  aio::Loops mine(1);

  net::Client client(mine.at(0));
  std::string heard;
  EXPECT_EQ(mine.run(hear(&client, second.url() + row.path() + "/ssh", srv.owner().token, &heard)), 0);
  const auto ports = second.get(row.path() + "/listening-ports", srv.owner());

  EXPECT_EQ(heard, "SSH-2.0-test\n");
  EXPECT_NE(ports.body.find("3000"), std::string::npos) << ports.body;
}

TEST(Replicas, ReachEachOtherWhileTheirKeyIsReplaced) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  FakeAgent agent(srv, row);
  srv.wait_for(row.path(), "/status", "connected", srv.owner());
  Replica before(srv);
  ASSERT_EQ(before.get(row.path() + "/listening-ports", srv.owner()).status, 200) << "both know the first key";

  srv.database().sql(
      "insert into crypto_keys (feature, sequence, secret, starts_at) values ('replica_relay', 2, decode(repeat('5a', 32), 'hex'), now())");
  Replica after(srv);
  const auto with_the_new = after.get(row.path() + "/listening-ports", srv.owner());
  const auto with_the_old = before.get(row.path() + "/listening-ports", srv.owner());

  EXPECT_EQ(with_the_new.status, 200) << "the holder looks for a newer key: " << with_the_new.body;
  EXPECT_EQ(with_the_old.status, 200) << "the key before is good: " << with_the_old.body;
}

TEST(Tunnel, EndsWithinAHeartbeatWhenItsBuildIsReplaced) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  FakeAgent agent(srv, row);
  srv.wait_for(row.path(), "/status", "connected", srv.owner());

  add_build(srv, row, "stop");
  const auto until = std::chrono::steady_clock::now() + Seconds(40);
  while (agent.is_open() && std::chrono::steady_clock::now() < until) breathe();

  EXPECT_FALSE(agent.is_open());
  while (agent.farewell().empty() && std::chrono::steady_clock::now() < until) breathe();
  EXPECT_EQ(agent.farewell(), "build is outdated");
  EXPECT_EQ(srv.get("/api/v2/workspaceagents/me/tunnel", row.agent()).status, 401);
}

TEST(Servers, LongGoneAreForgottenAndOthersAreNot) {
  TestServer srv;
  srv.database().sql(
      "insert into replicas (id, hostname, relay_address, version, started_at, updated_at) values "
      "(gen_random_uuid(), 'gone', '', '', now() - interval '2 days', now() - interval '2 days')");
  const auto work = [&]() -> Task<int> {
    pg::Pool pool(co_await aio::executor(), pg::PoolOptions{.connect = srv.database().options()});
    pg::Listener listener(co_await aio::executor(), srv.database().options());
    store::Db db(pool, listener, system_clock());
    auto duty = db.duty<rbac::Duty::tunnel_keeper>();
    const auto forgotten = co_await tunnels::sql::forget_replicas(duty, duty.now() - std::chrono::hours(24));
    EXPECT_EQ(forgotten.value_or(-1), 1);
    co_await listener.stop();
    co_await pool.stop();
    co_return 0;
  };

  run(work);

  EXPECT_EQ(srv.database().sql("select count(*) from replicas where hostname = 'gone'"), "0");
  EXPECT_EQ(srv.database().sql("select count(*) from replicas"), "1");
}

}  // namespace
}  // namespace slipway::test
