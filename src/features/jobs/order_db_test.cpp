// Whose job is next.
#include "features/jobs/jobs.hpp"
#include "pg/pool.hpp"
#include "store/db.hpp"
#include "support/test_server.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

const std::string kPoolsOwner = "'c42fdf75-3097-471c-8c33-fb52454d81c0'";

using Took = Result<std::optional<jobs::sql::Acquired>>;

Task<int> acquire(store::Db& db, DaemonId worker, Took& out) {
  auto duty = db.duty<rbac::Duty::provisioner_daemon>();
  out = co_await jobs::sql::acquire(duty, duty.now(), worker, std::nullopt, std::nullopt);
  co_return 0;
}
Task<int> stop_pool(pg::Pool& pool, pg::Listener& listener) {
  co_await listener.stop();
  co_await pool.stop();
  co_return 0;
}

// A server that runs nothing itself; daemons and jobs are rows.
struct Queue : ::testing::Test {
  Queue() {
    server.owner();
    sql("insert into files (id, hash, created_by, mimetype, data, created_at) values ('00000000-0000-0000-0000-000000000002', 'h', '" +
        server.owner().id + "', 'application/x-tar', '', now())");
  }
  ~Queue() override { loops.run(stop_pool(pool, listener)); }

  std::string sql(const std::string& text) { return server.database().sql(text); }
  DaemonId daemon() {
    const auto id = DaemonId::random();
    sql("insert into provisioner_daemons (id, organization_id, key_id, name, provisioners, tags, created_at, last_seen_at) values ('" + id.str() +
        "', '" + server.organization() + "', gen_random_uuid(), '" + id.str() +
        R"(', '{replay}', '{"scope":"organization","owner":""}', now(), now()))");
    return id;
  }
  void jobs_of(const std::string& initiator, int count, const std::string& age) {
    sql("insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, tags, created_at, updated_at) "
        "select gen_random_uuid(), '" +
        server.organization() + "', " + initiator +
        ", 'workspace_build', 'replay', '00000000-0000-0000-0000-000000000002', "
        R"('{}', '{"scope":"organization","owner":""}', now() - interval ')" +
        age + "' , now() from generate_series(1, " + std::to_string(count) + ")");
  }
  // Who posted the job that the daemon gets: "pool", "person" or "nobody".
  std::string next(DaemonId worker) {
    Took out;
    loops.run(acquire(db, worker, out));
    EXPECT_TRUE(out) << out.error().why;
    if (!out || !*out) return "nobody";
    return (*out)->initiator_id == kPrebuildsUser ? "pool" : "person";
  }

  TestServer server{[](server::Config& config) { config.provisioner_daemons = 0; }};
  aio::Loops loops{1};
  pg::Pool pool{loops.at(0), {.connect = server.database().options()}};
  pg::Listener listener{loops.at(0), server.database().options()};
  store::Db db{pool, listener, system_clock()};
};

TEST_F(Queue, APersonsJobGoesBeforeABacklogOfThePools) {
  const auto only = daemon();
  jobs_of(kPoolsOwner, 20, "1 hour");
  jobs_of("'" + server.owner().id + "'", 1, "1 second");

  EXPECT_EQ(next(only), "person");
  EXPECT_EQ(next(only), "pool");
}

TEST_F(Queue, PlacesAreToldInTheOrderOfTaking) {
  jobs_of(kPoolsOwner, 20, "1 hour");
  jobs_of("'" + server.owner().id + "'", 1, "1 second");
  const auto id = sql("select id from provisioner_jobs where initiator_id = '" + server.owner().id + "'");

  const auto shown = server.get("/api/v2/organizations/default/provisionerjobs?ids=" + id, server.owner()).json().at(0);

  EXPECT_EQ(shown.at("queue_position").as_int64(), 1);
  EXPECT_EQ(shown.at("queue_size").as_int64(), 21);
}

TEST_F(Queue, PoolsLeaveAQuarterOfTheDaemonsFree) {
  const std::vector<DaemonId> four = {daemon(), daemon(), daemon(), daemon()};
  jobs_of(kPoolsOwner, 20, "1 hour");

  EXPECT_EQ(next(four[0]), "pool");
  EXPECT_EQ(next(four[1]), "pool");
  EXPECT_EQ(next(four[2]), "pool");
  EXPECT_EQ(next(four[3]), "nobody");
  jobs_of("'" + server.owner().id + "'", 1, "1 second");
  EXPECT_EQ(next(four[3]), "person");
}

TEST_F(Queue, ALonelyDaemonServesThePoolsToo) {
  const auto only = daemon();
  jobs_of(kPoolsOwner, 2, "1 hour");

  EXPECT_EQ(next(only), "pool");
}

TEST_F(Queue, OfOnesOwnKindTheOldestIsFirst) {
  const auto only = daemon();
  jobs_of("'" + server.owner().id + "'", 1, "1 second");
  jobs_of("'" + server.owner().id + "'", 1, "1 hour");

  EXPECT_EQ(next(only), "person");
  EXPECT_EQ(sql("select count(*) from provisioner_jobs where started_at is not null and created_at < now() - interval '30 minutes'"), "1");
}

}  // namespace
}  // namespace slipway::test
