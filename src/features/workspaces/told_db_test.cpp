// What people are told of workspaces that others make, update, put aside and delete.
#include "support/told.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

const std::string kDeleted = "Workspace Deleted", kDormant = "Workspace Marked as Dormant", kCreated = "Workspace Created",
                  kUpdated = "Workspace Manually Updated";

std::string of(const std::string& workspace) { return "/api/v2/workspaces/" + workspace; }

struct ToldOfWorkspaces : ::testing::Test {
  std::string make(const Person& who, const std::string& name = "ws") { return server.workspace(template_id, name, who); }
  void build(const std::string& id, const std::string& fields, const Person& who) {
    const auto made = server.post(of(id) + "/builds", "{" + fields + "}", who);
    ASSERT_EQ(made.status, 201) << made.body;
  }
  boost::json::value wait(const std::string& id, const std::string& status) {
    return server.wait_for(of(id) + "?include_deleted=true", "/latest_build/status", status, server.owner());
  }
  void remove(const std::string& id, const Person& who) {
    build(id, R"("transition":"delete")", who);
    wait(id, "deleted");
  }
  void stop(const std::string& id) {
    build(id, R"("transition":"stop")", server.owner());
    wait(id, "stopped");
  }
  std::string sql(const std::string& text) { return server.database().sql(text); }
  std::string name_of(const std::string& version) { return sql("select name from template_versions where id = '" + version + "'"); }
  Targets targets(const std::string& id) { return {id, cast.ana.id, template_id, server.organization()}; }

  TestServer server;
  Cast cast{server};
  std::string template_id = server.replay_template("t");
};

// ---- deleted ----

TEST_F(ToldOfWorkspaces, TheOwnerWhenSomebodyElseDeletedIt) {
  const auto id = make(cast.ana);

  remove(id, server.owner());

  const auto said = told_once(server, kDeleted);
  EXPECT_EQ(said.people, "ana");
  EXPECT_EQ(said.labels, (Labels{{"name", "ws"}, {"reason", "initiated by user"}, {"initiator", "owner"}}));
  EXPECT_EQ(said.targets, targets(id));
  EXPECT_EQ(said.organization, server.organization());
  EXPECT_EQ(said.urls, "/workspaces /templates");
}

TEST_F(ToldOfWorkspaces, NobodyWhenTheOwnerDeletedIt) {
  remove(make(cast.ana), cast.ana);

  EXPECT_TRUE(told(server, kDeleted).empty());
}

TEST_F(ToldOfWorkspaces, TheOwnerWhenItWasLeftBehind) {
  const auto id = make(cast.ana);
  sql("update provisioner_jobs set tags = tags || '{\"zone\":\"moon\"}' where type = 'template_version_import'");  // no daemon will take the build

  build(id, R"("transition":"delete","orphan":true)", server.owner());

  EXPECT_EQ(sql("select count(*) from workspaces where deleted"), "1");
  const auto said = told_once(server, kDeleted);
  EXPECT_EQ(said.people, "ana");
  EXPECT_EQ(said.labels, (Labels{{"name", "ws"}, {"reason", "initiated by user"}, {"initiator", "owner"}}));
}

TEST_F(ToldOfWorkspaces, TheSystemAndTheSuspendedAreNot) {
  const auto spare = make(cast.ana, "spare"), asleep = make(cast.ana, "asleep");
  sql("update workspaces set owner_id = 'c42fdf75-3097-471c-8c33-fb52454d81c0' where id = '" + spare + "'");
  remove(spare, server.owner());
  EXPECT_TRUE(told(server, kDeleted).empty());

  sql("update users set status = 'suspended' where username = 'ana'");
  remove(asleep, server.owner());
  EXPECT_TRUE(told(server, kDeleted).empty());
}

TEST_F(ToldOfWorkspaces, ADormantOwnerIs) {
  const auto id = make(cast.ana);
  sql("update users set status = 'dormant' where username = 'ana'");

  remove(id, server.owner());

  EXPECT_EQ(told_once(server, kDeleted).people, "ana");
}

// ---- put aside ----

TEST_F(ToldOfWorkspaces, TheOwnerWhenSomebodyElsePutItAside) {
  const auto id = make(cast.ana);
  sql("update templates set time_til_dormant_autodelete_ms = 86400000");

  ASSERT_EQ(server.put(of(id) + "/dormant", R"({"dormant":true})", server.owner()).status, 200);

  const auto said = told_once(server, kDormant);
  EXPECT_EQ(said.people, "ana");
  EXPECT_EQ(said.labels, (Labels{{"name", "ws"}, {"reason", "initiated by user"}, {"initiator", "owner"}, {"timeTilDormant", "24 hours"}}));
  EXPECT_EQ(said.targets, targets(id));
  EXPECT_EQ(said.urls, "/@ana/ws");
}

