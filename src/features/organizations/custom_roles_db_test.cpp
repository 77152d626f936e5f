// Roles of an organization's own making: every refusal, and who may make them.
#include "support/test_server.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

std::string text(const boost::json::value& value, const char* key) {
  const auto* found = value.as_object().if_contains(key);
  return found ? std::string(std::string_view(found->as_string())) : "";
}

struct CustomRolesDb : ::testing::Test {
  CustomRolesDb() : alice((server.owner(), server.member("alice"))), bob(server.member("bob")) {}

  Answer make(const std::string& body, const Person& by) { return server.post(roles, body, by); }
  Answer give(const Person& whom, const std::string& list, const Person& by) {
    return server.put(members + "/" + whom.username + "/roles", R"({"roles":)" + list + "}", by);
  }
  bool may(const Person& who, const std::string& type, const std::string& action) {
    const auto answer = server.post("/api/v2/authcheck",
                                    fmt::format(R"({{"checks":{{"k":{{"object":{{"resource_type":"{}","organization_id":"{}"}},"action":"{}"}}}}}})",
                                                type, server.organization(), action),
                                    who);
    return answer.json().at("k").as_bool();
  }

  const std::string members = "/api/v2/organizations/default/members", roles = members + "/roles";
  TestServer server;
  Person alice, bob;
};

const std::string kWatcher =
    R"({"name":"watcher","display_name":"Watcher","organization_permissions":[{"resource_type":"workspace","action":"read"},{"resource_type":"template","action":"read"},{"resource_type":"workspace","action":"read"}]})";

TEST_F(CustomRolesDb, EveryRuleHasItsText) {
  const auto org = [](const std::string& permission) { return R"({"name":"r","organization_permissions":[)" + permission + "]}"; };
  const std::string all_of_them = R"("site_permissions":[{"resource_type":"workspace","action":"read"}])",
                    of_user = R"("user_permissions":[{"resource_type":"user","action":"read"}])";
  struct Rule {
    std::string body, message, detail;
  };
  const std::string refused = "Failed to update role permissions";
  const std::vector<Rule> rules = {
      {R"({"name":"owner"})", "Reserved role name", "\"owner\" is a reserved role name, and not allowed to be used"},
      {R"({"name":"organization-admin"})", "Reserved role name", "\"organization-admin\" is a reserved role name, and not allowed to be used"},
      {R"({"name":"organization-member"})", "Reserved role name", "\"organization-member\" is a reserved role name, and not allowed to be used"},
      {R"({"name":"agents-access"})", "Reserved role name", "\"agents-access\" is a reserved role name, and not allowed to be used"},
      {R"({"name":"two words"})", "Invalid role name", ""},
      {R"({"name":"a12345678901234567890123456789012"})", "Invalid role name", ""},
      {R"({"name":"r",)" + all_of_them + "}", "Invalid request, not allowed to assign site wide permissions for an organization role.", ""},
      {R"({"name":"r",)" + of_user + "}", "Invalid request, not allowed to assign user permissions for an organization role.", ""},
      {org(R"({"resource_type":"ship","action":"read"})"), refused, "invalid resource type \"ship\""},
      {org(R"({"resource_type":"workspace","action":"sink"})"), refused, "invalid action \"sink\" for resource \"workspace\""},
      {org(R"({"negate":true,"resource_type":"workspace","action":"read"})"), refused,
       "invalid permission for action=\"read\" type=\"workspace\", no negative permissions"},
      {org(R"({"resource_type":"*","action":"read"})"), refused, "no wildcard symbols"},
      {org(R"({"resource_type":"workspace","action":"*"})"), refused, "no wildcard symbols"},
      {org(R"({"resource_type":"user_secret","action":"read"})"), refused, "not allowed to grant this permission"},
      {R"({"name":"r","organization_member_permissions":[{"resource_type":"boundary_usage","action":"read"}]})", refused,
       "not allowed to grant this permission"},
  };
  for (const auto& rule : rules)
    for (const auto* method : {"POST", "PUT", "PATCH"}) {
      const auto answer = server.call(method, roles, rule.body, server.owner().token);
      EXPECT_EQ(answer.status, 400) << method << rule.body;
      EXPECT_EQ(text(answer.json(), "message"), rule.message) << rule.body;
      const auto detail = text(answer.json(), "detail");
      EXPECT_NE(detail.find(rule.detail), std::string::npos) << detail;
      if (rule.message == refused) EXPECT_TRUE(detail.starts_with("org=\"" + server.organization() + "\": ")) << detail;
    }
  EXPECT_EQ(server.database().sql("select count(*) from custom_roles where not is_system"), "0");
}

