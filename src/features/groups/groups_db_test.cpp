#include "support/meanwhile.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

std::string text(const boost::json::value& value, const char* key) { return std::string(std::string_view(value.at(key).as_string())); }
std::string message(const Answer& answer) { return text(answer.json(), "message"); }

struct GroupsDb : ::testing::Test {
  GroupsDb() : alice((server.owner(), server.member("alice"))), bob(server.member("bob")), organization(server.organization()) {}

  std::string make(const std::string& name, std::int64_t allowance = 0) {
    const auto made = server.post(in_default, fmt::format(R"({{"name":"{}","quota_allowance":{}}})", name, allowance), server.owner());
    EXPECT_EQ(made.status, 201) << made.body;
    return made.status == 201 ? text(made.json(), "id") : "";
  }
  Answer change(const std::string& id, const std::string& body) { return server.patch("/api/v2/groups/" + id, body, server.owner()); }
  Answer put_in(const std::string& id, const Person& who) { return change(id, fmt::format(R"({{"add_users":["{}"]}})", who.id)); }
  std::string another_organization() {
    const auto made = server.post("/api/v2/organizations", R"({"name":"other"})", server.owner());
    EXPECT_EQ(made.status, 201) << made.body;
    return text(made.json(), "id");
  }
  bool may_read_group(const Person& who, const std::string& id) {
    const auto answer =
        server.post("/api/v2/authcheck",
                    fmt::format(R"({{"checks":{{"k":{{"object":{{"resource_type":"group","resource_id":"{}"}},"action":"read"}}}}}})", id), who);
    return answer.json().at("k").as_bool();
  }

  const std::string in_default = "/api/v2/organizations/default/groups";
  TestServer server;
  Person alice, bob;
  std::string organization;
};

TEST_F(GroupsDb, AnAllowanceThatIsBeingTakenAwayDoesNotComeBack) {
  const auto id = make("team", 100);
  Meanwhile taken(server, fmt::format("update groups set quota_allowance = 0 where id = '{}'", id));

  const auto renamed = taken.commit_under([&] { return change(id, R"({"name":"crew"})"); });

  EXPECT_EQ(renamed.status, 200) << renamed.body;
  EXPECT_EQ(renamed.json().at("quota_allowance").as_int64(), 0);
}

TEST_F(GroupsDb, AreMadeShownChangedAndDeleted) {
  const auto made =
      server.post(in_default, R"({"name":"dev-team","display_name":"Developers","avatar_url":"/icon/a.svg","quota_allowance":5})", server.owner());
  ASSERT_EQ(made.status, 201) << made.body;
  const auto group = made.json();
  EXPECT_EQ(text(group, "source"), "user");
  EXPECT_EQ(text(group, "organization_name"), "default");
  EXPECT_EQ(group.at("quota_allowance").as_int64(), 5);
  EXPECT_TRUE(group.at("members").as_array().empty());
  const auto id = text(group, "id");

  EXPECT_EQ(text(server.get(in_default + "/DEV-team", server.owner()).json(), "id"), id);
  const auto changed = change(id, R"({"name":"devs","display_name":"Devs","quota_allowance":7})").json();
  EXPECT_EQ(text(changed, "name"), "devs");
  EXPECT_EQ(text(changed, "avatar_url"), "/icon/a.svg");
  EXPECT_EQ(changed.at("quota_allowance").as_int64(), 7);
  const auto cleared = change(id, R"({"add_users":[],"remove_users":[],"name":"","display_name":"","avatar_url":"","quota_allowance":0})").json();
  EXPECT_EQ(text(cleared, "name"), "devs");
  EXPECT_EQ(text(cleared, "display_name"), "");
  EXPECT_EQ(cleared.at("quota_allowance").as_int64(), 0);

  const auto gone = server.del("/api/v2/groups/" + id, server.owner());
  EXPECT_EQ(gone.status, 200);
  EXPECT_EQ(message(gone), "Successfully deleted group!");
  EXPECT_EQ(server.get("/api/v2/groups/" + id, server.owner()).status, 404);
}

