// The commands against a server that says what the test wants: what they ask, what they print, how they end.
#include "cli/talk.hpp"

#include <sstream>

namespace slipway::cli {
namespace {

TEST_F(Talk, FirstLoginCreatesTheOwnerAndIsRemembered) {
  on("GET /api/v2/users/first", {404, R"({"message":"none"})"});
  on("POST /api/v2/users/first", {201, api::to_json(api::CreateFirstUserResponse{})});
  on("POST /api/v2/users/login", {201, R"({"session_token":"fresh-token"})"});
  on("GET /api/v2/users/me", {200, user("ana")});

  const auto first =
      run({"login", url(), "--first-user-email", "ana@example.com", "--first-user-username", "ana", "--first-user-password", "pw"}, false);
  EXPECT_EQ(first.code, 0) << first.err;
  const auto ask = api::from_json<api::CreateFirstUserRequest>(body_of("POST /api/v2/users/first"));
  ASSERT_TRUE(ask);
  EXPECT_EQ(ask->username, "ana");
  EXPECT_EQ(ask->password, "pw");

  const auto who = run({"whoami", "--output", "json"}, false);
  EXPECT_EQ(who.code, 0) << who.err;
  EXPECT_EQ(api::from_json<api::User>(who.out)->username, "ana");
  EXPECT_EQ(asked().back(), "GET /api/v2/users/me with fresh-token");
}

TEST_F(Talk, AWrongPasswordIsSaidAndNothingIsKept) {
  on("GET /api/v2/users/first", {200, R"({"message":"there"})"});
  on("POST /api/v2/users/login", {401, R"({"message":"Incorrect email or password."})"});

  const auto outcome = run({"login", url(), "--email", "a@b.c", "--password", "x"}, false);

  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(outcome.err.ends_with("error: Incorrect email or password.\n")) << outcome.err;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "token"));
}

TEST_F(Talk, APasswordOnTheCommandLineIsWarnedAboutAndOtherWaysAreNot) {
  on("GET /api/v2/users/first", {200, R"({"message":"there"})"});
  on("POST /api/v2/users/login", {201, R"({"session_token":"fresh-token"})"});
  on("GET /api/v2/users/me", {200, user("ana")});
  const auto sent = [this] { return api::from_json<api::LoginWithPasswordRequest>(body_of("POST /api/v2/users/login"))->password; };

  const auto shown = run({"login", url(), "--email", "a@b.c", "--password", "on-the-line"}, false);
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_EQ(sent(), "on-the-line");
  for (const auto* part : {"Every process of this machine can read", "SLIPWAY_PASSWORD", "--password -"})
    EXPECT_NE(shown.err.find(part), std::string::npos) << shown.err;
  EXPECT_EQ(shown.err.find("on-the-line"), std::string::npos) << shown.err;

  setenv("SLIPWAY_PASSWORD", "from the variable", 1);
  const auto by_variable = run({"login", url(), "--email", "a@b.c"}, false);
  unsetenv("SLIPWAY_PASSWORD");
  EXPECT_EQ(by_variable.code, 0) << by_variable.err;
  EXPECT_EQ(sent(), "from the variable");
  EXPECT_EQ(by_variable.err.find("warning"), std::string::npos) << by_variable.err;

  std::istringstream input("from the input\n");
  auto* const before = std::cin.rdbuf(input.rdbuf());
  const auto by_input = run({"login", url(), "--email", "a@b.c", "--password", "-"}, false);
  const auto at_its_end = run({"login", url(), "--email", "a@b.c", "--password", "-"}, false);
  std::cin.rdbuf(before);
  std::cin.clear();
  EXPECT_EQ(by_input.code, 0) << by_input.err;
  EXPECT_EQ(sent(), "from the input");
  EXPECT_EQ(by_input.err.find("warning"), std::string::npos) << by_input.err;
  EXPECT_NE(at_its_end.code, 0);
  EXPECT_NE(at_its_end.err.find("standard input"), std::string::npos) << at_its_end.err;
}

TEST_F(Talk, WithoutLoginTheWayThereIsShown) {
  const auto outcome = run({"list"}, false);

  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("Log in with: slipway login"), std::string::npos);
}

TEST_F(Talk, WrongUsageIsTwo) {
  EXPECT_EQ(run({"list", "--nonsense"}).code, 2);
  EXPECT_EQ(run({"show"}).code, 2);
  EXPECT_EQ(run({"templates"}).code, 2);
  EXPECT_EQ(run({"list", "--help"}).code, 0);
}

