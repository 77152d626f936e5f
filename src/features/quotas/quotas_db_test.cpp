#include "features/quotas/quotas.hpp"
#include "formats/archive.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

std::string text(const boost::json::value& value, const char* key) { return std::string(std::string_view(value.at(key).as_string())); }

// What `show -json` says of a resource that costs `cost` a day.
std::string recording(int cost) {
  return fmt::format(R"({{"format_version":"1.2","planned_values":{{"root_module":{{"resources":[
    {{"address":"box.b","mode":"managed","type":"box","name":"b","values":{{"id":"b1"}}}},
    {{"address":"coder_metadata.m","mode":"managed","type":"coder_metadata","name":"m","values":{{"resource_id":"b1","daily_cost":{}}}}}]}}}},
    "configuration":{{"root_module":{{"resources":[
    {{"address":"coder_metadata.m","mode":"managed","type":"coder_metadata","name":"m","expressions":{{"resource_id":{{"references":["box.b.id","box.b"]}}}}}}]}}}}}})",
                     cost);
}

struct QuotasDb : ::testing::Test {
  QuotasDb() : alice((server.owner(), server.member("alice"))) {
    template_id = server.replay_template("boxes", {{"replay/import.json", recording(10)}, {"replay/stop.plan.json", recording(2)}});
  }

  void allow(int credits) {
    EXPECT_EQ(server.patch("/api/v2/groups/" + server.organization(), fmt::format(R"({{"quota_allowance":{}}})", credits), server.owner()).status,
              200);
  }
  // Makes a workspace and waits for its build's end.
  boost::json::value create(const std::string& name, const std::string& status) {
    const auto made = server.post("/api/v2/users/me/workspaces", fmt::format(R"({{"name":"{}","template_id":"{}"}})", name, template_id), alice);
    EXPECT_EQ(made.status, 201) << made.body;
    if (made.status != 201) return {};
    return server.wait_for("/api/v2/workspaces/" + text(made.json(), "id"), "/latest_build/job/status", status, alice);
  }
  boost::json::value build(const boost::json::value& workspace, const std::string& transition, const std::string& status) {
    const auto path = "/api/v2/workspaces/" + text(workspace, "id");
    const auto made = server.post(path + "/builds", fmt::format(R"({{"transition":"{}"}})", transition), alice);
    EXPECT_EQ(made.status, 201) << made.body;
    if (made.status != 201) return {};
    return server.wait_for("/api/v2/workspacebuilds/" + text(made.json(), "id"), "/job/status", status, alice);
  }
  std::string quota(const Person& by, const std::string& of = "me") {
    const auto answer = server.get("/api/v2/organizations/default/members/" + of + "/workspace-quota", by);
    if (answer.status != 200) return std::to_string(answer.status);
    return fmt::format("{} of {}", answer.json().at("credits_consumed").as_int64(), answer.json().at("budget").as_int64());
  }

  TestServer server;
  Person alice;
  std::string template_id;
};

TEST_F(QuotasDb, BudgetsAddUpOverGroupsAndCostsOverWorkspaces) {
  allow(15);
  const auto group = text(server.post("/api/v2/organizations/default/groups", R"({"name":"team","quota_allowance":7})", server.owner()).json(), "id");
  EXPECT_EQ(quota(alice), "0 of 15");
  server.patch("/api/v2/groups/" + group, fmt::format(R"({{"add_users":["{}"]}})", alice.id), server.owner());
  EXPECT_EQ(quota(alice), "0 of 22");

  create("one", "succeeded");
  create("two", "succeeded");
  EXPECT_EQ(quota(alice), "20 of 22");
  EXPECT_EQ(server.get("/api/v2/workspace-quota/me", alice).body, R"({"credits_consumed":20,"budget":22})");
  EXPECT_EQ(quota(server.owner()), "0 of 15");
  EXPECT_EQ(quota(server.owner(), "alice"), "20 of 22");
  EXPECT_EQ(quota(alice, "owner"), "404");
  EXPECT_EQ(server.call("GET", "/api/v2/workspace-quota/me").status, 401);

  server.del("/api/v2/organizations/default/members/alice", server.owner());
  EXPECT_EQ(quota(server.owner(), "alice"), "20 of 0");  // the workspaces remain, the groups do not
}

