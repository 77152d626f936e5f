#include "support/test_server.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

namespace slipway::test {
namespace {

struct DeploymentDb : ::testing::Test {
  DeploymentDb() : alice((server.owner(), server.member("alice"))) {}
  TestServer server;
  Person alice;
};

// Each name that clients know is there, and what is said to be on can be asked for.
TEST_F(DeploymentDb, AFeatureIsOnWhenItIsServed) {
  const auto features = server.call("GET", "/api/v2/entitlements").json().at("features").as_object();
  const auto is_on = [&](const char* name) { return features.at(name).at("enabled").as_bool(); };
  const auto has = [&](std::string_view pattern) {
    return std::ranges::any_of(server.routes().all(), [&](const auto& route) { return route->pattern == pattern; });
  };

  EXPECT_EQ(features.size(), 28u);
  for (const auto& [name, feature] : features)
    EXPECT_EQ(feature.at("entitlement").as_string(), feature.at("enabled").as_bool() ? "entitled" : "not_entitled") << std::string(name);
  for (const auto* name : {"audit_log", "connection_log", "custom_roles", "template_rbac", "external_provisioner_daemons", "user_role_management",
                           "control_shared_ports", "multiple_organizations", "high_availability"})
    EXPECT_TRUE(is_on(name)) << name;
  EXPECT_EQ(is_on("scim"), has("/scim/v2/Users"));
  EXPECT_EQ(is_on("workspace_proxy"), has("/api/v2/workspaceproxies"));
  EXPECT_EQ(is_on("workspace_prebuilds"), has("/api/v2/prebuilds/settings"));
  EXPECT_EQ(is_on("multiple_external_auth"), has("/api/v2/external-auth/{externalauth}"));
  for (const auto* name : {"browser_only", "external_token_encryption", "boundary"}) EXPECT_FALSE(is_on(name)) << name;
}

// Where programs ask, a page passes for an answer: a script of HTML in a shell, a provisioning test that went well.
TEST_F(DeploymentDb, NoProgramIsAnsweredWithAPage) {
  for (const auto* path : {"/.well-known/oauth-authorization-server",
                           "/.well-known/oauth-protected-resource/api",
                           "//.well-known//x",
                           "/%2ewell-known/x",
                           "/oauth2/tokens",
                           "/scim/v2/Users",
                           "/scim",
                           "/bin/a/b",
                           "/bin/coder-linux-amd64.asc",
                           "/swagger",
                           "/swagger/doc.json",
                           "/derp",
                           "/derp/latency-check",
                           "/derp-map",
                           "/metrics",
                           "/favicon.ico",
                           "/robots.txt",
                           "/site.webmanifest",
                           "/assets/gone.js",
                           "/icon/gone.svg",
                           "/emojis/1f60e.png",
                           "/api",
                           "/api/v3/x",
                           "//api/v2/nothing"})
    for (const auto* accept : {"*/*", "text/html,application/xhtml+xml"})
      for (const auto* method : {"GET", "HEAD"}) {
        const auto answer = server.call(method, path, {}, {}, {{"Accept", accept}});
        EXPECT_EQ(answer.status, 404) << method << " " << path;
        EXPECT_TRUE(answer.header("Content-Type").starts_with("application/json")) << method << " " << path << ": " << answer.header("Content-Type");
        if (method == std::string_view("GET")) EXPECT_TRUE(answer.json().at("message").is_string()) << path;
      }
  EXPECT_EQ(server.call("POST", "/oauth2/register", "{}").status, 404);
  EXPECT_EQ(server.call("POST", "/scim/v2/Users", "{}").status, 404);
}

TEST_F(DeploymentDb, ThePagesOfTheDashboardAreServedAndHeadIsLikeGet) {
  std::ifstream in(SLIPWAY_SOURCE_DIR "/web/src/router.tsx");
  const std::string router((std::istreambuf_iterator<char>(in)), {});
  std::set<std::string> pages;
  for (std::size_t at = 0; (at = router.find("path: \"", at)) != router.npos; ++at)
    pages.insert(router.substr(at + 7, router.find('"', at + 7) - at - 7));
  ASSERT_GE(pages.size(), 15u);
  const bool built = server.call("GET", "/").status == 200;
  for (auto page : pages) {
    std::erase_if(page, [](char c) { return c == '{' || c == '}' || c == '$'; });  // the names of its parts will do for their values
    const auto answer = server.call("GET", page), head = server.call("HEAD", page);
    EXPECT_EQ(answer.status, built ? 200 : 404) << page;
    EXPECT_EQ(head.status, answer.status) << page;
    EXPECT_EQ(head.header("Content-Type"), answer.header("Content-Type")) << page;
    EXPECT_EQ(head.body, "") << page;
  }
  // A browser that goes nowhere is shown so, with the status that says so.
  const auto lost = server.call("GET", "/no/such/page", {}, {}, {{"Accept", "text/html"}});
  EXPECT_EQ(lost.status, 404);
  EXPECT_EQ(lost.header("Content-Type").starts_with("text/html"), built);
  EXPECT_TRUE(server.call("GET", "/no/such/page").header("Content-Type").starts_with("application/json"));
}

TEST_F(DeploymentDb, TheRegionShowsAnIconThatIsServed) {
  const auto regions = server.get("/api/v2/regions", alice).json().at("regions").as_array();
  ASSERT_EQ(regions.size(), 1u);
  if (server.call("GET", "/").status == 200)
    EXPECT_EQ(server.call("GET", std::string(regions[0].at("icon_url").as_string())).header("Content-Type"), "image/svg+xml");
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
  for (const auto* path : {"/api/v2/experiments", "/api/v2/regions", "/api/v2/deployment/ssh", "/api/v2/external-auth"}) {
    EXPECT_EQ(server.get(path, alice).status, 200) << path;
    EXPECT_EQ(server.call("GET", path).status, 401) << path;
  }
}

TEST(DeploymentConfigured, SaysWhatItWasTold) {
  TestServer server([](server::Config& config) {
    config.docs_url = "https://docs.example.com";
    config.support_links = R"([{"name":"Help","target":"https://help.example.com","icon":"chat"}])";
    config.login.terms_of_service_url = "https://terms.example.com";
    config.cli_upgrade_message = "Ask the platform team.";
    config.workspace_hostname_suffix = "dev";
    config.ssh_config_options = {{"ForwardAgent", "yes"}};
    config.mail.password = Secret("s3cret");
  });
  const auto& owner = server.owner();

  const auto appearance = server.get("/api/v2/appearance", owner).json();
  EXPECT_EQ(appearance.at("docs_url").as_string(), "https://docs.example.com");
  EXPECT_EQ(appearance.at("support_links").at(0).at("target").as_string(), "https://help.example.com");
  EXPECT_EQ(server.call("GET", "/api/v2/users/authmethods").json().at("terms_of_service_url").as_string(), "https://terms.example.com");
  EXPECT_EQ(server.call("GET", "/api/v2/buildinfo").json().at("upgrade_message").as_string(), "Ask the platform team.");
  const auto ssh = server.get("/api/v2/deployment/ssh", owner).json();
  EXPECT_EQ(ssh.at("hostname_suffix").as_string(), "dev");
  EXPECT_EQ(ssh.at("ssh_config_options").at("ForwardAgent").as_string(), "yes");
  EXPECT_EQ(server.get("/api/v2/workspaceagents/connection", owner).json().at("hostname_suffix").as_string(), "dev");

  const auto config = server.get("/api/v2/deployment/config", owner);
  EXPECT_EQ(config.body.find("s3cret"), std::string::npos);
  EXPECT_EQ(config.json().at("config").at("access_url").as_string(), server.url());
  EXPECT_EQ(config.json().at("config").at("workspace_hostname_suffix").as_string(), "dev");
  EXPECT_GE(config.json().at("options").as_array().size(), 80u);
}

}  // namespace
}  // namespace slipway::test