TEST_F(CustomRolesDb, AreSetsInOrderOfFirstOccurrence) {
  const auto made = make(kWatcher, server.owner());
  ASSERT_EQ(made.status, 200) << made.body;
  const auto list = made.json().at("organization_permissions").as_array();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(text(list.at(0), "resource_type"), "workspace");
  EXPECT_EQ(make(kWatcher, server.owner()).status, 409);

  for (const auto& role : server.get(roles, server.owner()).json().as_array())
    if (text(role, "name") == "watcher") {
      EXPECT_FALSE(role.at("built_in").as_bool());
      EXPECT_TRUE(role.at("assignable").as_bool());
      EXPECT_EQ(text(role, "display_name"), "Watcher");
      return;
    }
  FAIL() << "the role is not listed";
}

TEST_F(CustomRolesDb, AnAuthorGrantsOnlyWhatTheyHold) {
  ASSERT_EQ(give(alice, R"(["organization-admin"])", server.owner()).status, 200);
  EXPECT_EQ(make(kWatcher, alice).status, 200);
  EXPECT_EQ(make(R"({"name":"shell","organization_permissions":[{"resource_type":"workspace","action":"ssh"}]})", alice).status,
            400);  // an org admin has no ssh
  EXPECT_EQ(make(R"({"name":"own-shell","organization_member_permissions":[{"resource_type":"workspace","action":"ssh"}]})", alice).status,
            200);  // on what is theirs they have
  EXPECT_EQ(server.put(roles, R"({"name":"watcher","organization_permissions":[{"resource_type":"workspace","action":"ssh"}]})", alice).status, 400);
}

TEST_F(CustomRolesDb, MakingChangingAndDeletingAskForTheirOwnRights) {
  ASSERT_EQ(make(kWatcher, server.owner()).status, 200);

  EXPECT_EQ(make(R"({"name":"mine"})", alice).status, 403);
  EXPECT_EQ(server.put(roles, R"({"name":"watcher"})", alice).status, 403);
  EXPECT_EQ(server.patch(roles, R"({"name":"watcher"})", alice).status, 403);
  EXPECT_EQ(server.del(roles + "/watcher", alice).status, 403);
  EXPECT_EQ(server.del(roles + "/other", server.owner()).status, 404);
  ASSERT_EQ(server.post("/api/v2/organizations", R"({"name":"other"})", server.owner()).status, 201);
  EXPECT_EQ(server.post("/api/v2/organizations/other/members/roles", R"({"name":"mine"})", alice).status, 404);
  EXPECT_EQ(server.call("POST", roles, "{}").status, 401);
}

// The old form of 2024's clients.
TEST_F(CustomRolesDb, PatchMakesOrReplaces) {
  EXPECT_EQ(server.patch(roles, kWatcher, server.owner()).status, 200);
  EXPECT_EQ(server.patch(roles, R"({"name":"watcher","display_name":"Other"})", server.owner()).status, 200);
  EXPECT_EQ(server.database().sql("select string_agg(display_name || org_permissions::text, '') from custom_roles where not is_system"), "Other[]");
}

// Fact 27, and a change of a role reaches its holders with their next request.
TEST_F(CustomRolesDb, ADeletedRoleLeavesItsHoldersAbleToSignIn) {
  ASSERT_EQ(make(kWatcher, server.owner()).status, 200);
  ASSERT_EQ(give(bob, R"(["watcher"])", server.owner()).status, 200);
  EXPECT_TRUE(may(bob, "workspace", "read"));

  ASSERT_EQ(server.put(roles, R"({"name":"watcher"})", server.owner()).status, 200);
  EXPECT_FALSE(may(bob, "workspace", "read"));
  ASSERT_EQ(server.put(roles, kWatcher, server.owner()).status, 200);
  EXPECT_TRUE(may(bob, "workspace", "read"));

  server.database().sql("delete from custom_roles where not is_system");  // as an older release leaves it: a stale name on the member
  EXPECT_FALSE(may(bob, "workspace", "read"));
  EXPECT_EQ(server.get("/api/v2/users/me", bob).status, 200);
  EXPECT_EQ(give(bob, "[]", server.owner()).status, 200);
}

