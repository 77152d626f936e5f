// Units: who waits for whom; and what is asked of the agent by its socket.
#include "agent/unit_socket.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace slipway::agent {
namespace {

using Names = std::vector<std::string>;
using Status = Units::Status;

TEST(Units, StartOnceAllThatTheyNeedIsCompleted) {
  Units units;
  ASSERT_TRUE(units.want("web", {"database", "code"}));
  EXPECT_EQ(units.status("web"), Status::pending);
  EXPECT_EQ(units.status("database"), Status::unknown) << "it is only spoken of";
  EXPECT_EQ(units.names(), Names{"web"});

  EXPECT_EQ(units.start("web").value(), (Names{"code", "database"}));
  EXPECT_EQ(units.start("database").value(), Names());
  EXPECT_TRUE(units.complete("database"));
  EXPECT_EQ(units.start("web").value(), Names{"code"});
  EXPECT_EQ(units.status("web"), Status::pending);
  EXPECT_EQ(units.start("code").value(), Names());
  EXPECT_TRUE(units.complete("code"));
  EXPECT_EQ(units.start("web").value(), Names());
  EXPECT_EQ(units.status("web"), Status::started);
}

TEST(Units, AreCompletedOnceAndOnlyWhenKnown) {
  Units units;
  ASSERT_TRUE(units.want("web", {"database"}));

  EXPECT_EQ(units.complete("database").error().say, "unit not found");
  EXPECT_TRUE(units.complete("web"));
  EXPECT_EQ(units.complete("web").error().say, "same status already set");
  EXPECT_EQ(units.start("web").value(), Names{"database"});
  EXPECT_EQ(units.status("web"), Status::completed) << "to start it again takes nothing back";
}

TEST(Units, WaitInNoCircle) {
  Units units;
  ASSERT_TRUE(units.want("a", {"b"}));
  ASSERT_TRUE(units.want("b", {"c"}));

  const auto around = units.want("c", {"d", "a"}), itself = units.want("e", {"e"});

  ASSERT_FALSE(around);
  EXPECT_TRUE(around.error().say.contains("cycle detected")) << around.error().say;
  EXPECT_EQ(units.needs("c"), Names()) << "all of it or nothing";
  EXPECT_FALSE(itself);
  EXPECT_EQ(units.status("e"), Status::unknown);
}

TEST(Units, AreSoManyAndNoMore) {
  Units units;
  for (std::size_t i = 0; i < Units::kMostUnits; ++i) ASSERT_TRUE(units.want(fmt::format("u{}", i), {})) << i;
  EXPECT_FALSE(units.want("one more", {}));
  EXPECT_FALSE(units.want("", {}));
}

TEST(UnitQuestions, AreAnsweredAndNothingElseIs) {
  Units units;
  const auto ask = [&](std::string_view question) { return boost::json::parse(answer_of(units, question)).as_object(); };

  EXPECT_FALSE(ask(R"({"do":"ping"})").contains("error"));
  EXPECT_EQ(ask(R"({"do":"want","unit":"web","needs":["db"]})").at("missing").as_array().size(), 1U);
  EXPECT_EQ(ask(R"({"do":"start","unit":"web"})").at("status").as_string(), "pending");
  EXPECT_EQ(ask(R"({"do":"start","unit":"db"})").at("status").as_string(), "started");
  EXPECT_EQ(ask(R"({"do":"complete","unit":"db"})").at("status").as_string(), "completed");
  EXPECT_EQ(ask(R"({"do":"list"})").at("units").as_array().size(), 2U);
  EXPECT_EQ(ask(R"({"do":"status","unit":"nobody"})").at("status").as_string(), "not registered");
  for (const auto* wrong : {"", "[]", "rubbish", R"({"do":"want"})", R"({"do":7,"unit":"x","needs":{}})", R"({"do":"sing","unit":"x"})"})
    EXPECT_EQ(ask(wrong).contains("error"), true) << wrong;
}

}  // namespace
}  // namespace slipway::agent
