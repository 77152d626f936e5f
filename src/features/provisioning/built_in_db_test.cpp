// The built-in daemons: how an idle one comes to a job, the states of builds, and ways out of one that would not end.
#include "crypto/hash.hpp"
#include "features/provisioning/rig_test.hpp"
#include "support/full_disk.hpp"
#include "support/times_sent.hpp"

namespace slipway::test {
namespace {

// A built-in daemon is told of a job; should the word get lost, it looks by itself, no oftener than the setting says.
struct IdleDaemonDb : ::testing::Test {
  IdleDaemonDb()
      : server([](server::Config& config) {
          config.provisioner_poll = Seconds(1);
          meter_statements(config);
        }) {
    server.owner();
  }

  int looks() { return times_sent(server, "jobs.acquire"); }

  TestServer server;
};

TEST_F(IdleDaemonDb, FindsAJobThatItWasNotToldOf) {
  const auto version = post_version(server, small_files(), R"(,"tags":{"zone":"moon"})");
  EXPECT_EQ(server.get("/api/v2/templateversions/" + version, server.owner()).json().at("job").at("status").as_string(), "pending");

  server.database().sql("update provisioner_jobs set tags = tags - 'zone'");

  server.wait_for("/api/v2/templateversions/" + version, "/job/status", "succeeded", server.owner());
}

TEST_F(IdleDaemonDb, LooksNoOftenerThanItIsTold) {
  const auto version = post_version(server, small_files());
  server.wait_for("/api/v2/templateversions/" + version, "/job/status", "succeeded", server.owner());
  const int before = looks();
  becomes("the first look of an idle daemon", [&] { return looks() > before; });

  const int first = looks();
  const auto since = std::chrono::steady_clock::now();
  becomes("four more", [&] { return looks() >= first + 4; });

  // The first of them may be due at once, and word of the end of the import may have come late and caused another.
  EXPECT_GE(std::chrono::steady_clock::now() - since, Milliseconds(1800));
}

// Another organization's version of the same files; the answer is the path to ask for it by.
std::string version_elsewhere(TestServer& server, const std::string& ours) {
  const auto made = server.post("/api/v2/organizations", R"({"name":"elsewhere"})", server.owner());
  EXPECT_EQ(made.status, 201) << made.body;
  const std::string file(server.get("/api/v2/templateversions/" + ours, server.owner()).json().at("job").at("file_id").as_string());
  const auto version = server.post("/api/v2/organizations/elsewhere/templateversions",
                                   fmt::format(R"({{"storage_method":"file","file_id":"{}","provisioner":"echo"}})", file), server.owner());
  EXPECT_EQ(version.status, 201) << version.body;
  return "/api/v2/templateversions/" + std::string(version.json().at("id").as_string());
}

TEST(BuiltInDaemonsDb, ServeTheDefaultOrganizationUnlessToldOtherwise) {
  TestServer server([](server::Config& config) { config.provisioner_organizations = {}; });
  const auto ours = post_version(server, small_files());

  const auto path = version_elsewhere(server, ours);
  import_version(server, small_files());  // a later one of the default organization is not kept waiting

  EXPECT_EQ(server.get(path, server.owner()).json().at("job").at("status").as_string(), "pending");
  EXPECT_EQ(server.get(path, server.owner()).json().at("matched_provisioners").at("available").as_int64(), 0);
  EXPECT_NE(server.get(path + "/logs", server.owner()).body.find("--provisioner-organizations"), std::string::npos);
}

TEST(BuiltInDaemonsDb, ServeAnOrganizationThatIsNamed) {
  TestServer server([](server::Config& config) { config.provisioner_organizations = {"elsewhere"}; });

  const auto path = version_elsewhere(server, post_version(server, small_files()));

  server.wait_for(path, "/job/status", "succeeded", server.owner());
}

// A recording of one agent in one resource.
std::string plan_of(const std::string& agent, const std::string& folder) {
  return fmt::format(R"({{"format_version":"1.2","planned_values":{{"root_module":{{"resources":[
    {{"address":"coder_agent.{0}","mode":"managed","type":"coder_agent","name":"{0}","values":{{"os":"linux","arch":"amd64","dir":"{1}"}}}},
    {{"address":"box.b","mode":"managed","type":"box","name":"b","values":{{}}}}]}}}},
    "configuration":{{"root_module":{{"resources":[{{"address":"box.b","expressions":{{"t":{{"references":["coder_agent.{0}.token"]}}}}}}]}}}}}})",
                     agent, folder);
}

