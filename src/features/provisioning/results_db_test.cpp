// Results that cannot be stored, results that come late, and daemons that come back.
#include "crypto/hash.hpp"
#include "features/provisioning/rig_test.hpp"

namespace slipway::test {
namespace {

std::string state_text(int serial, const std::string& lineage = "one", const std::string& resources = R"([{"type":"box"}])") {
  return fmt::format(R"({{"version":4,"serial":{},"lineage":"{}","resources":{}}})", serial, lineage, resources);
}

// A workspace whose builds the test itself runs, with the key of an organization.
struct OwnDaemonDb : ProvisioningDb {
  OwnDaemonDb() : key(make_key(server, "mine")) {
    version = post_version(server, small_files());
    const auto import = take();
    EXPECT_EQ(end(import, R"({"outcome":{}})").status, 204);
    make_template(server, "small", version);
  }

  std::string take(const std::string& more = {}) {
    const auto taken = acquire(key, "one", Uuid::random().str(), more);
    EXPECT_EQ(taken.status, 200) << taken.body;
    return taken.status == 200 ? std::string(taken.json().at("id").as_string()) : "";
  }
  Answer end(const std::string& job, const std::string& body) { return ask("/jobs/" + job + "/end", body, key); }
  std::string create(const std::string& name) {
    const auto made =
        server.post("/api/v2/users/me/workspaces", R"({"name":")" + name + R"(","template_version_id":")" + version + "\"}", server.owner());
    EXPECT_EQ(made.status, 201) << made.body;
    return "/api/v2/workspaces/" + std::string(made.json().at("id").as_string());
  }
  void start(const std::string& workspace) { EXPECT_EQ(server.post(workspace + "/builds", R"({"transition":"start"})", server.owner()).status, 201); }
  // The build that was ended.
  boost::json::value force_end(const std::string& workspace) {
    auto build = latest(workspace);
    EXPECT_EQ(server.patch("/api/v2/workspacebuilds/" + std::string(build.at("id").as_string()) + "/cancel?force=true", "", server.owner()).status,
              200);
    return build;
  }
  boost::json::value latest(const std::string& workspace) { return server.get(workspace, server.owner()).json().at("latest_build"); }
  std::string error(const std::string& workspace) { return std::string(latest(workspace).at("job").at("error").as_string()); }
  std::string job_status(const std::string& workspace) { return std::string(latest(workspace).at("job").at("status").as_string()); }
  std::string state(const boost::json::value& build) {
    return server.get("/api/v2/workspacebuilds/" + std::string(build.at("id").as_string()) + "/state", server.owner()).body;
  }
  static std::string with_agent(const std::string& agent, const std::string& state) {
    return fmt::format(R"({{"outcome":{{"state":"{}","resources":[{{"type":"a","name":"a","agents":[{}]}}]}}}})", crypto::base64(state), agent);
  }

  std::string key, version;
};

TEST_F(OwnDaemonDb, ValueThatNoColumnTakesFailsTheBuildWithItsStateAndASentence) {
  const auto workspace = create("ws");
  const auto made = state_text(3);

  EXPECT_EQ(end(take(), with_agent(R"({"name":"main","directory":"/)" + std::string(5000, 'd') + "\"}", made)).status, 204);

  EXPECT_EQ(job_status(workspace), "failed");
  EXPECT_NE(error(workspace).find("The folder (dir) of the agent \"main\" has 5001 characters"), std::string::npos) << error(workspace);
  EXPECT_LT(error(workspace).size(), 300U);
  EXPECT_EQ(state(latest(workspace)), made);
  EXPECT_EQ(server.post(workspace + "/builds", R"({"transition":"delete"})", server.owner()).status, 201);
  const auto destroys = acquire(key, "one");
  EXPECT_EQ(destroys.json().at("state").as_string(), crypto::base64(made));  // so the machine is destroyed
}

TEST_F(OwnDaemonDb, NameOfAnAgentIsOneThatCanBeTyped) {
  for (const auto* name : {"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", "a b", "\\u001b[2J", "-a", ""}) {
    const auto import = post_version(server, small_files());

    EXPECT_EQ(end(take(), with_agent(fmt::format(R"({{"name":"{}"}})", name), "")).status, 204);

    EXPECT_EQ(status(import), "failed") << name;
  }
  EXPECT_EQ(status(post_version(server, small_files())), "pending");
}

TEST_F(OwnDaemonDb, TokenOfAnotherAgentFailsTheBuildWithItsState) {
  const std::string agent = R"({"name":"main","auth":"token","token":"11111111-1111-4111-8111-111111111111"})";
  create("first");
  EXPECT_EQ(end(take(), with_agent(agent, state_text(1))).status, 204);
  const auto second = create("second");

  EXPECT_EQ(end(take(), with_agent(agent, state_text(2))).status, 204);

  EXPECT_EQ(job_status(second), "failed");
  EXPECT_NE(error(second).find("token is already in use"), std::string::npos) << error(second);
  EXPECT_EQ(state(latest(second)), state_text(2));
}

