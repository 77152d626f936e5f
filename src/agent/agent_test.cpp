// The whole agent against a control plane made of a few lines.
#include "agent/fake_server.hpp"

#include "agent/git_auth.hpp"
#include "agent/identity.hpp"
#include "agent/reaper.hpp"

#include <condition_variable>

#include <sys/wait.h>

namespace slipway::agent {
namespace {

using namespace testing_support;
using States = std::vector<std::string>;

TEST(Agent, ConnectsReportsItsStartAndRunsScriptsOnce) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest({script("echo $GREETING from $CODER_WORKSPACE_NAME; pwd; echo oops >&2")}));
    std::filesystem::create_directories(bench.folder / "project");
    bench.start(co_await aio::executor());
    const auto ready = [&] { return bench.server.states() == States{"starting", "ready"} && bench.server.logs().size() == 3; };
    EXPECT_TRUE(co_await until(ready));

    const auto startup = bench.server.seen("startup");
    EXPECT_EQ(startup.size(), 1U);
    EXPECT_EQ(json::parse(startup.at(0).body).at("expanded_directory").as_string(), bench.folder / "project");
    EXPECT_EQ(startup.at(0).token, "the-token");
    auto logs = bench.server.logs();
    std::ranges::sort(logs);
    EXPECT_EQ(logs, (States{"error:oops", "info:" + (bench.folder / "project"), "info:hello from blue"}));
    const auto timed = [&] { return bench.server.seen("script-timings").size() == 1; };
    EXPECT_TRUE(co_await until(timed));
    const auto timing = json::parse(bench.server.seen("script-timings").at(0).body);
    EXPECT_EQ(timing.at("status").as_string(), "ok");
    EXPECT_EQ(timing.at("stage").as_string(), "start");

    // The server goes away and comes back: the agent reconnects, and nothing runs again.
    bench.server.set("tunnel", 503);
    auto session = bench.server.session();
    co_await aio::on(session->home(), session->stop());
    const auto gone = [&] { return !bench.agent->connected(); };
    EXPECT_TRUE(co_await until(gone));
    bench.server.set("tunnel", 0);  // as usual
    const auto back = [&] { return bench.server.seen("startup").size() == 2 && bench.server.seen("tunnel").size() == 2; };
    EXPECT_TRUE(co_await until(back));
    EXPECT_EQ(bench.server.states(), (States{"starting", "ready"}));
    EXPECT_EQ(bench.server.seen("script-timings").size(), 1U);
    co_await bench.agent->shut_down();
    EXPECT_EQ(bench.server.states(), (States{"starting", "ready", "shutting_down", "off"}));
  });
}

TEST(Agent, FailedAndLateScriptsShowInTheState) {
  on_loop([]() -> Task<void> {
    Bench failing(manifest({script("exit 4"), script("true")}));
    failing.start(co_await aio::executor());
    const auto failed = [&] { return failing.server.states() == States{"starting", "start_error"}; };
    EXPECT_TRUE(co_await until(failed));
    co_await failing.agent->shut_down();

    auto slow = script("sleep 100");
    slow.timeout = 1'500'000'000;
    Bench late(manifest({slow, script("exit 1")}));
    late.start(co_await aio::executor());
    const auto timed_out = [&] { return late.server.states() == States{"starting", "start_timeout"}; };
    EXPECT_TRUE(co_await until(timed_out));
    co_await late.agent->shut_down();
  });
}

TEST(Agent, StopScriptsRunAndTheirOutputArrivesBeforeItLeaves) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest({script("echo bye; exit 2", false)}));
    bench.start(co_await aio::executor());
    const auto ready = [&] { return bench.server.states() == States{"starting", "ready"}; };
    EXPECT_TRUE(co_await until(ready));

    co_await bench.agent->shut_down();

    EXPECT_EQ(bench.server.states(), (States{"starting", "ready", "shutting_down", "shutdown_error"}));
    EXPECT_EQ(bench.server.logs(), States{"info:bye"});
    EXPECT_EQ(json::parse(bench.server.seen("script-timings").at(0).body).at("stage").as_string(), "stop");
  });
}