// Builds, their states and the ways out of them; the built-in daemon runs them.
struct BuildsDb : ::testing::Test {
  explicit BuildsDb(int daemons = 1)
      : server([daemons](server::Config& config) {
          config.prometheus_address = "127.0.0.1:0";
          config.provisioner_daemons = daemons;
        }) {
    server.owner();
  }

  void make(const std::string& options = "{}", const std::string& start = kSmallPlan) {
    version = import_version(server, {{"replay/import.json", kSmallPlan}, {"replay/start.plan.json", start}, {"replay/options.json", options}});
    make_template(server, "small", version);
    const auto made = server.post("/api/v2/users/me/workspaces", R"({"name":"ws","template_version_id":")" + version + "\"}", server.owner());
    ASSERT_EQ(made.status, 201) << made.body;
    workspace = "/api/v2/workspaces/" + std::string(made.json().at("id").as_string());
  }
  boost::json::value reaches(const std::string& status) {
    return server.wait_for(workspace + "?include_deleted=true", "/latest_build/status", status, server.owner());
  }
  Answer build(const std::string& body) { return server.post(workspace + "/builds", body, server.owner()); }
  std::string build_path() {
    return "/api/v2/workspacebuilds/" + std::string(server.get(workspace, server.owner()).json().at("latest_build").at("id").as_string());
  }
  std::string state() { return server.get(build_path() + "/state", server.owner()).body; }

  TestServer server;
  std::string version, workspace;
};

// A stop keeps the state it was given: so the next state shows what the build started from.
TEST_F(BuildsDb, BuildStartsFromTheStateThatItIsGiven) {
  make();
  reaches("running");
  const auto own = state();
  ASSERT_FALSE(own.empty());

  EXPECT_EQ(build(R"({"transition":"stop"})").status, 201);
  reaches("stopped");
  EXPECT_EQ(state(), own);
  EXPECT_EQ(build(R"({"transition":"stop","state":")" + crypto::base64(R"({"version":4,"serial":9})") + "\"}").status, 201);
  server.wait_for(workspace, "/latest_build/job/status", "succeeded", server.owner());
  EXPECT_EQ(state(), R"({"version":4,"serial":9})");

  EXPECT_EQ(server.put(build_path() + "/state", R"({"state":")" + crypto::base64("{}") + "\"}", server.owner()).status, 204);
  EXPECT_EQ(build(R"({"transition":"stop"})").status, 201);
  server.wait_for(workspace, "/latest_build/job/status", "succeeded", server.owner());
  EXPECT_EQ(state(), "{}");
}

// A build that fails keeps the state it began with: so a delete that must fail shows what it was given.
TEST_F(BuildsDb, OrphanIsForWhoMayChangeTheTemplateAndBeginsWithoutAState) {
  make(R"({"fail":"Nothing can be deleted here.","fail_on":["delete"]})");
  reaches("running");
  const auto own = state();
  const auto member = server.member("alice");
  const auto hers = server.post("/api/v2/users/me/workspaces", R"({"name":"hers","template_version_id":")" + version + "\"}", member);
  ASSERT_EQ(hers.status, 201) << hers.body;
  const auto path = "/api/v2/workspaces/" + std::string(hers.json().at("id").as_string());
  server.wait_for(path, "/latest_build/status", "running", member);

  EXPECT_EQ(server.post(path + "/builds", R"({"transition":"delete","orphan":true})", member).status, 403);
  EXPECT_EQ(build(R"({"transition":"stop","orphan":true})").status, 400);
  EXPECT_EQ(build(R"({"transition":"delete","orphan":true,"state":"e30="})").status, 400);
  EXPECT_EQ(build(R"({"transition":"delete"})").status, 201);
  reaches("failed");
  EXPECT_EQ(state(), own);
  EXPECT_EQ(build(R"({"transition":"delete","orphan":true})").status, 201);
  reaches("failed");
  EXPECT_EQ(state(), "");
}