TEST_F(OwnDaemonDb, SecondSameResultChangesNothing) {
  const auto workspace = create("ws");
  const auto job = take();

  EXPECT_EQ(end(job, with_agent(R"({"name":"main"})", state_text(3))).status, 204);
  EXPECT_EQ(end(job, R"({"outcome":{"state":")" + crypto::base64(state_text(2)) + R"("},"failure":{"say":"No."}})").status, 204);

  EXPECT_EQ(job_status(workspace), "succeeded");
  EXPECT_EQ(state(latest(workspace)), state_text(3));
}

TEST_F(OwnDaemonDb, LateResultOfAnEndedBuildBringsItsStateAndNothingElse) {
  const auto workspace = create("ws");
  const auto job = take();
  const auto build = force_end(workspace);

  EXPECT_EQ(end(job, with_agent(R"({"name":"main"})", state_text(5))).status, 204);

  EXPECT_EQ(job_status(workspace), "canceled");
  EXPECT_EQ(latest(workspace).at("resources").as_array().size(), 0U);
  EXPECT_EQ(state(build), state_text(5));
  EXPECT_EQ(end(job, with_agent(R"({"name":"main"})", state_text(9))).status, 204);  // the same again, or somebody who tries
  EXPECT_EQ(state(build), state_text(5));
  start(workspace);
  EXPECT_EQ(acquire(key, "one").json().at("state").as_string(), crypto::base64(state_text(5)));
}

// Another build may have begun and ended between the end by force and the late result.
TEST_F(OwnDaemonDb, LateStateReplacesThatOfALaterBuildOnlyWhenItIsNewer) {
  const auto workspace = create("ws");
  EXPECT_EQ(end(take(), with_agent(R"({"name":"main"})", state_text(5))).status, 204);
  const auto late_beside = [&](int later_serial, const std::string& late) {
    start(workspace);
    const auto job = take();
    const auto build = force_end(workspace);
    start(workspace);
    EXPECT_EQ(end(take(), with_agent(R"({"name":"main"})", state_text(later_serial))).status, 204);
    EXPECT_EQ(end(job, R"({"outcome":{"state":")" + crypto::base64(late) + R"("},"failure":{"say":"Late."}})").status, 204);
    return state(build) == late ? state(latest(workspace)) : state(latest(workspace)) + " " + state(build);
  };

  EXPECT_EQ(late_beside(7, state_text(6)), state_text(7));
  EXPECT_EQ(late_beside(9, state_text(20, "another")), state_text(9));
  EXPECT_EQ(late_beside(11, state_text(12)), state_text(12) + " ");
}

TEST_F(OwnDaemonDb, ReasonOfAFailureIsShortAndOnOneLine) {
  const auto workspace = create("ws");

  EXPECT_EQ(end(take(), R"({"outcome":{},"failure":{"say":")" + std::string(20000, 'x') + "\\n\"}}").status, 204);

  EXPECT_LE(error(workspace).size(), 1100U);
}

TEST_F(OwnDaemonDb, RestartedProvisionerGivesBackWhatItHadNotBegun) {
  const auto holder = Uuid::random().str(), more = R"(,"holder":")" + holder + "\"";
  const auto held = post_version(server, small_files());
  const auto held_job = take(more);
  const auto lost = post_version(server, small_files());
  take(more);
  const auto elsewhere = post_version(server, small_files());
  take(R"(,"holder":")" + Uuid::random().str() + "\"");
  const auto other = make_key(server, "other");

  EXPECT_EQ(ask("/begin", fmt::format(R"({{"holder":"{}","held":[]}})", holder), other).status, 204);
  EXPECT_EQ(status(lost), "running");
  EXPECT_EQ(ask("/begin", fmt::format(R"({{"holder":"{}","held":["{}"]}})", holder, held_job), key).status, 204);

  EXPECT_EQ(status(held), "running");
  EXPECT_EQ(status(lost), "pending");
  EXPECT_EQ(status(elsewhere), "running");
  EXPECT_NE(logs(lost).find("was restarted before it began"), std::string::npos);
}

TEST_F(OwnDaemonDb, HeartbeatIsAnsweredWhenSomebodyCancels) {
  const auto import = post_version(server, small_files());
  const auto job = take();
  Answer beat;
  const auto begun = std::chrono::steady_clock::now();
  std::thread waiting([&] { beat = ask("/jobs/" + job + "/heartbeat", R"({"wait_ms":10000})", key); });
  becomes("the heartbeat", [&] {
    return server.database().sql("select count(*) from provisioner_jobs where updated_at > started_at and completed_at is null") == "1";
  });

  EXPECT_EQ(server.patch("/api/v2/templateversions/" + import + "/cancel", "", server.owner()).status, 200);
  waiting.join();

  EXPECT_EQ(beat.json().at("orders").as_string(), "cancel") << beat.body;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, Seconds(8));
}