TEST_F(Talk, ListPrintsATableOrTheApisJson) {
  api::WorkspacesResponse all;
  all.workspaces.push_back(workspace("running"));
  on("GET /api/v2/workspaces?q=owner%3Ame", {200, api::to_json(all)});

  const auto table = run({"list", "--column", "workspace,template,status"});
  EXPECT_EQ(table.out, "WORKSPACE  TEMPLATE  STATUS\nana/dev    docker    running\n") << table.err;

  const auto json = run({"ls", "-o", "json"});
  EXPECT_EQ(json.out, api::to_json(all.workspaces) + "\n");
}

TEST_F(Talk, AuditSaysWhoChangedWhatAndHidesSecrets) {
  on("GET /api/v2/audit?limit=25&offset=0&q=action%3Awrite%20username%3Aana%20date_from%3A2026-01-31",
     {.body =
          R"({"audit_logs":[{"id":"0e8400e2-9b41-4d16-a7c4-46655440000f","time":"2026-03-04T05:06:07.5Z","resource_type":"user","resource_target":"bo",
       "action":"write","status_code":200,"diff":{"name":{"old":"B","new":"Bo","secret":false},"hashed_password":{"old":"","new":"","secret":true}},
       "description":"{user} updated user {target}","user":{"username":"ana"},"additional_fields":{},"ip":"192.0.2.1"}],"count":1,"count_cap":2000})"});

  const auto table = run({"audit", "--action", "write", "--user", "ana", "--from", "2026-01-31"});

  EXPECT_EQ(table.code, 0) << table.err;
  EXPECT_NE(table.out.find("2026-03-04T05:06:07Z  ana   updated user  bo"), std::string::npos) << table.out;
  EXPECT_NE(table.out.find(R"(hashed_password, name: "B" -> "Bo")"), std::string::npos) << table.out;
  const auto json = run({"audit", "--action", "write", "--user", "ana", "--from", "2026-01-31", "--output", "json"});
  EXPECT_NE(json.out.find(R"("resource_target":"bo")"), std::string::npos) << json.out;
}

TEST_F(Talk, TheServersFieldErrorsAreShownOneALine) {
  on("GET /api/v2/workspaces?q=bogus%3A1",
     {400, R"({"message":"Invalid workspace search query.","validations":[{"field":"q","detail":"\"bogus\" is not a valid query param"}]})"});

  const auto outcome = run({"list", "--search", "bogus:1"});

  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "error: Invalid workspace search query.\n  q: \"bogus\" is not a valid query param\n");
}

TEST_F(Talk, StartFollowsTheBuildAcrossALostConnection) {
  on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(workspace("stopped"))});
  on(std::string("GET ") + kBuild + "/parameters", {200, "[]"});
  on(std::string("GET ") + kVersionPath + "/rich-parameters", {200, "[]"});
  on("POST /api/v2/workspaces/aaaaaaaa-9b41-4d16-a7c4-46655440000f/builds", {201, build("pending")});
  on(std::string("GET ") + kBuild + "/logs?follow&after=0", {200, "", {log_line(1, "Setting up", "one"), log_line(2, "Planning", "two")}});
  on(std::string("GET ") + kBuild, {200, build("running")});
  on(std::string("GET ") + kBuild, {200, build("succeeded")});
  on(std::string("GET ") + kBuild + "/logs?follow&after=2", {200, "", {log_line(4, "Planning", "noise", "debug"), log_line(5, "Applying", "three")}});

  const auto outcome = run({"start", "dev"});

  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "==> Setting up\n✔ Setting up 1s\n==> Planning\n✔ Planning 3s\n==> Applying\n✔ Applying 5s\nWorkspace dev is started.\n");
  EXPECT_EQ(
      api::from_json<api::CreateWorkspaceBuildRequest>(body_of("POST /api/v2/workspaces/aaaaaaaa-9b41-4d16-a7c4-46655440000f/builds"))->transition,
      "start");
}