TEST_F(QuotasDb, ABuildBeyondTheBudgetIsRefusedBeforeItIsApplied) {
  allow(12);
  const auto first = create("first", "succeeded");
  EXPECT_EQ(first.at("latest_build").at("daily_cost").as_int64(), 10);

  const auto second = create("second", "failed").at("latest_build");
  EXPECT_EQ(text(second.at("job"), "error_code"), "INSUFFICIENT_QUOTA");
  EXPECT_NE(text(second.at("job"), "error").find("this build costs 10 a day, and 2 of a budget of 12 are left"), std::string::npos)
      << text(second.at("job"), "error");
  EXPECT_TRUE(second.at("resources").as_array().empty());
  EXPECT_EQ(quota(alice), "10 of 12");

  build(first, "stop", "succeeded");
  EXPECT_EQ(quota(alice), "2 of 12");
  create("third", "succeeded");
  EXPECT_EQ(quota(alice), "12 of 12");
}

TEST_F(QuotasDb, StoppingAndDeletingWorkBeyondTheBudget) {
  allow(10);
  const auto workspace = create("ws", "succeeded");
  allow(0);

  build(workspace, "start", "succeeded");  // costs what it costs already
  build(workspace, "stop", "succeeded");
  EXPECT_EQ(quota(alice), "2 of 0");
  const auto refused = build(workspace, "start", "failed");
  EXPECT_EQ(text(refused.at("job"), "error_code"), "INSUFFICIENT_QUOTA");
  EXPECT_EQ(quota(alice), "2 of 0");  // what is there still costs
  build(workspace, "delete", "succeeded");
  EXPECT_EQ(quota(alice), "0 of 0");
}

// Whoever never asked for quotas is not stopped by a template that counts; what it costs is shown.
TEST_F(QuotasDb, NothingIsLimitedBeforeTheFirstAllowanceAndAllIsAfterTheLast) {
  EXPECT_EQ(quota(alice), "0 of -1");
  const auto free = create("free", "succeeded");
  EXPECT_EQ(quota(alice), "10 of -1");
  server.patch("/api/v2/groups/" + server.organization(), R"({"display_name":"All","quota_allowance":0})", server.owner());
  EXPECT_EQ(quota(alice), "10 of -1");

  server.post("/api/v2/organizations/default/groups", R"({"name":"team","quota_allowance":7})", server.owner());
  EXPECT_EQ(quota(alice), "10 of 0");
  allow(5);
  allow(0);
  server.database().sql("delete from groups where name = 'team'");

  EXPECT_EQ(quota(alice), "10 of 0");
  EXPECT_EQ(text(create("second", "failed").at("latest_build").at("job"), "error_code"), "INSUFFICIENT_QUOTA");
}

TEST_F(QuotasDb, ACostIsNeverNegativeAndNeverTooLargeForItsColumn) {
  const auto cost = [&](const std::string& name, const std::vector<std::int64_t>& costs) {
    std::string boxes, expressions;
    for (std::size_t i = 0; i < costs.size(); ++i) {
      boxes += fmt::format(R"({0}{{"address":"box.b{1}","mode":"managed","type":"box","name":"b{1}","values":{{"id":"b{1}"}}}},
        {{"address":"coder_metadata.m{1}","mode":"managed","type":"coder_metadata","name":"m{1}","values":{{"resource_id":"b{1}","daily_cost":{2}}}}})",
                           i ? "," : "", i, costs[i]);
      expressions += fmt::format(R"({0}{{"address":"coder_metadata.m{1}","mode":"managed","type":"coder_metadata","name":"m{1}",
        "expressions":{{"resource_id":{{"references":["box.b{1}.id","box.b{1}"]}}}}}})",
                                 i ? "," : "", i);
    }
    template_id =
        server.replay_template(name, {{"replay/import.json", R"({"format_version":"1.2","planned_values":{"root_module":{"resources":[)" + boxes +
                                                                 R"(]}},"configuration":{"root_module":{"resources":[)" + expressions + "]}}}"}});
    return create(name, "succeeded").at("latest_build").at("daily_cost").as_int64();
  };

  EXPECT_EQ(cost("rebate", {10, -4}), 10);
  EXPECT_EQ(cost("bonus", {-4}), 0);
  EXPECT_EQ(cost("vast", {2147483647, 2147483647}), 2147483647);
}

TEST(MayCost, IsFalseOnlyWhereNoFileCanSaySo) {
  const auto tar = [](const std::string& terraform) {
    return *formats::write_archive(formats::ArchiveKind::tar, std::vector<formats::ArchiveEntry>{{.path = "main.tf", .bytes = terraform}});
  };

  EXPECT_FALSE(quotas::may_cost(tar("resource \"box\" \"b\" {}")));
  EXPECT_TRUE(quotas::may_cost(tar("resource \"coder_metadata\" \"m\" { daily_cost = 1 }")));
  EXPECT_TRUE(quotas::may_cost(tar("module \"m\" { source = \"elsewhere\" }")));
  EXPECT_TRUE(quotas::may_cost("PK\3\4"));
}

}  // namespace
}  // namespace slipway::test
