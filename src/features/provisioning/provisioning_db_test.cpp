// Daemons of their own processes, by HTTP against a whole server.
#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "features/provisioning/rig_test.hpp"
#include "net/client.hpp"
#include "provisioner/remote_source.hpp"

#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <thread>

namespace slipway::test {
namespace {

// A job that runs until it is told to stop, and one that does not even hear it.
const char* const kLong = R"({"delay_ms":3600000,"fail_on":[]})";

// What `slipwayd provisioner` runs, on a loop of its own.
class RemoteDaemon {
 public:
  RemoteDaemon(TestServer& server, const std::string& key, const std::string& name) {
    const auto begin = [](RemoteDaemon* self, std::string url, std::string secret, std::string who) -> Task<int> {
      const auto home = co_await aio::executor();
      self->source_ = provisioner::make_remote_source(home, {.url = std::move(url), .key = Secret(std::move(secret)), .version = "v-test"});
      self->replay_ = provisioner::make_replay_engine();
      provisioner::RunnerOptions options;
      options.daemons = 1;
      options.name_prefix = std::move(who);
      options.heartbeat = Milliseconds(50);
      options.log_flush = Milliseconds(10);
      options.retry = Milliseconds(50);
      options.abandon_limit = Milliseconds(200);
      self->runner_ = std::make_unique<provisioner::Runner>(home, *self->source_, std::vector<provisioner::Engine*>{self->replay_.get()}, options);
      self->runner_->start();
      co_return 0;
    };
    loops_.run(begin(this, server.url(), key, name));
  }
  ~RemoteDaemon() { stop(); }
  void stop() {
    if (!runner_) return;
    const auto end = [](RemoteDaemon* self) -> Task<int> {
      co_await self->runner_->stop();
      co_await self->source_->stop();
      co_return 0;
    };
    loops_.run(end(this));
    runner_.reset();
  }
  // How many jobs have begun here. The row of one says "running" earlier, while the job is still on its way.
  int busy() {
    const auto ask = [](RemoteDaemon* self) -> Task<int> { co_return self->runner_->busy(); };
    return loops_.run(ask(this));
  }

 private:
  aio::Loops loops_{1};
  std::unique_ptr<provisioner::RemoteSource> source_;
  std::unique_ptr<provisioner::Engine> replay_;
  std::unique_ptr<provisioner::Runner> runner_;
};

TEST_F(ProvisioningDb, RemoteDaemonImportsAndBuilds) {
  const auto key = make_key(server, "remote");
  RemoteDaemon daemon(server, key, "far-away");

  const auto version = import_version(server, small_files(R"({"log_lines":3})"));
  make_template(server, "small", version);
  const auto workspace = server.post("/api/v2/users/me/workspaces", R"({"name":"ws","template_version_id":")" + version + "\"}", server.owner());
  ASSERT_EQ(workspace.status, 201) << workspace.body;
  const auto built =
      server.wait_for("/api/v2/workspaces/" + std::string(workspace.json().at("id").as_string()), "/latest_build/status", "running", server.owner());

