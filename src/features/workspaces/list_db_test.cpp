#include "support/exposition.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

struct WorkspaceListDb : ::testing::Test {
  // SQL statements that one GET of the list runs, authentication included.
  double cost_of(const std::string& query = "") {
    const auto sent = [this] {
      return Exposition(server.get("/api/v2/debug/metrics", owner).body)
          .value("slipway_api_sql_statements_total{method=\"GET\",path=\"/api/v2/workspaces\"}");
    };
    server.get("/api/v2/workspaces" + query, owner);
    const double before = sent();
    EXPECT_EQ(server.get("/api/v2/workspaces" + query, owner).status, 200);
    return sent() - before;
  }

  TestServer server;
  const Person& owner = server.owner();
};

TEST_F(WorkspaceListDb, CostsTheSameStatementsForOneAndForFifteen) {
  add_agent(server, owner, "w0");
  const double one = cost_of();
  for (int i = 1; i < 15; ++i) add_agent(server, owner, fmt::format("w{}", i));

  const double fifteen = cost_of();

  EXPECT_EQ(server.get("/api/v2/workspaces", owner).json().at("count").as_int64(), 15);
  EXPECT_EQ(one, fifteen);
  EXPECT_LE(fifteen, 10);
}

TEST_F(WorkspaceListDb, APageCountsTheWholeWithoutAStatementMore) {
  for (int i = 0; i < 5; ++i) add_agent(server, owner, fmt::format("w{}", i));

  const double whole = cost_of(), page = cost_of("?limit=2&offset=1");

  EXPECT_EQ(page, whole);
  const auto json = server.get("/api/v2/workspaces?limit=2&offset=1", owner).json();
  EXPECT_EQ(json.at("count").as_int64(), 5);
  EXPECT_EQ(json.at("workspaces").as_array().size(), 2u);
}

TEST_F(WorkspaceListDb, AnEmptyListAsksForNothingUnderIt) { EXPECT_LE(cost_of("?q=name:none"), 2); }

}  // namespace
}  // namespace slipway::test
