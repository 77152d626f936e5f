// How lines reach the database, on whatever day: with their change, from the journal, and out again.
#include "features/audit/audit.hpp"
#include "features/audit/lines_test.hpp"
#include "features/audit/recorder.hpp"
#include "pg/session.hpp"
#include "pg/statement.hpp"
#include "store/db.hpp"

#include <map>
#include <mutex>

namespace slipway::test {
namespace {

// A store of the test's own.
template <class F>
void with_db(TestServer& server, F work) {
  const auto run_it = [&]() -> Task<int> {
    pg::Pool pool(co_await aio::executor(), pg::PoolOptions{.connect = server.database().options()});
    pg::Listener listener(co_await aio::executor(), server.database().options());
    store::Db db(pool, listener, system_clock());
    co_await work(db);
    co_await listener.stop();
    co_await pool.stop();
    co_return 0;
  };
  run(run_it);
}

TEST(TrailDb, ALineCostsNoRoundTripAndCannotPartFromItsChange) {
  TestServer server;
  server.owner();
  const auto insert_old = [&] {
    server.database().sql(
        "insert into audit_logs (id, time, resource_type, resource_id, action, status_code, request_id)"
        " values (gen_random_uuid(), '2001-01-01', 'old', gen_random_uuid(), 'write', 200, gen_random_uuid())");
  };
  const auto count = [&](const std::string& type) {
    return server.database().sql("select count(*) from audit_logs where resource_type = '" + type + "'");
  };
  const auto before = *parse_rfc3339("2002-01-01T00:00:00Z");
  store::Cost silent, traced, ignored;
  const auto change = [&](bool trace, bool fails, store::Cost& out) {
    bool well = false;
    const auto work = [&](store::Db& db) -> Task<void> {
      auto cost = std::make_shared<store::Cost>();
      auto duty = db.duty<rbac::Duty::db_purge>(cost);
      auto body = [&](store::DutyTx<rbac::Duty::db_purge>& tx) -> Task<Result<void>> {
        CO_CHECK(co_await audit::sql::purge(tx, before, 10));
        if (trace) tx.tx().trace({.resource_type = "purged", .action = "delete"});
        if (fails) co_return fail(Code::conflict, "No.");
        co_return Result<void>();
      };
      well = (co_await duty.tx(body)).has_value();
      out = *cost;
    };
    with_db(server, work);
    return well;
  };

  EXPECT_TRUE(change(false, false, silent));
  EXPECT_TRUE(change(true, false, traced));
  insert_old();
  EXPECT_FALSE(change(true, true, ignored));
  EXPECT_EQ(count("old"), "1");
  EXPECT_EQ(count("purged"), "1");
  server.database().sql("alter table audit_logs add constraint no_more check (resource_type <> 'purged') not valid");
  EXPECT_FALSE(change(true, false, ignored));

  EXPECT_EQ(silent.trips, 2);  // the change, the commit
  EXPECT_EQ(traced.trips, 2);
  EXPECT_EQ(traced.sql, silent.sql + 1);
  EXPECT_EQ(count("old"), "1");  // the change went with its line
  EXPECT_EQ(count("purged"), "1");
}

TEST(TrailDb, StoresALineOnceHoweverOftenItIsReplayed) {
  TestServer server;
  server.owner();
  const store::TrailLine line{.id = AuditId::random(),
                              .time = system_clock().now(),
                              .trace = {.resource_type = "replayed", .action = "write"},
                              .request = RequestId::random(),
                              .status = 403};
  const auto work = [&](store::Db& db) -> Task<void> {
    auto duty = db.duty<rbac::Duty::audit_recorder>();
    const std::vector<store::TrailLine> batch{
        line, {.id = AuditId::random(), .time = line.time, .trace = {.resource_type = "replayed", .action = "stop"}, .status = 409}};
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(co_await store::keep(duty, batch));
  };

  with_db(server, work);

  EXPECT_EQ(server.database().sql("select count(*) from audit_logs where resource_type = 'replayed'"), "2");
}

// What a killed server left in the folder that this one starts with.
TEST(TrailDb, StoresWhatAKilledServerLeft) {
  const auto target = "left-" + Uuid::random().str();
  TestServer server([&](server::Config& config) {
    audit::Journal journal(config.data_dir + "/audit");
    const store::TrailLine line{.id = AuditId::random(),
                                .time = system_clock().now(),
                                .trace = {.resource_type = "user", .target = target, .action = "write"},
                                .request = RequestId::random(),
                                .status = 403};
    ASSERT_TRUE(journal.append(line));
  });

  EXPECT_EQ(line(server, "resource_target:" + target).at("status_code").as_int64(), 403);
}

// A line at which the database breaks holds up none of the others, and waits while there are none.
TEST(TrailDb, StoresWhatComesWithALineThatIsNeverTaken) {
  TestServer server;
  server.owner();
  const auto bob = server.member("bob");
  server.database().sql("create function refuse() returns trigger language plpgsql as $$ begin raise 'bad page' using errcode = 'XX001'; end $$");
  server.database().sql("create trigger refuse before insert on audit_logs for each row when (new.user_agent = 'poison') execute function refuse()");
  const auto try_as = [&](const char* agent) {
    return server.call("DELETE", "/api/v2/organizations/default/members/owner", {}, bob.token, {{"User-Agent", agent}}).status;
  };

  EXPECT_EQ(try_as("poison"), 403);
  EXPECT_EQ(try_as("curl"), 403);

  EXPECT_EQ(line(server, "username:bob").at("user_agent").as_string(), "curl");
}

TEST(TrailDb, KeepsFailuresWhereTheDiskTakesNothing) {
  std::string folder;
  TestServer server([&](server::Config& config) {
    folder = config.data_dir;
    std::FILE* in_the_way = std::fopen((config.data_dir + "/audit").c_str(), "w");
    ASSERT_TRUE(in_the_way);
    std::fclose(in_the_way);
  });
  server.owner();
  const auto bob = server.member("bob");

  EXPECT_EQ(server.del("/api/v2/organizations/default/members/owner", bob).status, 403);

  EXPECT_EQ(lines(server, "username:bob").size(), 1u);  // at once: the database had it before the answer
}

TEST(TrailDb, DeletesWhatIsOlderThanItsRetention) {
  TestServer server([](server::Config& config) {
    config.audit_logs_retention = std::chrono::days(30);
    config.connection_logs_retention = std::chrono::days(30);
    const auto url = config.postgres_url.reveal();
    const auto fill = [&]() -> Task<int> {
      auto session = co_await pg::Session::open({.url = url});
      EXPECT_TRUE(session);
      auto done = co_await session->run(
          "insert into audit_logs (id, time, resource_type, resource_id, action, status_code, request_id)"
          " select gen_random_uuid(), now() - n * interval '1 minute' - interval '20 days', 'user', gen_random_uuid(), 'write', 200, "
          "gen_random_uuid()"
          " from generate_series(1, 20000) n;"
          " insert into connection_logs (id, connect_time, organization_id, workspace_owner_id, workspace_id, workspace_name, agent_name, type)"
          " select gen_random_uuid(), now() - n * interval '10 days', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'w', 'a', 'ssh' from "
          "generate_series(1, 9) n");
      EXPECT_TRUE(done);
      co_return 0;
    };
    run(fill);
  });
  const auto left = [&] {
    return server.database().sql("select count(*) filter (where time < now() - interval '30 days') || ' ' || count(*) from audit_logs") + " " +
           server.database().sql("select count(*) from connection_logs");
  };
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (left() != "0 14399 2" && left() != "0 14400 2" && std::chrono::steady_clock::now() < until) breathe();

  EXPECT_TRUE(left().starts_with("0 14")) << left();
}

std::mutex executed_lock;
std::map<std::string_view, const pg::Statement*> executed;

// Each statement's own plan, made for no values in particular, as a server that runs for long uses it.
TEST(TrailDb, ReadsByItsIndexes) {
  TestServer server;
  server.database().sql(
      "insert into audit_logs (id, time, user_id, organization_id, resource_type, resource_id, action, status_code, request_id)"
      " select gen_random_uuid(), now() - n * interval '1 second', gen_random_uuid(), gen_random_uuid(), 'kind' || n % 30, gen_random_uuid(), "
      "'write', 200,"
      " gen_random_uuid() from generate_series(1, 20000) n;"
      "insert into connection_logs (id, connect_time, organization_id, workspace_owner_id, workspace_id, workspace_name, agent_name, type)"
      " select gen_random_uuid(), now() - n * interval '1 second', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'w', 'a', 'ssh' from "
      "generate_series(1, 20000) n;"
      "analyze audit_logs; analyze connection_logs;"
      "create function plan_of(q text) returns text language plpgsql as $f$ declare r text; out text := ''; begin"
      " for r in execute 'explain ' || q loop out := out || r || chr(10); end loop; return out; end $f$");
  const std::map<std::string_view, std::string> ways{{"audit.list", "audit_logs_time"},
                                                     {"audit.list_of_kind", "audit_logs_kind"},
                                                     {"audit.list_of_object", "audit_logs_re"},
                                                     {"audit.list_of_person", "audit_logs_user"},
                                                     {"audit.list_of_organization", "audit_logs_organization"},
                                                     {"audit.count_of_kind", "audit_logs_kind"},
                                                     {"audit.count_of_object", "audit_logs_re"},
                                                     {"audit.count_of_person", "audit_logs_user"},
                                                     {"audit.count_of_organization", "audit_logs_organization"},
                                                     {"audit.purge", "audit_logs_time"},
                                                     {"audit.connections", "connection_logs_time"},
                                                     {"audit.connections_of_workspace", "connection_logs_workspace"},
                                                     {"audit.purge_connections", "connection_logs_time"}};
  executed.clear();
  pg::observe_statements([](const pg::Statement& statement) {
    const std::lock_guard hold(executed_lock);
    executed[statement.name] = &statement;
  });
  for (const std::string q : {"", "resource_type:user", "resource_id:0e8400e2-9b41-4d16-a7c4-46655440000f", "username:ana", "organization:default"})
    EXPECT_EQ(server.get("/api/v2/audit?q=" + q, server.owner()).status, 200);
  for (const std::string q : {"", "workspace_id:0e8400e2-9b41-4d16-a7c4-46655440000f"})
    EXPECT_EQ(server.get("/api/v2/connectionlog?q=" + q, server.owner()).status, 200);
  const auto purge_once = [](store::Db& db) -> Task<void> {
    auto duty = db.duty<rbac::Duty::db_purge>();
    EXPECT_TRUE(co_await audit::sql::purge(duty, Time(), 1));
    EXPECT_TRUE(co_await audit::sql::purge_connections(duty, Time(), 1));
  };
  with_db(server, purge_once);
  pg::observe_statements(nullptr);

  for (const auto& [name, index] : ways) {
    ASSERT_TRUE(executed.contains(name)) << name << " was not asked";
    const auto* statement = executed.at(name);
    std::string nulls;
    for (std::size_t i = 0; i < statement->parameter_types.size(); ++i) nulls += i == 0 ? "null" : ",null";
    const auto plan = server.database().sql(
        fmt::format("prepare p as {}; set plan_cache_mode = force_generic_plan; select plan_of('execute p({})')", statement->text, nulls));
    EXPECT_NE(plan.find(index), std::string::npos) << name << "\n" << plan;
  }
}

}  // namespace
}  // namespace slipway::test
