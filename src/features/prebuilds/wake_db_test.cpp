// What makes a pool be looked at before its interval is over. The server's own loop does the passes, and only when it is woken.
#include "features/prebuilds/rig_test.hpp"

namespace slipway::test {
namespace {

struct Woken : ::testing::Test {
  Woken() : srv(rarely) {
    srv.owner();
    // Builds of the pool wait for a daemon that only the test is.
    sql("create function parked() returns trigger language plpgsql as $$ begin new.provisioner := 'nobody'; return new; end $$; "
        "create trigger parks before insert on provisioner_jobs for each row when (new.type = 'workspace_build') execute function parked()");
  }
  static void rarely(server::Config& config) {
    config.prebuilds.interval = std::chrono::hours(1);
    config.prebuilds.backoff = Seconds(0);
    config.prebuilds.failure_limit = 0;
  }

  std::string sql(const std::string& text) { return srv.database().sql(text); }

  // A template whose pool has one member, which is being built.
  void fill() {
    make_template(srv, "t", import_version(srv, {{"replay/import.json", plan_with(preset_data("p", R"("instances":1)"))}}));
    made(1);
    member = sql("select id from workspaces");
    build = sql("select id from workspace_builds");
  }
  // Waits until the pool has had so many members.
  void made(int many) {
    const auto until = std::chrono::steady_clock::now() + Seconds(60);
    while (sql("select count(*) from workspaces where owner_id = " + kPoolsOwner) != std::to_string(many)) {
      if (std::chrono::steady_clock::now() > until) FAIL() << "there never were " << many << " members";
      breathe();
    }
  }
  std::string status() {
    return sql("select j.job_status from provisioner_jobs j join workspace_builds b on b.job_id = j.id where b.id = '" + build + "'");
  }
  Answer cancel(const std::string& query = "") { return srv.patch("/api/v2/workspacebuilds/" + build + "/cancel" + query, "", srv.owner()); }

  // The test as a daemon with this key; its folder is `holder`.
  Answer daemon(const std::string& key, const std::string& path, const std::string& body) {
    return srv.call("POST", "/api/v2/provisionerdaemons/me" + path, body, {}, {{"Coder-Provisioner-Daemon-Key", key}});
  }
  std::string new_key() {
    const auto made = srv.post("/api/v2/organizations/default/provisionerkeys", R"({"name":"mine","tags":{}})", srv.owner());
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(made.json().at("key").as_string());
  }
  void take(const std::string& key) {
    const auto taken =
        daemon(key, "/acquire",
               fmt::format(R"({{"name":"one","version":"v","engines":["nobody"],"request":"{}","holder":"{}"}})", Uuid::random().str(), holder));
    ASSERT_EQ(taken.status, 200) << taken.body;
    ASSERT_EQ(status(), "running");
  }

  TestServer srv;
  const std::string holder = Uuid::random().str();
  std::string member, build;
};

TEST_F(Woken, ByAnAdministratorWhoCancelsABuildThatWaits) {
  fill();

  EXPECT_EQ(cancel().status, 200);

  made(2);
  EXPECT_EQ(status(), "canceled");
}

TEST_F(Woken, ByAnAdministratorWhoEndsABuildByForce) {
  fill();
  take(new_key());

  EXPECT_EQ(cancel("?force=true").status, 200);

  made(2);
  EXPECT_EQ(status(), "canceled");
}

TEST_F(Woken, ByWhoeverFailsJobsThatNobodyTakes) {
  fill();

  sql("update provisioner_jobs set created_at = now() - interval '25 hours' where completed_at is null");

  made(2);
  EXPECT_EQ(status(), "failed");
}

TEST_F(Woken, ByTheEndOfTheKeyWhoseDaemonBuilt) {
  fill();
  take(new_key());

  EXPECT_EQ(srv.del("/api/v2/organizations/default/provisionerkeys/mine", srv.owner()).status, 204);

  made(2);
  EXPECT_EQ(status(), "failed");
}

TEST_F(Woken, ByADaemonThatWasRestartedBeforeItBeganWhatWasCanceledMeanwhile) {
  fill();
  const auto key = new_key();
  take(key);
  ASSERT_EQ(cancel().status, 200);
  ASSERT_EQ(status(), "canceling");

  EXPECT_EQ(daemon(key, "/begin", R"({"holder":")" + holder + R"(","held":[]})").status, 204);

  made(2);
  EXPECT_EQ(status(), "canceled");
}

TEST_F(Woken, ByAnAdministratorWhoDeletesAMemberWhileThatIsStillToBeBuilt) {
  fill();
  sql("update provisioner_jobs set started_at = now(), completed_at = now(), worker_id = gen_random_uuid() where completed_at is null");

  const auto ends = srv.post("/api/v2/workspaces/" + member + "/builds", R"({"transition":"delete"})", srv.owner());

  EXPECT_EQ(ends.status, 201) << ends.body;
  made(2);
  EXPECT_EQ(
      sql("select b.transition || ' ' || j.job_status from workspace_builds b join provisioner_jobs j on j.id = b.job_id where b.build_number = 2"),
      "delete pending");
}

}  // namespace
}  // namespace slipway::test
