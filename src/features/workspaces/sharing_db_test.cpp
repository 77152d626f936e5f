#include "support/meanwhile.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

std::string text(const boost::json::value& value, const char* key) { return std::string(std::string_view(value.at(key).as_string())); }

struct WorkspaceSharingDb : ::testing::Test {
  explicit WorkspaceSharingDb(std::function<void(server::Config&)> change = {})
      : server(std::move(change)), alice((server.owner(), server.member("alice"))), bob(server.member("bob")), row(add_agent(server, alice, "ws")) {}

  Answer give(const Person& whom, const std::string& role, const Person& by) {
    return server.patch(acl(), fmt::format(R"({{"user_roles":{{"{}":"{}"}}}})", whom.id, role), by);
  }
  std::string acl() const { return workspace() + "/acl"; }
  std::string workspace() const { return "/api/v2/workspaces/" + row.workspace; }
  std::vector<std::string> rights(const Person& who) {
    std::vector<std::string> out;
    for (const char* action : {"read", "ssh", "application_connect", "start", "stop", "update", "share", "delete"}) {
      const auto answer = server.post(
          "/api/v2/authcheck",
          fmt::format(R"({{"checks":{{"k":{{"object":{{"resource_type":"workspace","resource_id":"{}"}},"action":"{}"}}}}}})", row.workspace, action),
          who);
      if (answer.json().at("k").as_bool()) out.emplace_back(action);
    }
    return out;
  }

  TestServer server;
  Person alice, bob;
  AgentRow row;
};
using Rights = std::vector<std::string>;

TEST_F(WorkspaceSharingDb, RolesGiveWhatTheirNamesSay) {
  EXPECT_EQ(rights(bob), Rights{});
  ASSERT_EQ(give(bob, "use", alice).status, 204);
  EXPECT_EQ(rights(bob), (Rights{"read", "ssh", "application_connect", "start", "stop"}));
  ASSERT_EQ(give(bob, "admin", alice).status, 204);
  EXPECT_EQ(rights(bob), (Rights{"read", "ssh", "application_connect", "start", "stop", "update", "share"}));
  ASSERT_EQ(give(bob, "", alice).status, 204);
  EXPECT_EQ(rights(bob), Rights{});
}

TEST_F(WorkspaceSharingDb, WhoIsBeingTakenOffTheListDoesNotPutThemselvesBack) {
  ASSERT_EQ(give(bob, "admin", alice).status, 204);
  Meanwhile removed(server, fmt::format("update workspaces set user_acl = '{{}}' where id = '{}'", row.workspace));

  const auto back = removed.commit_under([&] { return give(bob, "admin", bob); });

  EXPECT_EQ(back.status, 404) << back.body;
  EXPECT_EQ(rights(bob), Rights{});
}

TEST_F(WorkspaceSharingDb, TheListIsShownToWhoReadsTheWorkspace) {
  const auto group = text(server.post("/api/v2/organizations/default/groups", R"({"name":"team"})", server.owner()).json(), "id");
  ASSERT_EQ(server.patch(acl(), fmt::format(R"({{"user_roles":{{"{}":"admin"}},"group_roles":{{"{}":"use"}}}})", bob.id, group), alice).status, 204);

  for (const auto& who : {alice, bob, server.owner()}) {
    const auto shown = server.get(acl(), who).json();
    EXPECT_EQ(text(shown.at("users").as_array().at(0), "username"), "bob");
    EXPECT_EQ(text(shown.at("users").as_array().at(0), "role"), "admin");
    EXPECT_EQ(text(shown.at("group").as_array().at(0), "name"), "team");
    EXPECT_EQ(text(shown.at("group").as_array().at(0), "role"), "use");
  }
  EXPECT_EQ(server.get(acl(), server.member("carol")).status, 404);

  ASSERT_EQ(server.del(acl(), alice).status, 204);
  EXPECT_EQ(server.get(acl(), alice).body, R"({"users":[],"group":[]})");
  EXPECT_EQ(server.get(workspace(), bob).status, 404);
}

