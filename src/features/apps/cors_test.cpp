#include "features/apps/cors.hpp"

#include <gtest/gtest.h>

namespace slipway::apps {
namespace {

struct Asked : net::Request {
  Asked(std::string how, net::Headers fields) {
    method = std::move(how);
    set_target("/");
    headers = std::move(fields);
  }
};

const Wildcard& wildcard() {
  static const Wildcard made = Wildcard::parse("*.apps.example.com:8443").value_or(Wildcard());
  return made;
}

std::string owner_of(std::string origin) {
  const auto app = asking_app(Asked("GET", {{"Origin", std::move(origin)}}), wildcard());
  return app ? app->user : "";
}

TEST(AskingApp, IsTheOneWhoseHostTheOriginIs) {
  EXPECT_EQ(owner_of("https://web--main--dev--ana.apps.example.com"), "ana");
  EXPECT_EQ(owner_of("http://8080--main--dev--ana.apps.example.com:8443"), "ana");
  EXPECT_EQ(owner_of("https://x---web--main--dev--ana.apps.example.com"), "ana");
  for (const char* other : {"", "null", "https://web--main--dev--ana.apps.example.com.evil.com", "https://evil.com", "https://test.apps.example.com",
                            "https://apps.example.com", "javascript:alert(1)", "https://ana@web--main--dev--ana.apps.example.com",
                            "https://web--main--dev--ana.apps.example.com/path", "ftp://web--main--dev--ana.apps.example.com"})
    EXPECT_EQ(owner_of(other), "") << other;
  net::Headers twice{{"Origin", "https://web--main--dev--ana.apps.example.com"}};
  twice.add("Origin", "https://web--main--dev--ana.apps.example.com");
  EXPECT_FALSE(asking_app(Asked("GET", std::move(twice)), wildcard()));
  EXPECT_FALSE(asking_app(Asked("GET", {}), wildcard()));
}

TEST(Preflight, IsOptionsThatSaysForWhichMethod) {
  EXPECT_TRUE(is_preflight(Asked("OPTIONS", {{"Origin", "https://a.b"}, {"Access-Control-Request-Method", "PUT"}})));
  EXPECT_FALSE(is_preflight(Asked("OPTIONS", {{"Origin", "https://a.b"}})));
  EXPECT_FALSE(is_preflight(Asked("OPTIONS", {{"Access-Control-Request-Method", "PUT"}})));
  EXPECT_FALSE(is_preflight(Asked("GET", {{"Origin", "https://a.b"}, {"Access-Control-Request-Method", "PUT"}})));
}

TEST(Preflight, IsGrantedTheMethodAndTheFieldsThatItAsksFor) {
  const Asked asked("OPTIONS",
                    {{"Origin", "https://a.b"}, {"Access-Control-Request-Method", "PATCH"}, {"Access-Control-Request-Headers", "x-one, x-two"}});

  const auto granted = preflight_answer(asked, true), refused = preflight_answer(asked, false);

  EXPECT_EQ(granted.status, 200);
  EXPECT_EQ(granted.headers.get("Access-Control-Allow-Origin"), "https://a.b");
  EXPECT_EQ(granted.headers.get("Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(granted.headers.get("Access-Control-Allow-Methods"), "PATCH");
  EXPECT_EQ(granted.headers.get("Access-Control-Allow-Headers"), "x-one, x-two");
  EXPECT_EQ(refused.status, 200);
  EXPECT_FALSE(refused.headers.has("Access-Control-Allow-Origin"));
  EXPECT_TRUE(refused.headers.lists("Vary", "Origin"));
}

TEST(Preflight, IsGrantedTheUsualMethodsOnly) {
  const auto granted = [](const char* method) {
    return preflight_answer(Asked("OPTIONS", {{"Origin", "https://a.b"}, {"Access-Control-Request-Method", method}}), true)
        .headers.has("Access-Control-Allow-Origin");
  };

  for (const char* method : {"HEAD", "GET", "POST", "PUT", "PATCH", "DELETE"}) EXPECT_TRUE(granted(method)) << method;
  for (const char* method : {"TRACE", "CONNECT", "OPTIONS", "get"}) EXPECT_FALSE(granted(method)) << method;
}

net::Headers of_app() {
  net::Headers answer{{"Access-Control-Allow-Origin", "*"},  {"Access-Control-Allow-Credentials", "true"}, {"access-control-allow-methods", "TRACE"},
                      {"Access-Control-Allow-Headers", "*"}, {"Access-Control-Expose-Headers", "X-One"},   {"Vary", "origin, Accept-Encoding"}};
  answer.add("Vary", "Access-Control-Request-Methods, Access-Control-Request-Headers, Cookie");
  return answer;
}

TEST(Origins, OfAnAppsAnswerAreTheServersWord) {
  auto none = of_app(), one = of_app();

  settle_origins(none, {});
  settle_origins(one, "https://a.b");

  for (const char* gone :
       {"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers"})
    EXPECT_FALSE(none.has(gone)) << gone;
  EXPECT_EQ(none.get("Access-Control-Expose-Headers"), "X-One");
  EXPECT_EQ(none.get("Vary"), "Accept-Encoding, Cookie");
  EXPECT_EQ(one.get("Access-Control-Allow-Origin"), "https://a.b");
  EXPECT_EQ(one.get("Access-Control-Allow-Credentials"), "true");
  EXPECT_FALSE(one.has("Access-Control-Allow-Methods"));
  EXPECT_TRUE(one.lists("Vary", "Origin"));
  EXPECT_TRUE(one.lists("Vary", "Cookie"));
}

}  // namespace
}  // namespace slipway::apps
