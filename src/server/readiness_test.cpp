#include "server/readiness.hpp"

#include "support/fake_clock.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace slipway::server {
namespace {

struct ReadinessOf : ::testing::Test {
  boost::json::object answer(int status) {
    const auto response = readiness.answer();
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(response.headers.get("Content-Type"), "application/json; charset=utf-8");
    auto json = boost::json::parse(response.body).as_object();
    EXPECT_EQ(json.at("ready").as_bool(), status == 200);
    return json;
  }
  static boost::json::object check(const boost::json::object& answer, std::string_view name) {
    for (const auto& one : answer.at("checks").as_array())
      if (one.at("name").as_string() == name) return one.as_object();
    ADD_FAILURE() << "no check " << name;
    return {};
  }

  test::FakeClock clock;
  Readiness::Facts facts;
  int looks = 0;
  Readiness readiness{clock, [this] { return ++looks, facts; }};
};

TEST_F(ReadinessOf, AServerThatStartsHoldsUpOnlyWhatIsDone) {
  facts.migrations = true;
  const auto started = clock.now();

  const auto json = answer(503);

  EXPECT_EQ(json.at("checks").as_array().size(), 4u);
  EXPECT_TRUE(check(json, "migrations").at("ok").as_bool());
  for (const auto* name : {"database", "replica", "serving"}) {
    EXPECT_FALSE(check(json, name).at("ok").as_bool()) << name;
    EXPECT_EQ(check(json, name).at("since").as_string(), to_rfc3339(started)) << name;
  }
}

TEST_F(ReadinessOf, EachReasonAloneKeepsTrafficAway) {
  for (const auto fact : {&Readiness::Facts::migrations, &Readiness::Facts::database, &Readiness::Facts::replica, &Readiness::Facts::serving}) {
    facts = {.migrations = true, .database = true, .replica = true, .serving = true};
    clock.advance(Seconds(1));
    answer(200);
    facts.*fact = false;
    clock.advance(Seconds(1));
    answer(503);
  }
}

TEST_F(ReadinessOf, AStormOfProbesLooksOnceASecond) {
  for (int i = 0; i < 1000; ++i) answer(503);
  EXPECT_EQ(looks, 1);
  clock.advance(Seconds(1));
  answer(503);
  EXPECT_EQ(looks, 2);
}

TEST_F(ReadinessOf, SinceIsWhenACheckChanged) {
  facts = {.migrations = true, .database = true, .replica = true, .serving = true};
  answer(200);
  clock.advance(Seconds(10));
  const auto lost = clock.now();
  facts.database = false;
  answer(503);
  clock.advance(Seconds(10));

  const auto json = answer(503);

  EXPECT_EQ(check(json, "database").at("since").as_string(), to_rfc3339(lost));
  EXPECT_NE(check(json, "replica").at("since").as_string(), to_rfc3339(lost));
}

}  // namespace
}  // namespace slipway::server