TEST_F(CustomRolesDb, ADeletedRoleIsNobodysDefaultAnyMore) {
  ASSERT_EQ(make(kWatcher, server.owner()).status, 200);
  ASSERT_EQ(
      server.patch("/api/v2/organizations/default", R"({"default_org_member_roles":["watcher","organization-workspace-access"]})", server.owner())
          .status,
      200);
  EXPECT_TRUE(may(bob, "workspace", "read"));

  ASSERT_EQ(server.del(roles + "/watcher", server.owner()).status, 204);
  EXPECT_FALSE(may(bob, "workspace", "read"));
  EXPECT_EQ(server.database().sql("select default_org_member_roles::text from organizations"), "{organization-workspace-access}");
}

// A name that was taken before it became reserved can still be deleted.
TEST_F(CustomRolesDb, ARetiredNameStaysDeletable) {
  server.database().sql(
      "insert into custom_roles (organization_id, name, created_at, updated_at) select id, 'agents-access', now(), now() from organizations");
  EXPECT_EQ(server.del(roles + "/agents-access", server.owner()).status, 204);
  EXPECT_EQ(server.del(roles + "/organization-member", server.owner()).status, 404);
  EXPECT_EQ(server.database().sql("select count(*) from custom_roles where is_system"), "2");
}

// 3.5 by the routes: who may hand out which role, and take it away.
TEST_F(CustomRolesDb, RolesAreHandedOutByTheTable) {
  ASSERT_EQ(make(kWatcher, server.owner()).status, 200);
  const std::vector<std::string> targets = {"organization-admin",
                                            "organization-auditor",
                                            "organization-user-admin",
                                            "organization-template-admin",
                                            "organization-workspace-creation-ban",
                                            "organization-workspace-access",
                                            "watcher"};
  const auto carol = server.member("carol"), dave = server.member("dave"), erin = server.member("erin");
  ASSERT_EQ(give(carol, R"(["organization-admin"])", server.owner()).status, 200);
  ASSERT_EQ(give(dave, R"(["organization-user-admin"])", server.owner()).status, 200);
  ASSERT_EQ(server.put("/api/v2/users/erin/roles", R"({"roles":["user-admin"]})", server.owner()).status, 200);
  const auto handed_out = [&](const Person& by) {
    std::string out;
    for (const auto& name : targets) {
      const bool gives = give(bob, "[\"" + name + "\"]", by).status == 200;
      server.database().sql("update organization_members set roles = '{" + name + "}' from users u where u.id = user_id and u.username = 'bob'");
      const bool takes = give(bob, "[]", by).status == 200;
      EXPECT_EQ(gives, takes) << by.username << ' ' << name;
      server.database().sql("update organization_members set roles = '{}' from users u where u.id = user_id and u.username = 'bob'");
      out += gives ? '+' : '-';
    }
    return out;
  };

  EXPECT_EQ(handed_out(server.owner()), "+++++++");
  EXPECT_EQ(handed_out(carol), "+++++++");
  EXPECT_EQ(handed_out(dave), "-----+-");
  EXPECT_EQ(handed_out(erin), "-----+-");
  EXPECT_EQ(handed_out(alice), "-------");
}

// Fact 28.
TEST_F(CustomRolesDb, UserAdministratorsMakeNobodyMoreThanTheyAre) {
  ASSERT_EQ(server.put("/api/v2/users/alice/roles", R"({"roles":["user-admin"]})", server.owner()).status, 200);

  for (const char* role : {"owner", "auditor", "template-admin", "user-admin"}) {
    const auto answer = server.put("/api/v2/users/bob/roles", fmt::format(R"({{"roles":["{}"]}})", role), alice);
    EXPECT_EQ(answer.status, 400) << role;
    EXPECT_EQ(text(answer.json(), "message"), fmt::format("not authorized to assign role \"{}\"", role));
  }
  EXPECT_EQ(server.put("/api/v2/users/bob/roles", R"({"roles":[]})", alice).status, 200);
}

// Fact 29: grants of the retired name load and grant nothing.
TEST_F(CustomRolesDb, TheRetiredNameGrantsNothing) {
  server.database().sql(
      "update organization_members set roles = '{agents-access}'; update users set rbac_roles = '{agents-access}' where username = 'bob'");

  EXPECT_EQ(server.get("/api/v2/users/me", bob).status, 200);
  EXPECT_FALSE(may(bob, "chat", "create"));
  EXPECT_EQ(server.get(members, bob).status, 200);
  EXPECT_EQ(give(bob, "[]", server.owner()).status, 200);
  EXPECT_EQ(give(bob, R"(["agents-access"])", server.owner()).status, 400);
}

}  // namespace
}  // namespace slipway::test