TEST(Agent, ReportsWaitWhileTheServerFailsAndArriveInOrder) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest({script("for i in 1 2 3; do echo $i; done")}));
    bench.server.set("logs", 503);
    bench.server.set("report-lifecycle", 500);
    bench.start(co_await aio::executor());
    const auto settled = [&] { return bench.agent->state() == Lifecycle::ready; };
    EXPECT_TRUE(co_await until(settled));
    EXPECT_TRUE(bench.server.logs().empty());

    bench.server.set("report-lifecycle", 204);
    bench.server.set("logs", 200, "null");

    const auto arrived = [&] { return bench.server.logs().size() == 3 && bench.server.states().size() == 2; };
    EXPECT_TRUE(co_await until(arrived));
    EXPECT_EQ(bench.server.logs(), (States{"info:1", "info:2", "info:3"}));
    EXPECT_EQ(bench.server.states(), (States{"starting", "ready"}));
    co_await bench.agent->shut_down();
  });
}

TEST(Agent, GoesOnWhenTheLogLimitIsReached) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest({script("echo a; sleep 0.3; echo b")}));
    bench.server.set("logs", 413, R"({"message":"Logs limit exceeded"})");
    bench.start(co_await aio::executor());

    const auto ready = [&] { return bench.server.states() == States{"starting", "ready"}; };
    EXPECT_TRUE(co_await until(ready));
    EXPECT_TRUE(bench.server.logs().empty());
    EXPECT_EQ(bench.server.seen("tunnel").size(), 1U) << "the connection stays";
    co_await bench.agent->shut_down();
  });
}

api::AgentMetadataDescription item(std::string key, std::string text, std::int64_t interval, std::int64_t timeout = 0) {
  return {.display_name = key, .key = key, .script = std::move(text), .interval = interval, .timeout = timeout};
}

TEST(Agent, MetadataIsCollectedCutAndTimed) {
  on_loop([]() -> Task<void> {
    auto what = manifest();
    what.metadata = {item("ok", "echo fine; echo also >&2", 1), item("bad", "echo partly; exit 3", 0),
                     item("long", "head -c 20000 /dev/zero | tr '\\0' x", 0), item("slow", "echo begun; sleep 100", 0, 1)};
    Bench bench(what);
    bench.start(co_await aio::executor());
    std::map<std::string, json::value> newest;
    const auto all = [&] {
      std::size_t of_ok = 0;
      for (const auto& report : bench.server.seen("metadata"))
        for (const auto& value : json::parse(report.body).at("metadata").as_array()) {
          newest[std::string(value.at("key").as_string())] = value;
          of_ok += value.at("key").as_string() == "ok" ? 1 : 0;
        }
      return newest.size() == 4 && of_ok >= 2;
    };

    EXPECT_TRUE(co_await until(all));

    EXPECT_EQ(newest["ok"].at("value").as_string(), "fine\nalso\n");
    EXPECT_EQ(newest["ok"].at("error").as_string(), "");
    EXPECT_EQ(newest["bad"].at("value").as_string(), "partly\n");
    EXPECT_EQ(newest["bad"].at("error").as_string(), "run cmd: exit status 3");
    EXPECT_EQ(newest["long"].at("value").as_string().size(), 10240U);
    EXPECT_EQ(newest["long"].at("error").as_string(), "output truncated from 20000 to 10240 bytes");
    EXPECT_EQ(newest["slow"].at("value").as_string(), "begun\n");
    EXPECT_EQ(newest["slow"].at("error").as_string(), "run cmd: ended after its limit of 1000 ms");
    co_await bench.agent->shut_down();
  });
}

TEST(Agent, AppsAreCheckedAndChangesReported) {
  on_loop([]() -> Task<void> {
    auto what = manifest();
    Bench bench(what);
    api::WorkspaceApp app;
    app.id = Uuid::random();
    app.health = "initializing";
    app.healthcheck.emplace();
    app.healthcheck->url = bench.server.url() + "/healthz";
    app.healthcheck->interval = 1;
    app.healthcheck->threshold = 1;
    what.apps.push_back(app);
    bench.server.set("manifest", 200, api::to_json(what));
    bench.start(co_await aio::executor());
    const auto reported = [&](std::string_view health) {
      const auto all = bench.server.seen("app-health");
      return !all.empty() && json::parse(all.back().body).at("Healths").at(app.id.str()).as_string() == health;
    };
    const auto healthy = [&] { return reported("healthy"); };
    const auto unhealthy = [&] { return reported("unhealthy"); };

    EXPECT_TRUE(co_await until(healthy));
    bench.server.set("/healthz", 500);
    EXPECT_TRUE(co_await until(unhealthy));
    EXPECT_EQ(bench.server.seen("app-health").size(), 2U) << "only changes are reported";
    co_await bench.agent->shut_down();
  });
}

