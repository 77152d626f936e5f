#include "support/meanwhile.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

std::string text(const boost::json::value& value, const char* key) { return std::string(std::string_view(value.at(key).as_string())); }

struct AppSharingDb : ::testing::Test {
  explicit AppSharingDb(std::function<void(server::Config&)> change = {})
      : server(std::move(change)), alice((server.owner(), server.member("alice"))), bob(server.member("bob")), row(add_agent(server, alice, "ws")) {
    allow("organization");
  }

  void allow(const std::string& level) {
    const auto done = server.patch("/api/v2/templates/" + row.template_id, fmt::format(R"({{"max_port_share_level":"{}"}})", level), server.owner());
    EXPECT_EQ(done.status, 200) << done.body;
  }
  std::string sharing() const { return "/api/v2/workspaces/" + row.workspace + "/app-sharing"; }
  // `place`: "app":"web", say.
  Answer share(const std::string& place, const std::string& who, const Person& by) {
    return server.patch(sharing(), "{" + place + "," + who + "}", by);
  }
  Answer end(const std::string& place, const Person& by) { return server.call("DELETE", sharing(), "{" + place + "}", by.token); }
  static std::string user(const Person& who, const std::string& role = "use") { return fmt::format(R"("user_roles":{{"{}":"{}"}})", who.id, role); }
  static std::string group(const std::string& id, const std::string& role = "use") { return fmt::format(R"("group_roles":{{"{}":"{}"}})", id, role); }
  std::string team(const Person& member) {
    const auto id = text(server.post("/api/v2/organizations/default/groups", R"({"name":"team"})", server.owner()).json(), "id");
    EXPECT_EQ(server.patch("/api/v2/groups/" + id, fmt::format(R"({{"add_users":["{}"]}})", member.id), server.owner()).status, 200);
    return id;
  }
  bool app_open(const Person& who, const std::string& slug = "web") {
    return server.database().sql(fmt::format("select app_shared_with('{}', '{}', '{}')", row.workspace, slug, who.id)) == "t";
  }
  bool port_open(const Person& who, int port, const std::string& agent = "main") {
    return server.database().sql(fmt::format("select port_shared_with('{}', '{}', {}, '{}')", row.workspace, agent, port, who.id)) == "t";
  }
  std::string entries() { return server.database().sql("select count(*) from workspace_app_shares"); }

  TestServer server;
  Person alice, bob;
  AgentRow row;
};

const std::string kWeb = R"("app":"web")", k8080 = R"("port":8080,"agent_name":"main")";

std::string field(const Answer& answer) {
  return answer.status == 400 ? text(answer.json().at("validations").as_array().at(0), "field") : std::to_string(answer.status);
}

TEST_F(AppSharingDb, AnEntryIsForThatPersonAndThatAppAlone) {
  const auto carol = server.member("carol");

  ASSERT_EQ(share(kWeb, user(bob), alice).status, 204);

  EXPECT_TRUE(app_open(bob));
  EXPECT_FALSE(app_open(carol));
  EXPECT_FALSE(app_open(bob, "other"));
  EXPECT_FALSE(port_open(bob, 8080));
  EXPECT_EQ(server.database().sql(fmt::format("select app_shared_with('{}', 'web', null)", row.workspace)), "f");
}

TEST_F(AppSharingDb, APortIsSharedByItsAgentsName) {
  ASSERT_EQ(share(R"("port":8080)", user(bob), alice).status, 204);  // the only agent's

  EXPECT_TRUE(port_open(bob, 8080));
  EXPECT_FALSE(port_open(bob, 8081));
  EXPECT_FALSE(port_open(bob, 8080, "other"));
  EXPECT_FALSE(app_open(bob));
}

TEST_F(AppSharingDb, AGroupLetsItsMembersInAsLongAsTheyAreIt) {
  const auto id = team(bob);
  ASSERT_EQ(share(kWeb, group(id), alice).status, 204);
  EXPECT_TRUE(app_open(bob));

  ASSERT_EQ(server.patch("/api/v2/groups/" + id, fmt::format(R"({{"remove_users":["{}"]}})", bob.id), server.owner()).status, 200);
  EXPECT_FALSE(app_open(bob));

  ASSERT_EQ(server.del("/api/v2/groups/" + id, server.owner()).status, 200);
  EXPECT_EQ(entries(), "0");
}