// Whoever it is shared with may read the workspace, and not the person who owns it.
TEST_F(WorkspaceSharingDb, ItIsFoundByItsOwnersNameByWhoMayReadIt) {
  const auto carol = server.member("carol");
  ASSERT_EQ(give(bob, "use", alice).status, 204);

  for (const auto& owner : {std::string("alice"), std::string("ALICE"), alice.id}) {
    for (const char* what : {"", "/builds/1"}) {
      const auto path = "/api/v2/users/" + owner + "/workspace/ws" + what;
      EXPECT_EQ(server.get(path, bob).status, 200) << path;
      EXPECT_EQ(server.get(path, carol).status, 404) << path;
    }
  }
  EXPECT_EQ(server.get("/api/v2/users/me/workspace/ws", alice).status, 200);
  EXPECT_EQ(server.get("/api/v2/users/me/workspace/ws", bob).status, 404);
  EXPECT_EQ(server.get("/api/v2/users/alice", bob).status, 404);
}

TEST_F(WorkspaceSharingDb, AllFaultsComeInOneAnswer) {
  const auto nobody = Uuid::random().str();
  const auto answer =
      server.patch(acl(), fmt::format(R"({{"user_roles":{{"x":"use","{0}":"use"}},"group_roles":{{"{0}":"owner"}}}})", nobody), alice);
  ASSERT_EQ(answer.status, 400);
  EXPECT_EQ(answer.json().at("validations").as_array().size(), 4u) << answer.body;
  EXPECT_EQ(server.database().sql("select user_acl::text from workspaces"), "{}");
}

TEST_F(WorkspaceSharingDb, OnlyWhoMaySharesIt) {
  EXPECT_EQ(give(bob, "use", bob).status, 404);
  ASSERT_EQ(give(bob, "use", alice).status, 204);
  EXPECT_EQ(give(bob, "admin", bob).status, 403);
  EXPECT_EQ(server.del(acl(), bob).status, 403);
  ASSERT_EQ(give(bob, "admin", alice).status, 204);
  EXPECT_EQ(give(server.member("carol"), "use", bob).status, 204);
  EXPECT_EQ(server.call("PATCH", acl(), "{}").status, 401);
}

// Fact 7: sharing sleeps with the workspace, and wakes with it.
TEST_F(WorkspaceSharingDb, ADormantWorkspaceIsNotShared) {
  ASSERT_EQ(give(bob, "use", alice).status, 204);
  ASSERT_EQ(server.put(workspace() + "/dormant", R"({"dormant":true})", alice).status, 200);

  EXPECT_EQ(server.get(workspace(), bob).status, 404);
  for (const auto& who : {alice, server.owner()}) {
    EXPECT_EQ(give(bob, "admin", who).status, 403) << who.username;
    EXPECT_EQ(server.del(acl(), who).status, 403) << who.username;
  }

  ASSERT_EQ(server.put(workspace() + "/dormant", R"({"dormant":false})", alice).status, 200);
  EXPECT_EQ(server.get(workspace(), bob).status, 200);
}

// Fact 14, by the route.
TEST_F(WorkspaceSharingDb, TheOrganizationMayTurnItOff) {
  ASSERT_EQ(
      server.patch("/api/v2/organizations/default/settings/workspace-sharing", R"({"shareable_workspace_owners":"none"})", server.owner()).status,
      200);

  EXPECT_EQ(give(bob, "use", alice).status, 403);
  EXPECT_EQ(give(bob, "use", server.owner()).status, 204);
}

struct NoWorkspaceSharingDb : WorkspaceSharingDb {
  NoWorkspaceSharingDb() : WorkspaceSharingDb([](server::Config& config) { config.no_workspace_sharing = true; }) {}
};

// Fact 15: the deployment's switch binds the site's owner, and an administrator by an access list.
TEST_F(NoWorkspaceSharingDb, NobodyShares) {
  server.database().sql(fmt::format("update workspaces set user_acl = jsonb_build_object('{}', '{{\"permissions\":[\"*\"]}}'::jsonb)", bob.id));

  for (const auto& who : {alice, bob, server.owner()}) {
    EXPECT_EQ(give(alice, "use", who).status, 403) << who.username;
    EXPECT_EQ(server.del(acl(), who).status, 403) << who.username;
  }
  EXPECT_TRUE(server.get("/api/v2/organizations/default/settings/workspace-sharing", alice).json().at("sharing_globally_disabled").as_bool());
}

}  // namespace
}  // namespace slipway::test