// A deaf build keeps its daemon for minutes after it was given up.
struct DeafBuildDb : BuildsDb {
  DeafBuildDb() : BuildsDb(2) {}
};

// Asked first, and ended by force when the daemon does not listen: no build is stuck without a way out.
TEST_F(DeafBuildDb, BuildThatDoesNotHearItsCancelIsEndedByForce) {
  make(R"({"delay_ms":0})");
  reaches("running");
  const auto deaf =
      import_version(server,
                     {{"replay/import.json", kSmallPlan},
                      {"replay/start.log.ndjson", "{\"stage\":\"s\",\"output\":\"x\",\"delay_ms\":3600000}\n"},
                      {"replay/options.json", R"({"ignore_cancel":true})"}},
                     R"(,"template_id":")" + std::string(server.get(workspace, server.owner()).json().at("template_id").as_string()) + "\"");
  EXPECT_EQ(build(R"({"transition":"start","template_version_id":")" + deaf + "\"}").status, 201);
  reaches("starting");
  const auto path = build_path();
  const auto member = server.member("alice");

  EXPECT_EQ(build(R"({"transition":"stop"})").status, 409);
  EXPECT_EQ(server.patch(path + "/cancel?force=true", "", member).status, 404);
  EXPECT_EQ(server.patch(path + "/cancel?expect_status=pending", "", server.owner()).status, 412);
  EXPECT_EQ(server.patch(path + "/cancel", "", server.owner()).status, 200);
  EXPECT_EQ(server.patch(path + "/cancel", "", server.owner()).status, 400);
  reaches("canceling");
  EXPECT_EQ(server.patch(path + "/cancel?force=true", "", server.owner()).status, 200);

  reaches("canceled");
  EXPECT_NE(server.get(path, server.owner()).json().at("job").at("error").as_string().find("Ended by force"), std::string::npos);
  becomes("the count", [&] { return counts(server, "coderd_provisionerd_job_timings_seconds_count{provisioner=\"replay\",status=\"failed\"} 1"); });
  EXPECT_EQ(build(R"({"transition":"delete","orphan":true})").status, 201);
  reaches("deleted");
}

// Refused while it is planned, before anything is made; the daemon goes on with the next job.
TEST_F(BuildsDb, AResultThatNoColumnTakesStopsNobody) {
  const std::string folder(5001, 'd');
  std::vector<std::string> refused;
  for (const auto& plan : {plan_of(std::string(70, 'n'), "/"), plan_of("main", folder), plan_of("main", folder)})
    refused.push_back(post_version(server, {{"replay/import.json", plan}}));

  make("{}", plan_of("main", folder));
  reaches("failed");

  for (const auto& import : refused)
    EXPECT_EQ(server.get("/api/v2/templateversions/" + import, server.owner()).json().at("job").at("status").as_string(), "failed");
  const std::string error(server.get(build_path(), server.owner()).json().at("job").at("error").as_string());
  EXPECT_NE(error.find("The folder (dir) of the agent \"main\" has 5001 characters"), std::string::npos) << error;
  EXPECT_EQ(state(), "");
  import_version(server, small_files());
  EXPECT_EQ(build(R"({"transition":"delete"})").status, 201);
  reaches("deleted");
}

TEST_F(BuildsDb, AResultForWhichTheDatabaseHasNoRoomWaitsForIt) {
  make();
  reaches("running");
  {
    const FullDisk full(server, "workspace_resources");
    EXPECT_EQ(build(R"({"transition":"start"})").status, 201);

    becomes("a second try", [&] { return full.met() >= 2; });

    EXPECT_EQ(server.get(build_path(), server.owner()).json().at("job").at("status").as_string(), "running");
  }
  server.wait_for(build_path(), "/job/status", "succeeded", server.owner());
  EXPECT_EQ(server.get(workspace, server.owner()).json().at("latest_build").at("resources").at(0).at("name").as_string(), "b");
}

}  // namespace
}  // namespace slipway::test
