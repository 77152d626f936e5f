// The sessions of servers that are gone.
#include "features/connections/objects.hpp"
#include "store/db.hpp"
#include "support/test_agent.hpp"

namespace slipway::test {
namespace {

using Keeper = store::DutyStore<rbac::Duty::connection_keeper>;

// Runs `body` as the server would.
template <class Body>
void as_server(TestServer& server, Body& body) {
  const auto work = [&]() -> Task<int> {
    pg::PoolOptions options;
    options.connect = server.database().options();
    pg::Pool pool(co_await aio::executor(), options);
    pg::Listener listener(co_await aio::executor(), server.database().options());
    store::Db db(pool, listener, system_clock());
    auto duty = db.duty<rbac::Duty::connection_keeper>();
    const auto done = co_await body(duty);
    EXPECT_TRUE(done) << done.error().why;
    co_await listener.stop();
    co_await pool.stop();
    co_return 0;
  };
  run(work);
}

void add_session(TestServer& server, const AgentRow& row, const std::string& replica, const std::string& connection) {
  server.database().sql(fmt::format(
      "insert into connection_logs (id, connect_time, organization_id, workspace_owner_id, workspace_id, workspace_name, agent_name, type, "
      "connection_id, replica_id) select gen_random_uuid(), now(), organization_id, owner_id, id, name, 'main', 'ssh', '{}', {} from workspaces "
      "where id = '{}'",
      connection, replica, row.workspace));
}

TEST(LostSessions, EndWithTheServerThatCarriedThemAndOthersGoOn) {
  TestServer server;
  const auto row = add_agent(server, server.owner(), "ws");
  add_session(server, row, "gen_random_uuid()", Uuid::random().str());                  // a server that nobody knows any more
  add_session(server, row, "(select id from replicas limit 1)", Uuid::random().str());  // this one
  add_session(server, row, "null", Uuid::random().str());                               // told by an agent alone
  std::int64_t ended = 0;

  auto end = [&](Keeper& duty) -> Task<Result<void>> {
    CO_TRY(rows, co_await connections::sql::end_lost(duty, duty.now(), "Gone.", duty.now() - Seconds(30)));
    ended = rows;
    co_return Result<void>();
  };
  as_server(server, end);

  EXPECT_EQ(ended, 1);
  EXPECT_EQ(server.database().sql("select count(*) filter (where disconnect_time is null) || ' ' || max(disconnect_reason) from connection_logs"),
            "2 Gone.");
}

TEST(LostSessions, OneThatSomebodyComesBackToWhileItsEndIsWrittenGoesOn) {
  TestServer server;
  const auto row = add_agent(server, server.owner(), "ws");
  const auto connection = Uuid::random();
  add_session(server, row, "(select id from replicas limit 1)", connection.str());
  const auto workspace = *WorkspaceId::parse(row.workspace);
  const auto replica = *ReplicaId::parse(server.database().sql("select id from replicas limit 1"));

  auto body = [&](Keeper& duty) -> Task<Result<void>> {
    const connections::sql::EndSessionArgs end{.replica_id = replica,
                                               .now = duty.now(),
                                               .reason = "Closed.",
                                               .rx_bytes = 3,
                                               .tx_bytes = 4,
                                               .connection_id = connection,
                                               .workspace_id = workspace,
                                               .agent_name = "main"};
    CO_CHECK(co_await connections::sql::end_session(duty, end));
    CO_CHECK(co_await connections::sql::reopen(duty, connection, workspace, "main"));
    co_return co_await connections::sql::end_session(duty, end);
  };
  as_server(server, body);

  EXPECT_EQ(server.database().sql("select disconnect_reason || ' ' || rx_bytes || ' ' || tx_bytes from connection_logs"), "Closed. 6 8");
}

}  // namespace
}  // namespace slipway::test