TEST(HealthState, FailsAfterTheThresholdAndRecoversAtOnce) {
  HealthState state("initializing", 2);
  EXPECT_FALSE(state.observe(false));
  EXPECT_FALSE(state.observe(false));
  EXPECT_TRUE(state.observe(false));
  EXPECT_EQ(state.health(), "unhealthy");
  EXPECT_FALSE(state.observe(false));
  EXPECT_TRUE(state.observe(true));
  EXPECT_EQ(state.health(), "healthy");
}

Task<Result<std::string>> talk(std::shared_ptr<tunnel::Session> session, std::string id, std::string send, std::string wanted) {
  tunnel::HeaderList headers{{"x-reconnect-id", std::move(id)}, {"x-height", "33"}, {"x-width", "99"}};
  CO_TRY(stream, co_await session->open("pty", "/", std::move(headers)));
  CO_CHECK(co_await stream->write(send));
  std::string seen;
  std::array<char, 4096> buffer{};
  while (seen.find(wanted) == std::string::npos) {
    CO_TRY(got, co_await stream->read_some(buffer));
    if (got == 0) break;
    seen.append(buffer.data(), got);
  }
  stream->close();
  co_return seen;
}

TEST(Agent, TerminalsSurviveALostConnectionAndAreReported) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest());
    bench.start(co_await aio::executor());
    const auto ready = [&] { return bench.server.states().size() == 2; };
    EXPECT_TRUE(co_await until(ready));
    const auto id = Uuid::random().str();
    auto session = bench.server.session();
    const auto first = co_await aio::on(session->home(), talk(session, id, R"({"data":"x=kept; echo [$((6*7))]; stty size\n"})", "33 99"));
    EXPECT_TRUE(first && first->find("[42]") != std::string::npos);
    const auto in_stats = [&] {
      for (const auto& one : bench.server.seen("report-stats"))
        if (one.body.find(R"("tx_bytes":0)") == std::string::npos && one.body.size() > 2) return true;
      return false;
    };
    EXPECT_TRUE(co_await until(in_stats));

    co_await aio::on(session->home(), session->stop());
    session.reset();
    const auto again = [&] { return bench.server.seen("startup").size() == 2 && bench.server.session() != nullptr; };
    EXPECT_TRUE(co_await until(again));
    session = bench.server.session();
    const auto second = co_await aio::on(session->home(), talk(session, id, R"({"data":"echo still-$x\n"})", "still-kept"));

    EXPECT_TRUE(second && second->find("[42]") != std::string::npos) << "the output so far is replayed";
    const auto ended = [&] { return bench.server.seen("connections").size() == 4; };
    EXPECT_TRUE(co_await until(ended));
    const auto connect = json::parse(bench.server.seen("connections").at(0).body);
    const auto disconnect = json::parse(bench.server.seen("connections").at(1).body);
    EXPECT_EQ(connect.at("action").as_string(), "connect");
    EXPECT_EQ(connect.at("type").as_string(), "reconnecting_pty");
    EXPECT_EQ(disconnect.at("action").as_string(), "disconnect");
    EXPECT_EQ(connect.at("id").as_string(), disconnect.at("id").as_string());
    co_await bench.agent->shut_down();
  });
}

Task<Result<std::string>> through_port(std::shared_ptr<tunnel::Session> session, std::uint16_t port, std::string send) {
  CO_TRY(stream, co_await session->connect(port));
  CO_CHECK(co_await stream->write(send));
  std::string seen;
  std::array<char, 4096> buffer{};
  while (true) {
    const auto got = co_await stream->read_some(buffer);
    if (!got || *got == 0) break;
    seen.append(buffer.data(), *got);
  }
  co_return seen;
}

TEST(Agent, PortsAreReachedAndListed) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest());
    FakeServer app;
    const auto port = static_cast<std::uint16_t>(std::stoi(app.url().substr(app.url().rfind(':') + 1)));
    bench.start(co_await aio::executor());
    const auto ready = [&] { return bench.server.session() != nullptr; };
    EXPECT_TRUE(co_await until(ready));
    auto session = bench.server.session();

    const auto page = co_await aio::on(session->home(), through_port(session, port, "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    const auto refused = co_await aio::on(session->home(), through_port(session, 1, "x"));
    const auto listed = co_await bench.ask("/listening-ports");
    const auto pong = co_await bench.ask("/ping");
    const auto containers = co_await bench.ask("/containers");

    EXPECT_TRUE(page && page->starts_with("HTTP/1.1 200")) << (page ? *page : page.error().say);
    EXPECT_FALSE(refused);
    EXPECT_TRUE(listed && listed->body.find(fmt::format(R"("port":{})", port)) != std::string::npos);
    EXPECT_TRUE(listed && listed->body.find(R"("process_name":"agent_test")") != std::string::npos);
    EXPECT_EQ(pong ? pong->status : 0, 200);
    EXPECT_EQ(containers ? containers->body : "", R"({"devcontainers":[],"containers":[]})");
    session.reset();
    co_await bench.agent->shut_down();
  });
}

