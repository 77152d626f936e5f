#include "features/quotas/quotas.hpp"
#include "formats/archive.hpp"
#include "provisioner/job.hpp"
#include "support/home.hpp"
#include "support/meanwhile.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

#include <set>

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
  // What the newest build's log says of quotas, one a line.
  std::string lines(const boost::json::value& workspace) {
    const auto answer = server.get("/api/v2/workspacebuilds/" + text(workspace.at("latest_build"), "id") + "/logs", alice);
    std::string all;
    for (const auto& line : answer.json().as_array())
      if (text(line, "stage") == "Commit quota") all += text(line, "log_level") + " " + text(line, "output") + "\n";
    return all;
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

TEST_F(QuotasDb, WhichHalfCouldNotBeReadIsSaid) {
  const auto refused = [&] {
    const auto answer = server.get("/api/v2/organizations/default/members/me/workspace-quota", alice);
    return fmt::format("{} {}", answer.status, std::string(answer.json().at("message").as_string()));
  };
  const auto sql = [&](const std::string& text) { server.database().sql(text); };

  sql("alter table groups rename column quota_allowance to away");
  EXPECT_EQ(refused(), "500 Failed to get allowance");
  sql("alter table groups rename column away to quota_allowance; alter table workspace_builds rename column daily_cost to away");
  EXPECT_EQ(refused(), "500 Failed to get consumed");
  sql("alter table workspace_builds rename column away to daily_cost");
  EXPECT_EQ(quota(alice), "0 of 0");
}

TEST_F(QuotasDb, ABuildBeyondTheBudgetIsRefusedBeforeItIsApplied) {
  allow(12);
  const auto first = create("first", "succeeded");
  EXPECT_EQ(first.at("latest_build").at("daily_cost").as_int64(), 10);
  EXPECT_EQ(lines(first), "info Build cost       —   10\ninfo Budget           —   12\ninfo Credits consumed —   10\n");

  const auto second = create("second", "failed");
  EXPECT_EQ(text(second.at("latest_build").at("job"), "error_code"), "INSUFFICIENT_QUOTA");
  EXPECT_EQ(text(second.at("latest_build").at("job"), "error"), "insufficient quota");
  EXPECT_EQ(
      lines(second),
      "info Build cost       —   10\ninfo Budget           —   12\ninfo Credits consumed —   10\n"
      "warn This build would exceed your quota. Failing.\n"
      "warn The budget comes from these groups: Everyone 12. Stop or delete other workspaces, or ask an administrator to raise the allowance of a "
      "group.\n");
  EXPECT_TRUE(second.at("latest_build").at("resources").as_array().empty());
  EXPECT_EQ(quota(alice), "10 of 12");

  build(first, "stop", "succeeded");
  EXPECT_EQ(quota(alice), "2 of 12");
  create("third", "succeeded");
  EXPECT_EQ(quota(alice), "12 of 12");
}

TEST_F(QuotasDb, ARefusalNamesEachGroupThatGives) {
  allow(3);
  for (const auto* group :
       {R"({"name":"platform","display_name":"The platform","quota_allowance":4})", R"({"name":"broke"})", R"({"name":"others"})"})
    server.post("/api/v2/organizations/default/groups", group, server.owner());
  for (const auto* group : {"platform", "broke"}) {
    const auto id = text(server.get("/api/v2/organizations/default/groups/" + std::string(group), server.owner()).json(), "id");
    server.patch("/api/v2/groups/" + id, fmt::format(R"({{"add_users":["{}"]}})", alice.id), server.owner());
  }

  const auto refused = create("ws", "failed");

  EXPECT_NE(lines(refused).find("from these groups: The platform 4, Everyone 3, broke 0."), std::string::npos) << lines(refused);
}

TEST_F(QuotasDb, ACheaperBuildPassesBeyondTheBudgetAndOneThatCostsTheSameDoesNot) {
  allow(10);
  const auto workspace = create("ws", "succeeded");
  allow(0);

  EXPECT_EQ(text(build(workspace, "start", "failed").at("job"), "error"), "insufficient quota");
  EXPECT_EQ(quota(alice), "10 of 0");  // what is there still costs
  build(workspace, "stop", "succeeded");
  EXPECT_EQ(quota(alice), "2 of 0");
  build(workspace, "start", "failed");
  EXPECT_EQ(quota(alice), "2 of 0");
  build(workspace, "delete", "succeeded");
  EXPECT_EQ(quota(alice), "0 of 0");
}

TEST_F(QuotasDb, AnAllowanceOfNothingIsNoCreditFromTheFirstDay) {
  EXPECT_EQ(quota(alice), "0 of 0");

  const auto refused = create("ws", "failed");

  EXPECT_EQ(text(refused.at("latest_build").at("job"), "error_code"), "INSUFFICIENT_QUOTA");
  EXPECT_NE(lines(refused).find("warn This build would exceed your quota. Failing."), std::string::npos) << lines(refused);
}

TEST_F(QuotasDb, OfTwoBuildsForTheLastCreditOnePasses) {
  allow(15);
  std::string paths[2];
  for (int i = 0; i < 2; ++i) {
    const auto made = server.post("/api/v2/users/me/workspaces", fmt::format(R"({{"name":"ws{}","template_id":"{}"}})", i, template_id), alice);
    ASSERT_EQ(made.status, 201) << made.body;
    paths[i] = "/api/v2/workspaces/" + text(made.json(), "id");
  }

  std::multiset<std::string> ends;
  const auto until = std::chrono::steady_clock::now() + Seconds(20);
  for (const auto& path : paths)
    for (std::string status; status != "succeeded" && status != "failed" && std::chrono::steady_clock::now() < until; breathe()) {
      status = text(server.get(path, alice).json().at("latest_build").at("job"), "status");
      if (status == "succeeded" || status == "failed") ends.insert(status);
    }

  EXPECT_EQ(ends, (std::multiset<std::string>{"failed", "succeeded"}));
  EXPECT_EQ(quota(alice), "10 of 15");
}

TEST_F(QuotasDb, WhoeverWaitsTooLongForItsTurnIsToldSo) {
  allow(15);
  const auto workspace = create("ws", "succeeded");
  const auto job = *JobId::parse(text(workspace.at("latest_build").at("job"), "id"));
  Meanwhile other(server, fmt::format("select take_quota_turn('{}', '{}')", alice.id, server.organization()));

  with_home(server, [&](http::Home& home) -> Task<void> {
    const auto refused = co_await quotas::commit(home, job, 5, Milliseconds(1000));
    EXPECT_FALSE(refused);
    if (!refused) EXPECT_EQ(refused.error().say, "timed out after 1s waiting for workspace quota lock");
  });

  EXPECT_EQ(quota(alice), "10 of 15");
}

// Whoever takes over a workspace pays for it from then on, before anybody else of theirs is weighed.
TEST_F(QuotasDb, AWorkspaceIsTakenOverOnlyWithinTheBudget) {
  allow(12);
  create("ws", "succeeded");
  const auto organization = *OrganizationId::parse(server.organization());
  const auto may = [&](std::int64_t cost) {
    std::optional<bool> answer;
    with_home(server, [&](http::Home& home) -> Task<void> {
      auto duty = home.db.duty<rbac::Duty::prebuilds>();  // who may make workspaces for anybody
      auto body = [&](store::DutyTx<rbac::Duty::prebuilds>& tx) -> Task<Result<void>> {
        const rbac::Object wanted{
            .type = rbac::Resource::workspace, .id = Uuid::random(), .owner = *UserId::parse(alice.id), .organization = organization};
        CO_TRY(permit, (tx.tx().permit<rbac::Action::create, rbac::Resource::workspace>(wanted)));
        CO_TRY(yes, co_await quotas::may_take_over(tx.tx(), permit, cost));
        answer = yes;
        co_return Result<void>();
      };
      const auto done = co_await duty.tx(body);
      EXPECT_TRUE(done);
    });
    return answer;
  };

  EXPECT_EQ(may(2), true);
  EXPECT_EQ(may(3), false);
  EXPECT_EQ(may(0), true);
}

TEST(Affordable, IsWhatFitsTheBudgetOrCostsLessThanBefore) {
  using quotas::affordable, quotas::Standing;

  EXPECT_TRUE(affordable({.consumed = 20, .budget = 30, .before = {}}, 10));
  EXPECT_FALSE(affordable({.consumed = 30, .budget = 30, .before = {}}, 10));
  EXPECT_FALSE(affordable({.consumed = 0, .budget = 0, .before = {}}, 10));
  EXPECT_FALSE(affordable({.consumed = 0, .budget = 5, .before = 10}, 10));
  EXPECT_FALSE(affordable({.consumed = 0, .budget = 5, .before = 9}, 10));
  EXPECT_TRUE(affordable({.consumed = 0, .budget = 5, .before = 11}, 10));
  EXPECT_TRUE(affordable({.consumed = 99, .budget = 0, .before = {}}, 0));
}

TEST_F(QuotasDb, ACostIsNeverNegativeAndNeverTooLargeForItsColumn) {
  allow(2147483647);
  for (const auto* group : {"two", "three"}) {
    const auto made =
        server.post("/api/v2/organizations/default/groups", fmt::format(R"({{"name":"{}","quota_allowance":2147483647}})", group), server.owner());
    server.patch("/api/v2/groups/" + text(made.json(), "id"), fmt::format(R"({{"add_users":["{}"]}})", alice.id), server.owner());
  }
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