  EXPECT_EQ(built.at("latest_build").at("job").at("worker_name").as_string(), "far-away");
  EXPECT_EQ(built.at("latest_build").at("resources").at(0).at("agents").at(0).at("name").as_string(), "main");
  EXPECT_NE(logs(version).find("line 3 of 3"), std::string::npos);
  const auto daemons = server.get(kOrganization + "/provisionerkeys/daemons", server.owner()).json();
  ASSERT_EQ(daemons.as_array().size(), 1U);
  EXPECT_EQ(daemons.at(0).at("key").at("name").as_string(), "remote");
  EXPECT_EQ(daemons.at(0).at("daemons").at(0).at("version").as_string(), "v-test");
  EXPECT_EQ(daemons.at(0).at("daemons").at(0).at("previous_job").at("template_name").as_string(), "small");
  becomes("the count of two jobs",
          [&] { return counts(server, "coderd_provisionerd_job_timings_seconds_count{provisioner=\"replay\",status=\"success\"} 2"); });
  EXPECT_TRUE(says(server, "coderd_workspace_builds_total{workspace_owner=\"owner\",workspace_name=\"ws\",template_name=\"small\",template_version=",
                   "status=\"success\"} 1"));
}

// A daemon may take its job at one server and bring the result to another: the one that stores the end counts it, and no other.
TEST_F(ProvisioningDb, AJobIsCountedOnceByTheServerThatStoredItsEnd) {
  TestServer second(server);
  const auto key = make_key(server, "remote");
  post_version(server, small_files());
  const auto taken = acquire(key, "one");
  ASSERT_EQ(taken.status, 200) << taken.body;
  const std::string end = kRoot + "/jobs/" + std::string(taken.json().at("id").as_string()) + "/end";
  const auto bring = [&](TestServer& to) {
    return to.call("POST", end, R"({"outcome":{},"failure":{"say":"broken"}})", {}, {{"Coder-Provisioner-Daemon-Key", key}}).status;
  };

  EXPECT_EQ(bring(second), 204);
  EXPECT_EQ(bring(server), 204);  // again, elsewhere: the answer got lost

  const std::string series = "coderd_provisionerd_job_timings_seconds_count{provisioner=\"replay\",status=\"failed\"} ";
  becomes("the count", [&] { return counts(second, series + "1"); });
  EXPECT_FALSE(counts(server, series));
}

TEST_F(ProvisioningDb, RemoteDaemonIsToldToCancelAndHandsBackWhenItStops) {
  RemoteDaemon daemon(server, make_key(server, "remote"), "far-away");
  const auto first = post_version(server, small_files(kLong)), path = "/api/v2/templateversions/" + first;
  becomes("the first job", [&] { return daemon.busy() == 1; });

  EXPECT_EQ(server.patch(path + "/cancel", "", server.owner()).status, 200);
  server.wait_for(path, "/job/status", "canceled", server.owner());

  becomes("the daemon being idle", [&] { return daemon.busy() == 0; });
  const auto second = post_version(server, small_files(kLong));
  becomes("the second job", [&] { return daemon.busy() == 1; });
  daemon.stop();
  EXPECT_EQ(status(second), "failed");
  EXPECT_NE(logs(second).find("shutting down"), std::string::npos);
}

TEST_F(ProvisioningDb, KeyReachesOnlyItsOwnJobs) {
  const auto mine = make_key(server, "mine"), other = make_key(server, "other");
  const auto version = post_version(server, small_files());
  const auto taken = acquire(mine, "one");
  ASSERT_EQ(taken.status, 200) << taken.body;
  const std::string job = "/jobs/" + std::string(taken.json().at("id").as_string());

  for (const auto* what : {"/heartbeat", "/logs", "/quota", "/end", "/release"}) {
    EXPECT_EQ(ask(job + what, "{}", other).status, 404) << what;
    EXPECT_EQ(ask(job + what, "{}", "guess").status, 401) << what;
    EXPECT_EQ(server.call("POST", kRoot + job + what, "{}", server.owner().token).status, 401) << what;
    EXPECT_EQ(ask("/jobs/" + Uuid::random().str() + what, "{}", mine).status, 404) << what;
  }
  EXPECT_EQ(acquire(other, "one").status, 409);  // the name is taken by another key
  EXPECT_EQ(ask(job + "/heartbeat", "{}", mine).json().at("orders").as_string(), "go_on");
  EXPECT_EQ(status(version), "running");
}

TEST_F(ProvisioningDb, KeyOfAnotherOrganizationGetsNothing) {
  server.database().sql(
      "insert into organizations (id, name, display_name, created_at, updated_at) values ('11111111-1111-4111-8111-111111111111', 'other', 'Other', "
      "now(), now());"
      "insert into provisioner_keys (id, organization_id, name, hashed_secret, created_at) values ('21111111-1111-4111-8111-111111111111',"
      " '11111111-1111-4111-8111-111111111111', 'other', sha256('theirs'), now())");
  const auto version = post_version(server, small_files());

  EXPECT_EQ(acquire("theirs", "other").status, 204);
  EXPECT_EQ(status(version), "pending");

  server.database().sql("update organizations set deleted = true where name = 'other'");
  EXPECT_EQ(acquire("theirs", "other").status, 401);
}

TEST_F(ProvisioningDb, TagsDecideWhoTakesAJob) {
  const auto plain = make_key(server, "plain"), eu = make_key(server, "eu", R"({"region":"eu","gpu":"yes"})");
  const auto tagged = post_version(server, small_files(), R"(,"tags":{"region":"eu"})");

  EXPECT_EQ(acquire(plain, "plain").status, 204);
  EXPECT_EQ(acquire(eu, "narrow", Uuid::random().str(), R"(,"tags":{"gpu":"yes"})").status, 204);
  EXPECT_EQ(acquire(eu, "wrong", Uuid::random().str(), R"(,"tags":{"region":"us"})").json().at("validations").at(0).at("field").as_string(), "tags");
  EXPECT_EQ(acquire(eu, "eu").status, 200);
  EXPECT_EQ(status(tagged), "running");

  const auto untagged = post_version(server, small_files());
  EXPECT_EQ(acquire(eu, "eu").status, 204);
  EXPECT_EQ(acquire(plain, "plain").status, 200);
  EXPECT_EQ(status(untagged), "running");
}

// Should the answer get lost on its way, the daemon asks again with the same number.
TEST_F(ProvisioningDb, AskingAgainGivesTheSameJob) {
  const auto key = make_key(server, "mine");
  post_version(server, small_files());
  const auto request = Uuid::random().str();

  const auto first = acquire(key, "one", request), again = acquire(key, "one", request);

  ASSERT_EQ(first.status, 200);
  ASSERT_EQ(again.status, 200);
  EXPECT_EQ(first.json().at("id"), again.json().at("id"));
  EXPECT_EQ(acquire(key, "one").status, 204);
  EXPECT_EQ(ask("/jobs/" + std::string(first.json().at("id").as_string()) + "/release", "{}", key).status, 204);
  EXPECT_EQ(acquire(key, "two").json().at("id"), first.json().at("id"));
}

TEST_F(ProvisioningDb, DeletedKeyEndsItsJobsAndItsWaitingDaemonsAtOnce) {
  const auto key = make_key(server, "gone");
  const auto version = post_version(server, small_files());
  const auto taken = acquire(key, "one");
  ASSERT_EQ(taken.status, 200);
  std::thread waiting([&] { EXPECT_EQ(acquire(key, "two", Uuid::random().str(), R"(,"wait_ms":20000)").status, 401); });
  becomes("the second daemon", [&] { return server.database().sql("select count(*) from provisioner_daemons where name = 'two'") == "1"; });
  const auto begun = std::chrono::steady_clock::now();

  EXPECT_EQ(server.del(kOrganization + "/provisionerkeys/gone", server.owner()).status, 204);
  waiting.join();

  EXPECT_LT(std::chrono::steady_clock::now() - begun, Seconds(10));
  EXPECT_EQ(status(version), "failed");
  EXPECT_NE(logs(version).find("The key of the provisioner that ran this job was deleted."), std::string::npos);
  EXPECT_EQ(ask("/jobs/" + std::string(taken.json().at("id").as_string()) + "/heartbeat", "{}", key).status, 401);
}

TEST_F(ProvisioningDb, DaemonLetsGoOfAJobThatIsNoLongerItsOwn) {
  RemoteDaemon daemon(server, make_key(server, "remote"), "far-away");
  const auto version = post_version(server, small_files(R"({"delay_ms":3600000,"ignore_cancel":true})"));
  becomes("the job", [&] { return daemon.busy() == 1; });
  EXPECT_EQ(status(version), "running");

  EXPECT_EQ(server.del(kOrganization + "/provisionerkeys/remote", server.owner()).status, 204);

  becomes("the daemon being idle", [&] { return daemon.busy() == 0; });
}

TEST_F(ProvisioningDb, WrongRequestsAreAnsweredWithWhatIsWrong) {
  const auto key = make_key(server, "mine");
  const auto version = post_version(server, small_files());
  const auto field = [](const Answer& answer) {
    return answer.status == 400 ? std::string(answer.json().at("validations").at(0).at("field").as_string()) : std::to_string(answer.status);
  };

  EXPECT_EQ(field(ask("/acquire", R"({"engines":["replay"]})", key)), "name");
  EXPECT_EQ(field(ask("/acquire", R"({"name":"a","engines":[]})", key)), "engines");
  EXPECT_EQ(field(ask("/acquire", R"({"name":"a","engines":["replay"]})", key)), "request");
  EXPECT_EQ(field(ask("/begin", R"({"holder":"x"})", key)), "holder");
  EXPECT_EQ(ask("/acquire", "no json", key).status, 400);
  EXPECT_EQ(ask("/acquire", R"({"name":")" + std::string(70000, 'a') + "\"}", key).status, 413);
  const std::string job = "/jobs/" + std::string(acquire(key, "a").json().at("id").as_string());
  std::string lines;
  for (int i = 0; i < 1001; ++i) lines += std::string(i ? "," : "") + R"({"output":"x"})";
  EXPECT_EQ(ask(job + "/logs", R"({"lines":[)" + lines + "]}", key).status, 413);
  EXPECT_EQ(field(ask(job + "/logs", R"({"lines":[{"level":"loud"}]})", key)), "lines[0].level");
  EXPECT_EQ(field(ask(job + "/end", R"({"outcome":{"readme":"\u0000"}})", key)), "outcome.readme");
  EXPECT_EQ(status(version), "running");
  EXPECT_EQ(ask(job + "/end", R"({"outcome":{},"failure":{"say":"No room."}})", key).status, 204);
  EXPECT_EQ(server.get("/api/v2/templateversions/" + version, server.owner()).json().at("job").at("error").as_string(), "No room.");
}

