// How the program answers what people type: slips of the fingers, prompts, names that are not there.
#include "cli/port_forward.hpp"
#include "cli/print.hpp"
#include "cli/talk.hpp"
#include "cli/words.hpp"

namespace slipway::cli {
namespace {

using Words = std::vector<std::string>;

TEST(Nearest, IsASlipOfTheFingersAway) {
  const Words known{"create", "cancel", "list", "ssh", "start", "state", "stop"};

  EXPECT_EQ(nearest("crate", known), Words{"create"});
  EXPECT_EQ(nearest("strat", known), Words{"start"});
  EXPECT_EQ(nearest("lst", known), Words{"list"});
  EXPECT_EQ(nearest("sta", known), (Words{"start", "state"}));
  EXPECT_EQ(nearest("licenses", known), Words{});
}

TEST_F(Talk, AnUnknownCommandOrFlagIsNamedWithWhatWasMeant) {
  const auto crate = run({"crate", "foo"});
  EXPECT_EQ(crate.code, 2);
  EXPECT_EQ(crate.err, "error: There is no command \"crate\". Did you mean: create?\n  See: slipway --help\n");
  EXPECT_EQ(run({"licenses", "list"}).err, "error: There is no command \"licenses\".\n  See: slipway --help\n");
  EXPECT_EQ(run({"sharing", "--help"}).code, 2);
  const auto flag = run({"create", "dev", "--tempate", "docker"});
  EXPECT_EQ(flag.code, 2);
  EXPECT_NE(flag.err.find("slipway create has no flag --tempate. Did you mean: --template"), std::string::npos) << flag.err;
  EXPECT_NE(run({"templates", "versoins", "list"}).err.find("Did you mean: versions?"), std::string::npos);
  const auto extra = run({"show", "dev", "one", "two"});
  EXPECT_EQ(extra.code, 2);
  EXPECT_NE(extra.err.find("one two"), std::string::npos) << extra.err;
}

TEST_F(Talk, HelpAndVersionMayBeAskedForInTheUsualWays) {
  EXPECT_EQ(run({"help"}).out, run({"--help"}).out);
  EXPECT_EQ(run({"help", "create"}).out, run({"create", "--help"}).out);
  EXPECT_TRUE(run({"--version"}, false).out.starts_with("slipway v"));
  EXPECT_TRUE(run({"version", "--output", "json"}, false).out.starts_with(R"({"version":"v)"));
}

TEST_F(Talk, CompletionOffersTheValuesOfFlags) {
  on("GET /api/v2/templates", {200, R"([{"name":"docker"},{"name":"host"}])"});
  Program program;
  add_commands(program);

  EXPECT_EQ(complete(program, {"list", "--output", ""}), (Words{"table", "json"}));
  EXPECT_EQ(complete(program, {"--url", url(), "--token", "t", "create", "dev", "--template", "d"}), Words{"docker"});
}

// A template may name its agent so that a terminal which obeys would hide or rewrite what stands there.
TEST_F(Talk, NoSequenceOfOthersReachesTheTerminal) {
  auto evil = workspace_with_agent("connected");
  evil.latest_build.resources[0].agents[0].name = "\x1b]0;owned\x07\x1b[2Jmain";
  on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(evil)});
  on(std::string("GET ") + kBuild, {200, api::to_json(evil.latest_build)});
  on(std::string("GET ") + kAgent, {200, api::to_json(evil.latest_build.resources[0].agents[0])});
  on(std::string("GET ") + kAgent + "/tcp?port=3", {.echo = true});

  for (const Words& words : {Words{"logs", "dev"}, Words{"ping", "dev", "--count", "1"}, Words{"show", "dev"}, Words{"ssh", "dev.other"}}) {
    const auto outcome = run(words);
    EXPECT_EQ((outcome.out + outcome.err).find('\x1b'), std::string::npos) << words[0];
    EXPECT_NE((outcome.out + outcome.err).find("\\x1b]0;owned"), std::string::npos) << words[0] << outcome.out << outcome.err;
  }
}

TEST(Print, JsonForATerminalHoldsNothingThatItObeys) {
  testing::internal::CaptureStdout();

  print_json("{\"a\":\"x\x7f\xc2\x9b\xc3\xa9\"}");

  EXPECT_EQ(testing::internal::GetCapturedStdout(), "{\"a\":\"x\\u007f\\u009b\xc3\xa9\"}\n");
}

TEST_F(Talk, AQuestionShowsWhatEnterMeansAndAsksAgain) {
  on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(workspace("running"))});

  const auto outcome = run_at_terminal({"delete", "dev"}, "maybe\n\n");

  EXPECT_EQ(outcome.code, 130);
  EXPECT_NE(outcome.err.find("(y/N)"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("Type y or n"), std::string::npos) << outcome.err;
}

TEST_F(Talk, AWeakFirstPasswordIsAskedForAgain) {
  on("GET /api/v2/users/first", {404, R"({"message":"none"})"});
  on("POST /api/v2/users/first", {400, R"({"message":"No.","validations":[{"field":"password","detail":"The password is too short."}]})"});
  on("POST /api/v2/users/first", {201, api::to_json(api::CreateFirstUserResponse{})});
  on("POST /api/v2/users/login", {201, R"({"session_token":"fresh-token"})"});
  on("GET /api/v2/users/me", {200, user("ana")});

  const auto outcome = run_at_terminal({"login", url(), "--first-user-email", "a@b.c", "--first-user-username", "ana"}, "x\nx\nlong\nlong\n");

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("The password is too short."), std::string::npos) << outcome.err;
}

