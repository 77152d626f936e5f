// What the tests of this feature share. Only *_test.cpp include it.
#pragma once

#include "features/prebuilds/prebuilds.hpp"
#include "pg/pool.hpp"
#include "store/db.hpp"
#include "support/fake_clock.hpp"
#include "support/replay.hpp"

#include <gtest/gtest.h>

namespace slipway::test {

inline const std::string kPoolsOwner = "'c42fdf75-3097-471c-8c33-fb52454d81c0'";

// A preset as the tool reports it; `prebuilds` is the inside of its block, such as "instances":3.
inline std::string preset_data(const std::string& name, const std::string& prebuilds, const std::string& parameters = "{}") {
  return fmt::format(R"({{"address":"data.coder_workspace_preset.{0}","mode":"data","type":"coder_workspace_preset","name":"{0}",
    "values":{{"name":"{0}","parameters":{2},"prebuilds":[{{{1}}}]}}}})",
                     name, prebuilds, parameters);
}
// What an import reads: the data, besides one resource with an agent.
inline std::string plan_with(const std::string& data) {
  return R"({"format_version":"1.2","prior_state":{"values":{"root_module":{"resources":[)" + data + "]}}}," +
         std::string(kSmallPlan).substr(std::string(R"({"format_version":"1.2",)").size());
}

// Does passes by itself, on a loop of its own, beside the server's.
class Stepper {
 public:
  Stepper(TestServer& server, const Clock& clock, Uuid id)
      : replica_{id},
        pool_(loops_.at(0), {.connect = server.database().options()}),
        listener_(loops_.at(0), server.database().options()),
        db_(pool_, listener_, clock) {}
  ~Stepper() { loops_.run(stop(pool_, listener_)); }
  Stepper(const Stepper&) = delete;
  Stepper& operator=(const Stepper&) = delete;

  Result<prebuilds::Pass> attempt(store::Cost* spent = nullptr, std::vector<TemplateId> templates = {}) {
    auto cost = std::make_shared<store::Cost>();
    Result<prebuilds::Pass> out;
    loops_.run(take(db_, options, replica_, std::move(templates), cost, out));
    if (spent) *spent = *cost;
    return out;
  }
  prebuilds::Pass pass(store::Cost* spent = nullptr) {
    const auto done = attempt(spent);
    EXPECT_TRUE(done) << done.error().say << done.error().why;
    return done ? *done : prebuilds::Pass();
  }

  prebuilds::Options options;

 private:
  static Task<int> take(store::Db& db, const prebuilds::Options& options, const prebuilds::Replica& replica, std::vector<TemplateId> templates,
                        std::shared_ptr<store::Cost> cost, Result<prebuilds::Pass>& out) {
    out = co_await prebuilds::reconcile(db, options, replica, std::move(templates), std::move(cost));
    co_return 0;
  }
  static Task<int> stop(pg::Pool& pool, pg::Listener& listener) {
    co_await listener.stop();
    co_await pool.stop();
    co_return 0;
  }

  prebuilds::Replica replica_;
  aio::Loops loops_{1};
  pg::Pool pool_;
  pg::Listener listener_;
  store::Db db_;
};

// A server whose clock the test moves and whose pools only the test's own steppers see to, for they alone get leases; all of them share one
// id, so that a lease keeps none of them from another. Builds of pools wait until the test ends them.
struct Pools : ::testing::Test {
  Pools() {
    srv.owner();
    sql("create function nothing() returns trigger language plpgsql as $$ begin return null; end $$; "
        "create trigger only_the_test before insert on prebuild_pools for each row when (new.holder_id is distinct from '" +
        id.str() +
        "'::uuid) execute function nothing(); "
        "create function parked() returns trigger language plpgsql as $$ begin new.provisioner := 'nobody'; return new; end $$; "
        "create trigger parks before insert on provisioner_jobs for each row when (new.initiator_id = " +
        kPoolsOwner + ") execute function parked()");
  }

  std::string sql(const std::string& text) { return srv.database().sql(text); }
  std::string now() { return "'" + to_rfc3339(clock.now()) + "'"; }

  // A version with these presets, imported.
  std::string version(const std::string& data, const std::string& more = {}) {
    return import_version(srv, {{"replay/import.json", plan_with(data)}}, more);
  }
  std::string pool(const std::string& prebuilds) { return make_template(srv, "t", version(preset_data("p", prebuilds))); }
  std::string another_version(const std::string& template_id, const std::string& data) {
    return version(data, fmt::format(R"(,"template_id":"{}")", template_id));
  }
  void promote(const std::string& template_id, const std::string& version_id) {
    ASSERT_EQ(srv.patch("/api/v2/templates/" + template_id + "/versions", R"({"id":")" + version_id + "\"}", srv.owner()).status, 200);
  }

  // Ends what waits, as a provisioner would; `which` asks of j (the job), b (the build) and w.
  void end(const std::string& error = "", const std::string& which = "true") {
    sql("update provisioner_jobs x set started_at = " + now() + ", worker_id = gen_random_uuid(), completed_at = " + now() + ", error = '" + error +
        "' from workspace_builds b join workspaces w on w.id = b.workspace_id join provisioner_jobs j on j.id = b.job_id"
        " where j.id = x.id and w.owner_id = " +
        kPoolsOwner + " and j.completed_at is null and (" + which + ")");
    if (error.empty())
      sql("update workspaces w set deleted = true where w.owner_id = " + kPoolsOwner +
          " and (select b.transition || j.job_status from workspace_builds b join provisioner_jobs j on j.id = b.job_id where b.workspace_id = w.id"
          " order by b.build_number desc limit 1) = 'deletesucceeded'");
  }
  // Members by what their latest build is, such as "start pending 2, start succeeded 1"; nothing: "".
  std::string members(const std::string& which = "true") {
    return sql(
        "select string_agg(kind || ' ' || n, ', ' order by kind) from (select b.transition || ' ' || j.job_status as kind, count(*) as n"
        " from workspaces w join lateral (select * from workspace_builds x where x.workspace_id = w.id order by x.build_number desc limit 1) b on "
        "true"
        " join provisioner_jobs j on j.id = b.job_id where w.owner_id = " +
        kPoolsOwner + " and not w.deleted and (" + which + ") group by 1) k");
  }
  std::string decision(const std::string& field) { return sql("select decision ->> '" + field + "' from prebuild_pools limit 1"); }

  const Uuid id = Uuid::random();
  FakeClock clock;
  TestServer srv{{}, clock};
  Stepper stepper{srv, clock, id};
};

}  // namespace slipway::test