TEST_F(AppSharingDb, EveryoneIsAGroupToo) {
  ASSERT_EQ(share(kWeb, group(server.organization()), alice).status, 204);

  EXPECT_TRUE(app_open(bob));
}

TEST_F(AppSharingDb, ItEndsWithTheMembership) {
  ASSERT_EQ(share(kWeb, user(bob), alice).status, 204);
  ASSERT_EQ(share(k8080, group(server.organization()), alice).status, 204);

  ASSERT_EQ(server.del("/api/v2/organizations/default/members/bob", server.owner()).status, 204);

  EXPECT_FALSE(app_open(bob));
  EXPECT_FALSE(port_open(bob, 8080));
  EXPECT_EQ(entries(), "1");

  ASSERT_EQ(server.post("/api/v2/organizations/default/members/bob", "", server.owner()).status, 200);
  EXPECT_FALSE(app_open(bob)) << "who comes back is not on the list again";
}

TEST_F(AppSharingDb, WhoIsLeavingIsNotAdded) {
  Meanwhile leaves(server, fmt::format("delete from organization_members where user_id = '{}'", bob.id));

  const auto added = leaves.commit_under([&] { return share(kWeb, user(bob), alice); });

  EXPECT_EQ(field(added), "user_roles") << added.body;
  EXPECT_EQ(entries(), "0");
}

TEST_F(AppSharingDb, TheTemplateAllowsItOrNot) {
  for (const auto& [cap, allowed] : {std::pair("owner", false), {"organization", true}, {"authenticated", true}, {"public", true}}) {
    allow(cap);
    EXPECT_EQ(field(share(kWeb, user(bob), alice)), allowed ? "204" : "app") << cap;
    EXPECT_EQ(field(share(k8080, user(bob), alice)), allowed ? "204" : "port") << cap;
    EXPECT_EQ(server.get(sharing(), alice).json().at("allowed").as_bool(), allowed) << cap;
  }
  EXPECT_EQ(entries(), "2");

  allow("organization");
  EXPECT_EQ(entries(), "2");
  allow("owner");
  EXPECT_EQ(entries(), "0");
}

TEST_F(AppSharingDb, NothingIsSharedUnderACapThatIsComingDown) {
  Meanwhile capped(server, fmt::format("update templates set max_port_sharing_level = 'owner' where id = '{}'", row.template_id));

  const auto shared = capped.commit_under([&] { return share(kWeb, user(bob), alice); });

  EXPECT_EQ(field(shared), "app") << shared.body;
  EXPECT_EQ(entries(), "0");
}

// Whatever a list says: the question that opens the app asks for the cap as well.
TEST_F(AppSharingDb, AListHoldsNothingUnderATemplateThatAllowsNone) {
  ASSERT_EQ(share(kWeb, user(bob), alice).status, 204);

  server.database().sql("update templates set max_port_sharing_level = 'owner'");

  EXPECT_FALSE(app_open(bob));
}

TEST_F(AppSharingDb, IsShownToWhoReadsTheWorkspace) {
  const auto id = team(bob);
  server.database().sql("update workspace_apps set asks_visitor = true");
  ASSERT_EQ(share(kWeb, user(bob) + "," + group(id), alice).status, 204);
  ASSERT_EQ(share(k8080, user(bob), alice).status, 204);

  const auto shown = server.get(sharing(), alice).json();

  const auto& shares = shown.at("shares").as_array();
  ASSERT_EQ(shares.size(), 2u);
  EXPECT_EQ(text(shares.at(0), "agent_name"), "main");
  EXPECT_EQ(shares.at(0).at("port").as_int64(), 8080);
  EXPECT_EQ(text(shares.at(1), "app"), "web");
  EXPECT_EQ(text(shares.at(1).at("users").as_array().at(0), "username"), "bob");
  EXPECT_EQ(text(shares.at(1).at("groups").as_array().at(0), "name"), "team");
  EXPECT_EQ(shown.at("asking").as_array().at(0).as_string(), "web");
  EXPECT_EQ(server.get(sharing(), bob).status, 404) << "an entry opens the app and nothing else";
  EXPECT_EQ(server.call("GET", sharing()).status, 401);
}

