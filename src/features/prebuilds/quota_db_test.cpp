// How large a pool gets is its owner's quota's to say.
#include "support/test_server.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

// What an import reads of a box that costs 10 a day.
const char* const kCostly = R"({"format_version":"1.2","planned_values":{"root_module":{"resources":[
  {"address":"box.b","mode":"managed","type":"box","name":"b","values":{"id":"b1"}},
  {"address":"coder_metadata.m","mode":"managed","type":"coder_metadata","name":"m","values":{"resource_id":"b1","daily_cost":10}}]}},
  "configuration":{"root_module":{"resources":[{"address":"coder_metadata.m","mode":"managed","type":"coder_metadata","name":"m",
  "expressions":{"resource_id":{"references":["box.b.id","box.b"]}}}]}}})";

struct PoolQuotaDb : ::testing::Test {
  PoolQuotaDb() { server.owner(); }

  // The template has one pool of so many; waits until as many builds of it have ended.
  void fill(int instances) {
    const auto id = server.replay_template("boxes", {{"replay/import.json", kCostly}});
    sql(
        fmt::format("insert into template_version_presets (id, template_version_id, name, desired_instances, created_at) select gen_random_uuid(),"
                    " active_version_id, 'large', {}, now() from templates where id = '{}'; notify prebuilds, '{}'",
                    instances, id, id));
    const auto until = std::chrono::steady_clock::now() + Seconds(20);
    while (ended("%") < instances && std::chrono::steady_clock::now() < until) breathe();
  }
  int ended(const std::string& status) {
    return std::stoi(sql("select count(*) from provisioner_jobs where type = 'workspace_build' and completed_at is not null and job_status like '" +
                         status + "'"));
  }
  std::string quota() { return server.get("/api/v2/organizations/default/members/prebuilds/workspace-quota", server.owner()).body; }
  std::string sql(const std::string& statement) { return server.database().sql(statement); }

  TestServer server;
};

TEST_F(PoolQuotaDb, AnAllowanceOfThirtyBuildsThreeOfFourAndTheFourthFails) {
  const auto group =
      server.post("/api/v2/organizations/default/groups", R"({"name":"coderprebuiltworkspaces","quota_allowance":30})", server.owner());
  ASSERT_EQ(group.status, 201) << group.body;

  fill(4);

  EXPECT_EQ(ended("succeeded"), 3);
  EXPECT_EQ(ended("failed"), 1);
  EXPECT_EQ(sql("select error from provisioner_jobs where job_status = 'failed'"), "insufficient quota");
  EXPECT_EQ(quota(), R"({"credits_consumed":30,"budget":30})");
}

TEST_F(PoolQuotaDb, WithoutAnAllowanceAPoolFailsToBuildAndSaysWhy) {
  fill(1);

  EXPECT_EQ(ended("failed"), 1);
  EXPECT_EQ(
      sql("select string_agg(output, '|' order by l.id) from provisioner_job_logs l join provisioner_jobs j on j.id = l.job_id"
          " where j.job_status = 'failed' and l.stage = 'Commit quota'"),
      "Build cost       —   10|Budget           —   0|Credits consumed —   0|This build would exceed your quota. Failing.|The budget comes from "
      "these groups: Prebuilt Workspaces 0, Everyone 0. Stop or delete other workspaces, or ask an administrator to raise the allowance of a "
      "group.");
  EXPECT_EQ(quota(), R"({"credits_consumed":0,"budget":0})");
}

}  // namespace
}  // namespace slipway::test