TEST_F(Talk, AFailedBuildSaysWhyAndIsOne) {
  on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(workspace("running"))});
  on("POST /api/v2/workspaces/aaaaaaaa-9b41-4d16-a7c4-46655440000f/builds", {201, build("pending")});
  on(std::string("GET ") + kBuild + "/logs?follow&after=0", {200, "", {log_line(1, "Destroying", "boom", "error")}});
  on(std::string("GET ") + kBuild, {200, build("failed", "exit status 1")});

  const auto outcome = run({"delete", "dev", "--yes", "--orphan"});

  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "==> Destroying\n    boom\n✘ Destroying 9s\nerror: The build failed.\n  exit status 1\n");
  const auto ask = api::from_json<api::CreateWorkspaceBuildRequest>(body_of("POST /api/v2/workspaces/aaaaaaaa-9b41-4d16-a7c4-46655440000f/builds"));
  EXPECT_EQ(ask->transition, "delete");
  EXPECT_EQ(ask->orphan, true);
}

TEST_F(Talk, DeletingNeedsAYesThatNobodyCanGive) {
  on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(workspace("running"))});

  const auto outcome = run({"delete", "dev"});

  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(asked().size(), 1U);
}

TEST_F(Talk, CreateNamesTheParametersThatAreMissing) {
  api::Template docker;
  docker.id = *Uuid::parse("dddddddd-9b41-4d16-a7c4-46655440000f");
  docker.active_version_id = *Uuid::parse("cccccccc-9b41-4d16-a7c4-46655440000f");
  api::TemplateVersionParameter region{.name = "region", .type = "string", .required = true},
      cpus{.name = "cpus", .type = "number", .default_value = "2"};
  on("GET /api/v2/organizations/default/templates/docker", {200, api::to_json(docker)});
  on(std::string("GET ") + kVersionPath + "/rich-parameters", {200, api::to_json(std::vector{region, cpus})});
  on(std::string("GET ") + kVersionPath + "/presets", {200, "[]"});
  on("POST /api/v2/users/me/workspaces", {201, api::to_json(workspace("pending"))});

  const auto without = run({"create", "dev", "--template", "docker"});
  EXPECT_EQ(without.code, 1);
  EXPECT_NE(without.err.find("  region: is required\n"), std::string::npos);
  EXPECT_NE(run({"create", "dev", "-t", "docker", "--parameter", "size=1"}).err.find("is one of: region, cpus"), std::string::npos);

  const auto with = run({"create", "dev", "-t", "docker", "--parameter", "region=eu", "--no-wait"});
  EXPECT_EQ(with.code, 0) << with.err;
  const auto ask = api::from_json<api::CreateWorkspaceRequest>(body_of("POST /api/v2/users/me/workspaces"));
  ASSERT_TRUE(ask);
  EXPECT_EQ(ask->name, "dev");
  EXPECT_EQ(*ask->rich_parameter_values, (std::vector<api::WorkspaceBuildParameter>{{"region", "eu"}}));
}

TEST_F(Talk, TokensAreMadeWithScopesAndLimits) {
  on("POST /api/v2/users/me/keys/tokens", {201, R"({"key":"id-secret"})"});

  const auto outcome = run(
      {"tokens", "create", "--name", "ci", "--lifetime", "2d", "--scope", "workspace:read", "--scope", "template:read", "--allow", "workspace:*"});

  EXPECT_EQ(outcome.out, "id-secret\n") << outcome.err;
  const auto ask = api::from_json<api::CreateTokenRequest>(body_of("POST /api/v2/users/me/keys/tokens"));
  EXPECT_EQ(ask->lifetime, 172'800'000'000'000);
  EXPECT_EQ(*ask->scopes, (std::vector<std::string>{"workspace:read", "template:read"}));
  EXPECT_EQ(*ask->allow_list, (std::vector<api::APIAllowListTarget>{{"workspace", "*"}}));
  EXPECT_EQ(run({"tokens", "create", "--lifetime", "soon"}).code, 1);
  EXPECT_NE(run({"tokens", "create", "--allow", "workspace"}).err.find("type:id"), std::string::npos);
}

TEST_F(Talk, ATokenIsExpiredByName) {
  on("GET /api/v2/users/me/keys/tokens/ci", {200, R"({"id":"abc","token_name":"ci"})"});
  on("PUT /api/v2/users/me/keys/abc/expire", {204, ""});

  EXPECT_EQ(run({"tokens", "expire", "ci"}).code, 0);
}