TEST_F(ProvisioningDb, ManyDaemonsNeverTakeTheSameJob) {
  constexpr int kJobs = 12, kDaemons = 6;
  const auto key = make_key(server, "mine");
  for (int i = 0; i < kJobs; ++i) post_version(server, small_files());
  std::mutex mutex;
  std::vector<std::string> taken;
  const auto take_all = [&](int number) {
    for (auto answer = acquire(key, fmt::format("d{}", number)); answer.status == 200; answer = acquire(key, fmt::format("d{}", number))) {
      const std::lock_guard lock(mutex);
      taken.emplace_back(answer.json().at("id").as_string());
    }
  };

  std::vector<std::thread> daemons;
  for (int i = 0; i < kDaemons; ++i) daemons.emplace_back(take_all, i);
  for (auto& daemon : daemons) daemon.join();

  EXPECT_EQ(taken.size(), static_cast<std::size_t>(kJobs));
  EXPECT_EQ(std::set<std::string>(taken.begin(), taken.end()).size(), static_cast<std::size_t>(kJobs));
}

// A daemon that says nothing any more has lost its job: the log says so, and a late result does not change how it ended.
TEST(SilentDaemon, LosesItsJobWithinTheLimit) {
  TestServer server([](server::Config& config) {
    config.provisioner_daemons = 0;
    config.job_timeout = Seconds(3);  // a server that stands still for half of that would wait anew
    config.prometheus_address = "127.0.0.1:0";
  });
  const auto key = make_key(server, "mine");
  const auto version = post_version(server, small_files());
  const auto ask = [&](const std::string& path, const std::string& body) {
    return server.call("POST", kRoot + path, body, {}, {{"Coder-Provisioner-Daemon-Key", key}});
  };
  const auto taken = ask("/acquire", R"({"name":"a","engines":["replay"],"request":")" + Uuid::random().str() + R"("})");
  ASSERT_EQ(taken.status, 200) << taken.body;

  const auto failed = server.wait_for("/api/v2/templateversions/" + version, "/job/status", "failed", server.owner());

  EXPECT_NE(failed.at("job").at("error").as_string().find("went silent"), std::string::npos);
  EXPECT_NE(server.get("/api/v2/templateversions/" + version + "/logs", server.owner()).body.find("went silent"), std::string::npos);
  EXPECT_EQ(ask("/jobs/" + std::string(taken.json().at("id").as_string()) + "/end", R"({"outcome":{}})").status, 204);
  EXPECT_EQ(server.get("/api/v2/templateversions/" + version, server.owner()).json().at("job").at("status").as_string(), "failed");
  becomes("the count", [&] { return counts(server, "coderd_provisionerd_job_timings_seconds_count{provisioner=\"replay\",status=\"failed\"} 1"); });
}

