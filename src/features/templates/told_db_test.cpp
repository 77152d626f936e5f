// What people are told of templates: that one is deprecated or gone, or that it deletes dormant workspaces otherwise.
#include "support/fake_clock.hpp"
#include "support/told.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

using std::chrono::hours;

const std::string kDeleted = "Template Deleted", kDeprecated = "Template Deprecated", kMarked = "Workspace Marked for Deletion";

struct ToldOfTemplates : ::testing::Test {
  Answer set(const std::string& settings) {
    auto answer = server.patch("/api/v2/templates/" + id, settings, server.owner());
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer;
  }
  Answer remove(const Person& who) { return server.del("/api/v2/templates/" + id, who); }
  // Of so many people one workspace each, and of the last one a second; straight into the database.
  void add_owners(int count) {
    sql(
        fmt::format("insert into users (id, email, username, login_type, created_at, updated_at)"
                    " select gen_random_uuid(), 'p' || n || '@example.com', 'p' || n, 'password', now(), now() from generate_series(1, {0}) n;"
                    "insert into workspaces (id, owner_id, organization_id, template_id, name, last_used_at, created_at, updated_at, due_at)"
                    " select gen_random_uuid(), u.id, t.organization_id, t.id, x.name, now(), now(), now(), now() + interval '30 days'"
                    " from users u, templates t, (values ('one'), ('two')) as x (name)"
                    " where t.id = '{1}' and u.username like 'p%' and (x.name = 'one' or u.username = 'p{0}'); analyze users, workspaces",
                    count, id));
  }
  std::string sql(const std::string& text) { return server.database().sql(text); }
  Targets targets() { return {id, server.organization()}; }

  FakeClock clock;
  TestServer server{{}, clock};
  Cast cast{server};
  std::string id = server.replay_template("t");
};

// ---- deleted ----

TEST_F(ToldOfTemplates, TheOtherAdministratorsThatOneIsGone) {
  EXPECT_EQ(remove(cast.tess).status, 200);

  const auto said = told_once(server, kDeleted);
  EXPECT_EQ(said.people, "dora,otto");
  EXPECT_EQ(said.labels, (Labels{{"name", "t"}, {"initiator", "tess"}}));
  EXPECT_EQ(said.targets, targets());
  EXPECT_EQ(said.organization, server.organization());
  EXPECT_EQ(said.urls, "/templates");
}

TEST_F(ToldOfTemplates, NobodyOfOneThatCouldNotBeDeleted) {
  server.workspace(id, "ws", cast.ana);

  EXPECT_EQ(remove(server.owner()).status, 400);

  EXPECT_EQ(count_told(server), "0");
}

// ---- deprecated ----

TEST_F(ToldOfTemplates, EachOwnerOfALivingWorkspaceOnce) {
  add_owners(3);
  sql("update workspaces set deleted = true where owner_id = (select id from users where username = 'p2')");
  sql("update users set status = 'suspended' where username = 'p1'");

  set(R"({"deprecation_message":"Use u."})");

  const auto said = told_once(server, kDeprecated);
  EXPECT_EQ(said.people, "p3");
  const auto organization = sql("select name from organizations where is_default");
  EXPECT_EQ(said.labels, (Labels{{"template", "t"}, {"message", "Use u."}, {"organization", organization}}));
  EXPECT_EQ(said.targets, targets());
  EXPECT_EQ(said.urls, "/workspaces?filter=owner:me+template:t /templates/" + organization + "/t");
}

TEST_F(ToldOfTemplates, OfADeprecationOnceForEachOfItsReasons) {
  add_owners(1);

  set(R"({"deprecation_message":"Use u."})");
  set(R"({"description":"other"})");
  set(R"({"deprecation_message":""})");
  set(R"({"deprecation_message":"Use u."})");
  EXPECT_EQ(told(server, kDeprecated).size(), 1U);
  set(R"({"deprecation_message":"Use v."})");

  EXPECT_EQ(told(server, kDeprecated).size(), 2U);
}

