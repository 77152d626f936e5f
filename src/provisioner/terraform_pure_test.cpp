#include "provisioner/news.hpp"
#include "provisioner/state_version.hpp"
#include "provisioner/terraform_environment.hpp"
#include "provisioner/terraform_events.hpp"
#include "provisioner/terraform_work.hpp"
#include "provisioner/test_sink.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace slipway::provisioner {
namespace {

TEST(TerraformEnvironment, NothingOfTheServerGetsInButTheAllowList) {
  const EnvironmentEntries own = {{"PATH", "/bin"},      {"AWS_PROFILE", "dev"}, {"CODER_PG_CONNECTION_URL", "postgres://x"},
                                  {"SLIPWAY_KEY", "k"},  {"RANDOM", "1"},        {"HTTPS_PROXY", "p"},
                                  {"MYCLOUD_TOKEN", "t"}};
  const auto input = job_of(JobKind::build, "");

  const auto built = environment_of(input, own, {"MYCLOUD_", "CODER_"}).value();

  EXPECT_EQ(built.get("AWS_PROFILE"), "dev");
  EXPECT_EQ(built.get("HTTPS_PROXY"), "p");
  EXPECT_EQ(built.get("MYCLOUD_TOKEN"), "t");
  EXPECT_FALSE(built.get("CODER_PG_CONNECTION_URL"));
  EXPECT_FALSE(built.get("SLIPWAY_KEY"));
  EXPECT_FALSE(built.get("RANDOM"));
}

TEST(TerraformEnvironment, NothingThatSteersTheToolIsInherited) {
  const EnvironmentEntries own = {{"TF_CLI_CONFIG_FILE", "/gone"}, {"TF_DATA_DIR", "/gone"},   {"TF_WORKSPACE", "w"}, {"TF_LOG", "trace"},
                                  {"TF_PLUGIN_CACHE_DIR", "/"},    {"TF_CLI_ARGS_plan", "-x"}, {"TF_VAR_x", "1"},     {"TF_TOKEN_app", "t"}};

  const auto built = environment_of(job_of(JobKind::build, ""), own, {"TF_"}).value();

  for (const auto* name : {"TF_CLI_CONFIG_FILE", "TF_DATA_DIR", "TF_WORKSPACE", "TF_LOG", "TF_PLUGIN_CACHE_DIR", "TF_CLI_ARGS_plan", "TF_VAR_x"})
    EXPECT_FALSE(built.get(name)) << name;
  EXPECT_EQ(built.get("TF_TOKEN_app"), "t");
}

TEST(TerraformEnvironment, ProviderFindsWhatItReads) {
  auto input = job_of(JobKind::build, "");
  input.workspace.transition = Transition::destroy;
  input.workspace.prebuild = Prebuild::claim;
  input.workspace.running_agent_tokens.push_back({"id", Secret("tok")});
  input.workspace.owner.groups = {"a", "b\""};
  input.workspace.owner.roles = {{"owner", ""}, {"auditor", "org"}};
  input.workspace.external_auth.push_back({"github", Secret("gh")});
  input.parameters = {{"size", "large"}};
  input.previous_parameters = {{"size", "small"}};
  input.variables = {{"region", "eu", false}};
  input.agent_scripts["linux_amd64"] = "#!/bin/sh";

  const auto built = environment_of(input, {}, {}).value();

  EXPECT_EQ(built.get("CODER_AGENT_URL"), "http://127.0.0.1:7080");
  EXPECT_EQ(built.get("CODER_WORKSPACE_TRANSITION"), "destroy");
  EXPECT_EQ(built.get("CODER_WORKSPACE_BUILD_ID"), input.workspace.build_id);
  EXPECT_EQ(built.get("CODER_WORKSPACE_IS_PREBUILD_CLAIM"), "true");
  EXPECT_FALSE(built.get("CODER_WORKSPACE_IS_PREBUILD"));
  EXPECT_EQ(built.get("CODER_RUNNING_WORKSPACE_AGENT_TOKEN_e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), "tok");
  EXPECT_EQ(built.get("CODER_WORKSPACE_OWNER_GROUPS"), R"(["a","b\""])");
  EXPECT_EQ(built.get("CODER_WORKSPACE_OWNER_RBAC_ROLES"), R"([{"name":"owner","org_id":""},{"name":"auditor","org_id":"org"}])");
  EXPECT_EQ(built.get("CODER_EXTERNAL_AUTH_ACCESS_TOKEN_github"), "gh");
  EXPECT_EQ(built.get(parameter_variable("size")), "large");
  EXPECT_EQ(parameter_variable("region"), "CODER_PARAMETER_c697d2981bf416569a16cfbcdec1542b5398f3cc77d2b905819aa99c46ecf6f6");
  EXPECT_EQ(built.get("TF_VAR_region"), "eu");
  EXPECT_EQ(built.get("CODER_AGENT_SCRIPT_linux_amd64"), "#!/bin/sh");
}

TEST(TerraformEnvironment, ImportHasNoBuildIdAndOversizeIsRefused) {
  auto import = job_of(JobKind::import, "");
  auto big = import;
  big.parameters = {{"p", std::string(200000, 'x')}};

  EXPECT_FALSE(environment_of(import, {}, {}).value().get("CODER_WORKSPACE_BUILD_ID"));
  EXPECT_EQ(environment_of(import, {}, {}).value().get("CODER_WORKSPACE_TRANSITION"), "start");
  EXPECT_NE(environment_of(big, {}, {}).error().say.find("too long"), std::string::npos);
}

const char* kDiagnostic =
    R"({"@level":"error","@message":"Error: Invalid reference","@timestamp":"2026-01-01T00:00:00Z","diagnostic":{"severity":"error",
 "summary":"Invalid reference","detail":"No such thing.\nLook again.","range":{"filename":"main.tf","start":{"line":6,"column":1,"byte":8}},
 "snippet":{"context":"resource \"a\" \"b\"","code":"x = 1\ny = z.q","start_line":5,"values":[{"traversal":"z.q","statement":"is null"}]}},"type":"diagnostic"})";

