#include "support/test_server.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

const std::string kSettings = "/api/v2/prebuilds/settings";
const std::string kPaused = R"({"reconciliation_paused":true})", kGoing = R"({"reconciliation_paused":false})";

struct PoolSettingsDb : ::testing::Test {
  PoolSettingsDb() : alice((server.owner(), server.member("alice"))) {}
  std::string sql(const std::string& statement) { return server.database().sql(statement); }

  TestServer server;
  Person alice;
};

TEST_F(PoolSettingsDb, AreReadByAnybodyAndChangedByWhoRunsTheDeployment) {
  EXPECT_EQ(server.call("GET", kSettings).status, 401);
  EXPECT_EQ(server.get(kSettings, alice).body, kGoing) << "nothing stored";
  EXPECT_EQ(server.put(kSettings, kPaused, alice).status, 403);

  const auto paused = server.put(kSettings, kPaused, server.owner());

  EXPECT_EQ(paused.status, 200);
  EXPECT_EQ(paused.body, kPaused);
  EXPECT_EQ(server.get(kSettings, alice).body, kPaused);
  EXPECT_EQ(sql("select value from site_settings where key = 'prebuilds_settings'"), kPaused);
}

TEST_F(PoolSettingsDb, WhatIsSoAlreadyIsAnsweredByNothing) {
  EXPECT_EQ(server.put(kSettings, kGoing, server.owner()).status, 304) << "the default";
  server.put(kSettings, kPaused, server.owner());

  const auto again = server.put(kSettings, kPaused, server.owner());

  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(sql("select count(*) from audit_logs where resource_type = 'prebuilds_settings'"), "1");
}

TEST_F(PoolSettingsDb, AChangeStandsInTheAuditTrail) {
  server.put(kSettings, kPaused, server.owner());

  EXPECT_EQ(
      sql("select action || ' ' || (diff -> 'reconciliation_paused' ->> 'old') || ' ' || (diff -> 'reconciliation_paused' ->> 'new') from audit_logs"
          " where resource_type = 'prebuilds_settings'"),
      "write false true");
}

TEST_F(PoolSettingsDb, WhatIsNoSettingIsRefusedAndWhatIsBrokenIsSaid) {
  EXPECT_EQ(server.put(kSettings, R"({"reconciliation_paused":"yes"})", server.owner()).status, 400);
  EXPECT_EQ(server.put(kSettings, "pause", server.owner()).status, 400);
  EXPECT_EQ(server.get(kSettings, server.owner()).body, kGoing);

  sql("insert into site_settings (key, value) values ('prebuilds_settings', '{')");
  const auto broken = server.get(kSettings, alice);
  EXPECT_EQ(broken.status, 500);
  EXPECT_EQ(broken.json().at("message").as_string(), "Failed to unmarshal prebuilds settings.");
  EXPECT_EQ(server.put(kSettings, kGoing, server.owner()).status, 200) << "it can be mended";
  EXPECT_EQ(server.get(kSettings, alice).body, kGoing);
}

TEST_F(PoolSettingsDb, WhatTheDatabaseRefusesIsSaid) {
  sql("create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;"
      "create trigger refuse before insert on site_settings for each row execute function refuse()");

  const auto refused = server.put(kSettings, kPaused, server.owner());

  EXPECT_EQ(refused.status, 500);
  EXPECT_EQ(refused.json().at("message").as_string(), "Failed to update prebuilds settings.");
}

struct InvalidateDb : PoolSettingsDb {
  InvalidateDb() : template_id(server.replay_template("boxes")), path("/api/v2/templates/" + template_id + "/prebuilds/invalidate") {
    version = sql("select active_version_id from templates where id = '" + template_id + "'");
    for (const auto* preset : {"'small', 2", "'large', 0", "'none', null"}) add(version, preset);
  }
  void add(const std::string& of, const std::string& name_and_instances) {
    sql("insert into template_version_presets (id, template_version_id, name, desired_instances, created_at) select gen_random_uuid(), '" + of +
        "', " + name_and_instances + ", now()");
  }
  std::string stale() {
    return sql(
        "select coalesce(string_agg(p.name, ',' order by p.name), '') from template_version_presets p where p.last_invalidated_at is not null");
  }
  std::string template_id, path, version;
};

TEST_F(InvalidateDb, ThePoolsOfTheActiveVersionAreToBeBuiltAnew) {
  const auto older = server.replay_version(template_id);
  add(older, "'old', 3");
  const auto name = sql("select name from template_versions where id = '" + version + "'");

  const auto done = server.post(path, "", server.owner());

  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.body, fmt::format(R"({{"invalidated":[{{"template_name":"boxes","template_version_name":"{0}","preset_name":"large"}},)"
                                   R"({{"template_name":"boxes","template_version_name":"{0}","preset_name":"small"}}]}})",
                                   name));
  EXPECT_EQ(stale(), "large,small");
  EXPECT_EQ(sql("select diff -> 'invalidated_presets' ->> 'new' from audit_logs where resource_type = 'template' order by time desc limit 1"),
            R"(["large", "small"])");
}

TEST_F(InvalidateDb, WithoutPoolsTheListIsEmpty) {
  sql("update template_version_presets set desired_instances = null");

  EXPECT_EQ(server.post(path, "", server.owner()).body, R"({"invalidated":[]})");
}

TEST_F(InvalidateDb, WhoMayNotChangeTheTemplateIsToldThereIsNone) {
  EXPECT_EQ(server.get("/api/v2/templates/" + template_id, alice).status, 200);

  EXPECT_EQ(server.post(path, "", alice).status, 404);
  EXPECT_EQ(server.call("POST", path).status, 401);
  EXPECT_EQ(stale(), "");
}

TEST_F(InvalidateDb, WhatTheDatabaseRefusesIsSaid) {
  sql("create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;"
      "create trigger refuse before update on template_version_presets for each row execute function refuse()");

  const auto refused = server.post(path, "", server.owner());

  EXPECT_EQ(refused.status, 500);
  EXPECT_EQ(refused.json().at("message").as_string(), "Failed to invalidate presets.");
}

TEST_F(InvalidateDb, ThePresetsOfAVersionAreSpelledAsEver) {
  const auto presets = server.get("/api/v2/templateversions/" + version + "/presets", alice);

  ASSERT_EQ(presets.status, 200) << presets.body;
  for (const auto* key : {"\"ID\":", "\"Name\":\"small\"", "\"Parameters\":[]", "\"Default\":false", "\"DesiredPrebuildInstances\":2",
                          "\"DesiredPrebuildInstances\":null", "\"Description\":\"\"", "\"Icon\":\"\""})
    EXPECT_NE(presets.body.find(key), std::string::npos) << key << " in " << presets.body;
}

}  // namespace
}  // namespace slipway::test
