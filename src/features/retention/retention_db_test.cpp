#include "features/retention/retention.hpp"

#include "pg/listener.hpp"
#include "store/db.hpp"
#include "support/test_agent.hpp"

namespace slipway::test {
namespace {

// Each table's rows that went, by what they are called.
std::map<std::string, std::int64_t> purge(TestServer& server, const retention::Kept& kept) {
  std::map<std::string, std::int64_t> gone;
  const auto run_it = [&]() -> Task<int> {
    pg::PoolOptions options;
    options.connect = server.database().options();
    pg::Pool pool(co_await aio::executor(), options);
    pg::Listener listener(co_await aio::executor(), server.database().options());
    store::Db db(pool, listener, system_clock());
    for (const auto& one : retention::purges(kept)) {
      auto rows = co_await retention::purge_one(db, one, 3);
      EXPECT_TRUE(rows) << one.what << ": " << rows.error().why;
      gone[std::string(one.what)] = rows.value_or(-1);
    }
    co_await listener.stop();
    co_await pool.stop();
    co_return 0;
  };
  run(run_it);
  return gone;
}

const retention::Kept kKept{.audit_logs = std::chrono::days(30),
                            .connection_logs = std::chrono::days(30),
                            .api_keys = std::chrono::days(7),
                            .agent_logs = std::chrono::days(7)};

TEST(Retention, ExpiredKeysGoAndOthersStay) {
  TestServer server;
  const auto owner = server.owner();
  const auto add = [&](const std::string& id, const std::string& ended) {
    server.database().sql(
        "insert into api_keys (id, hashed_secret, user_id, login_type, lifetime_seconds, last_used, expires_at, created_at, updated_at) "
        "select substr(md5('" +
        id + "' || n), 1, 10), '\\x00', '" + owner.id + "', 'password', 1, now(), now() - interval '" + ended +
        "', now(), now() from generate_series(1, 10) n");
  };
  add("old", "8 days");
  add("late", "6 days");

  const auto gone = purge(server, kKept);

  EXPECT_EQ(gone.at("expired keys"), 10);
  EXPECT_EQ(server.database().sql("select count(*) from api_keys where expires_at < now()"), "10");
  EXPECT_EQ(server.get("/api/v2/users/me", owner).status, 200);
}

TEST(Retention, NothingGoesThatIsKeptForEver) {
  TestServer server;
  server.owner();
  server.database().sql(
      "insert into audit_logs (id, time, resource_type, resource_id, action, status_code, request_id)"
      " values (gen_random_uuid(), '2001-01-01', 'old', gen_random_uuid(), 'write', 200, gen_random_uuid())");

  EXPECT_EQ(purge(server, {}).at("audit trail"), 0);
  EXPECT_EQ(purge(server, kKept).at("audit trail"), 1);
}

TEST(Retention, WhatAgentsLeftGoesByItsAge) {
  TestServer server;
  const auto row = add_agent(server, server.owner(), "ws");
  server.database().sql("update workspace_agents set last_connected_at = now() - interval '8 days'");
  server.database().sql("insert into workspace_agent_logs (agent_id, created_at, output, log_source_id) select '" + row.id + "', now(), 'x', '" +
                        row.source + "' from generate_series(1, 20)");
  server.database().sql(
      "insert into workspace_app_statuses (id, agent_id, app_id, workspace_id, state, message, created_at) select gen_random_uuid(), '" + row.id +
      "', '" + row.app + "', '" + row.workspace + "', 'working', 'm', now() - n * interval '10 days' from generate_series(1, 5) n");
  server.database().sql("insert into workspace_agent_stats (agent_id, workspace_id, user_id, template_id, created_at) select '" + row.id + "', '" +
                        row.workspace + "', '" + server.owner().id + "', '" + row.template_id +
                        "', now() - n * interval '50 days' from generate_series(1, 5) n");
  server.database().sql(
      "insert into workspace_app_stats (user_id, workspace_id, agent_id, access_method, slug_or_port, session_id, session_started_at, "
      "session_ended_at, requests) select '" +
      server.owner().id + "', '" + row.workspace + "', '" + row.id +
      "', 'path', 'code', gen_random_uuid(), t, t + interval '1 minute', 1 from generate_series(1, 5) n, "
      "lateral (select now() - n * interval '50 days' as t) d");

  const auto gone = purge(server, kKept);

  EXPECT_EQ(gone.at("agents' logs"), 20);
  EXPECT_EQ(gone.at("app statuses"), 3);
  EXPECT_EQ(gone.at("agents' statistics"), 2);
  EXPECT_EQ(gone.at("apps' statistics"), 2);
}

}  // namespace
}  // namespace slipway::test