std::string one_line(std::string text) {
  std::erase(text, '\n');
  return text;
}

TEST(TerraformEvents, DiagnosticShowsFileLineAndCode) {
  EventReader reader("plan");
  std::string shown;

  for (const auto& spoken : reader.read(one_line(kDiagnostic))) shown += fmt::format("{} {}\n", to_string(spoken.level), spoken.text);

  EXPECT_EQ(shown,
            "error Error: Invalid reference\n"
            "error   on main.tf line 6, in resource \"a\" \"b\":\n"
            "error      5: x = 1\n"
            "error      6: y = z.q\n"
            "error         z.q is null\n"
            "error No such thing.\n"
            "error Look again.\n");
  EXPECT_EQ(reader.summary(), "Invalid reference on main.tf line 6: No such thing. Look again.");
}

TEST(TerraformEvents, TimingsPairTheirStartAndEnd) {
  const auto event = [](const std::string& type, const std::string& time, const std::string& action) {
    return fmt::format(
        R"({{"@level":"info","@message":"m","@timestamp":"2026-01-01T00:00:{}Z","hook":{{"resource":{{"addr":"a.b","implied_provider":"docker"}},"action":"{}"}},"type":"{}"}})",
        time, action, type);
  };
  EventReader reader("apply");

  for (const auto& line : {event("apply_start", "01", "create"), event("apply_progress", "02", "create"), event("apply_complete", "03.5", "create"),
                           event("apply_complete", "04", "create")})
    reader.read(line);
  const auto timings = reader.take_timings();

  ASSERT_EQ(timings.size(), 1U);
  EXPECT_EQ(timings[0].source, "docker");
  EXPECT_EQ(timings[0].action, "create");
  EXPECT_EQ(timings[0].resource, "a.b");
  EXPECT_EQ(timings[0].ended_at - timings[0].started_at, Milliseconds(2500));
}

TEST(TerraformEvents, MissingVariablesAreListedAndOddLinesPassPlainly) {
  EventReader reader("plan");
  reader.read(
      R"({"@level":"error","type":"diagnostic","diagnostic":{"severity":"error","summary":"No value for required variable","detail":"The root module input variable \"password\" is not set"}})");

  EXPECT_EQ(reader.missing_variables(), std::vector<std::string>{"password"});
  EXPECT_EQ(reader.read("\x1b[31m│ Error\x1b[0m")[0].text, "Error");
  EXPECT_TRUE(reader.read("").empty());
  EXPECT_EQ(reader.read("{broken")[0].text, "{broken");
  EXPECT_EQ(reader.read(R"({"@level":"info","@message":"v","type":"version"})")[0].level, LogLevel::debug);
}

TEST(News, OfASecretOfSeveralLinesNoneIsShown) {
  TestSink sink;
  News news(sink);
  news.hide("-----BEGIN KEY-----\r\nAAAABBBBCCCC\nDDDD\n");

  news.line(LogLevel::info, "key: AAAABBBBCCCC; short lines such as DDDD could be anything");

  EXPECT_EQ(sink.lines.at(0).output, "key: ***; short lines such as DDDD could be anything");
}

TEST(News, ASecretWithinASecretDoesNotUncoverTheRest) {
  TestSink sink;
  News news(sink);
  news.hide("pass");
  news.hide("compass-north");

  news.line(LogLevel::info, "compass-north pass");

  EXPECT_EQ(sink.lines.at(0).output, "*** ***");
}

