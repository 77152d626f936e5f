#include "cli/app_address.hpp"

#include "cli/talk.hpp"

namespace slipway::cli {
namespace {

struct Rig {
  Rig() {
    app.slug = "code";
    app.subdomain = true;
    app.subdomain_name = "code--main--dev--ana";
    agent.name = "main";
    region.path_app_url = "https://dev.example.com";
    region.wildcard_hostname = "*.apps.example.com:8443";
  }
  std::string address() const {
    const auto found = address_of(app, agent, workspace_, region);
    return found ? *found : found.error().say;
  }
  api::WorkspaceApp app;
  api::WorkspaceAgent agent;
  api::Workspace workspace_ = workspace("running");
  api::Region region;
};

TEST(AppAddress, IsAHostOfItsOwnWhereAppAndRegionHaveOne) {
  Rig rig;
  EXPECT_EQ(rig.address(), "https://code--main--dev--ana.apps.example.com:8443/");
  rig.region.wildcard_hostname.clear();
  EXPECT_EQ(rig.address(), "https://dev.example.com/@ana/dev.main/apps/code/");
  rig = Rig();
  rig.app.subdomain = false;
  EXPECT_EQ(rig.address(), "https://dev.example.com/@ana/dev.main/apps/code/");
}

TEST(AppAddress, OfACommandIsATerminal) {
  Rig rig;
  rig.app.command = "htop";

  EXPECT_EQ(rig.address(), "https://dev.example.com/@ana/dev.main/terminal?app=code");
}

TEST(AppAddress, ElsewhereIsWhereTheTemplateSaysUnlessThatIsHarmful) {
  Rig rig;
  rig.app.external = true;
  for (const char* good : {"https://example.com/x", "vscode://coder.coder-remote/open?owner=ana", "jetbrains-gateway://connect"}) {
    rig.app.url = good;
    EXPECT_EQ(rig.address(), good);
  }
  for (const char* bad : {"javascript:alert(1)", "JavaScript:alert(1)", "file:///etc/passwd", "data:text/html,x", "--help", "", ":x", "-x:y"}) {
    rig.app.url = bad;
    EXPECT_TRUE(rig.address().starts_with("The app \"code\" is at an address that no browser should open")) << bad;
  }
}

TEST(AppAddress, OfAPortNeedsAHostOfItsOwn) {
  Rig rig;

  EXPECT_EQ(*address_of_port("8080s", rig.agent, rig.workspace_, rig.region), "https://8080s--main--dev--ana.apps.example.com:8443/");
  rig.region.wildcard_hostname.clear();
  const auto refused = address_of_port("8080s", rig.agent, rig.workspace_, rig.region);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("slipway port-forward dev --tcp 8080,"), std::string::npos) << refused.error().detail;
}

TEST(AppAddress, KnowsPortsFromSlugs) {
  for (const char* port : {"8080", "8080s", "1", "65535"}) EXPECT_TRUE(is_port(port)) << port;
  for (const char* slug : {"code", "0", "65536", "s", "", "8080ss", "80x"}) EXPECT_FALSE(is_port(slug)) << slug;
}

TEST(AppAddress, KnowsWhatNoNameServerKnows) {
  EXPECT_FALSE(is_beyond_dns("https://" + std::string(63, 'a') + ".apps.example.com/"));
  EXPECT_TRUE(is_beyond_dns("https://" + std::string(64, 'a') + ".apps.example.com/"));
}

class OpenTalk : public Talk {
 protected:
  OpenTalk() {
    auto with_app = workspace_with_agent("connected");
    api::WorkspaceApp app;
    app.slug = "code";
    app.display_name = "Code";
    app.health = "healthy";
    app.sharing_level = "owner";
    with_app.latest_build.resources.front().agents.front().apps.push_back(app);
    on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(with_app)});
    api::RegionsResponse regions;
    regions.regions.push_back(
        {.name = "primary", .healthy = true, .path_app_url = "https://dev.example.com", .wildcard_hostname = "*.apps.example.com"});
    regions.regions.push_back({.name = "east", .healthy = true, .path_app_url = "https://east.example.com"});
    on("GET /api/v2/regions", {200, api::to_json(regions)});
  }
};

TEST_F(OpenTalk, AnAppsAddressIsPrinted) {
  EXPECT_EQ(run({"open", "app", "dev", "code"}).out, "https://dev.example.com/@ana/dev.main/apps/code/\n");
  EXPECT_EQ(run({"open", "app", "dev", "code", "--region", "east"}).out, "https://east.example.com/@ana/dev.main/apps/code/\n");
  EXPECT_EQ(run({"open", "app", "dev", "8080"}).out, "https://8080--main--dev--ana.apps.example.com/\n");
  EXPECT_EQ(boost::json::parse(run({"open", "app", "dev", "8080", "--output", "json"}).out).at("url").as_string(),
            "https://8080--main--dev--ana.apps.example.com/");
}

TEST_F(OpenTalk, WithoutAnAppAllAreListed) {
  const auto outcome = run({"open", "app", "dev"});

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("https://dev.example.com/@ana/dev.main/apps/code/"), std::string::npos) << outcome.out;
  EXPECT_EQ(boost::json::parse(run({"open", "app", "dev", "--output", "json"}).out).as_array().size(), 1U);
}

TEST_F(OpenTalk, WhatThereIsNotIsAnsweredWithWhatThereIs) {
  const auto app = run({"open", "app", "dev", "jupyter"}), region = run({"open", "app", "dev", "code", "--region", "west"});

  EXPECT_EQ(app.code, 1);
  EXPECT_NE(app.err.find("It has: code"), std::string::npos) << app.err;
  EXPECT_EQ(region.code, 1);
  EXPECT_NE(region.err.find("There are: primary, east"), std::string::npos) << region.err;
}

}  // namespace
}  // namespace slipway::cli
