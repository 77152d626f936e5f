#include "features/deployment/deployment.hpp"

#include <gtest/gtest.h>

namespace slipway::deployment {
namespace {

TEST(DashboardPolicy, TakesFurtherSourcesAndKeepsItsOwn) {
  const auto own = dashboard_policy({});
  EXPECT_NE(own.find("frame-ancestors 'none'"), std::string::npos) << own;

  const auto more = dashboard_policy({"connect-src https://api.example.com", "frame-src https://a.example  https://b.example"});
  EXPECT_NE(more.find("connect-src 'self' http: https: ws: wss: https://api.example.com;"), std::string::npos) << more;
  EXPECT_TRUE(more.ends_with("; frame-src 'self' https://a.example  https://b.example")) << more;
  EXPECT_TRUE(more.starts_with("default-src 'self'; script-src 'self';")) << more;
}

TEST(DashboardPolicy, NoneGivesWayToWhatIsAllowed) {
  const auto policy = dashboard_policy({"frame-ancestors https://portal.example", "frame-ancestors https://other.example"});
  EXPECT_NE(policy.find("frame-ancestors https://portal.example https://other.example;"), std::string::npos) << policy;
}

}  // namespace
}  // namespace slipway::deployment
