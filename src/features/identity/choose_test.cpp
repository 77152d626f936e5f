// The table by which one of those that share a machine is chosen, row by row.
#include "features/identity/choose.hpp"

#include <gtest/gtest.h>

namespace slipway::identity {
namespace {

sql::Sharer agent(const std::string& name, bool live) {
  return {.id = AgentId::random(), .name = name, .auth_token = Uuid::random(), .workspace_id = WorkspaceId::random(), .live = live};
}

struct Said {
  Code code;
  std::string text;  // the chosen one's name, or the message
  bool operator==(const Said&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Said& said) { return out << static_cast<int>(said.code) << " " << said.text; }

Said ask(const std::vector<sql::Sharer>& sharers, const std::string& name = "") {
  const auto got = choose(sharers, "i-x", name);
  return got ? Said{Code::unchanged, got->name} : Said{got.error().code, got.error().say};
}

const std::string kStale = "Resource found for id \"i-x\", but isn't registered on the latest history.";
const std::string kBoth = "Multiple agents found with instance ID \"i-x\". Set CODER_AGENT_NAME to one of: alpha, beta";

TEST(Choose, NobodyHasTheMachine) {
  EXPECT_EQ(ask({}), (Said{Code::not_found, "Instance with id \"i-x\" not found."}));
  EXPECT_EQ(ask({}, "alpha"), (Said{Code::not_found, "Instance with id \"i-x\" not found."}));
}

TEST(Choose, TheOnlyLiveOneIsItWhateverWasBefore) {
  EXPECT_EQ(ask({agent("alpha", true)}), (Said{Code::unchanged, "alpha"}));
  EXPECT_EQ(ask({agent("new", true), agent("old", false), agent("older", false)}), (Said{Code::unchanged, "new"}));
}

TEST(Choose, WithoutALiveOneTheMachineIsOfThePast) {
  EXPECT_EQ(ask({agent("alpha", false)}), (Said{Code::invalid, kStale}));
  EXPECT_EQ(ask({agent("alpha", false), agent("beta", false)}), (Said{Code::invalid, kStale}));
  EXPECT_EQ(ask({agent("beta", true), agent("alpha", false)}, "alpha"), (Said{Code::invalid, kStale}));
}

TEST(Choose, ANameChoosesAndAWrongOneIsNamed) {
  const std::vector both{agent("alpha", true), agent("beta", true)};

  EXPECT_EQ(ask(both, "alpha"), (Said{Code::unchanged, "alpha"}));
  EXPECT_EQ(ask(both, "beta"), (Said{Code::unchanged, "beta"}));
  EXPECT_EQ(ask(both, "Alpha"), (Said{Code::not_found, "No agent found with instance ID \"i-x\" and name \"Alpha\"."}));
}

TEST(Choose, TwoLiveOnesAreNamedInOrderAndAsCandidates) {
  const std::vector both{agent("beta", true), agent("alpha", true), agent("old", false)};

  EXPECT_EQ(ask(both), (Said{Code::conflict, kBoth}));
  const auto refused = choose(both, "i-x", "");
  EXPECT_EQ(refused.error().fields, (std::vector<FieldError>{{"agent_name", "alpha"}, {"agent_name", "beta"}}));
}

TEST(Choose, OfTwoWorkspacesWithOneNameNeitherIsGuessed) {
  const std::vector both{agent("main", true), agent("main", true)};

  EXPECT_EQ(ask(both, "main").code, Code::conflict);
  EXPECT_EQ(ask(both).code, Code::conflict);
}

TEST(Choose, IdsThatNoAgentCanHaveMatchNothing) {
  EXPECT_TRUE(matches_nothing(""));
  EXPECT_TRUE(matches_nothing(std::string(257, 'i')));
  EXPECT_TRUE(matches_nothing(std::string_view("i\0x", 3)));
  EXPECT_FALSE(matches_nothing(std::string(256, 'i')));
}

}  // namespace
}  // namespace slipway::identity
