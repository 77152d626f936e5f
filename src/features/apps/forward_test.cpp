#include "features/apps/forward.hpp"

#include <gtest/gtest.h>

namespace slipway::apps {
namespace {

const Front kFront{.client_ip = "192.0.2.7", .host = "dev.example.com", .tls = true};

TEST(AppNames, TheAgentComesAfterTheFirstDot) {
  EXPECT_EQ(split_names("ws").workspace, "ws");
  EXPECT_EQ(split_names("ws").agent, "");
  EXPECT_EQ(split_names("ws.main").workspace, "ws");
  EXPECT_EQ(split_names("ws.main").agent, "main");
}

TEST(AppUpstream, PathAndQueryOfTheAppComeFirst) {
  const auto up = upstream_of("http://localhost:8080/base?folder=/home", "a%20b/c", "x=1");

  ASSERT_TRUE(up);
  EXPECT_EQ(up->port, 8080);
  EXPECT_EQ(up->host, "localhost:8080");
  EXPECT_EQ(up->target, "/base/a%20b/c?folder=/home&x=1");
}

TEST(AppUpstream, OurParametersDoNotReachTheApp) {
  EXPECT_EQ(upstream_of("http://localhost:1234", "", "coder_session_token=abc&y=2&coder%5Fsession_token=d")->target, "/?y=2");
}

TEST(AppUpstream, OnlyTheWorkspacesLoopbackIsReached) {
  EXPECT_FALSE(upstream_of("http://169.254.169.254/latest", "", ""));
  EXPECT_FALSE(upstream_of("https://localhost:8443", "", ""));
  EXPECT_FALSE(upstream_of("", "", ""));
}

TEST(AppRequest, NothingThatProvesTheCallerReachesTheApp) {
  const net::Headers from{{"Host", "dev.example.com"},
                          {"Cookie", "a=1; coder_session_token=x; __Host-coder_session_token=y; csrf_token=z; CODER_signed_app_token=q; b=2"},
                          {"Coder-Session-Token", "x"},
                          {"X-CSRF-TOKEN", "z"},
                          {"Authorization", "Bearer x"},
                          {"X-Forwarded-For", "6.6.6.6"},
                          {"Connection", "close, X-Odd"},
                          {"X-Odd", "1"},
                          {"Accept", "*/*"}};

  const auto to = to_app(from, kFront, "localhost:8080", "x", false);

  EXPECT_EQ(to.get("Cookie"), "a=1; b=2");
  for (const char* gone : {"Coder-Session-Token", "X-CSRF-TOKEN", "Authorization", "Connection", "X-Odd"}) EXPECT_FALSE(to.has(gone)) << gone;
  EXPECT_EQ(to.get("X-Forwarded-For"), "192.0.2.7");
  EXPECT_EQ(to.get("X-Forwarded-Proto"), "https");
  EXPECT_EQ(to.get("X-Forwarded-Host"), "dev.example.com");
  EXPECT_EQ(to.get("Host"), "localhost:8080");
  EXPECT_EQ(to.get("Accept"), "*/*");
}

TEST(AppRequest, TheAppsOwnBearerTokenPasses) {
  const net::Headers from{{"Authorization", "Bearer of-the-app"}};

  EXPECT_EQ(to_app(from, kFront, "localhost", "x", false).get("Authorization"), "Bearer of-the-app");
}

TEST(AppRequest, AnUpgradeKeepsItsProtocol) {
  const net::Headers from{{"Connection", "keep-alive, Upgrade"}, {"Upgrade", "websocket"}, {"Sec-WebSocket-Key", "k"}};

  const auto to = to_app(from, kFront, "localhost", "", true);

  EXPECT_EQ(to.get("Connection"), "Upgrade");
  EXPECT_EQ(to.get("Upgrade"), "websocket");
  EXPECT_EQ(to.get("Sec-WebSocket-Key"), "k");
}

TEST(AppAnswer, AnAppCannotSetOurCookies) {
  net::Headers from;
  for (const char* cookie : {"mine=1; Path=/", "coder_session_token=evil", " __Host-coder_x=1", "CSRF_token=2", "oauth_state=3"})
    from.add("Set-Cookie", cookie);
  from.add("Transfer-Encoding", "chunked");
  from.add("Content-Type", "text/html");

  const auto to = from_app(from, false);

  EXPECT_EQ(to.all("Set-Cookie"), std::vector<std::string_view>{"mine=1; Path=/"});
  EXPECT_FALSE(to.has("Transfer-Encoding"));
  EXPECT_EQ(to.get("Content-Type"), "text/html");
}

}  // namespace
}  // namespace slipway::apps
