#include "features/organizations/organizations.hpp"
#include "features/organizations/system_roles.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

std::string text(const boost::json::value& value, const char* key) { return std::string(std::string_view(value.at(key).as_string())); }

struct OrganizationSettingsDb : ::testing::Test {
  OrganizationSettingsDb() : alice((server.owner(), server.member("alice"))) {}

  std::string make(const std::string& name) {
    const auto made = server.post(all, fmt::format(R"({{"name":"{}"}})", name), server.owner());
    EXPECT_EQ(made.status, 201) << made.body;
    return text(made.json(), "id");
  }
  bool may(const Person& who, const std::string& type, const std::string& action, const std::string& organization, const std::string& owner = {}) {
    const auto answer =
        server.post("/api/v2/authcheck",
                    fmt::format(R"({{"checks":{{"k":{{"object":{{"resource_type":"{}","organization_id":"{}","owner_id":"{}"}},"action":"{}"}}}}}})",
                                type, organization, owner, action),
                    who);
    return answer.json().at("k").as_bool();
  }
  std::string sql(const std::string& text) { return server.database().sql(text); }

  const std::string all = "/api/v2/organizations", sharing = "/api/v2/organizations/default/settings/workspace-sharing";
  TestServer server;
  Person alice;
};

TEST_F(OrganizationSettingsDb, ANewOneHasEveryoneItsRolesAndItsMaker) {
  const auto made = server.post(all, R"({"name":"lab","description":"Experiments","icon":"/icon/l.svg"})", server.owner());
  ASSERT_EQ(made.status, 201) << made.body;
  const auto organization = made.json();
  const auto id = text(organization, "id");
  EXPECT_EQ(text(organization, "display_name"), "lab");
  EXPECT_EQ(text(organization, "description"), "Experiments");
  EXPECT_FALSE(organization.at("is_default").as_bool());
  EXPECT_EQ(boost::json::serialize(organization.at("default_org_member_roles")), R"(["organization-workspace-access"])");

  EXPECT_EQ(text(server.get("/api/v2/groups/" + id, server.owner()).json(), "name"), "Everyone");
  const auto maker = server.get(all + "/lab/members/me", server.owner()).json();
  EXPECT_EQ(text(maker.at("roles").as_array().at(0), "name"), "organization-admin");
  EXPECT_EQ(sql("select string_agg(name, ' ' order by name) from custom_roles where is_system and organization_id = '" + id + "'"),
            "organization-member organization-service-account");
  EXPECT_EQ(sql("select default_org_member_roles::text from organizations where name = 'lab'"), "{organization-workspace-access}");
  EXPECT_EQ(server.get(all, server.owner()).json().as_array().size(), 2u);
  EXPECT_EQ(server.get(all, alice).json().as_array().size(), 1u);
  EXPECT_EQ(server.get(all + "/lab", alice).status, 404);
}

TEST_F(OrganizationSettingsDb, WrongInputAndMissingRightsAreToldApart) {
  EXPECT_EQ(server.post(all, R"({"name":"lab"})", alice).status, 403);
  EXPECT_EQ(server.post(all, R"({"name":"two words"})", server.owner()).status, 400);
  EXPECT_EQ(server.post(all, R"({"name":"Default"})", server.owner()).status, 400);
  make("lab");
  EXPECT_EQ(server.post(all, R"({"name":"LAB"})", server.owner()).status, 409);
  EXPECT_EQ(server.patch(all + "/default", R"({"display_name":"Ours"})", alice).status, 403);
  EXPECT_EQ(server.patch(all + "/lab", R"({"display_name":"Ours"})", alice).status, 404);
  EXPECT_EQ(server.del(all + "/default", alice).status, 403);
  EXPECT_EQ(server.patch(all + "/lab", R"({"name":"default"})", server.owner()).status, 400);
  EXPECT_EQ(server.call("POST", all, R"({"name":"x"})").status, 401);
}

TEST_F(OrganizationSettingsDb, IsChangedAndKeepsWhatWasNotAsked) {
  make("lab");
  make("shop");

  const auto changed = server.patch(all + "/lab", R"({"name":"laboratory","icon":"/icon/x.svg"})", server.owner());
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(text(changed.json(), "name"), "laboratory");
  EXPECT_EQ(text(changed.json(), "display_name"), "lab");
  EXPECT_EQ(text(server.patch(all + "/laboratory", R"({"description":"d"})", server.owner()).json(), "icon"), "/icon/x.svg");
  EXPECT_EQ(sql("select string_agg((diff->'name'->>'old') || ' -> ' || (diff->'name'->>'new'), ', ') from audit_logs where resource_type = "
                "'organization' and action = 'write'"),
            "lab -> laboratory");
  EXPECT_EQ(server.patch(all + "/laboratory", R"({"name":"shop"})", server.owner()).status, 409);
  EXPECT_EQ(server.patch(all + "/default", R"({"name":"default","display_name":"Main"})", server.owner()).status, 200);
}