TEST_F(Talk, WhyNamesWhatDecidedAndWhatWouldHelp) {
  const std::string votes =
      R"([{"level":"site","vote":0,"reasons":[]},{"level":"organization","vote":-1,"reasons":[{"role":"ban","permission":"!workspace:create"}]}])";
  on("POST /api/v2/authcheck/explain",
     {200,
      R"({"allowed":false,"summary":"workspace:create: Denied by roles.","remedy":"Take away ban.","roles":{"allowed":false,"because":"","votes":)" +
          votes + R"(},"scope":{"allowed":true,"because":"","votes":)" + votes +
          R"(},"access_list":{"allowed":false,"because":"none"},"allow_list":{"allowed":true,"because":"*:*"}})"});

  const auto outcome = run({"why", "ana", "create", "workspace", "--any-organization"});

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("No. workspace:create: Denied by roles."), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("What would allow it: Take away ban."), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("!workspace:create of ban"), std::string::npos) << outcome.out;
  const auto ask = api::from_json<api::AuthorizationExplainRequest>(body_of("POST /api/v2/authcheck/explain"));
  EXPECT_EQ(ask->user, "ana");
  EXPECT_EQ(ask->object.resource_type, "workspace");
  EXPECT_TRUE(*ask->object.any_org);
}

TEST_F(Talk, SshStdioCarriesTheBytesBothWaysOnceTheAgentIsThere) {
  on("GET /api/v2/users/ana/workspace/dev", {200, api::to_json(workspace_with_agent("connecting"))});
  on(std::string("GET ") + kAgent, {200, api::to_json(workspace_with_agent("connecting").latest_build.resources[0].agents[0])});
  on(std::string("GET ") + kAgent, {200, api::to_json(workspace_with_agent("connected").latest_build.resources[0].agents[0])});
  on(std::string("GET ") + kAgent + "/ssh", {200, "", {"SSH-2.0-Slipway\r\n"}, "hello\n"});
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  dup2(ends[0], STDIN_FILENO);
  ASSERT_EQ(write(ends[1], "hello\n", 6), 6);

  const auto outcome = run({"ssh", "--stdio", "slipway.ana--dev.main"});
  close(ends[0]);
  close(ends[1]);

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "SSH-2.0-Slipway\r\ngot hello\n");
}

TEST_F(Talk, PingTimesRoundTripsToTheAgent) {
  on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(workspace_with_agent("connected"))});
  on(std::string("GET ") + kAgent, {200, api::to_json(workspace_with_agent("connected").latest_build.resources[0].agents[0])});
  on(std::string("GET ") + kAgent + "/tcp?port=3", {.echo = true});

  const auto outcome = run({"ping", "dev", "--count", "2"});
  const auto programs = run({"ping", "dev", "--count", "1", "--output", "json"});

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("main answered in "), std::string::npos);
  EXPECT_NE(outcome.out.find("2 of 2 answered; fastest "), std::string::npos);
  EXPECT_EQ(programs.code, 0) << programs.err;
  EXPECT_NE(programs.out.find("\"answered\":1"), std::string::npos) << programs.out;
  EXPECT_NE(run({"ping", "dev", "--count", "0"}).err.find("count: is from 1 to "), std::string::npos);
}

TEST_F(Talk, SshToAStoppedWorkspaceOrAnUnknownAgentSaysWhatToDo) {
  on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(workspace("stopped"))});
  on("GET /api/v2/users/me/workspace/up", {200, api::to_json(workspace_with_agent("connected"))});

  EXPECT_NE(run({"ssh", "dev", "--no-start"}).err.find("slipway start ana/dev"), std::string::npos);
  EXPECT_NE(run({"ssh", "up.other", "true"}).err.find("It has: main"), std::string::npos);
}

TEST_F(Talk, AWorkspaceMayBeNamedLikeACommand) {
  on("GET /api/v2/users/me/workspace/list", {200, api::to_json(workspace("running"))});

  EXPECT_EQ(run({"show", "list", "-o", "json"}).code, 0);
  EXPECT_NE(run({"ssh", "list", "ls", "-la", "--help"}).err.find("has no agent"), std::string::npos);
  EXPECT_NE(run({"ssh", "--no-start", "list", "--", "show", "--output"}).err.find("has no agent"), std::string::npos);
}

