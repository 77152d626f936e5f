#include "support/test_server.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

const std::string kMembers = "/api/v2/organizations/default/members";

struct OrganizationsDb : ::testing::Test {
  OrganizationsDb() : alice((server.owner(), server.member("alice"))), bob(server.member("bob")) {}

  Answer set_roles(const std::string& who, const std::string& roles, const Person& by) {
    return server.put(kMembers + "/" + who + "/roles", R"({"roles":)" + roles + "}", by);
  }

  TestServer server;
  Person alice, bob;
};

TEST_F(OrganizationsDb, MembersSeeOneAnother) {
  EXPECT_EQ(server.get(kMembers, alice).json().as_array().size(), 3u);
  EXPECT_EQ(server.get(kMembers + "/", alice).json().as_array().size(), 3u);
  const auto page = server.get("/api/v2/organizations/default/paginated-members?limit=1&offset=1", alice).json();
  EXPECT_EQ(page.at("count").as_int64(), 3);
  EXPECT_EQ(page.at("members").as_array().at(0).at("username").as_string(), "bob");
  EXPECT_EQ(server.get(kMembers + "/bob", alice).json().at("user_id").as_string(), bob.id);
  EXPECT_EQ(server.get(kMembers + "/nobody", alice).status, 404);
  EXPECT_EQ(server.get(kMembers + "?q=colour:red", alice).status, 400);
  server.database().sql("update users set github_com_user_id = 7 where username = 'bob'");
  EXPECT_EQ(server.get(kMembers + "?q=github_user_id:7", alice).json().as_array().size(), 1u);
  EXPECT_EQ(server.get(kMembers + "?q=github_user_id:seven", alice).status, 400);
  EXPECT_EQ(server.get(kMembers + "?q=user_id:" + bob.id, alice).json().as_array().size(), 1u);
  EXPECT_EQ(server.call("GET", kMembers).status, 401);
}

TEST_F(OrganizationsDb, APageOfMembersCostsThreeStatements) {
  EXPECT_EQ(server.cost(server.get("/api/v2/organizations/default/paginated-members?limit=1", alice)).sql, 3);
  EXPECT_EQ(server.cost(server.get("/api/v2/organizations/default/paginated-members?limit=50", alice)).sql, 3);
}

TEST_F(OrganizationsDb, AdministratorsAddRemoveAndGiveRoles) {
  EXPECT_EQ(set_roles("bob", R"(["organization-auditor"])", alice).status, 403);
  EXPECT_EQ(set_roles("bob", R"(["organization-auditor"])", server.owner()).status, 200);
  EXPECT_EQ(set_roles("bob", R"(["auditor"])", server.owner()).json().at("message").as_string(), "Must only update org roles");
  EXPECT_EQ(set_roles("me", "[]", server.owner()).status, 400);
  EXPECT_EQ(server.get(kMembers + "/bob", alice).json().at("roles").as_array().at(0).at("display_name").as_string(), "Organization Auditor");
  EXPECT_EQ(server.del(kMembers + "/bob", alice).status, 403);
  EXPECT_EQ(server.del(kMembers + "/me", server.owner()).status, 400);
  EXPECT_EQ(server.del(kMembers + "/bob", server.owner()).status, 204);
  EXPECT_EQ(server.get(kMembers + "/bob", server.owner()).status, 404);
  EXPECT_EQ(server.get(kMembers, bob).status, 404);
  EXPECT_EQ(server.post(kMembers + "/bob", "", server.owner()).status, 200);
  EXPECT_EQ(server.post(kMembers + "/bob", "", server.owner()).status, 409);
}

TEST_F(OrganizationsDb, RolesSayWhatTheCallerMayGive) {
  const auto for_owner = server.get(kMembers + "/roles", server.owner()).json(), for_alice = server.get(kMembers + "/roles", alice).json();
  ASSERT_EQ(for_owner.as_array().size(), for_alice.as_array().size());
  ASSERT_GE(for_owner.as_array().size(), 6u);
  for (const auto& role : for_owner.as_array()) EXPECT_TRUE(role.at("assignable").as_bool());
  for (const auto& role : for_alice.as_array()) EXPECT_FALSE(role.at("assignable").as_bool());
}

TEST_F(OrganizationsDb, MakesRolesOfItsOwn) {
  const std::string body =
      R"({"name":"watcher","display_name":"Watcher","organization_permissions":[{"resource_type":"workspace","action":"read"}]})";
  EXPECT_EQ(server.post(kMembers + "/roles", body, alice).status, 400);  // he has not what he would grant
  const auto made = server.post(kMembers + "/roles", body, server.owner());
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(server.post(kMembers + "/roles", body, server.owner()).status, 409);
  EXPECT_EQ(server.post(kMembers + "/roles", R"({"name":"organization-admin"})", server.owner()).json().at("message").as_string(),
            "Reserved role name");
  EXPECT_EQ(server.put(kMembers + "/roles", R"({"name":"nobody"})", server.owner()).status, 404);
  const std::string question =
      R"({"checks":{"k":{"object":{"resource_type":"workspace","organization_id":")" + server.organization() + R"("},"action":"read"}}})";
  const auto may = [&] { return server.post("/api/v2/authcheck", question, bob).json().at("k").as_bool(); };
  EXPECT_FALSE(may());
  EXPECT_EQ(set_roles("bob", R"(["watcher"])", server.owner()).status, 200);
  EXPECT_TRUE(may());
  EXPECT_EQ(server.put(kMembers + "/roles", R"({"name":"watcher"})", server.owner()).status, 200);
  EXPECT_FALSE(may());
  EXPECT_EQ(server.del(kMembers + "/roles/watcher", alice).status, 403);
  EXPECT_EQ(server.del(kMembers + "/roles/watcher", server.owner()).status, 204);
  EXPECT_TRUE(server.get(kMembers + "/bob", server.owner()).json().at("roles").as_array().empty());
}

}  // namespace
}  // namespace slipway::test