// Fact 1: with `member` alone nobody may own a workspace; the organization's default roles say otherwise.
TEST_F(OrganizationSettingsDb, DefaultMemberRolesReachEveryMemberAndAreHandedOutByRight) {
  const auto organization = server.organization();
  const auto creates = [&] { return may(alice, "workspace", "create", organization, "me"); };
  EXPECT_TRUE(creates());

  EXPECT_EQ(server.patch(all + "/default", R"({"default_org_member_roles":[]})", server.owner()).status, 200);
  EXPECT_FALSE(creates());
  EXPECT_FALSE(may(alice, "workspace", "start", organization, "me"));
  EXPECT_FALSE(may(alice, "workspace", "ssh", organization, "me"));

  EXPECT_EQ(server.patch(all + "/default", R"({"default_org_member_roles":["organization-auditor"]})", server.owner()).status, 200);
  EXPECT_TRUE(may(alice, "audit_log", "read", organization));
  EXPECT_EQ(server.patch(all + "/default", R"({"default_org_member_roles":["owner"]})", server.owner()).status, 400);
  EXPECT_EQ(server.patch(all + "/default", R"({"default_org_member_roles":["unknown"]})", server.owner()).status, 400);

  server.put(all + "/default/members/alice/roles", R"({"roles":["organization-user-admin"]})", server.owner());
  EXPECT_EQ(server.patch(all + "/default", R"({"default_org_member_roles":["organization-admin"]})", alice).status, 403);
}

TEST_F(OrganizationSettingsDb, IsDeletedOnceNothingHoldsIt) {
  EXPECT_EQ(text(server.del(all + "/default", server.owner()).json(), "message"), "Default organization cannot be deleted.");
  const auto id = make("lab");
  ASSERT_EQ(server.post(all + "/lab/members/alice", "", server.owner()).status, 200);
  ASSERT_EQ(server.post(all + "/lab/groups", R"({"name":"team"})", server.owner()).status, 201);

  const auto held = server.del(all + "/lab", server.owner());
  EXPECT_EQ(held.status, 400);
  EXPECT_EQ(text(held.json(), "detail"), "This organization has 1 member, 1 group that must be deleted first.");

  ASSERT_EQ(server.del(all + "/lab/members/alice", server.owner()).status, 204);
  const auto group = server.get(all + "/lab/groups/team", server.owner()).json();
  ASSERT_EQ(server.del("/api/v2/groups/" + text(group, "id"), server.owner()).status, 200);
  EXPECT_EQ(text(server.del(all + "/lab", server.owner()).json(), "message"), "Organization has been deleted.");
  EXPECT_EQ(server.get(all + "/lab", server.owner()).status, 404);
  EXPECT_EQ(server.get("/api/v2/groups/" + id, server.owner()).status, 404);
  EXPECT_EQ(server.get("/api/v2/users/me/organizations", server.owner()).json().as_array().size(), 1u);
  make("lab");  // its name is free again
}

// Fact 14.
TEST_F(OrganizationSettingsDb, SharingFollowsTheSetting) {
  const auto organization = server.organization();
  const auto robot = server.member("robot");
  sql("update users set is_service_account = true where username = 'robot'");
  const auto admin = server.member("admin");
  ASSERT_EQ(server.put(all + "/default/members/admin/roles", R"({"roles":["organization-admin"]})", server.owner()).status, 200);
  const auto shares = [&](const Person& who) { return may(who, "workspace", "share", organization, "me"); };
  const auto all_four = [&] { return std::vector<bool>{shares(alice), shares(robot), shares(admin), shares(server.owner())}; };
  const auto set = [&](const std::string& body) {
    const auto answer = server.patch(sharing, body, server.owner());
    EXPECT_EQ(answer.status, 200) << answer.body;
    return text(answer.json(), "shareable_workspace_owners");
  };
  using Four = std::vector<bool>;

  EXPECT_EQ(all_four(), (Four{true, true, true, true}));
  EXPECT_EQ(set(R"({"shareable_workspace_owners":"service_accounts"})"), "service_accounts");
  EXPECT_EQ(all_four(), (Four{false, true, true, true}));
  EXPECT_EQ(set(R"({"sharing_disabled":true})"), "none");
  EXPECT_EQ(all_four(), (Four{false, false, false, true}));
  EXPECT_EQ(set(R"({"sharing_disabled":false})"), "everyone");
  EXPECT_EQ(all_four(), (Four{true, true, true, true}));

  EXPECT_EQ(server.patch(sharing, R"({"sharing_disabled":true,"shareable_workspace_owners":"everyone"})", server.owner()).status, 400);
  EXPECT_EQ(server.patch(sharing, R"({"shareable_workspace_owners":"some"})", server.owner()).status, 400);
  EXPECT_EQ(server.patch(sharing, R"({"sharing_disabled":true})", alice).status, 403);
  EXPECT_FALSE(server.get(sharing, alice).json().at("sharing_disabled").as_bool());
}

