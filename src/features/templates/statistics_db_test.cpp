// What templates are shown with: kept as builds end, and not worked out where nobody looks.
#include "support/replay.hpp"
#include "support/statement_text.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

TEST(TemplateStatistics, AreWrittenAsBuildsEnd) {
  TestServer server;
  const auto id = server.replay_template("t");
  const auto shown = [&] { return server.get("/api/v2/templates/" + id, server.owner()).json(); };
  EXPECT_EQ(shown().at("active_user_count").as_int64(), 0);
  EXPECT_TRUE(shown().at("build_time_stats").at("start").at("P50").is_null());

  server.workspace(id, "ws", server.owner());

  EXPECT_EQ(shown().at("active_user_count").as_int64(), 1);
  EXPECT_GE(shown().at("build_time_stats").at("start").at("P50").as_int64(), 0);
  EXPECT_GE(shown().at("build_time_stats").at("start").at("P95").as_int64(), 0);
  EXPECT_TRUE(shown().at("build_time_stats").at("stop").at("P95").is_null());
  EXPECT_EQ(server.get("/api/v2/templates", server.owner()).json().at(0).at("build_time_stats"), shown().at("build_time_stats"));
}

TEST(TemplateStatistics, AreOfTheLastHundredOfAKind) {
  TestServer server;
  const auto id = server.replay_template("t");
  server.database().sql(fmt::format(
      "with j as (insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, tags, created_at, updated_at)"
      "  select gen_random_uuid(), organization_id, initiator_id, type, provisioner, file_id, input, tags, created_at, updated_at"
      "  from provisioner_jobs, generate_series(1, 120) returning id)"
      "insert into template_build_times select id, '{}', 'start', now() - interval '1 day' + row_number() over () * interval '1 second', 1 from j",
      id));

  server.workspace(id, "ws", server.owner());

  EXPECT_EQ(server.database().sql("select count(*) from template_build_times"), "100");
}

// A decision about a template is made from its row: its history may be as long as it likes.
TEST(TemplateRow, IsReadWithoutItsHistory) {
  for (const char* name : {"by_id", "by_name", "list"}) {
    const auto text = statement_text("templates", name);
    ASSERT_FALSE(text.empty()) << name;
    for (const char* table : {"workspaces", "workspace_builds", "provisioner_jobs", "template_build_times"})
      EXPECT_EQ(text.find(table), std::string::npos) << name << " reads " << table;
  }
}

}  // namespace
}  // namespace slipway::test