TEST_F(Talk, LoginTellsThatTheServerSpeaksHttp) {
  on("GET /api/v2/users/first", {200, R"({"message":"there"})"});
  auto address = url();

  const auto outcome = run({"login", address.replace(0, 4, "https"), "--email", "a@b.c", "--password", "x"}, false);

  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("speaks http, not https"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("slipway login " + url()), std::string::npos) << outcome.err;
}

TEST_F(Talk, WhatIsNotThereIsNamed) {
  api::Template docker;
  docker.name = "docker";
  docker.id = *Uuid::parse("dddddddd-9b41-4d16-a7c4-46655440000f");
  docker.active_version_id = *Uuid::parse("cccccccc-9b41-4d16-a7c4-46655440000f");
  on("GET /api/v2/organizations/default/templates/docker", {200, api::to_json(docker)});
  on(std::string("GET ") + kVersionPath + "/rich-parameters", {200, "[]"});
  on(std::string("GET ") + kVersionPath + "/presets", {200, "[]"});
  on("POST /api/v2/users/bo/workspaces", {201, api::to_json(workspace_with_agent("connected"))});
  on(std::string("GET ") + kBuild + "/logs?follow&after=0", {200, "", {log_line(1, "Planning", "one")}});
  on(std::string("GET ") + kBuild, {200, api::to_json(workspace_with_agent("connected").latest_build)});

  const auto version = run({"create", "dev", "-t", "docker", "--template-version", "nosuch"});
  const auto nobody = run({"create", "nobody/dev", "-t", "docker"});
  const auto others = run({"create", "bo/dev", "-t", "docker"});

  EXPECT_NE(version.err.find("Template docker has no version \"nosuch\"."), std::string::npos) << version.err;
  EXPECT_NE(nobody.err.find("There is no user \"nobody\""), std::string::npos) << nobody.err;
  EXPECT_NE(others.err.find("Connect with: slipway ssh bo/dev"), std::string::npos) << others.err;
}

TEST_F(Talk, StartingWhatRunsButAilsNamesTheCure) {
  auto ailing = workspace_with_agent("disconnected");
  ailing.latest_build.resources[0].agents[0].health.healthy = false;
  ailing.health.healthy = false;
  on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(ailing)});

  const auto outcome = run({"start", "dev"});

  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(outcome.err.find("agent main is disconnected"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("slipway restart dev"), std::string::npos) << outcome.err;
}

TEST_F(Talk, TokensOfWorkspacesAreListedOnlyWhenAskedFor) {
  on("GET /api/v2/users/me/keys/tokens?include_all=false&include_expired=false",
     {200, R"([{"id":"a","token_name":"ci"},{"id":"b","token_name":"aaaaaaaa-9b41-4d16-a7c4-46655440000f_session_token"}])"});

  EXPECT_EQ(run({"tokens", "list", "--column", "id,name"}).out, "ID  NAME\na   ci\n");
  EXPECT_NE(run({"tokens", "list", "--workspaces", "--column", "id"}).out.find("b"), std::string::npos);
}

TEST_F(Talk, AnExampleIsWrittenWithoutAServer) {
  const auto folder = folder_ / "host";

  const auto first = run({"templates", "init", "host", folder.string()}, false);
  const auto again = run({"templates", "init", "host", folder.string()}, false);

  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_TRUE(std::filesystem::exists(folder / "main.tf"));
  EXPECT_EQ(again.code, 1);
  EXPECT_EQ(run({"templates", "init", "host", folder.string(), "--yes"}, false).code, 0);
  EXPECT_NE(run({"templates", "init", "nonsense"}, false).err.find("is one of: host,"), std::string::npos);
  EXPECT_EQ(asked(), Words());
}

TEST(Forwards, AreReadFromAllTheirSpellings) {
  const auto one = [](const std::string& text) { return *read_forwards(text); };
  using List = std::vector<Forward>;

  EXPECT_EQ(one("8080"), (List{{"127.0.0.1", 8080, 8080}}));
  EXPECT_EQ(one("8080:80,5432"), (List{{"127.0.0.1", 8080, 80}, {"127.0.0.1", 5432, 5432}}));
  EXPECT_EQ(one("8000-8002"), (List{{"127.0.0.1", 8000, 8000}, {"127.0.0.1", 8001, 8001}, {"127.0.0.1", 8002, 8002}}));
  EXPECT_EQ(one("8000-8001:9000-9001"), (List{{"127.0.0.1", 8000, 9000}, {"127.0.0.1", 8001, 9001}}));
  EXPECT_EQ(one("0.0.0.0:8080:80"), (List{{"0.0.0.0", 8080, 80}}));
  EXPECT_EQ(one("localhost:8080"), (List{{"localhost", 8080, 8080}}));
  EXPECT_EQ(one("[::1]:8080:80"), (List{{"[::1]", 8080, 80}}));
  EXPECT_EQ(as_ssh_flag({"[::1]", 8080, 80}), "[::1]:8080:localhost:80");
  for (const char* wrong : {"", "0", "99999", "8080:0", "1-2:3", "9-8", "a:b:c:d", "8080:", "80x"}) EXPECT_FALSE(read_forwards(wrong)) << wrong;
}

}  // namespace
}  // namespace slipway::cli