// A daemon that goes on without end fills no disk: what is beyond the limit is left out, and the job says so.
TEST_F(ProvisioningDb, LogOfAJobIsLimited) {
  const auto key = make_key(server, "mine");
  const auto version = post_version(server, small_files());
  const std::string job = "/jobs/" + std::string(acquire(key, "a").json().at("id").as_string());
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += std::string(i ? "," : "") + R"({"level":"info","stage":"s","output":")" + std::string(20000, 'x') + "\"}";
  const std::string batch = R"({"lines":[)" + lines + "]}";

  for (int i = 0; i < 7; ++i) ASSERT_EQ(ask(job + "/logs", batch, key).status, 204);

  EXPECT_TRUE(server.get("/api/v2/templateversions/" + version, server.owner()).json().at("job").at("logs_overflowed").as_bool());
  EXPECT_LE(std::stoll(server.database().sql("select sum(length(output)) from provisioner_job_logs")), 8 << 20);
  EXPECT_LT(std::stoll(server.database().sql("select max(length(output)) from provisioner_job_logs")), 17000);
}

TEST_F(ProvisioningDb, ImportThatLacksAVariableSaysWhichOnesThereAre) {
  const auto key = make_key(server, "mine");
  const auto version = post_version(server, small_files(), R"(,"user_variable_values":[{"name":"size","value":"2"}])");
  const std::string job = "/jobs/" + std::string(acquire(key, "a").json().at("id").as_string());
  const auto variables = "/api/v2/templateversions/" + version + "/variables";
  EXPECT_EQ(server.get(variables, server.owner()).json().as_array().size(), 0U);
  EXPECT_EQ(server.get("/api/v2/templateversions/" + version + "/rich-parameters", server.owner()).status, 412);

  EXPECT_EQ(ask(job + "/end", R"({"outcome":{"variables":[{"name":"region","type":"string","required":true},{"name":"size","type":"number"}]},
      "failure":{"say":"required template variables need values: region","code":"REQUIRED_TEMPLATE_VARIABLES"}})",
                key)
                .status,
            204);

  const auto shown = server.get(variables, server.owner()).json();
  ASSERT_EQ(shown.as_array().size(), 2U);
  EXPECT_EQ(shown.at(0).at("name").as_string(), "region");
  EXPECT_TRUE(shown.at(0).at("required").as_bool());
  EXPECT_EQ(shown.at(1).at("value").as_string(), "2");
  EXPECT_EQ(server.get("/api/v2/templateversions/" + version, server.owner()).json().at("job").at("error_code").as_string(),
            "REQUIRED_TEMPLATE_VARIABLES");
}

// With no daemon at all, an owner still gets rid of a workspace.
TEST_F(ProvisioningDb, OrphanNeedsNoProvisioner) {
  auto daemon = std::make_unique<RemoteDaemon>(server, make_key(server, "remote"), "far-away");
  const auto version = import_version(server, small_files());
  make_template(server, "small", version);
  const auto made = server.post("/api/v2/users/me/workspaces", R"({"name":"ws","template_version_id":")" + version + "\"}", server.owner());
  const auto path = "/api/v2/workspaces/" + std::string(made.json().at("id").as_string());
  server.wait_for(path, "/latest_build/status", "running", server.owner());
  daemon.reset();
  server.database().sql("update provisioner_daemons set last_seen_at = now() - interval '1 day'");

  const auto deleted = server.post(path + "/builds", R"({"transition":"delete","orphan":true})", server.owner());

  EXPECT_EQ(deleted.status, 201);
  EXPECT_EQ(deleted.json().at("status").as_string(), "deleted") << deleted.body;
  EXPECT_EQ(server.get(path, server.owner()).status, 410);
}

}  // namespace
}  // namespace slipway::test