TEST_F(ToldOfTemplates, FiveThousandOwnersInOneStatement) {
  add_owners(5000);

  const auto deprecated = set(R"({"deprecation_message":"Use u."})");

  EXPECT_EQ(sql("select count(*) from inbox_notifications"), "5000");
  const auto in_use = set(R"({"deprecation_message":""})");  // as large a change, of which nobody is told
  EXPECT_EQ(server.cost(deprecated).sql, server.cost(in_use).sql + 1);
  EXPECT_EQ(server.cost(deprecated).trips, server.cost(in_use).trips);
}

// ---- another rule for dormant workspaces ----

TEST_F(ToldOfTemplates, OwnersOfDormantWorkspacesWhenTheirDeletionMoves) {
  const auto asleep = server.workspace(id, "asleep", cast.ana);
  server.workspace(id, "awake", cast.uma);
  ASSERT_EQ(server.put("/api/v2/workspaces/" + asleep + "/dormant", R"({"dormant":true})", cast.ana).status, 200);

  set(R"({"time_til_dormant_autodelete_ms":86400000})");

  const auto said = told_once(server, kMarked);
  EXPECT_EQ(said.people, "ana");
  EXPECT_EQ(said.labels,
            (Labels{{"name", "asleep"}, {"reason", "its template has another rule for dormant workspaces"}, {"timeTilDormant", "24 hours"}}));
  EXPECT_EQ(said.targets, (Targets{asleep, cast.ana.id, id, server.organization()}));
  EXPECT_EQ(said.urls, "/@ana/asleep");

  clock.advance(hours(6));
  set(R"({"time_til_dormant_autodelete_ms":86400000,"update_workspace_dormant_at":true})");
  set(R"({"time_til_dormant_autodelete_ms":90000000})");
  EXPECT_EQ(told(server, kMarked).size(), 3U) << "the time moves with its beginning, and with its length";
}

TEST_F(ToldOfTemplates, OwnersAtOnceWhenTheDeletionIsNear) {
  const auto asleep = server.workspace(id, "asleep", cast.ana);
  ASSERT_EQ(server.put("/api/v2/workspaces/" + asleep + "/dormant", R"({"dormant":true})", cast.ana).status, 200);

  set(R"({"time_til_dormant_autodelete_ms":86400000})");
  set(R"({"time_til_dormant_autodelete_ms":86399000})");

  EXPECT_EQ(sql("select string_agg(e.urgent::text, ',' order by e.created_at) from notification_events e join notification_templates t on t.id = "
                "e.template_id where t.name = '" +
                kMarked + "'"),
            "false,true");
}

TEST_F(ToldOfTemplates, NobodyWhereTheDeletionStaysWhereItWasOrEnds) {
  const auto asleep = server.workspace(id, "asleep", cast.ana);
  set(R"({"time_til_dormant_autodelete_ms":86400000})");
  ASSERT_EQ(server.put("/api/v2/workspaces/" + asleep + "/dormant", R"({"dormant":true})", cast.ana).status, 200);

  set(R"({"failure_ttl_ms":3600000})");
  set(R"({"time_til_dormant_ms":3600000})");
  set(R"({"time_til_dormant_autodelete_ms":0})");

  EXPECT_TRUE(told(server, kMarked).empty());
}

TEST_F(ToldOfTemplates, ManyWhoseDeletionMovesByOneStatement) {
  add_owners(20);
  sql("update workspaces set dormant_at = now()");
  const auto before = set(R"({"failure_ttl_ms":3600000})");

  const auto moved = set(R"({"time_til_dormant_autodelete_ms":86400000})");

  EXPECT_EQ(told(server, kMarked).size(), 21U);
  EXPECT_EQ(server.cost(moved).sql, server.cost(before).sql + 1);
}

}  // namespace
}  // namespace slipway::test
