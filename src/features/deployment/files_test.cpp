#include "base/version.hpp"
#include "features/deployment/deployment.hpp"
#include "features/deployment/programs.hpp"

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

TEST(ProgramFile, IsByItsPlatformWhateverItIsCalled) {
  const std::string ours = std::string("-linux-") + std::string(kArchitecture), other = kArchitecture == "arm64" ? "-linux-amd64" : "-linux-arm64";
  for (const auto& own :
       {std::string("slipway"), std::string("slipway-agent"), "coder" + ours, "coder_linux_" + std::string(kArchitecture), "slipway" + ours})
    EXPECT_EQ(program_file(own), "slipway") << own;
  EXPECT_EQ(program_file("coder" + other), "slipway" + other);
  EXPECT_EQ(program_file("slipway-agent" + other), "slipway" + other);
  EXPECT_EQ(program_file("coder-windows-amd64.exe"), "slipway-windows-amd64.exe");
  for (const auto* none :
       {"coder", "coder-plan9-amd64", "coder-linux-amd64.asc", "coder-../slipwayd", "slipwayd", "slipway.hidden", "", "sh", "coder-windows-amd64"})
    EXPECT_EQ(program_file(none), "") << none;
}

TEST(InstallScript, NamesTheServerAndNothingElseOfIt) {
  const auto script = install_script("https://dev.example.com/x'y/");

  EXPECT_NE(script.find("url='https://dev.example.com/x'\\''y'\n"), std::string::npos) << script;
  EXPECT_EQ(script.find("@QUOTED@"), std::string::npos);
  EXPECT_EQ(script.find("@URL@"), std::string::npos);
}

}  // namespace
}  // namespace slipway::deployment
