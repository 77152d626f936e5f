#include "features/apps/subdomain.hpp"

#include <gtest/gtest.h>

namespace slipway::apps {
namespace {

Wildcard wildcard(std::string_view setting) {
  auto parsed = Wildcard::parse(setting);
  EXPECT_TRUE(parsed) << setting;
  return parsed.value_or(Wildcard());
}

TEST(AppName, IsTargetAgentWorkspaceAndUser) {
  const AppName plain{.prefix = {}, .target = "app", .agent = "agent", .workspace = "workspace", .user = "user"};

  EXPECT_EQ(parse_name("app--agent--workspace--user"), plain);
  EXPECT_EQ(parse_name("8080--agent--workspace--user")->target, "8080");
  EXPECT_EQ(parse_name("8080s--main--dev--dean")->target, "8080s");
  const auto long_one = parse_name("app-slug--agent-name--workspace-name--user-name");
  ASSERT_TRUE(long_one);
  EXPECT_EQ(long_one->target, "app-slug");
  EXPECT_EQ(long_one->agent, "agent-name");
  EXPECT_EQ(long_one->workspace, "workspace-name");
  EXPECT_EQ(long_one->user, "user-name");
  EXPECT_EQ(parse_name("app--agent--workspace--0e8400e2-9b41-4d16-a7c4-46655440000f")->user, "0e8400e2-9b41-4d16-a7c4-46655440000f");
}

TEST(AppName, MayHaveAPrefixThatTheLastThreeHyphensEnd) {
  const auto prefixed = parse_name("dean---was---here---app--agent--workspace--user");

  ASSERT_TRUE(prefixed);
  EXPECT_EQ(prefixed->prefix, "dean---was---here---");
  EXPECT_EQ(prefixed->target, "app");
  EXPECT_EQ(prefixed->user, "user");
  EXPECT_EQ(parse_name("---app--agent--workspace--user")->prefix, "---");
}

TEST(AppName, IsNothingElse) {
  for (const char* other :
       {"test", "workspace--app", "app--workspace--user", "1--2--3--4--5", "workspace.agent--app", "", "------", "-app--agent--workspace--user",
        "app---agent--workspace--user", "app--agent--workspace--user-", "app--agent--workspace--", "ab__x__cd-", "a.b---app--agent--workspace--user",
        "app--agent--work space--user", "app--agent--workspace--us\xc3\xa9r", "app--agent--workspace--user--"})
    EXPECT_FALSE(parse_name(other)) << other;
}

TEST(AppName, IsPrintedAsItIsRead) {
  for (const char* name : {"app--agent--workspace--user", "dean---was---here---app--agent--workspace--user", "8080s--main--dev--dean"})
    EXPECT_EQ(print_name(parse_name(name).value_or(AppName())), name);
  EXPECT_EQ(print_name({}), "------");
}

TEST(Wildcard, FindsTheNameBeforeItsSuffix) {
  const auto dotted = wildcard("*.apps.example.com"), hyphened = wildcard("*-apps.example.com");

  EXPECT_EQ(dotted.name_in("app--a--w--u.apps.example.com"), "app--a--w--u");
  EXPECT_EQ(hyphened.name_in("app--a--w--u-apps.example.com"), "app--a--w--u");
  EXPECT_EQ(dotted.name_in("ab__x__cd-.apps.example.com"), "ab__x__cd-");
  EXPECT_EQ(dotted.name_in("App--A--W--U.APPS.example.com"), "app--a--w--u");
  EXPECT_EQ(dotted.name_in("app.apps.example.com."), "app");
  EXPECT_EQ(dotted.name_in("app.apps.example.com:8443"), "app");
  EXPECT_EQ(dotted.name_in(" app.apps.example.com.:8443 "), "app");
  EXPECT_EQ(wildcard("*.Apps.Example.com:8443").name_in("app.apps.example.com"), "app");
}

TEST(Wildcard, MatchesNoOtherHost) {
  const auto dotted = wildcard("*.apps.example.com");

  for (const char* other : {"apps.example.com", ".apps.example.com", "a.b.apps.example.com", "app--a--w--u.apps.example.com.evil.com",
                            "app.apps.example.com:", "app.apps.example.com:80x", "app.apps.example.com..", "appsXexample.com", "", "example.com"})
    EXPECT_FALSE(dotted.name_in(other)) << other;
}

TEST(Wildcard, PrintsHostsWithThePortThatPeopleSee) {
  EXPECT_EQ(wildcard("*.apps.example.com").host("app"), "app.apps.example.com");
  EXPECT_EQ(wildcard("*-apps.example.com:8443").host("app"), "app-apps.example.com:8443");
  EXPECT_EQ(wildcard("*.apps.example.com").with_port_of("https://dev.example.com:8443").printed(), "*.apps.example.com:8443");
  EXPECT_EQ(wildcard("*.apps.example.com:9000").with_port_of("https://dev.example.com:8443").printed(), "*.apps.example.com:9000");
  EXPECT_EQ(wildcard("*.apps.example.com").with_port_of("https://dev.example.com").printed(), "*.apps.example.com");
  EXPECT_EQ(wildcard("*.Apps.Example.com:9000").setting(), "*.Apps.Example.com:9000");
  EXPECT_EQ(wildcard("*.Apps.Example.com:9000").pattern(), "*.apps.example.com");
}

TEST(Wildcard, HasACookieDomainBehindItsFirstDot) {
  EXPECT_EQ(wildcard("*.apps.example.com:8443").cookie_domain(), ".apps.example.com");
  EXPECT_FALSE(wildcard("*.apps.example.com").shares_cookies());
  EXPECT_EQ(wildcard("*-apps.example.com").cookie_domain(), ".example.com");
  EXPECT_TRUE(wildcard("*-apps.example.com").shares_cookies());
}

TEST(Wildcard, IsRefusedWithWhatIsWrongWithIt) {
  const auto fault = [](std::string_view setting) {
    const auto parsed = Wildcard::parse(setting);
    return parsed ? std::string("none") : parsed.error().say;
  };
  const std::pair<const char*, const char*> faults[] = {{"https://*.example.com", "must not contain a scheme"},
                                                        {"http:*.example.com", "must not contain a scheme"},
                                                        {".*.example.com", "must not start or end with a period"},
                                                        {"*.example.com.", "must not start or end with a period"},
                                                        {"*", "must contain at least two labels/segments"},
                                                        {"apps.example.com", "must contain exactly one asterisk"},
                                                        {"*.*.example.com", "must contain exactly one asterisk"},
                                                        {"apps.*.example.com", "must only contain an asterisk at the beginning"},
                                                        {"*.ap_ps.example.com", "contains invalid label"},
                                                        {"*-.example.com", "contains invalid label"},
                                                        {"*..example.com", "contains invalid label"},
                                                        {"*.-apps.example.com", "contains invalid label"},
                                                        {"*.example.com:0", "contains an invalid port"},
                                                        {"*.example.com:http", "contains an invalid port"}};

  for (const auto& [setting, words] : faults) EXPECT_NE(fault(setting).find(words), std::string::npos) << setting << ": " << fault(setting);
  for (const char* good : {"*.example.com", "*-apps.example.com", "*.APPS.example.com:8443", "*apps.example.com"}) EXPECT_EQ(fault(good), "none");
}

}  // namespace
}  // namespace slipway::apps