TEST_F(AppSharingDb, IsTakenBackByTheEntryAndByTheList) {
  const auto id = team(bob);
  ASSERT_EQ(share(kWeb, user(bob) + "," + group(id), alice).status, 204);

  EXPECT_EQ(share(kWeb, user(bob, ""), alice).status, 204);
  EXPECT_EQ(entries(), "1");
  EXPECT_EQ(end(kWeb, alice).status, 204);
  EXPECT_EQ(entries(), "0");
  EXPECT_EQ(end(kWeb, alice).status, 404);
}

TEST_F(AppSharingDb, WhatTheNewestBuildNoLongerHasIsTakenBackAndNotShared) {
  ASSERT_EQ(share(kWeb, user(bob), alice).status, 204);
  ASSERT_EQ(share(k8080, user(bob), alice).status, 204);
  add_build(server, row, "stop");

  EXPECT_EQ(field(share(kWeb, user(alice), alice)), "app");
  EXPECT_EQ(field(share(k8080, user(alice), alice)), "agent_name");
  EXPECT_EQ(share(kWeb, user(bob, ""), alice).status, 204);
  EXPECT_EQ(end(k8080, alice).status, 204);
  EXPECT_EQ(entries(), "0");
}

TEST_F(AppSharingDb, WrongInputNamesTheField) {
  EXPECT_EQ(field(share(R"("agent_name":"main")", user(bob), alice)), "app");
  EXPECT_EQ(field(share(kWeb + R"(,"port":8080)", user(bob), alice)), "app");
  EXPECT_EQ(field(share(R"("app":"other")", user(bob), alice)), "app");
  EXPECT_EQ(field(share(R"("port":8)", user(bob), alice)), "port");
  EXPECT_EQ(field(share(R"("port":65536)", user(bob), alice)), "port");
  EXPECT_EQ(field(share(R"("port":8080,"agent_name":"other")", user(bob), alice)), "agent_name");
  EXPECT_EQ(field(share(kWeb, user(bob, "admin"), alice)), "user_roles");
  EXPECT_EQ(field(share(kWeb, R"("user_roles":{"x":"use"})", alice)), "user_roles");
  EXPECT_EQ(field(share(kWeb, group(Uuid::random().str()), alice)), "group_roles");
  EXPECT_EQ(entries(), "0");
}

TEST_F(AppSharingDb, AnExternalAppIsNotTheServersToShare) {
  server.database().sql("update workspace_apps set external = true");

  EXPECT_EQ(field(share(kWeb, user(bob), alice)), "app");
}

TEST_F(AppSharingDb, AWorkspaceHasABoundedNumberOfEntries) {
  server.database().sql(
      fmt::format("with people as (insert into users (id, email, username, login_type, last_seen_at, created_at, updated_at)"
                  " select gen_random_uuid(), 'p' || n || '@example.com', 'p' || n, 'password', now(), now(), now() from generate_series(1, 1000) n"
                  " returning id) insert into organization_members (organization_id, user_id, created_at, updated_at)"
                  " select '{}', id, now(), now() from people",
                  server.organization()));
  server.database().sql(
      fmt::format("insert into workspace_app_shares (workspace_id, organization_id, slug, user_id, created_at)"
                  " select '{}', m.organization_id, 'web', m.user_id, now() from organization_members m join users u"
                  " on u.id = m.user_id and u.username like 'p%' and u.email like 'p%@example.com' limit 1000",
                  row.workspace));
  ASSERT_EQ(entries(), "1000");

  EXPECT_EQ(field(share(kWeb, user(bob), alice)), "user_roles");
  EXPECT_EQ(entries(), "1000");
}

