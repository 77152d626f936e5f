#include "support/meanwhile.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

std::string text(const boost::json::value& value, const char* key) { return std::string(std::string_view(value.at(key).as_string())); }

struct TemplateAclDb : ::testing::Test {
  TemplateAclDb() : alice((server.owner(), server.member("alice"))), bob(server.member("bob")), row(add_agent(server, server.owner(), "ws")) {
    group = text(server.post("/api/v2/organizations/default/groups", R"({"name":"team"})", server.owner()).json(), "id");
  }
  Answer change(const std::string& body, const Person& who) { return server.patch(acl(), body, who); }
  Answer give(const Person& whom, const std::string& role) {
    return change(fmt::format(R"({{"user_perms":{{"{}":"{}"}}}})", whom.id, role), server.owner());
  }
  Answer give_group(const std::string& id, const std::string& role) {
    return change(fmt::format(R"({{"group_perms":{{"{}":"{}"}}}})", id, role), server.owner());
  }
  bool sees(const Person& who) { return server.get("/api/v2/templates/" + row.template_id, who).status == 200; }
  std::string acl() const { return "/api/v2/templates/" + row.template_id + "/acl"; }

  TestServer server;
  Person alice, bob;
  AgentRow row;
  std::string group;
};

TEST_F(TemplateAclDb, PeopleAndGroupsMayUseOrAdministerIt) {
  EXPECT_FALSE(sees(alice));
  const auto given = give(alice, "use");
  EXPECT_EQ(given.status, 200) << given.body;
  EXPECT_EQ(text(given.json(), "message"), "Successfully updated template ACL list.");
  EXPECT_TRUE(sees(alice));
  EXPECT_EQ(server.patch("/api/v2/templates/" + row.template_id, R"({"display_name":"Hers"})", alice).status, 403);
  ASSERT_EQ(give(alice, "admin").status, 200);
  EXPECT_EQ(server.patch("/api/v2/templates/" + row.template_id, R"({"display_name":"Hers"})", alice).status, 200);

  ASSERT_EQ(give_group(group, "use").status, 200);
  server.patch("/api/v2/groups/" + group, fmt::format(R"({{"add_users":["{}"]}})", bob.id), server.owner());
  EXPECT_TRUE(sees(bob));

  const auto shown = server.get(acl(), alice).json();
  EXPECT_EQ(text(shown.at("users").as_array().at(0), "username"), "alice");
  EXPECT_EQ(text(shown.at("users").as_array().at(0), "role"), "admin");
  EXPECT_EQ(text(shown.at("group").as_array().at(0), "name"), "team");
  EXPECT_EQ(text(shown.at("group").as_array().at(0), "role"), "use");
  EXPECT_EQ(server.get(acl(), server.owner()).json().at("group").as_array().at(0).at("members").as_array().size(), 1u);

  ASSERT_EQ(give(alice, "").status, 200);
  ASSERT_EQ(give_group(group, "").status, 200);
  EXPECT_FALSE(sees(alice));
  EXPECT_FALSE(sees(bob));
}

TEST_F(TemplateAclDb, WhoIsBeingTakenOffTheListDoesNotPutThemselvesBack) {
  ASSERT_EQ(give(alice, "admin").status, 200);
  Meanwhile removed(server, fmt::format("update templates set user_acl = '{{}}' where id = '{}'", row.template_id));

  const auto back = removed.commit_under([&] { return change(fmt::format(R"({{"user_perms":{{"{}":"admin"}}}})", alice.id), alice); });

  EXPECT_EQ(back.status, 404) << back.body;
  EXPECT_FALSE(sees(alice));
}

TEST_F(TemplateAclDb, WhoIsLeavingTheOrganizationIsNotPutOnTheList) {
  Meanwhile left(server, fmt::format("delete from organization_members where user_id = '{}'", bob.id));

  const auto given = left.commit_under([&] { return give(bob, "use"); });

  EXPECT_EQ(given.status, 400) << given.body;
  EXPECT_EQ(server.database().sql("select user_acl from templates"), "{}");
}