TEST_F(OwnDaemonDb, AllLinesOfALogAreAnswered) {
  create("ws");
  const auto job = take();
  server.database().sql("insert into provisioner_job_logs (job_id, created_at, source, level, stage, output) select '" + job +
                        "', now(), 'provisioner', 'info', 's', 'line ' || n from generate_series(1, 25000) n");
  const auto build =
      std::string(server.get("/api/v2/workspaces", server.owner()).json().at("workspaces").at(0).at("latest_build").at("id").as_string());

  const auto lines = server.get("/api/v2/workspacebuilds/" + build + "/logs", server.owner()).json();
  const auto rest =
      server.get(fmt::format("/api/v2/workspacebuilds/{}/logs?after={}", build, lines.at(23999).at("id").as_int64()), server.owner()).json();

  ASSERT_EQ(lines.as_array().size(), 25000U);
  EXPECT_EQ(lines.at(24999).at("output").as_string(), "line 25000");
  EXPECT_EQ(rest.as_array().size(), 1000U);
}

// The purge of a server that starts does at once what those of the others do once an hour.
TEST_F(OwnDaemonDb, WhatOldBuildsLeftGoesAndTheNewestStays) {
  const auto workspace = create("ws");
  const auto lines = R"({"lines":[{"level":"info","stage":"s","output":"x"}]})";
  const auto first = take();
  EXPECT_EQ(ask("/jobs/" + first + "/logs", lines, key).status, 204);
  EXPECT_EQ(end(first, with_agent(R"({"name":"main"})", state_text(1))).status, 204);
  EXPECT_EQ(server.post(workspace + "/builds", R"({"transition":"stop"})", server.owner()).status, 201);
  const auto second = take();
  EXPECT_EQ(ask("/jobs/" + second + "/logs", lines, key).status, 204);
  EXPECT_EQ(end(second, R"({"outcome":{"state":")" + crypto::base64(state_text(2)) + "\"}}").status, 204);
  acquire(key, "long-gone");
  server.database().sql(
      "update provisioner_daemons set last_seen_at = now() - interval '31 days' where name = 'long-gone';"
      "update provisioner_jobs set completed_at = now() - interval '91 days' where completed_at is not null;"
      "update workspace_builds set created_at = now() - interval '91 days';"
      "insert into files (id, hash, created_by, mimetype, data, created_at) select gen_random_uuid(), 'unused', id, 'x', '', now() - interval '2 "
      "days'"
      " from users limit 1;"
      "update files set created_at = now() - interval '2 days'");

  TestServer again(server);

  becomes("the purge", [&] { return server.database().sql("select count(*) from files where hash = 'unused'") == "0"; });
  EXPECT_EQ(server.database().sql("select string_agg(name, ',') from provisioner_daemons"), "one");
  EXPECT_EQ(server.database().sql("select count(*) from provisioner_job_logs where job_id = '" + first + "'"), "0");
  EXPECT_EQ(server.database().sql("select count(*) from provisioner_job_logs where job_id = '" + second + "'"), "1");
  EXPECT_EQ(server.database().sql("select count(*) from workspace_builds where provisioner_state is not null"), "1");
  EXPECT_EQ(state(latest(workspace)), state_text(2));
  EXPECT_EQ(server.database().sql("select count(*) from files"), "1");
}

// While the database, or every server, was away nobody could hear a daemon: it gets its whole time again.
TEST(SilentDaemon, KeepsItsJobOverAnOutage) {
  Seconds limit{3600};
  TestServer server([&](server::Config& config) {
    config.provisioner_daemons = 0;
    config.job_timeout = limit;
  });
  const auto key = make_key(server, "mine");
  const auto version = post_version(server, small_files());
  const std::vector<std::pair<std::string, std::string>> proof = {{"Coder-Provisioner-Daemon-Key", key}};
  const auto taken =
      server.call("POST", kRoot + "/acquire", R"({"name":"a","engines":["replay"],"request":")" + Uuid::random().str() + R"("})", {}, proof);
  ASSERT_EQ(taken.status, 200) << taken.body;
  server.database().sql("update provisioner_jobs set updated_at = now() - interval '1 hour' where completed_at is null");
  limit = Seconds(8);

  TestServer again(server);
  const auto beat = again.call("POST", kRoot + "/jobs/" + std::string(taken.json().at("id").as_string()) + "/heartbeat", "{}", {}, proof);

  ASSERT_EQ(beat.status, 200) << beat.body;
  EXPECT_EQ(beat.json().at("orders").as_string(), "go_on");
}

}  // namespace
}  // namespace slipway::test