TEST(TerminalRequests, NeedAnIdAndTakeUsualSizes) {
  EXPECT_FALSE(read_terminal_request("", "24", "80", ""));
  EXPECT_FALSE(read_terminal_request("00000000-0000-0000-0000-000000000000", "24", "80", ""));
  const auto got = read_terminal_request("7c7dcd5a-6d0b-4fb0-a0a4-0a2b1f1c2d3e", "x", "", "top");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->size, (TerminalSize{80, 80}));
  EXPECT_EQ(got->command, "top");
}

TEST(Identity, EachCloudsProofIsExchangedForAToken) {
  on_loop([]() -> Task<void> {
    FakeServer server;
    server.set("/latest/api/token", 200, "imds");
    server.set("/latest/dynamic/instance-identity/signature", 200, "sig\nnature");
    server.set("/latest/dynamic/instance-identity/document", 200, "{\n  \"instanceId\" : \"i-1\"\n}\n");
    server.set("/metadata/attested/document", 200, R"({"encoding":"pkcs7","signature":"c2ln"})");
    server.set("/computeMetadata/v1/instance/service-accounts/default/identity", 200, "a.jwt.b");
    for (const char* cloud : {"aws", "azure", "google"}) server.set(std::string(cloud) + "-instance-identity", 200, R"({"session_token":"tok"})");
    net::Client client(co_await aio::executor());
    ControlPlane plane(co_await aio::executor(), server.url());
    Options options;
    options.metadata_url = server.url() + "/";
    options.agent_name = "alpha";

    for (const auto auth : {AuthKind::aws, AuthKind::azure, AuthKind::google}) {
      options.auth = auth;
      const auto got = co_await obtain_token(client, plane, options);
      EXPECT_TRUE(got && got->reveal() == "tok");
    }

    const auto aws = json::parse(server.seen("aws-instance-identity").at(0).body);
    EXPECT_EQ(aws.at("document").as_string(), "{\n  \"instanceId\" : \"i-1\"\n}\n");
    EXPECT_EQ(aws.at("signature").as_string(), "sig\nnature");
    EXPECT_EQ(aws.at("agent_name").as_string(), "alpha");
    EXPECT_EQ(json::parse(server.seen("azure-instance-identity").at(0).body).at("encoding").as_string(), "pkcs7");
    EXPECT_EQ(json::parse(server.seen("google-instance-identity").at(0).body).at("json_web_token").as_string(), "a.jwt.b");
    server.set("/latest/api/token", 404);
    options.auth = AuthKind::aws;
    EXPECT_FALSE(co_await obtain_token(client, plane, options)) << "a metadata service that refuses is an error";
    co_await client.stop();
    co_await plane.stop();
  });
}

TEST(Identity, ATokenFileIsReadAnewAndTrimmed) {
  on_loop([]() -> Task<void> {
    const Folder folder;
    net::Client client(co_await aio::executor());
    ControlPlane plane(co_await aio::executor(), "http://127.0.0.1:1");
    Options options;
    options.token_file = folder / "token";

    EXPECT_FALSE(co_await obtain_token(client, plane, options));
    folder.write("token", " abc\n");
    const auto got = co_await obtain_token(client, plane, options);

    EXPECT_TRUE(got && got->reveal() == "abc");
    EXPECT_EQ(metadata_base({.auth = AuthKind::google}, {{"GCE_METADATA_HOST", "h:1"}}), "http://h:1");
    EXPECT_EQ(metadata_base({.auth = AuthKind::aws}, {}), "http://169.254.169.254");
    co_await client.stop();
    co_await plane.stop();
  });
}

TEST(GitAuth, PromptsAreReadWithoutTheUserName) {
  const auto password = read_git_prompt("Password for 'https://me@github.com': ");
  const auto name = read_git_prompt("Username for 'https://git.example.org:8443/x': ");

  ASSERT_TRUE(password && name);
  EXPECT_TRUE(password->wants_password);
  EXPECT_EQ(password->url, "https://github.com");
  EXPECT_EQ(name->url, "https://git.example.org:8443/x");
  EXPECT_FALSE(read_git_prompt("Enter passphrase"));
  EXPECT_FALSE(read_git_prompt("Username for ''"));
}