TEST(News, WhatTheTemplateCallsSensitiveIsHiddenByItsGivenValueOrItsDefault) {
  TestSink sink;
  News news(sink);
  JobInput input;
  input.variables = {{"password", "given-one"}, {"region", "eu-north"}, {"keys", R"({"a":["inner-key"]})"}};
  news.hide_sensitive({{.name = "password", .default_value = "default-one", .sensitive = true},
                       {.name = "region", .default_value = "us"},
                       {.name = "keys", .sensitive = true},
                       {.name = "other", .default_value = "other-default", .sensitive = true}},
                      input);

  news.line(LogLevel::info, "given-one default-one eu-north inner-key other-default");

  EXPECT_EQ(sink.lines.at(0).output, "*** default-one eu-north *** ***");
}

TEST(News, SecretsAreBlankedAndShortOnesLeftAlone) {
  TestSink sink;
  News news(sink);
  auto input = job_of(JobKind::build, "");
  input.variables = {{"p", "hunter22", true}, {"q", "abc", true}};
  news.hide_all_of(input);
  news.stage("Planning infrastructure");
  news.stage("Planning infrastructure");

  news.line(LogLevel::info, "hunter22 and abc and hunter22");

  EXPECT_EQ(sink.all(), "[Planning infrastructure] info \n[Planning infrastructure] info *** and abc and ***\n");
}

// As a process killed in the middle leaves it.
struct LeftBehind {
  LeftBehind() {
    char name[] = "/tmp/slipway-left-XXXXXX";
    cache = ::mkdtemp(name);
    std::filesystem::create_directories(folder() + "/template");
    std::ofstream(folder() + "/workspace") << Uuid::random().str();
    std::ofstream(folder() + "/template/terraform.tfstate") << R"({"version":4,"serial":7,"lineage":"a","resources":[]})";
  }
  ~LeftBehind() {
    std::error_code ignored;
    std::filesystem::remove_all(cache, ignored);
  }
  std::string folder() const { return cache + "/jobs/" + job.str(); }
  std::string cache;
  JobId job = JobId::random();
};

TEST(Interrupted, JobOfAnEarlierProcessEndsAsFailedWithItsStateAndStaysUntilThatIsTaken) {
  const LeftBehind left;
  const auto engine = make_terraform_engine({.cache_directory = left.cache});
  EXPECT_EQ(engine->interrupted(), std::vector{left.job});
  aio::Loops loops(1);
  const auto salvage = [](Engine& from, JobId job, Finished& out) -> Task<int> {
    out = co_await from.salvage(job);
    co_return 0;
  };

  {
    Finished done;
    loops.run(salvage(*engine, left.job, done));
    EXPECT_EQ(packed_state_version(done.outcome.state).serial, 7);
    EXPECT_TRUE(done.failure.has_value());
  }
  EXPECT_TRUE(std::filesystem::exists(left.folder()));

  const auto kept = engine->kept_of(left.job);
  ASSERT_TRUE(kept);
  kept->drop();
  EXPECT_FALSE(std::filesystem::exists(left.folder()));
  EXPECT_EQ(engine->kept_of(left.job), nullptr);
}

TEST(Interrupted, ProcessThatStillWorksIsWaitedForAndEndedByForceAtLast) {
  const LeftBehind left;
  const auto here = left.folder() + "/template";
  const auto pid = ::fork();
  if (pid == 0) {
    ::setpgid(0, 0);
    if (::chdir(here.c_str()) == 0) ::pause();
    ::_exit(1);
  }
  std::ofstream(left.folder() + "/process") << pid;
  std::error_code failed;
  while (std::filesystem::read_symlink(fmt::format("/proc/{}/cwd", pid), failed) != here) {
  }

  EXPECT_FALSE(end_interrupted(left.cache, left.job, Push::wait));
  EXPECT_FALSE(end_interrupted(left.cache, left.job, Push::force));
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(end_interrupted(left.cache, left.job, Push::wait));
}

TEST(StateVersion, FollowsInItsOwnLineOnly) {
  const auto state = [](int serial, const std::string& lineage) {
    return state_version(fmt::format(R"({{"serial":{},"lineage":"{}","resources":[]}})", serial, lineage));
  };

  EXPECT_TRUE(state(2, "a").follows(state(1, "a")));
  EXPECT_FALSE(state(1, "a").follows(state(1, "a")));
  EXPECT_FALSE(state(2, "a").follows(state(1, "b")));
  EXPECT_TRUE(state(0, "a").follows(state_version("no state")));
  EXPECT_FALSE(state_version("no state").follows(state(0, "a")));
}

TEST(Events, SummaryOfALongErrorIsShortAndOnOneLine) {
  EventReader reader("apply");
  reader.read(R"({"@level":"error","type":"diagnostic","diagnostic":{"severity":"error","summary":"It failed","detail":")" + std::string(5000, 'x') +
              R"(\nmore"}})");

  EXPECT_LT(reader.summary().size(), 600U);
  EXPECT_TRUE(reader.summary().starts_with("It failed: xxx"));
  EXPECT_TRUE(reader.summary().ends_with("(see the log)"));
}

}  // namespace
}  // namespace slipway::provisioner
