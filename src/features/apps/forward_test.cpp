#include "features/apps/forward.hpp"

#include <gtest/gtest.h>

namespace slipway::apps {
namespace {

const Front kFront{.client_ip = "192.0.2.7", .host = "dev.example.com", .tls = true, .session_token = "x", .length = 0};

Back sandboxed(bool upgrade = false) { return {.base = "/@ana/ws/apps/web", .upgrade = upgrade}; }

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

  const auto to = to_app(from, kFront, "localhost:8080");

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

  EXPECT_EQ(to_app(from, kFront, "localhost").get("Authorization"), "Bearer of-the-app");
}

TEST(AppRequest, TheCallersBearerTokenDoesNotHoweverItIsSpelled) {
  for (const char* field : {"Bearer x", "bearer  x", "BEARER \tx \t"})
    EXPECT_FALSE(to_app({{"Authorization", field}}, kFront, "localhost").has("Authorization")) << field;
}

TEST(AppRequest, ConnectionCannotTakeAwayWhatFramesTheRequest) {
  const net::Headers from{{"Connection", "Content-Length, host,\tCookie, X-Odd"}, {"Content-Length", "7"}, {"Cookie", "a=1"}, {"X-Odd", "1"}};
  Front front = kFront;
  front.length = 7;

  const auto to = to_app(from, front, "localhost");

  EXPECT_EQ(to.all("Content-Length"), std::vector<std::string_view>{"7"});
  EXPECT_EQ(to.get("Host"), "localhost");
  EXPECT_EQ(to.get("Cookie"), "a=1");
  EXPECT_FALSE(to.has("X-Odd"));
}

TEST(AppRequest, TheBodysLengthIsTheOneThatWasRead) {
  Front front = kFront;
  front.length = 3;
  EXPECT_EQ(to_app({{"Content-Length", "9"}, {"Content-Length", "9"}}, front, "h").all("Content-Length"), std::vector<std::string_view>{"3"});
  front.length.reset();
  const auto chunked = to_app({{"Content-Length", "9"}}, front, "h");
  EXPECT_FALSE(chunked.has("Content-Length"));
  EXPECT_EQ(chunked.get("Transfer-Encoding"), "chunked");
  EXPECT_FALSE(to_app({}, kFront, "h").has("Content-Length"));
  EXPECT_EQ(to_app({{"Content-Length", "0"}}, kFront, "h").get("Content-Length"), "0");
}

TEST(AppRequest, AnUpgradeKeepsItsProtocol) {
  const net::Headers from{{"Connection", "keep-alive, Upgrade"}, {"Upgrade", "websocket"}, {"Sec-WebSocket-Key", "k"}};

  const auto to = to_app(from, {.upgrade = true, .length = 0}, "localhost");

  EXPECT_EQ(to.get("Connection"), "Upgrade");
  EXPECT_EQ(to.get("Upgrade"), "websocket");
  EXPECT_EQ(to.get("Sec-WebSocket-Key"), "k");
}

TEST(AppAnswer, AnAppCannotSetOurCookies) {
  net::Headers from;
  for (const char* cookie : {"mine=1; Path=/", "coder_session_token=evil", " __Host-coder_x=1", "CSRF_token=2", "oauth_state=3",
                             "=coder_session_token=evil", " = csrf_token=1"})
    from.add("Set-Cookie", cookie);
  from.add("Transfer-Encoding", "chunked");
  from.add("Content-Type", "text/html");

  const auto to = from_app(from, sandboxed());

  EXPECT_EQ(to.all("Set-Cookie"), std::vector<std::string_view>{"mine=1; Path=/@ana/ws/apps/web"});
  EXPECT_FALSE(to.has("Transfer-Encoding"));
  EXPECT_EQ(to.get("Content-Type"), "text/html");
}

TEST(AppAnswer, CookiesStayWithTheApp) {
  const auto passed = [](const char* cookie) {
    const auto to = from_app({{"Set-Cookie", cookie}}, sandboxed());
    return std::string(to.get("Set-Cookie"));
  };

  EXPECT_EQ(passed("a=1"), "a=1");
  EXPECT_EQ(passed("a=1; HttpOnly; path=/; Secure"), "a=1; HttpOnly; Path=/@ana/ws/apps/web; Secure");
  EXPECT_EQ(passed("a=1; Path=/@ana/ws/apps/web/deep"), "a=1; Path=/@ana/ws/apps/web/deep");
  EXPECT_EQ(passed("a=1; Path=/@ana/ws/apps/webmail"), "a=1; Path=/@ana/ws/apps/web");
  EXPECT_EQ(passed("a=1; Path"), "a=1; Path=/@ana/ws/apps/web");
  for (const char* wide : {"a=1; Domain=example.com", "a=1;DOMAIN = .example.com", "a=1; domain", "coder_x=1; Path=/@ana/ws/apps/web"})
    EXPECT_EQ(passed(wide), "") << wide;
}

TEST(AppAnswer, NothingThatSpeaksForTheWholeOriginComesBack) {
  net::Headers from;
  for (const char* name : {"Service-Worker-Allowed", "Clear-Site-Data", "Strict-Transport-Security", "NEL", "Report-To", "Reporting-Endpoints",
                           "Alt-Svc", "Accept-CH", "Origin-Agent-Cluster", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials",
                           "Public-Key-Pins", "Set-Login", "Use-As-Dictionary", "X-Accel-Redirect", "x-sendfile", "Of-Tomorrow"})
    from.add(name, "x");
  const auto nothing = from_app(from, {.base = "/", .sandbox = false});
  EXPECT_TRUE(nothing.empty()) << nothing.wire();

  const auto kept = from_app({{"ETag", "e"}, {"x-mine", "1"}, {"X-Accel-Buffering", "no"}, {"Grpc-Status", "0"}}, sandboxed());
  for (const char* name : {"ETag", "X-Mine", "X-Accel-Buffering", "Grpc-Status"}) EXPECT_TRUE(kept.has(name)) << name;
}

TEST(AppAnswer, APageIsSandboxedBesideTheAppsOwnPolicy) {
  const auto to = from_app({{"Content-Security-Policy", "default-src 'self'; sandbox allow-same-origin"}}, sandboxed());

  const auto policies = to.all("Content-Security-Policy");
  ASSERT_EQ(policies.size(), 2U);
  EXPECT_EQ(policies[0], "default-src 'self'; sandbox allow-same-origin");
  EXPECT_TRUE(policies[1].starts_with("sandbox allow-"));
  EXPECT_EQ(policies[1].find("same-origin"), std::string_view::npos);
  EXPECT_EQ(policies[1].find("top-navigation"), std::string_view::npos);
}

}  // namespace
}  // namespace slipway::apps