// An ssh that tells what it was run with; `-G` answers as ssh does, with two keys, of which one is there.
constexpr const char* kTellingSsh = R"(#!/bin/sh
if [ "$1" = -G ]; then echo "user git"; echo "identityfile ~/mine"; echo "identityfile ~/missing"; exit 0; fi
echo "$1 $2 $3" >$OUT/first
stat -c %a "$4" >$OUT/mode; cat "$4" >$OUT/key; echo "$4" >$OUT/path
shift 4; echo "$*" >$OUT/rest
[ -e $OUT/waits ] && { kill -TERM $PPID; while :; do sleep 0.05; done; }
exit ${EXIT:-5}
)";

TEST(GitAuth, SshRunsWithOnesOwnKeysAndTheOwnersLastInAFileOfOurs) {
  on_loop([]() -> Task<void> {
    FakeServer server;
    server.set("gitsshkey", 200, R"({"public_key":"ssh-ed25519 AAAA","private_key":"PRIVATE"})");
    const Folder folder;
    std::filesystem::create_directories(folder / "bin");
    folder.write("bin/ssh", kTellingSsh);
    folder.write("mine", "a key of one's own");
    std::filesystem::permissions(folder / "bin/ssh", std::filesystem::perms::owner_all);
    const std::string path = std::getenv("PATH");
    ::setenv("PATH", ((folder / "bin") + ":" + path).c_str(), 1);
    Environment environment = own_environment();
    environment["CODER_AGENT_URL"] = server.url() + "/";
    environment["CODER_AGENT_TOKEN"] = "t";
    environment["OUT"] = environment["HOME"] = folder.path();
    const auto key_path = [&] {
      auto out = folder.read("path");
      out.pop_back();
      return out;
    };

    const int status = co_await run_git_ssh({"-p", "22", "git@host"}, environment);

    EXPECT_EQ(status, 5);
    EXPECT_EQ(folder.read("first"), "-i " + (folder / "mine") + " -i\n");
    EXPECT_EQ(folder.read("mode"), "600\n");
    EXPECT_EQ(folder.read("key"), "PRIVATE\n");
    EXPECT_EQ(folder.read("rest"), "-p 22 git@host\n");
    EXPECT_FALSE(std::filesystem::exists(key_path())) << "the key does not stay on disk";

    environment["EXIT"] = "255";
    testing::internal::CaptureStderr();
    EXPECT_EQ(co_await run_git_ssh({"git@host"}, environment), 255);
    EXPECT_NE(testing::internal::GetCapturedStderr().find("ssh-ed25519 AAAA"), std::string::npos) << "which key to add";
    EXPECT_FALSE(std::filesystem::exists(key_path()));

    folder.write("waits", "");
    EXPECT_EQ(co_await run_git_ssh({"git@host"}, environment), 128 + SIGTERM) << "we were told to end";
    EXPECT_FALSE(std::filesystem::exists(key_path()));
    ::setenv("PATH", path.c_str(), 1);
  });
}

TEST(GitAuth, AskpassPrintsWhatGitAsksFor) {
  on_loop([]() -> Task<void> {
    FakeServer server;
    server.set(
        "external-auth", 200,
        R"({"access_token":"a","token_extra":null,"url":"","type":"github","expires_at":"0001-01-01T00:00:00Z","username":"oauth2","password":"pw"})");
    const Environment environment{{"CODER_AGENT_URL", server.url()}, {"CODER_AGENT_TOKEN", "t"}};

    testing::internal::CaptureStdout();
    const int name = co_await run_askpass("Username for 'https://github.com': ", environment);
    const int password = co_await run_askpass("Password for 'https://oauth2@github.com': ", environment);
    std::fflush(stdout);
    const auto printed = testing::internal::GetCapturedStdout();

    EXPECT_EQ(name, 0);
    EXPECT_EQ(password, 0);
    EXPECT_EQ(printed, "oauth2\npw\n");
    server.set("external-auth", 404, R"({"message":"No matching provider."})");
    EXPECT_EQ(co_await run_askpass("Username for 'https://github.com': ", environment), 1);
    EXPECT_EQ(co_await run_askpass("Username for 'https://github.com': ", {}), 1);
  });
}

TEST(Reaper, EndsAsItsChildDoesAndReapsOthers) {
  const pid_t parent = ::fork();
  if (parent == 0) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(7);
    ::_exit(reap_until(child));
  }
  int status = 0;

  ASSERT_EQ(::waitpid(parent, &status, 0), parent);

  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

}  // namespace
}  // namespace slipway::agent