TEST_F(Talk, APersonIsAskedForWhatIsMissing) {
  api::Template docker;
  docker.name = "docker";
  docker.active_version_id = *Uuid::parse("cccccccc-9b41-4d16-a7c4-46655440000f");
  api::TemplateVersionParameter region{
      .name = "region", .display_name = "Region", .description_plaintext = "Near you.", .type = "string", .required = true};
  region.options = {{.name = "Europe", .value = "eu"}, {.name = "America", .value = "us"}};
  api::TemplateVersionParameter cpus{.name = "cpus", .type = "number", .default_value = "2"};
  on("GET /api/v2/templates", {200, api::to_json(std::vector{docker})});
  on(std::string("GET ") + kVersionPath + "/rich-parameters", {200, api::to_json(std::vector{region, cpus})});
  on(std::string("GET ") + kVersionPath + "/presets", {200, "[]"});
  on("POST /api/v2/users/me/workspaces", {201, api::to_json(workspace("pending"))});
  on(std::string("GET ") + kBuild + "/logs?follow&after=0", {200, "", {log_line(1, "Planning", "one")}});
  on(std::string("GET ") + kBuild, {200, build("succeeded")});

  const auto outcome = run_at_terminal({"create"}, "1\ndev\n9\n2\n\n");

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const auto ask = api::from_json<api::CreateWorkspaceRequest>(body_of("POST /api/v2/users/me/workspaces"));
  ASSERT_TRUE(ask) << outcome.err;
  EXPECT_EQ(ask->name, "dev");
  EXPECT_EQ(*ask->rich_parameter_values, (std::vector<api::WorkspaceBuildParameter>{{"region", "us"}, {"cpus", "2"}}));
  for (const char* seen : {"Near you.", "2. America", "Type a number from 1 to 2.", "Planning", "is ready."})
    EXPECT_NE(outcome.err.find(seen), std::string::npos) << outcome.err;
}

TEST_F(Talk, ANoAtTheQuestionDeletesNothing) {
  on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(workspace("running"))});

  const auto outcome = run_at_terminal({"delete", "dev"}, "no\n");

  EXPECT_EQ(outcome.code, 130);
  EXPECT_EQ(asked().size(), 1U);
}

TEST_F(Talk, TheBuiltInTerminalSendsKeysAndItsSize) {
  const auto pty = std::string("GET ") + kAgent + "/pty?reconnect=";
  on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(workspace_with_agent("connected"))});
  on(std::string("GET ") + kAgent, {200, api::to_json(workspace_with_agent("connected").latest_build.resources[0].agents[0])});
  on(pty, {200, "", {"$ "}, R"({"data":"ls\n"})"});
  on("GET /api/v2/workspaces/aaaaaaaa-9b41-4d16-a7c4-46655440000f", {200, api::to_json(workspace_with_agent("connected"))});

  const auto outcome = run_at_terminal({"ssh", "dev", "--terminal"}, "ls\n");

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find(R"($ got {"data":"ls\n"})"), std::string::npos) << outcome.err;
  const auto requests = asked();
  EXPECT_TRUE(std::ranges::any_of(requests, [](const auto& one) { return one.find("height=33&width=111") != std::string::npos; }));
}

TEST_F(Talk, CompletionKnowsTheWorkspaces) {
  api::WorkspacesResponse all;
  all.workspaces.push_back(workspace("running"));
  on("GET /api/v2/workspaces?q=owner%3Ame", {200, api::to_json(all)});
  Program program;
  add_commands(program);

  EXPECT_EQ(complete(program, {"--url", url(), "--token", "t", "ssh", "d"}), std::vector<std::string>{"dev"});
  EXPECT_EQ(complete(program, {"--url", url(), "--token", "t", "ssh", "x"}), std::vector<std::string>{});
}

TEST_F(Talk, AnUnreachableServerIsSaid) {
  const auto outcome = run({"--url", "http://127.0.0.1:1", "whoami"}, false);
  EXPECT_EQ(outcome.code, 1);

  const auto with_token = run({"--url", "http://127.0.0.1:1", "--token", "x", "whoami"}, false);
  EXPECT_NE(with_token.err.find("error: Cannot reach http://127.0.0.1:1."), std::string::npos);
}

std::string group(const std::string& name, int members) {
  api::Group group;
  group.id = *Uuid::parse("dddddddd-9b41-4d16-a7c4-46655440000f");
  group.name = name;
  group.organization_name = "lab";
  group.total_member_count = members;
  group.quota_allowance = 7;
  return api::to_json(group);
}

