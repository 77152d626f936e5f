#include "api/gen/agents.hpp"
#include "api/gen/apps.hpp"
#include "cli/talk.hpp"

namespace slipway::cli {
namespace {

const std::string kWorkspace = "/api/v2/workspaces/aaaaaaaa-9b41-4d16-a7c4-46655440000f", kLists = kWorkspace + "/app-sharing",
                  kLevels = kWorkspace + "/port-share", kBo = "0e8400e2-9b41-4d16-a7c4-46655440000f", kTeam = "99999999-9b41-4d16-a7c4-46655440000f",
                  kOrganization = "bbbbbbbb-9b41-4d16-a7c4-46655440000f";

struct ShareTalk : Talk {
  ShareTalk() {
    auto dev = workspace_with_agent("connected");
    dev.organization_id = *Uuid::parse(kOrganization);
    api::WorkspaceApp app;
    app.slug = "docs";
    app.sharing_level = "authenticated";
    dev.latest_build.resources.front().agents.front().apps.push_back(app);
    on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(dev)});
    on("GET /api/v2/users/bo", {200, user("bo")});
    api::Group team;
    team.id = *Uuid::parse(kTeam);
    team.name = "team";
    on("GET /api/v2/organizations/" + kOrganization + "/groups/team", {200, api::to_json(team)});
  }
};

TEST_F(ShareTalk, AnAppIsSharedWithPeopleAndGroups) {
  on("PATCH " + kLists, {204, ""});

  const auto done = run({"share", "app", "dev", "code", "--user", "bo", "--group", "team"});

  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(done.err, "App code of dev is shared with bo, group team.\n");
  EXPECT_EQ(body_of("PATCH " + kLists), R"({"app":"code","user_roles":{")" + kBo + R"(":"use"},"group_roles":{")" + kTeam + R"(":"use"}})");
}

TEST_F(ShareTalk, APortIsSharedByLevelAndByName) {
  on("POST " + kLevels, {200, "{}"});
  on("PATCH " + kLists, {204, ""});

  const auto done = run({"share", "port", "dev", "8080", "--level", "organization", "--user", "bo"});

  EXPECT_EQ(done.err, "Port 8080 of dev.main is shared: organization.\nPort 8080 of dev.main is shared with bo.\n");
  EXPECT_EQ(body_of("POST " + kLevels), R"({"agent_name":"main","port":8080,"share_level":"organization","protocol":"http"})");
  EXPECT_EQ(body_of("PATCH " + kLists), R"({"agent_name":"main","port":8080,"user_roles":{")" + kBo + R"(":"use"}})");
}

TEST_F(ShareTalk, NobodyNamedIsWrongUsage) {
  EXPECT_NE(run({"share", "app", "dev", "code"}).err.find("--user"), std::string::npos);
  EXPECT_NE(run({"share", "port", "dev", "8080"}).err.find("--user"), std::string::npos);
  EXPECT_NE(run({"share", "port", "dev", "web", "--user", "bo"}).err.find("8080"), std::string::npos);
  EXPECT_NE(run({"share", "app", "dev", "code", "--user", "nobody"}).err.find("no user \"nobody\""), std::string::npos);
}

TEST_F(ShareTalk, IsTakenBackFromSomeOrFromAll) {
  on("PATCH " + kLists, {204, ""});
  on("DELETE " + kLists, {404, R"({"message":"Resource not found."})"});
  on("DELETE " + kLevels, {200, ""});

  EXPECT_EQ(run({"share", "remove", "dev", "code", "--user", "bo"}).err, "code of dev is no more shared with bo.\n");
  EXPECT_EQ(body_of("PATCH " + kLists), R"({"app":"code","user_roles":{")" + kBo + R"(":""}})");
  EXPECT_EQ(run({"share", "remove", "dev", "8080"}).err, "8080 of dev is shared no more.\n");
  EXPECT_EQ(body_of("DELETE " + kLists), R"({"agent_name":"main","port":8080})");
  EXPECT_EQ(body_of("DELETE " + kLevels), R"({"agent_name":"main","port":8080})");

  const auto nothing = run({"share", "remove", "dev", "code"});
  EXPECT_EQ(nothing.code, 1);
  EXPECT_NE(nothing.err.find("code of dev is shared with nobody"), std::string::npos) << nothing.err;
}

std::string lists() {
  api::WorkspaceAppShare share;
  share.agent_name = "main";
  share.port = 8080;
  share.users.push_back({.id = *Uuid::parse(kBo), .username = "bo", .name = {}, .avatar_url = {}});
  share.groups.push_back({.id = *Uuid::parse(kTeam), .name = "team", .display_name = {}, .avatar_url = {}});
  return api::to_json(api::WorkspaceAppSharing{.allowed = true, .shares = {share}, .asking = {}});
}

TEST_F(ShareTalk, ListShowsLevelsAndNames) {
  on("GET " + kLists, {200, lists()});
  on("GET " + kLevels,
     {200,
      R"({"shares":[{"workspace_id":"aaaaaaaa-9b41-4d16-a7c4-46655440000f","agent_name":"main","port":9000,"share_level":"public","protocol":"http"}]})"});

  const auto shown = run({"share", "list", "dev"});

  EXPECT_EQ(shown.code, 0) << shown.err;
  for (const char* words : {"docs", "authenticated", "9000", "public", "8080", "bo", "team"})
    EXPECT_NE(shown.out.find(words), std::string::npos) << words << " in " << shown.out;
}

TEST_F(ShareTalk, PortsSayWhatListensAndWhoMayOpenIt) {
  on("GET " + std::string(kAgent) + "/listening-ports",
     {200, R"({"ports":[{"process_name":"vite","network":"tcp","port":8080},{"process_name":"psql","network":"tcp","port":5432}]})"});
  on("GET " + kLists, {200, lists()});
  on("GET " + kLevels,
     {200,
      R"({"shares":[{"workspace_id":"aaaaaaaa-9b41-4d16-a7c4-46655440000f","agent_name":"main","port":8080,"share_level":"organization","protocol":"http"}]})"});

  const auto shown = run({"ports", "dev"});

  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_NE(shown.out.find("organization, 2 by name"), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find("psql"), std::string::npos) << shown.out;
}

}  // namespace
}  // namespace slipway::cli