TEST_F(ToldOfWorkspaces, NobodyWhenTheOwnerPutItAsideOrItIsWoken) {
  const auto id = make(cast.ana);

  ASSERT_EQ(server.put(of(id) + "/dormant", R"({"dormant":true})", cast.ana).status, 200);
  ASSERT_EQ(server.put(of(id) + "/dormant", R"({"dormant":false})", server.owner()).status, 200);

  EXPECT_EQ(count_told(server), "0");
}

// ---- made ----

TEST_F(ToldOfWorkspaces, NobodyOfANewOneUnlessTheyAskedForThat) {
  make(cast.ana, "before");
  EXPECT_TRUE(told(server, kCreated).empty());
  for (const auto& who : {cast.tess, cast.otto, cast.uma}) wants(server, who, kCreated);

  const auto id = make(cast.ana, "after");

  const auto said = told_once(server, kCreated);
  const auto version = sql("select active_version_id from templates");
  EXPECT_EQ(said.people, "otto,tess");
  EXPECT_EQ(said.labels, (Labels{{"workspace", "after"}, {"template", "t"}, {"version", name_of(version)}, {"workspace_owner_username", "ana"}}));
  EXPECT_EQ(said.targets, targets(id));
  EXPECT_EQ(said.urls, "/@ana/after");
  const auto& data = said.data;
  EXPECT_EQ(data.at("workspace"), boost::json::value({{"id", id}, {"name", "after"}}));
  EXPECT_EQ(data.at("owner"), boost::json::value({{"id", cast.ana.id}, {"name", ""}, {"email", "ana@example.com"}}));
  EXPECT_EQ(data.at("template"), boost::json::value({{"id", template_id}, {"name", "t"}}));
  EXPECT_EQ(data.at("template_version"), boost::json::value({{"id", version}, {"name", name_of(version)}}));
  EXPECT_TRUE(data.at("parameters").as_array().empty());
}

TEST_F(ToldOfWorkspaces, AnAdministratorNotOfTheirOwn) {
  for (const auto& who : {cast.tess, cast.otto}) wants(server, who, kCreated);

  make(cast.tess);

  EXPECT_EQ(told_once(server, kCreated).people, "otto");
}

// ---- updated ----

TEST_F(ToldOfWorkspaces, TemplateAdminsWhoAskedForItOfAnUpdateByHand) {
  const auto id = make(cast.ana);
  const auto version = server.replay_version(template_id);
  for (const auto& who : {cast.tess, cast.otto}) wants(server, who, kUpdated);
  sql("update users set rbac_roles = '{owner,template-admin}' where username = 'tess'");
  stop(id);

  build(id, R"("transition":"start","template_version_id":")" + version + "\"", cast.tess);

  const auto said = told_once(server, kUpdated);
  EXPECT_EQ(said.people, "otto") << "whoever updated it knows";
  EXPECT_EQ(said.labels, (Labels{{"workspace", "ws"},
                                 {"template", "t"},
                                 {"version", name_of(version)},
                                 {"workspace_owner_username", "ana"},
                                 {"organization", sql("select name from organizations where is_default")},
                                 {"initiator", "tess"}}));
  EXPECT_EQ(said.targets, targets(id));
  EXPECT_EQ(said.urls, "/@ana/ws /templates/" + said.labels.at("organization") + "/t/versions/" + name_of(version));
  EXPECT_EQ(said.data.at("template_version").at("id").as_string(), version);
}

TEST_F(ToldOfWorkspaces, NobodyOfAStartWithTheSameVersionOrOfAStopWithAnother) {
  const auto id = make(cast.ana);
  wants(server, cast.tess, kUpdated);
  const auto version = server.replay_version(template_id);
  stop(id);

  build(id, R"("transition":"start")", cast.ana);
  wait(id, "running");
  build(id, R"("transition":"stop","template_version_id":")" + version + "\"", server.owner());
  wait(id, "stopped");

  EXPECT_TRUE(told(server, kUpdated).empty());
}

// ---- what it costs ----

TEST_F(ToldOfWorkspaces, ItIsOneStatementInTheRoundTripOfTheCommit) {
  const auto id = make(cast.ana);
  const auto untold_before = untold();

  const auto aside = server.put(of(id) + "/dormant", R"({"dormant":true})", server.owner());
  const auto back = server.put(of(id) + "/dormant", R"({"dormant":false})", server.owner());

  EXPECT_EQ(server.cost(aside).sql, server.cost(back).sql + 1) << "both are the same, but the first is told";
  EXPECT_EQ(server.cost(aside).trips, server.cost(back).trips);
  EXPECT_EQ(untold(), untold_before);
}

}  // namespace
}  // namespace slipway::test
