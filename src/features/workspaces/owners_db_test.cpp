// For whom workspaces are made and started, and with what: members of the organization, versions of the template.
#include "support/meanwhile.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

std::string at(const Answer& answer, std::string_view pointer) {
  boost::system::error_code ec;
  const auto json = answer.json();
  const auto* found = json.find_pointer(pointer, ec);
  return found && found->is_string() ? std::string(found->as_string()) : "(absent)";
}

// Template "theirs" is of the organization "other", where nobody but the site's owner is a member.
struct OwnersDb : ::testing::Test {
  OwnersDb() : ana((server.owner(), server.member("ana"))), mine(server.replay_template("mine")), theirs(server.replay_template("theirs")) {
    const auto other = at(server.post("/api/v2/organizations", R"({"name":"other"})", server.owner()), "/id");
    sql(
        fmt::format("update templates set organization_id = '{0}' where name = 'theirs';"
                    "update template_versions set organization_id = '{0}' where template_id = '{1}';"
                    "update provisioner_jobs j set organization_id = '{0}' from template_versions v where v.job_id = j.id and v.template_id = '{1}'",
                    other, theirs));
  }
  std::string sql(const std::string& text) { return server.database().sql(text); }
  std::string active_of(const std::string& id) { return sql("select active_version_id from templates where id = '" + id + "'"); }
  Answer make(const std::string& template_id, const std::string& for_whom) { return make(template_id, for_whom, server.owner()); }
  Answer make(const std::string& template_id, const std::string& for_whom, const Person& by) {
    return server.post("/api/v2/users/" + for_whom + "/workspaces", R"({"name":"gift","template_id":")" + template_id + "\"}", by);
  }
  Answer build(const std::string& workspace, const std::string& fields, const Person& who) {
    return server.post("/api/v2/workspaces/" + workspace + "/builds", "{" + fields + "}", who);
  }
  void stop(const std::string& workspace) {
    ASSERT_EQ(build(workspace, R"("transition":"stop")", server.owner()).status, 201);
    server.wait_for("/api/v2/workspaces/" + workspace, "/latest_build/status", "stopped", server.owner());
  }

  TestServer server;
  Person ana;
  std::string mine, theirs;
};

TEST_F(OwnersDb, NobodyOutsideTheOrganizationGetsAWorkspaceThere) {
  const auto outside = make(theirs, "ana"), missing = server.get("/api/v2/workspaces/" + Uuid::random().str(), server.owner());

  EXPECT_EQ(outside.status, 404);
  EXPECT_EQ(at(outside, "/message"), at(missing, "/message"));
  EXPECT_EQ(sql("select count(*) from workspaces"), "0");
  EXPECT_EQ(make(theirs, "owner").status, 201);
  EXPECT_EQ(make(mine, "ana").status, 201);
}

TEST_F(OwnersDb, AnAdminOfTheOrganizationBringsNobodyIntoItEither) {
  const auto boss = server.member("boss");
  sql("insert into organization_members (organization_id, user_id, roles, created_at, updated_at) select id, '" + boss.id +
      "', '{organization-admin}', now(), now() from organizations where name = 'other'");

  EXPECT_EQ(make(theirs, "ana", boss).status, 404);
  EXPECT_EQ(sql("select count(*) from workspaces"), "0");
  EXPECT_EQ(make(theirs, "boss", boss).status, 201);
}

TEST_F(OwnersDb, WhoeverLeftHasNothingStarted) {
  const auto id = server.workspace(mine, "ws", ana);
  stop(id);
  ASSERT_EQ(server.del("/api/v2/organizations/default/members/ana", server.owner()).status, 204);

  const auto start = build(id, R"("transition":"start")", server.owner());

  EXPECT_EQ(start.status, 400) << start.body;
  EXPECT_NE(start.body.find("not an active member"), std::string::npos);
  EXPECT_EQ(make(mine, "ana").status, 404);
  EXPECT_EQ(build(id, R"("transition":"delete")", server.owner()).status, 201);
}

TEST_F(OwnersDb, WhoeverIsSuspendedHasNothingStarted) {
  const auto id = server.workspace(mine, "ws", ana);
  stop(id);
  ASSERT_EQ(server.put("/api/v2/users/ana/status/suspend", "", server.owner()).status, 200);

  EXPECT_EQ(build(id, R"("transition":"start")", server.owner()).status, 400);
  EXPECT_EQ(make(mine, "ana").status, 404);
}