// Fact 11: the organization's id stands for every member of it, and for nobody else.
TEST_F(TemplateAclDb, EveryoneIsTheOrganizationsId) {
  const auto outsider = server.member("outsider");
  ASSERT_EQ(server.del("/api/v2/organizations/default/members/outsider", server.owner()).status, 204);
  ASSERT_EQ(give_group(server.organization(), "use").status, 200);

  EXPECT_TRUE(sees(alice));
  EXPECT_FALSE(sees(outsider));
  EXPECT_EQ(text(server.get(acl(), server.owner()).json().at("group").as_array().at(0), "name"), "Everyone");
}

TEST_F(TemplateAclDb, AllFaultsComeInOneAnswer) {
  const auto nobody = Uuid::random().str();
  const auto answer = change(
      fmt::format(R"({{"user_perms":{{"x":"use","{0}":"use","{1}":"boss"}},"group_perms":{{"{0}":"admin"}}}})", nobody, alice.id), server.owner());
  ASSERT_EQ(answer.status, 400);
  std::vector<std::string> faults;
  for (const auto& fault : answer.json().at("validations").as_array()) faults.push_back(text(fault, "field") + ": " + text(fault, "detail"));
  std::ranges::sort(faults);
  EXPECT_EQ(faults,
            (std::vector<std::string>{"group_perms: group with ID " + nobody + " does not exist", "user_perms: \"x\" is not a valid UUID.",
                                      "user_perms: role \"boss\" is not a valid role", "user_perms: user with ID " + nobody + " does not exist"}));
  EXPECT_EQ(server.get(acl(), server.owner()).body, R"({"users":[],"group":[]})");
  EXPECT_EQ(change(fmt::format(R"({{"user_perms":{{"{}":""}}}})", nobody), server.owner()).status, 200);  // taking away needs nobody
}

TEST_F(TemplateAclDb, PeopleOutsideTheOrganizationCannotBeNamed) {
  const auto outsider = server.member("outsider");
  ASSERT_EQ(server.del("/api/v2/organizations/default/members/outsider", server.owner()).status, 204);
  ASSERT_EQ(server.post("/api/v2/organizations", R"({"name":"other"})", server.owner()).status, 201);
  const auto foreign = text(server.post("/api/v2/organizations/other/groups", R"({"name":"theirs"})", server.owner()).json(), "id");

  EXPECT_EQ(give(outsider, "use").status, 400);
  EXPECT_EQ(give_group(foreign, "use").status, 400);
}

TEST_F(TemplateAclDb, ReadersMayNotSeeOrChangeIt) {
  ASSERT_EQ(give(alice, "use").status, 200);

  EXPECT_EQ(server.get(acl(), alice).status, 403);
  EXPECT_EQ(server.get(acl() + "/available", alice).status, 403);
  EXPECT_EQ(change("{}", alice).status, 403);
  EXPECT_EQ(server.get(acl(), bob).status, 404);
  EXPECT_EQ(change("{}", bob).status, 404);
  EXPECT_EQ(server.call("GET", acl()).status, 401);
}

TEST_F(TemplateAclDb, AvailableAreTheOrganizationsMembersAndGroups) {
  const auto all = server.get(acl() + "/available", server.owner()).json();
  EXPECT_EQ(all.at("users").as_array().size(), 3u);
  EXPECT_EQ(all.at("groups").as_array().size(), 2u);
  const auto found = server.get(acl() + "/available?q=bo", server.owner()).json();
  ASSERT_EQ(found.at("users").as_array().size(), 1u);
  EXPECT_EQ(text(found.at("users").as_array().at(0), "username"), "bob");
  EXPECT_TRUE(found.at("groups").as_array().empty());
  EXPECT_EQ(text(server.get(acl() + "/available?limit=1&offset=1", server.owner()).json().at("users").as_array().at(0), "username"), "bob");
}

}  // namespace
}  // namespace slipway::test
