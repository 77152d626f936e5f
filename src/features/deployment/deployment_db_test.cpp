#include "support/test_server.hpp"

#include <gtest/gtest.h>

namespace slipway::test {
namespace {

struct DeploymentDb : ::testing::Test {
  DeploymentDb() : alice((server.owner(), server.member("alice"))) {}
  TestServer server;
  Person alice;
};

TEST_F(DeploymentDb, EveryFeatureIsThere) {
  const auto json = server.call("GET", "/api/v2/entitlements").json();
  EXPECT_GE(json.at("features").as_object().size(), 27u);
  for (const auto& [name, feature] : json.at("features").as_object()) EXPECT_TRUE(feature.at("enabled").as_bool()) << std::string(name);
}

TEST_F(DeploymentDb, AppearanceIsKeptForAllToSee) {
  const std::string body =
      R"({"application_name":"Acme","logo_url":"","announcement_banners":[{"enabled":true,"message":"hi","background_color":"#fff"}]})";
  EXPECT_EQ(server.put("/api/v2/appearance", body, alice).status, 403);
  EXPECT_EQ(server.put("/api/v2/appearance", body, server.owner()).status, 200);
  EXPECT_EQ(server.put("/api/v2/appearance", R"({"application_name":7})", server.owner()).status, 400);
  const auto shown = server.get("/api/v2/appearance", alice).json();
  EXPECT_EQ(shown.at("application_name").as_string(), "Acme");
  EXPECT_EQ(shown.at("service_banner").at("message").as_string(), "hi");
  EXPECT_EQ(server.call("GET", "/api/v2/appearance").status, 401);
}

TEST_F(DeploymentDb, ConfigurationAndCountsAreForThoseWithTheRight) {
  for (const auto* path : {"/api/v2/deployment/config", "/api/v2/deployment/stats"}) {
    EXPECT_EQ(server.get(path, server.owner()).status, 200) << path;
    EXPECT_EQ(server.get(path, alice).status, 403) << path;
    EXPECT_EQ(server.call("GET", path).status, 401) << path;
  }
}

TEST_F(DeploymentDb, AnswersWhatADashboardAsksOnEveryPage) {
  for (const auto* path : {"/api/v2/experiments", "/api/v2/regions", "/api/v2/deployment/ssh", "/api/v2/notifications/inbox", "/api/v2/external-auth",
                           "/api/v2/users/me/notifications/preferences"}) {
    EXPECT_EQ(server.get(path, alice).status, 200) << path;
    EXPECT_EQ(server.call("GET", path).status, 401) << path;
  }
}

}  // namespace
}  // namespace slipway::test