// The right is the one to share the workspace: whoever is let in by the workspace's own list may not pass it on.
TEST_F(AppSharingDb, OnlyWhoMayShareTheWorkspaceSharesItsApps) {
  const auto carol = server.member("carol");
  const auto acl = [&](const std::string& role) {
    return server.patch("/api/v2/workspaces/" + row.workspace + "/acl", fmt::format(R"({{"user_roles":{{"{}":"{}"}}}})", bob.id, role), alice).status;
  };
  EXPECT_EQ(share(kWeb, user(carol), bob).status, 404);
  ASSERT_EQ(acl("use"), 204);
  EXPECT_EQ(share(kWeb, user(carol), bob).status, 403);
  EXPECT_EQ(end(kWeb, bob).status, 403);
  EXPECT_FALSE(server.get(sharing(), bob).json().at("allowed").as_bool());
  ASSERT_EQ(acl("admin"), 204);
  EXPECT_TRUE(server.get(sharing(), bob).json().at("allowed").as_bool());
  EXPECT_EQ(share(kWeb, user(carol), bob).status, 204);
  EXPECT_EQ(server.call("PATCH", sharing(), "{}").status, 401);
}

TEST_F(AppSharingDb, WhoIsBeingTakenOffTheWorkspacesListSharesNothing) {
  const auto carol = server.member("carol");
  ASSERT_EQ(server.patch("/api/v2/workspaces/" + row.workspace + "/acl", fmt::format(R"({{"user_roles":{{"{}":"admin"}}}})", bob.id), alice).status,
            204);
  Meanwhile removed(server, fmt::format("update workspaces set user_acl = '{{}}' where id = '{}'", row.workspace));

  const auto shared = removed.commit_under([&] { return share(kWeb, user(carol), bob); });

  EXPECT_EQ(shared.status, 404) << shared.body;
  EXPECT_EQ(entries(), "0");
}

TEST_F(AppSharingDb, SleepsWithTheWorkspace) {
  ASSERT_EQ(share(kWeb, user(bob), alice).status, 204);
  const auto dormant = [&](const char* yes) {
    return server.put("/api/v2/workspaces/" + row.workspace + "/dormant", fmt::format(R"({{"dormant":{}}})", yes), alice).status;
  };

  ASSERT_EQ(dormant("true"), 200);
  EXPECT_FALSE(app_open(bob));
  EXPECT_EQ(share(kWeb, user(bob), alice).status, 403);

  ASSERT_EQ(dormant("false"), 200);
  EXPECT_TRUE(app_open(bob));
}

TEST_F(AppSharingDb, TheOrganizationMayTurnItOff) {
  ASSERT_EQ(share(kWeb, user(bob), alice).status, 204);

  ASSERT_EQ(
      server.patch("/api/v2/organizations/default/settings/workspace-sharing", R"({"shareable_workspace_owners":"none"})", server.owner()).status,
      200);

  EXPECT_FALSE(app_open(bob));
  EXPECT_EQ(share(kWeb, user(bob), alice).status, 403);
}

TEST_F(AppSharingDb, LeavesALineOfTheAuditTrail) {
  ASSERT_EQ(share(kWeb, user(bob), alice).status, 204);
  ASSERT_EQ(end(kWeb, alice).status, 204);

  const auto lines = server.database().sql(
      fmt::format("select string_agg(additional_fields::text, ' ' order by time) from audit_logs where resource_id = '{}' and additional_fields::text"
                  " like '%app_sharing%'",
                  row.workspace));

  EXPECT_NE(lines.find(bob.id), std::string::npos) << lines;
  EXPECT_NE(lines.find("app_sharing_ended"), std::string::npos) << lines;
}

TEST_F(AppSharingDb, AVisitorsGroupsAreThoseOfTheOrganization) {
  team(bob);

  EXPECT_EQ(server.database().sql(fmt::format("select visitor_groups('{}', '{}')", server.organization(), bob.id)), "{team}");
  EXPECT_EQ(server.database().sql(fmt::format("select visitor_groups('{}', '{}')", server.organization(), alice.id)), "{}");
  EXPECT_EQ(server.database().sql(fmt::format("select visitor_groups('{}', '{}')", Uuid::random().str(), bob.id)), "{}");
}

struct NoAppSharingDb : AppSharingDb {
  NoAppSharingDb() : AppSharingDb([](server::Config& config) { config.no_workspace_sharing = true; }) {}
};

TEST_F(NoAppSharingDb, TheDeploymentsSwitchBindsEveryone) {
  for (const auto& who : {alice, server.owner()}) {
    EXPECT_EQ(share(kWeb, user(bob), who).status, 403) << who.username;
    EXPECT_EQ(end(kWeb, who).status, 403) << who.username;
  }
}

}  // namespace
}  // namespace slipway::test