TEST_F(GroupsDb, WrongInputNamesTheField) {
  const auto field = [](const Answer& answer) { return text(answer.json().at("validations").as_array().at(0), "field"); };
  const auto make_with = [&](const std::string& body) { return server.post(in_default, body, server.owner()); };
  make("taken");

  EXPECT_EQ(make_with(R"({"name":"taken"})").status, 409);
  EXPECT_EQ(make_with(R"({"name":"TAKEN"})").status, 409);
  EXPECT_EQ(make_with(R"({"name":"everyone"})").status, 400);
  for (const char* name : {"", "two words", "-a", "a--b", "new", "create"}) {
    const auto refused = make_with(fmt::format(R"({{"name":"{}"}})", name));
    EXPECT_EQ(refused.status, 400) << name;
    EXPECT_EQ(field(refused), "name") << name;
  }
  EXPECT_EQ(make_with(R"({"name":")" + std::string(255, 'a') + R"("})").status, 201);
  EXPECT_EQ(make_with(R"({"name":")" + std::string(256, 'a') + R"("})").status, 400);
  EXPECT_EQ(field(make_with(R"({"name":"a","quota_allowance":-1})")), "quota_allowance");
  EXPECT_EQ(field(make_with(R"({"name":"a","quota_allowance":2147483648})")), "quota_allowance");
  EXPECT_EQ(field(make_with(R"({"name":"a","avatar_url":"javascript:x"})")), "avatar_url");
  EXPECT_EQ(change(make("second"), R"({"name":"taken"})").status, 409);
  EXPECT_EQ(server.get("/api/v2/groups/not-an-id", server.owner()).status, 400);
  EXPECT_EQ(server.get("/api/v2/groups?group_ids=x", server.owner()).status, 400);
}

TEST_F(GroupsDb, EveryoneKeepsItsNameAndItsMembers) {
  const auto everyone = server.get("/api/v2/groups/" + organization, server.owner()).json();
  EXPECT_EQ(text(everyone, "name"), "Everyone");
  EXPECT_EQ(everyone.at("total_member_count").as_int64(), 3);
  EXPECT_EQ(everyone.at("members").as_array().size(), 3u);

  EXPECT_EQ(change(organization, R"({"name":"all"})").status, 400);
  EXPECT_EQ(change(organization, R"({"display_name":"All"})").status, 400);
  EXPECT_EQ(put_in(organization, bob).status, 400);
  EXPECT_EQ(change(organization, fmt::format(R"({{"remove_users":["{}"]}})", bob.id)).status, 400);
  EXPECT_EQ(server.del("/api/v2/groups/" + organization, server.owner()).status, 400);
  const auto changed = change(organization, R"({"name":"Everyone","quota_allowance":3})");
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(changed.json().at("quota_allowance").as_int64(), 3);
}

TEST_F(GroupsDb, MembersComeFromTheOrganizationOnly) {
  const auto id = make("team");
  const auto outsider = server.member("outsider");
  ASSERT_EQ(server.del("/api/v2/organizations/default/members/outsider", server.owner()).status, 204);

  const auto with_bob = put_in(id, bob);
  EXPECT_EQ(with_bob.status, 200) << with_bob.body;
  EXPECT_EQ(text(with_bob.json().at("members").as_array().at(0), "username"), "bob");
  EXPECT_EQ(put_in(id, bob).json().at("total_member_count").as_int64(), 1);  // twice is once

  const auto refused = put_in(id, outsider);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(text(refused.json().at("validations").as_array().at(0), "field"), "add_users");
  const auto both = change(id, R"({"add_users":["x","y"],"remove_users":["z"]})");
  EXPECT_EQ(both.status, 400);
  EXPECT_EQ(both.json().at("validations").as_array().size(), 3u);
  const auto system = put_in(id, {"c42fdf75-3097-471c-8c33-fb52454d81c0", "", ""});  // its quota is its groups', so it may be given more
  EXPECT_EQ(system.status, 200) << system.body;
  EXPECT_EQ(system.json().at("members").as_array().size(), 1u);
  EXPECT_EQ(system.json().at("total_member_count").as_int64(), 1);

  const auto after = change(id, fmt::format(R"({{"add_users":["{}"],"remove_users":["{}"]}})", alice.id, bob.id)).json();
  ASSERT_EQ(after.at("members").as_array().size(), 1u);
  EXPECT_EQ(text(after.at("members").as_array().at(0), "username"), "alice");
}