TEST_F(Talk, GroupsAreListedAndChangedByName) {
  on("GET /api/v2/organizations/lab/groups", {200, "[" + group("team", 2) + "]"});
  on("GET /api/v2/organizations/lab/groups/team", {200, group("team", 2)});
  on("GET /api/v2/users/ana", {200, user("ana")});
  on("PATCH /api/v2/groups/dddddddd-9b41-4d16-a7c4-46655440000f", {200, group("team", 3)});

  const auto listed = run({"groups", "list", "--org", "lab", "--column", "name,quota allowance"});
  const auto added = run({"groups", "members", "add", "team", "ana", "--org", "lab"});

  EXPECT_EQ(listed.out, "NAME  QUOTA ALLOWANCE\nteam  7\n");
  EXPECT_EQ(added.code, 0) << added.err;
  EXPECT_EQ(added.err, "Group team has 3 members.\n");
  const auto ask = api::from_json<api::PatchGroupRequest>(body_of("PATCH /api/v2/groups/dddddddd-9b41-4d16-a7c4-46655440000f"));
  ASSERT_TRUE(ask);
  EXPECT_EQ(ask->add_users, std::vector<std::string>{"0e8400e2-9b41-4d16-a7c4-46655440000f"});
  EXPECT_FALSE(ask->quota_allowance);
  EXPECT_EQ(run({"groups", "edit", "team", "--org", "lab", "--quota-allowance", "lots"}).code, 1);
}

TEST_F(Talk, AMissingGroupIsNamed) {
  const auto outcome = run({"groups", "delete", "nobody", "--yes"});

  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("There is no group \"nobody\""), std::string::npos) << outcome.err;
}

std::string organization(const std::string& name) {
  api::Organization out;
  out.id = *Uuid::parse("eeeeeeee-9b41-4d16-a7c4-46655440000f");
  out.name = name;
  out.default_org_member_roles = {"organization-workspace-access"};
  return api::to_json(out);
}

TEST_F(Talk, MembersRolesAreSetAsAWhole) {
  const std::string roles = "PUT /api/v2/organizations/eeeeeeee-9b41-4d16-a7c4-46655440000f/members/bo/roles";
  on("GET /api/v2/organizations/lab", {200, organization("lab")});
  on(roles, {200, api::to_json(api::OrganizationMember{.roles = {{.name = "organization-auditor"}}})});

  EXPECT_EQ(run({"organizations", "members", "edit-roles", "bo", "--org", "lab"}).code, 1);
  const auto outcome = run({"organizations", "members", "edit-roles", "bo", "--role", "organization-auditor", "--org", "lab"});

  EXPECT_EQ(outcome.err, "bo has in lab: organization-auditor\n");
  EXPECT_EQ(body_of(roles), R"({"roles":["organization-auditor"]})");
}

TEST_F(Talk, OrganizationsAreShownAndGivenDefaults) {
  const std::string patch = "PATCH /api/v2/organizations/eeeeeeee-9b41-4d16-a7c4-46655440000f";
  on("GET /api/v2/organizations/lab", {200, organization("lab")});
  on(patch, {200, organization("lab")});

  EXPECT_EQ(run({"organizations", "show", "lab", "--column", "name,default member roles"}).out,
            "NAME  DEFAULT MEMBER ROLES\nlab   organization-workspace-access\n");
  EXPECT_EQ(run({"organizations", "edit", "lab", "--no-default-roles"}).code, 0);
  EXPECT_EQ(*api::from_json<api::UpdateOrganizationRequest>(body_of(patch))->default_org_member_roles, std::vector<std::string>{});
}

TEST_F(Talk, ARoleIsMadeFromWhatAnotherShows) {
  const std::string path = "/api/v2/organizations/eeeeeeee-9b41-4d16-a7c4-46655440000f/members/roles";
  api::AssignableRoles watcher;
  watcher.name = "watcher";
  watcher.organization_permissions = {{.resource_type = "workspace", .action = "read"}};
  on("GET /api/v2/organizations/default", {200, organization("default")});
  on("GET " + path, {200, api::to_json(std::vector{watcher})});
  on("POST " + path, {200, api::to_json(api::Role{.name = "watcher2"})});
  const auto file = folder_ / "role.json";

  const auto shown = run({"roles", "show", "watcher", "--output", "json"});
  std::filesystem::create_directories(folder_);
  std::ofstream(file) << shown.out;
  const auto made = run({"roles", "create", "watcher2", "--file", file.string()});

  EXPECT_EQ(run({"roles", "show", "watcher"}).out, "LEVEL         RESOURCE   ACTION  SIGN\norganization  workspace  read\n");
  EXPECT_EQ(made.err, "Created role watcher2.\n");
  const auto ask = api::from_json<api::CustomRoleRequest>(body_of("POST " + path));
  ASSERT_TRUE(ask);
  EXPECT_EQ(ask->name, "watcher2");
  EXPECT_EQ(ask->organization_permissions, watcher.organization_permissions);
}

}  // namespace
}  // namespace slipway::cli
