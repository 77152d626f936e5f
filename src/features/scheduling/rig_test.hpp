// What the tests of this feature share: a replica that only schedules, and a server whose clock they move. Only *_test.cpp include it.
#pragma once

#include "features/scheduling/scheduling.hpp"
#include "pg/pool.hpp"
#include "store/db.hpp"
#include "support/fake_clock.hpp"
#include "support/test_server.hpp"

#include <gtest/gtest.h>

namespace slipway::test {

inline std::string text(const boost::json::value& value, std::string_view pointer) {
  boost::system::error_code ec;
  const auto* found = value.find_pointer(pointer, ec);
  return !found ? "(absent)" : found->is_string() ? std::string(found->as_string()) : boost::json::serialize(*found);
}

inline Task<int> take_turn(store::Db& db, std::shared_ptr<store::Cost> cost, Result<scheduling::Turn>& out) {
  out = co_await scheduling::turn(db, std::move(cost));
  co_return 0;
}
// As if the leader's lock had been lost while it was at work on a workspace.
inline Task<int> take_turn_while_locked(pg::Pool& pool, store::Db& db, std::string id, Result<scheduling::Turn>& out) {
  auto other = co_await pool.begin();
  const pg::Statement lock{"", "select id from workspaces where id = $1::uuid for update", {}};
  pg::Params params;
  params.add(*Uuid::parse(id));
  if (!other || !co_await other->execute(lock, std::move(params))) co_return 1;
  do out = co_await scheduling::turn(db);
  while (out && !out->led);
  co_await other->rollback();
  co_return 0;
}
inline Task<int> stop_pool(pg::Pool& pool, pg::Listener& listener) {
  co_await listener.stop();
  co_await pool.stop();
  co_return 0;
}

// A replica that only schedules, turn by turn.
class Scheduler {
 public:
  Scheduler(TestServer& server, const Clock& clock)
      : pool_(loops_.at(0), {.connect = server.database().options()}),
        listener_(loops_.at(0), server.database().options()),
        db_(pool_, listener_, clock) {}
  ~Scheduler() { loops_.run(stop_pool(pool_, listener_)); }

  scheduling::Turn turn(std::shared_ptr<store::Cost> cost = std::make_shared<store::Cost>()) {
    Result<scheduling::Turn> out;
    loops_.run(take_turn(db_, std::move(cost), out));
    EXPECT_TRUE(out) << out.error().say << out.error().why;
    return out ? *out : scheduling::Turn();
  }
  // The server's own scheduler may be at it just now.
  scheduling::Turn lead(store::Cost* cost = nullptr) {
    for (;;) {
      auto spent = std::make_shared<store::Cost>();
      const auto done = turn(spent);
      if (!done.led) continue;
      if (cost) *cost = *spent;
      return done;
    }
  }
  scheduling::Turn lead_while_locked(const std::string& id) {
    Result<scheduling::Turn> out;
    EXPECT_EQ(loops_.run(take_turn_while_locked(pool_, db_, id, out)), 0);
    return out ? *out : scheduling::Turn();
  }

 private:
  aio::Loops loops_{1};
  pg::Pool pool_;
  pg::Listener listener_;
  store::Db db_;
};

// A server whose clock the test moves, with a recorded template "t".
struct Scheduled {
  explicit Scheduled(const std::map<std::string, std::string>& files = {}) { template_id = srv.replay_template("t", files); }

  FakeClock clock;
  TestServer srv{{}, clock};
  std::string template_id;
  Scheduler replica{srv, clock};

  void set(const std::string& settings) {
    const auto done = srv.patch("/api/v2/templates/" + template_id, settings, srv.owner());
    ASSERT_EQ(done.status, 200) << done.body;
  }
  void advance(Microseconds by) {
    clock.advance(by);
    wake();
  }
  void wake() { srv.database().sql("select pg_notify('schedules', '')"); }
  boost::json::value wait(const std::string& workspace, const std::string& status, const std::string& pointer = "/latest_build/status") {
    return srv.wait_for("/api/v2/workspaces/" + workspace + "?include_deleted=true", pointer, status, srv.owner());
  }
  boost::json::value now(const std::string& workspace) { return srv.get("/api/v2/workspaces/" + workspace, srv.owner()).json(); }
  void build(const std::string& workspace, const std::string& transition) {
    const auto made = srv.post("/api/v2/workspaces/" + workspace + "/builds", R"({"transition":")" + transition + "\"}", srv.owner());
    ASSERT_EQ(made.status, 201) << made.body;
  }
  std::string builds(const std::string& workspace) {
    return srv.database().sql(
        "select string_agg(transition || ' ' || reason, ', ' order by build_number) from workspace_builds where workspace_id = '" + workspace + "'");
  }
};

}  // namespace slipway::test