TEST_F(GroupsDb, MembersArePagedAndSearched) {
  const auto id = make("team");
  for (const auto* name : {"ann", "ben", "cid"}) put_in(id, server.member(name));
  const auto page = [&](const std::string& query) { return server.get("/api/v2/groups/" + id + "/members" + query, server.owner()).json(); };

  EXPECT_EQ(page("").at("users").as_array().size(), 3u);
  const auto second = page("?limit=1&offset=1");
  EXPECT_EQ(second.at("count").as_int64(), 3);
  EXPECT_EQ(text(second.at("users").as_array().at(0), "username"), "ben");
  EXPECT_EQ(text(page("?limit=1&after_id=" + text(second.at("users").as_array().at(0), "id")).at("users").as_array().at(0), "username"), "cid");
  EXPECT_EQ(page("?offset=9").at("count").as_int64(), 3);
  EXPECT_EQ(page("?q=ann").at("count").as_int64(), 1);
  EXPECT_EQ(server.get(in_default + "/team/members?limit=2", server.owner()).json().at("users").as_array().size(), 2u);
  EXPECT_EQ(page("?q=ann%25").at("count").as_int64(), 0);
}

TEST_F(GroupsDb, AListLeavesMembersOutWhereAskedTo) {
  const auto id = make("team");
  for (const auto* name : {"ann", "ben"}) put_in(id, server.member(name));
  const auto listed = [&](const std::string& path) {
    for (const auto& group : server.get(path, server.owner()).json().as_array())
      if (text(group, "id") == id) return std::pair(group.at("total_member_count").as_int64(), group.at("members").as_array().size());
    return std::pair(std::int64_t{-1}, std::size_t{0});
  };

  EXPECT_EQ(listed(in_default), std::pair(std::int64_t{2}, std::size_t{2}));
  EXPECT_EQ(listed(in_default + "?exclude_members=true"), std::pair(std::int64_t{2}, std::size_t{0}));
  EXPECT_EQ(listed("/api/v2/groups?exclude_members=true"), std::pair(std::int64_t{2}, std::size_t{0}));
}

// Whoever asks is known by one statement, the group by another, the page and its total by a third.
TEST_F(GroupsDb, APageCostsTheSameHoweverManyItShows) {
  const auto id = make("team");
  for (const auto* name : {"ann", "ben", "cid"}) put_in(id, server.member(name));

  EXPECT_EQ(server.cost(server.get("/api/v2/groups/" + id + "/members?limit=1", server.owner())).sql, 3);
  EXPECT_EQ(server.cost(server.get("/api/v2/groups/" + id + "/members", server.owner())).sql, 3);
  EXPECT_EQ(server.cost(server.get("/api/v2/groups/" + id, server.owner())).sql, 3);
  EXPECT_EQ(server.cost(server.get("/api/v2/groups", server.owner())).sql, 3);
  make("another");
  EXPECT_EQ(server.cost(server.get("/api/v2/groups", server.owner())).sql, 3);
}

TEST_F(GroupsDb, TheTrailShowsWhoCameAndWent) {
  const auto id = make("team");
  put_in(id, bob);

  EXPECT_EQ(server.database().sql("select diff->'members' from audit_logs where resource_id = '" + id + "' and action = 'write'"),
            R"({"new": [")" + bob.id + R"("], "old": [], "secret": false})");
}

TEST_F(GroupsDb, ListsAreFilteredByOrganizationMemberAndId) {
  const auto first = make("first"), second = make("second");
  const auto other = another_organization();
  put_in(first, bob);
  const auto names = [&](const std::string& query, const Person& who) {
    std::vector<std::string> out;
    for (const auto& group : server.get("/api/v2/groups" + query, who).json().as_array()) out.push_back(text(group, "name"));
    return out;
  };
  using Names = std::vector<std::string>;

  EXPECT_EQ(names("?organization=" + organization, server.owner()), (Names{"Everyone", "first", "second"}));
  EXPECT_EQ(names("?organization=other", server.owner()), (Names{"Everyone"}));
  EXPECT_EQ(names("?group_ids=" + first + "," + second, server.owner()), (Names{"first", "second"}));
  EXPECT_EQ(names("?has_member=" + bob.id, server.owner()), (Names{"Everyone", "first"}));
  EXPECT_EQ(names("?has_member=me", bob), (Names{"Everyone", "first"}));
  EXPECT_EQ(names("?has_member=" + bob.id, alice), Names{});  // alice may see the groups but not who is in them
  EXPECT_EQ(names("", bob), (Names{"Everyone", "first", "second"}));
  EXPECT_EQ(server.get("/api/v2/organizations/" + other + "/groups", bob).status, 404);
  EXPECT_EQ(server.get(in_default, bob).json().as_array().size(), 3u);
}

