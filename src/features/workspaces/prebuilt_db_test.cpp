// Who may end a workspace of a pool, and who no longer once somebody has claimed it.
#include "support/meanwhile.hpp"
#include "support/test_server.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

struct PrebuiltDb : ::testing::Test {
  PrebuiltDb() : alice((server.owner(), server.member("alice"))) {
    template_id = server.replay_template("boxes");
    workspace = server.workspace(template_id, "ws", alice);
    own("c42fdf75-3097-471c-8c33-fb52454d81c0");
  }

  void own(const std::string& owner) { sql(owned_by(owner)); }
  std::string owned_by(const std::string& owner) { return "update workspaces set owner_id = '" + owner + "' where id = '" + workspace + "'"; }
  Person with_role(const std::string& name, const std::string& role) {
    auto person = server.member(name);
    const auto given = server.put("/api/v2/users/" + person.id + "/roles", "{\"roles\":[\"" + role + "\"]}", server.owner());
    EXPECT_EQ(given.status, 200) << given.body;
    return person;
  }
  Person with_custom_role(const std::string& name, const std::string& permissions) {
    auto person = server.member(name);
    const auto made = server.post("/api/v2/organizations/default/members/roles",
                                  fmt::format(R"({{"name":"r-{}","display_name":"","site_permissions":[],"user_permissions":[],)"
                                              R"("organization_permissions":[{}]}})",
                                              name, permissions),
                                  server.owner());
    EXPECT_EQ(made.status, 200) << made.body;
    const auto given =
        server.put("/api/v2/organizations/default/members/" + person.id + "/roles", "{\"roles\":[\"r-" + name + "\"]}", server.owner());
    EXPECT_EQ(given.status, 200) << given.body;
    return person;
  }
  Answer remove(const Person& by) { return server.post("/api/v2/workspaces/" + workspace + "/builds", R"({"transition":"delete"})", by); }
  std::string sql(const std::string& statement) { return server.database().sql(statement); }
  std::string builds() { return sql("select count(*) from workspace_builds where workspace_id = '" + workspace + "'"); }

  TestServer server;
  Person alice;
  std::string template_id, workspace;
};

TEST_F(PrebuiltDb, WhoLooksAfterTemplatesMayDeleteItAndNotWhatWasClaimed) {
  const auto tina = with_role("tina", "template-admin");
  EXPECT_EQ(server.get("/api/v2/workspaces/" + workspace, tina).json().at("is_prebuild").as_bool(), true);
  EXPECT_EQ(server.post("/api/v2/workspaces/" + workspace + "/builds", R"({"transition":"stop"})", tina).status, 403);

  own(alice.id);
  const auto claimed = remove(tina);
  EXPECT_EQ(claimed.status, 404);
  EXPECT_EQ(claimed.json().at("message").as_string(), "Resource not found or you do not have access to this resource");
  EXPECT_EQ(builds(), "1");

  own("c42fdf75-3097-471c-8c33-fb52454d81c0");
  const auto deleted = remove(tina);
  EXPECT_EQ(deleted.status, 201) << deleted.body;
}

TEST_F(PrebuiltDb, AnOrganizationsTemplateAdminMayDeleteItToo) {
  auto ota = server.member("ota");
  const auto given =
      server.put("/api/v2/organizations/default/members/" + ota.id + "/roles", R"({"roles":["organization-template-admin"]})", server.owner());
  ASSERT_EQ(given.status, 200) << given.body;

  EXPECT_EQ(remove(ota).status, 201);
}

TEST_F(PrebuiltDb, NobodyElseDeletesIt) {
  for (const auto& person : {alice, with_role("audrey", "auditor"), with_role("ute", "user-admin")})
    EXPECT_EQ(remove(person).status, 404) << person.username;

  EXPECT_EQ(builds(), "1");
}

TEST_F(PrebuiltDb, TheRightToDeleteAloneIsNotEnough) {
  const std::string read = R"({"resource_type":"workspace","action":"read"},)";
  const auto half = with_custom_role("half", read + R"({"resource_type":"prebuilt_workspace","action":"delete"})");
  const auto whole = with_custom_role(
      "whole", read + R"({"resource_type":"prebuilt_workspace","action":"delete"},{"resource_type":"prebuilt_workspace","action":"update"})");

  EXPECT_EQ(remove(half).status, 404);
  EXPECT_EQ(builds(), "1");
  EXPECT_EQ(remove(whole).status, 201);
}

TEST_F(PrebuiltDb, ItIsJudgedByWhoseItIsWhenItsDeletionBegins) {
  const auto tina = with_role("tina", "template-admin");
  Meanwhile claim(server, owned_by(alice.id));

  const auto late = claim.commit_under([&] { return remove(tina); });

  EXPECT_EQ(late.status, 404) << late.body;
  EXPECT_EQ(builds(), "1");
}

TEST_F(PrebuiltDb, TheSearchForTheirOwnerListsThemForWhoMayReadThem) {
  const auto tina = with_role("tina", "template-admin");
  const auto found = [&](const Person& by) {
    const auto answer = server.get("/api/v2/workspaces?q=owner:prebuilds", by).json();
    EXPECT_EQ(answer.at("count").as_int64(), static_cast<std::int64_t>(answer.at("workspaces").as_array().size()));
    return answer.at("count").as_int64();
  };

  EXPECT_EQ(found(tina), 1);
  EXPECT_EQ(found(server.owner()), 1);
  EXPECT_EQ(found(alice), 0);
}

TEST_F(PrebuiltDb, TheirJobsAreFoundByWhoBeganThem) {
  sql("update provisioner_jobs set initiator_id = 'c42fdf75-3097-471c-8c33-fb52454d81c0' where type = 'workspace_build'");
  const std::string jobs = "/api/v2/organizations/default/provisionerjobs?initiator=prebuilds";

  const auto all = server.get(jobs, server.owner());
  ASSERT_EQ(all.status, 200) << all.body;
  EXPECT_EQ(all.json().as_array().size(), 1U);
  EXPECT_EQ(server.get(jobs + "&status=pending", server.owner()).json().as_array().size(), 0U);
}

}  // namespace
}  // namespace slipway::test