TEST_F(OwnersDb, WhoseAccountIsBeingDeletedGetsNoWorkspace) {
  Meanwhile deleted(server, "update users set deleted = true where username = 'ana'");

  const auto made = deleted.commit_under([&] { return make(mine, "ana"); });

  EXPECT_EQ(made.status, 404) << made.body;
  EXPECT_EQ(sql("select count(*) from workspaces"), "0");
}

TEST_F(OwnersDb, ATemplateThatIsBeingDeletedMakesNoWorkspace) {
  Meanwhile deleted(server, "update templates set deleted = true where name = 'mine'");

  const auto made = deleted.commit_under([&] { return make(mine, "ana"); });

  EXPECT_EQ(made.status, 404) << made.body;
  EXPECT_EQ(sql("select count(*) from workspaces"), "0");
}

TEST_F(OwnersDb, ATemplateThatMovesMeanwhileMakesNoWorkspaceWhereItWas) {
  Meanwhile moved(server, "update templates set organization_id = (select organization_id from templates where name = 'theirs') where name = 'mine'");

  const auto made = moved.commit_under([&] { return make(mine, "ana"); });

  EXPECT_EQ(made.status, 404) << made.body;
  EXPECT_EQ(sql("select count(*) from workspaces"), "0");
}

TEST_F(OwnersDb, ATemplateOfWhichAWorkspaceIsBeingMadeIsNotDeleted) {
  Meanwhile made(server,
                 "insert into workspaces (id, owner_id, organization_id, template_id, name, last_used_at, created_at, updated_at, due_at) "
                 "select gen_random_uuid(), created_by, organization_id, id, 'gift', now(), now(), now(), now() + interval '30 days' "
                 "from templates where name = 'mine' for share");

  const auto deleted = made.commit_under([&] { return server.del("/api/v2/templates/" + mine, server.owner()); });

  EXPECT_EQ(deleted.status, 400) << deleted.body;
  EXPECT_EQ(sql("select deleted from templates where name = 'mine'"), "f");
}

TEST_F(OwnersDb, ABuildUsesAVersionOfItsOwnTemplate) {
  const auto id = server.workspace(mine, "ws", server.owner());
  const auto second = server.replay_template("second");

  for (const auto& foreign : {active_of(second), active_of(theirs)}) {
    for (const char* transition : {"start", "stop", "delete"}) {
      const auto answer = build(id, fmt::format(R"("transition":"{}","template_version_id":"{}")", transition, foreign), server.owner());
      EXPECT_EQ(answer.status, 400) << answer.body;
      EXPECT_EQ(at(answer, "/message"), "template version doesn't match template");
    }
  }
  EXPECT_EQ(sql("select count(*) from workspace_builds"), "1");
  EXPECT_EQ(build(id, R"("transition":"stop","template_version_id":")" + server.replay_version(mine) + "\"", server.owner()).status, 201);
}

TEST_F(OwnersDb, AnotherVersionNeedsTheRightToUseTheTemplate) {
  const auto id = server.workspace(mine, "ws", ana);
  stop(id);
  const auto newer = server.replay_version(mine);
  sql("update templates set group_acl = jsonb_build_object(organization_id::text, '[\"read\"]'::jsonb) where name = 'mine'");

  EXPECT_EQ(build(id, R"("transition":"start","template_version_id":")" + newer + "\"", ana).status, 403);
  EXPECT_EQ(build(id, R"("transition":"start")", ana).status, 201);
}

// What the database cannot answer is no fault of whoever asks.
TEST_F(OwnersDb, ABrokenDatabaseIsNotAnsweredAsAWrongRequest) {
  const auto version = active_of(mine);
  const auto by_version = [&] {
    return server.post("/api/v2/users/me/workspaces", R"({"name":"ws","template_version_id":")" + version + "\"}", server.owner()).status;
  };
  EXPECT_EQ(make(Uuid::random().str(), "me").status, 400);
  EXPECT_EQ(server.get("/api/v2/workspaces?q=organization:none", server.owner()).status, 400);

  sql("alter table templates rename column cors_behavior to gone; alter table organizations rename column icon to gone; alter table "
      "template_versions "
      "rename column readme to gone");

  EXPECT_EQ(make(mine, "me").status, 500);
  EXPECT_EQ(by_version(), 500);
  EXPECT_EQ(server.get("/api/v2/workspaces?q=organization:default", server.owner()).status, 500);
}

}  // namespace
}  // namespace slipway::test