TEST_F(OrganizationSettingsDb, WhatMayNoLongerBeSharedIsSharedWithNobody) {
  const auto robot = server.member("robot");
  sql("update users set is_service_account = true where username = 'robot'");
  const auto mine = add_agent(server, alice, "mine"), its = add_agent(server, robot, "its");
  for (const auto& [row, who] : {std::pair(mine, alice), std::pair(its, robot)})
    ASSERT_EQ(server.patch("/api/v2/workspaces/" + row.workspace + "/acl", fmt::format(R"({{"user_roles":{{"{}":"use"}}}})", server.owner().id), who)
                  .status,
              204);
  const auto shared = [&] { return sql("select string_agg(name, ' ' order by name) from workspaces where user_acl <> '{}'"); };

  server.patch(sharing, R"({"shareable_workspace_owners":"service_accounts"})", server.owner());
  EXPECT_EQ(shared(), "its");
  server.patch(sharing, R"({"shareable_workspace_owners":"none"})", server.owner());
  EXPECT_EQ(shared(), "");
}

TEST_F(OrganizationSettingsDb, SystemRolesFollowTheSettingAndAreWrittenOnlyWhenTheyDiffer) {
  const auto rows = [&] {
    return sql(
        "select string_agg(name || ' ' || updated_at || org_permissions || member_permissions, ';' order by name) from custom_roles where is_system");
  };
  const auto at_start = rows();
  EXPECT_NE(at_start.find("organization-service-account"), std::string::npos);

  server.patch(sharing, R"({"shareable_workspace_owners":"everyone"})", server.owner());
  EXPECT_EQ(rows(), at_start);  // the same set: nothing written

  server.patch(sharing, R"({"shareable_workspace_owners":"none"})", server.owner());
  EXPECT_NE(rows().find(R"({"action": "share", "negate": true, "resource_type": "workspace"})"), std::string::npos);
  EXPECT_EQ(server.get(all + "/default/members/roles", server.owner()).body.find("organization-service-account"),
            std::string::npos);  // they are never listed
}

}  // namespace

namespace {

// As the database has them after some other release wrote them.
std::vector<organizations::sql::SystemRole> stored(const std::vector<organizations::SystemRow>& rows) {
  std::vector<organizations::sql::SystemRole> out;
  for (const auto& row : rows)
    out.push_back({.organization_id = row.organization,
                   .name = row.name,
                   .org_permissions = {row.org_permissions},
                   .member_permissions = {row.member_permissions}});
  return out;
}

TEST(SystemRoles, AreComparedAsSets) {
  const rbac::RoleBook book;
  const auto id = OrganizationId::random();
  const auto fresh = organizations::outdated(book, id, rbac::Sharing::everyone, {});
  ASSERT_EQ(fresh.size(), 2u);
  EXPECT_TRUE(organizations::outdated(book, id, rbac::Sharing::everyone, stored(fresh)).empty());

  auto turned = stored(fresh);
  auto list = boost::json::parse(turned[0].org_permissions.text).as_array();
  std::ranges::reverse(list);
  list.push_back(list.front());
  turned[0].org_permissions.text = boost::json::serialize(list);
  EXPECT_TRUE(organizations::outdated(book, id, rbac::Sharing::everyone, turned).empty());

  list.pop_back();
  list.pop_back();
  turned[0].org_permissions.text = boost::json::serialize(list);
  ASSERT_EQ(organizations::outdated(book, id, rbac::Sharing::everyone, turned).size(), 1u);
  EXPECT_EQ(organizations::outdated(book, id, rbac::Sharing::none, stored(fresh)).size(), 2u);
  EXPECT_EQ(organizations::outdated(book, OrganizationId::random(), rbac::Sharing::everyone, stored(fresh)).size(), 2u);
}

}  // namespace
}  // namespace slipway::test