TEST_F(GroupsDb, OnlyAdministratorsChangeThem) {
  const auto id = make("team");

  EXPECT_EQ(server.post(in_default, R"({"name":"mine"})", alice).status, 403);
  EXPECT_EQ(server.patch("/api/v2/groups/" + id, R"({"name":"mine"})", alice).status, 403);
  EXPECT_EQ(server.del("/api/v2/groups/" + id, alice).status, 403);
  EXPECT_EQ(server.call("GET", "/api/v2/groups").status, 401);
  ASSERT_EQ(server.put("/api/v2/organizations/default/members/alice/roles", R"({"roles":["organization-user-admin"]})", server.owner()).status, 200);
  EXPECT_EQ(server.patch("/api/v2/groups/" + id, R"({"name":"hers"})", alice).status, 200);

  const auto other = another_organization();
  const auto foreign = server.post("/api/v2/organizations/other/groups", R"({"name":"theirs"})", server.owner()).json();
  EXPECT_EQ(server.get("/api/v2/groups/" + text(foreign, "id"), alice).status, 404);
  EXPECT_EQ(server.patch("/api/v2/groups/" + text(foreign, "id"), R"({"name":"hers"})", alice).body,
            server.patch("/api/v2/groups/" + Uuid::random().str(), R"({"name":"hers"})", alice).body);
}

// Where ordinary members may not read groups, a group's own members still read it.
TEST_F(GroupsDb, AGroupMayReadItself) {
  const auto id = make("team");
  ASSERT_EQ(
      server.patch("/api/v2/organizations/default/settings/workspace-sharing", R"({"shareable_workspace_owners":"none"})", server.owner()).status,
      200);
  EXPECT_FALSE(may_read_group(bob, id));

  put_in(id, bob);
  EXPECT_TRUE(may_read_group(bob, id));
  EXPECT_FALSE(may_read_group(alice, id));
  EXPECT_EQ(server.get("/api/v2/groups?organization=default", bob).json().as_array().size(), 2u);  // and Everyone
  EXPECT_EQ(server.get("/api/v2/groups?organization=default", alice).json().as_array().size(), 1u);

  change(id, fmt::format(R"({{"remove_users":["{}"]}})", bob.id));
  EXPECT_FALSE(may_read_group(bob, id));
}

// Fact 13: a group taken off a list, a person taken out of a group, a group deleted: gone with the next request.
TEST_F(GroupsDb, AccessByAGroupEndsWithTheNextRequest) {
  const auto row = add_agent(server, server.owner(), "shared");
  const auto id = make("team");
  const std::string workspace = "/api/v2/workspaces/" + row.workspace;
  const auto share = [&](const std::string& role) {
    return server.patch(workspace + "/acl", fmt::format(R"({{"group_roles":{{"{}":"{}"}}}})", id, role), server.owner()).status;
  };
  ASSERT_EQ(share("use"), 204);
  EXPECT_EQ(server.get(workspace, bob).status, 404);

  put_in(id, bob);
  EXPECT_EQ(server.get(workspace, bob).status, 200);
  change(id, fmt::format(R"({{"remove_users":["{}"]}})", bob.id));
  EXPECT_EQ(server.get(workspace, bob).status, 404);

  put_in(id, bob);
  ASSERT_EQ(share(""), 204);
  EXPECT_EQ(server.get(workspace, bob).status, 404);

  ASSERT_EQ(share("use"), 204);
  EXPECT_EQ(server.get(workspace, bob).status, 200);
  ASSERT_EQ(server.del("/api/v2/groups/" + id, server.owner()).status, 200);
  EXPECT_EQ(server.get(workspace, bob).status, 404);
  EXPECT_EQ(server.database().sql("select group_acl::text from workspaces"), "{}");
}

}  // namespace
}  // namespace slipway::test
