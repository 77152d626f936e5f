#include "features/proxies/health.hpp"

#include <gtest/gtest.h>

namespace slipway::proxies {
namespace {

Heard running() { return {.url = "https://sydney.example.com", .version = "v2", .alive = 1, .errors = {}, .last = Time(Seconds(1000))}; }

TEST(ProxyHealth, OneThatNeverRegisteredSaysHowToStartIt) {
  const auto health = health_of({}, "v2");

  EXPECT_EQ(health.status, "unregistered");
  EXPECT_FALSE(health.healthy());
  ASSERT_EQ(health.errors.size(), 1u);
  EXPECT_NE(health.errors[0].find("slipwayd proxy"), std::string::npos);
}

TEST(ProxyHealth, OneThatFellSilentIsUnreachableAndSaysSinceWhen) {
  auto heard = running();
  heard.alive = 0;

  const auto health = health_of(heard, "v2");

  EXPECT_EQ(health.status, "unreachable");
  ASSERT_EQ(health.errors.size(), 1u);
  EXPECT_NE(health.errors[0].find("1970-01-01T00:16:40Z"), std::string::npos) << health.errors[0];
}

TEST(ProxyHealth, OneThatComplainsIsUnhealthyInItsOwnWords) {
  auto heard = running();
  heard.errors = {"The keys could not be read."};

  const auto health = health_of(heard, "v2");

  EXPECT_EQ(health.status, "unhealthy");
  EXPECT_EQ(health.errors, heard.errors);
}

TEST(ProxyHealth, AnotherVersionIsAWarningAndNoFault) {
  const auto same = health_of(running(), "v2"), other = health_of(running(), "v3");

  EXPECT_TRUE(same.healthy());
  EXPECT_TRUE(same.warnings.empty());
  EXPECT_TRUE(other.healthy());
  EXPECT_EQ(other.warnings.size(), 1u);
}

}  // namespace
}  // namespace slipway::proxies
