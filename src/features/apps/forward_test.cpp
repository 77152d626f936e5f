#include "features/apps/forward.hpp"

#include <gtest/gtest.h>

namespace slipway::apps {
namespace {

const Front kFront{.client_ip = "192.0.2.7", .host = "dev.example.com", .tls = true, .session_token = "x", .length = 0};

Back sandboxed(bool upgrade = false) { return {.base = "/@ana/ws/apps/web", .upgrade = upgrade}; }

Back on_its_own_host() { return {.base = "/", .sandbox = false, .own_host = true, .host = "web--main--ws--ana.apps.example.com"}; }

Front on_own_host() {
  Front front = kFront;
  front.own_host = true;
  return front;
}

TEST(AppUpstream, PathAndRestAreJoinedByOneSlashAndKeepTheirBytes) {
  const auto target = [](std::string_view url, std::string_view rest, std::string_view query = {}) { return upstream_of(url, rest, query)->target; };

  EXPECT_EQ(target("http://localhost:8080/base", "a%20b/c", "x=1"), "/base/a%20b/c?x=1");
  EXPECT_EQ(target("http://localhost:8080/base/", "a%2Fb", "x=%20"), "/base/a%2Fb?x=%20");
  EXPECT_EQ(target("http://localhost:8080", "../etc/./passwd"), "/../etc/./passwd");
  EXPECT_EQ(target("http://localhost:8080", "/double//slash/"), "//double//slash/");
  EXPECT_EQ(target("http://localhost:8080/base", ""), "/base/");
}

TEST(AppUpstream, TheQueryOfTheAppsUrlIsForItsFirstPageAlone) {
  const auto up = upstream_of("http://localhost:8080/base?folder=/home", "", "x=1&&y");

  ASSERT_TRUE(up);
  EXPECT_EQ(up->target, "/base/?x=1&&y");
  EXPECT_EQ(up->default_query, "folder=/home");
}

TEST(AppUpstream, OurParametersDoNotReachTheApp) {
  EXPECT_EQ(upstream_of("http://localhost:1234", "", "coder_session_token=abc&y=2&coder%5Fsession_token=d")->target, "/?y=2");
  EXPECT_EQ(upstream_of("http://localhost:1234", "", "coder_application_connect_api_key_35e783=a&coder_signed_app_token_23db1dde=b")->target, "/");
}

TEST(AppUpstream, SchemeAndPortAreAllThatIsBelievedOfItsPlace) {
  const auto far = upstream_of("https://169.254.169.254/latest", "", ""), plain = upstream_of("http://anywhere", "", "");

  EXPECT_TRUE(far->tls);
  EXPECT_EQ(far->port, 443);
  EXPECT_FALSE(plain->tls);
  EXPECT_EQ(plain->port, 80);
}

TEST(AppUpstream, SaysWhichPortItMayNotReach) {
  const auto low = upstream_of("http://localhost:8", "", ""), none = upstream_of("http://localhost:http/x", "", ""),
             huge = upstream_of("http://[::1]:70000", "", "");

  EXPECT_EQ(low.error().code, Code::invalid);
  EXPECT_EQ(low.error().say, "Application port 8 is not permitted. Coder reserves ports less than 9 for internal use.");
  EXPECT_EQ(none.error().say, "App URL \"http://localhost:http/x\" has an invalid port \"http\".");
  EXPECT_EQ(huge.error().say, "App URL \"http://[::1]:70000\" has an invalid port \"70000\".");
  EXPECT_TRUE(upstream_of("http://localhost:9", "", ""));
}

TEST(AppUpstream, IsAUrlOfHttp) {
  for (const char* wrong : {"", "localhost:80", "ftp://localhost", "javascript:alert(1)", "http://a b/"}) {
    const auto up = upstream_of(wrong, "", "");
    ASSERT_FALSE(up) << wrong;
    EXPECT_EQ(up.error().code, Code::precondition) << wrong;
  }
}

TEST(AppRequest, NothingThatProvesTheCallerReachesTheApp) {
  const net::Headers from{{"Host", "dev.example.com"},
                          {"Cookie", "a=1; coder_session_token=x; __Host-coder_session_token=y; csrf_token=z; CODER_signed_app_token=q; b=2"},
                          {"Coder-Session-Token", "x"},
                          {"X-CSRF-TOKEN", "z"},
                          {"Authorization", "Bearer x"},
                          {"X-Forwarded-For", "6.6.6.6"},
                          {"X-Forwarded-Proto", "gopher"},
                          {"Connection", "close, X-Odd"},
                          {"X-Odd", "1"},
                          {"Accept", "*/*"}};

  const auto to = to_app(from, kFront);

  EXPECT_EQ(to.get("Cookie"), "a=1; b=2");
  for (const char* gone : {"Coder-Session-Token", "X-CSRF-TOKEN", "Authorization", "Connection", "X-Odd"}) EXPECT_FALSE(to.has(gone)) << gone;
  EXPECT_EQ(to.all("X-Forwarded-For"), std::vector<std::string_view>{"192.0.2.7"});
  EXPECT_EQ(to.all("X-Forwarded-Proto"), std::vector<std::string_view>{"https"});
  EXPECT_EQ(to.get("X-Forwarded-Host"), "dev.example.com");
  EXPECT_EQ(to.all("Host"), std::vector<std::string_view>{"dev.example.com"});
  EXPECT_EQ(to.get("Accept"), "*/*");
}

TEST(AppRequest, AFieldThatSomeServersReadAsOneOfOursIsNotPassed) {
  const net::Headers from{
      {"Content_Length", "9"}, {"Transfer_Encoding", "chunked"}, {"X_Forwarded-For", "6.6.6.6"}, {"coder_session_token", "x"}, {"X_Mine", "1"}};

  const auto to = to_app(from, kFront);

  EXPECT_EQ(to.get("X_Mine"), "1");
  for (const char* gone : {"Content_Length", "Transfer_Encoding", "X_Forwarded-For", "coder_session_token"}) EXPECT_FALSE(to.has(gone)) << gone;
}

TEST(AppRequest, OnItsOwnHostOnlyReservedCookiesAreOurs) {
  const net::Headers from{{"Cookie",
                           "csrf_token=1; coder_theme=2; coder_session_token=3; oauth_state=4; oauth_redirect=5; coder_path_app_session_token=6; "
                           "coder_signed_app_token=7; coder_subdomain_app_session_token_0af1=8; __Secure-coder_session_token=9; z=10"}};

  EXPECT_EQ(to_app(from, on_own_host()).get("Cookie"), "csrf_token=1; coder_theme=2; z=10");
  EXPECT_FALSE(to_app({{"Cookie", "coder_session_token=3; oauth_state=4"}}, on_own_host()).has("Cookie"));
}

TEST(AppRequest, TheAppsOwnAuthorizationPasses) {
  for (const char* field : {"Bearer of-the-app", "Basic YTpi", "Bearer 0123456789-012345678901234567890", "token 0123456789-0123456789012345678901"})
    EXPECT_EQ(to_app({{"Authorization", field}}, kFront).get("Authorization"), field);
}

TEST(AppRequest, OurBearerTokensDoNotHoweverTheyAreSpelled) {
  for (const char* field :
       {"Bearer x", "bearer  x", "BEARER \tx \t", "Bearer 0123456789-0123456789012345678901", "bearer abcdefghij-ABCDEFGHIJabcdefghij01"})
    EXPECT_FALSE(to_app({{"Authorization", field}}, kFront).has("Authorization")) << field;
}

TEST(AppRequest, ATrustedProxyIsNamedBehindTheClientAndKeepsItsScheme) {
  Front front = kFront;
  front.proxy_ip = "10.0.0.1";

  const auto to = to_app({{"X-Forwarded-For", "6.6.6.6, 192.0.2.7"}, {"X-Forwarded-Proto", "http"}}, front);

  EXPECT_EQ(to.all("X-Forwarded-For"), std::vector<std::string_view>{"192.0.2.7, 10.0.0.1"});
  EXPECT_EQ(to.all("X-Forwarded-Proto"), std::vector<std::string_view>{"http"});
}

TEST(AppRequest, ConnectionCannotTakeAwayWhatFramesTheRequest) {
  const net::Headers from{{"Connection", "Content-Length, host,\tCookie, Authorization, X-Odd"},
                          {"Content-Length", "7"},
                          {"Cookie", "a=1"},
                          {"Authorization", "Basic YTpi"},
                          {"X-Odd", "1"}};
  Front front = kFront;
  front.length = 7;

  const auto to = to_app(from, front);

  EXPECT_EQ(to.all("Content-Length"), std::vector<std::string_view>{"7"});
  EXPECT_EQ(to.get("Host"), "dev.example.com");
  EXPECT_EQ(to.get("Cookie"), "a=1");
  EXPECT_EQ(to.get("Authorization"), "Basic YTpi");
  EXPECT_FALSE(to.has("X-Odd"));
}

TEST(AppRequest, TheBodysLengthIsTheOneThatWasRead) {
  Front front = kFront;
  front.length = 3;
  EXPECT_EQ(to_app({{"Content-Length", "9"}, {"Content-Length", "9"}}, front).all("Content-Length"), std::vector<std::string_view>{"3"});
  front.length.reset();
  const auto chunked = to_app({{"Content-Length", "9"}, {"Transfer-Encoding", "chunked"}}, front);
  EXPECT_FALSE(chunked.has("Content-Length"));
  EXPECT_EQ(chunked.all("Transfer-Encoding"), std::vector<std::string_view>{"chunked"});
  EXPECT_FALSE(to_app({}, kFront).has("Content-Length"));
  EXPECT_EQ(to_app({{"Content-Length", "0"}}, kFront).get("Content-Length"), "0");
}

TEST(AppRequest, AnUpgradeKeepsItsProtocolAndTheLettersThatAppsRead) {
  const net::Headers from{{"Connection", "keep-alive, Upgrade"},
                          {"Upgrade", "websocket"},
                          {"sec-websocket-key", "k"},
                          {"SEC-WEBSOCKET-VERSION", "13"},
                          {"Sec-Websocket-Protocol", "p"},
                          {"sec-webSocket-extensions", "e"},
                          {"HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA"}};
  Front front = kFront;
  front.upgrade = true;

  const auto to = to_app(from, front);

  EXPECT_EQ(to.get("Connection"), "Upgrade");
  EXPECT_EQ(to.get("Upgrade"), "websocket");
  for (const char* line :
       {"Sec-WebSocket-Key: k\r\n", "Sec-WebSocket-Version: 13\r\n", "Sec-WebSocket-Protocol: p\r\n", "Sec-WebSocket-Extensions: e\r\n"})
    EXPECT_NE(to.wire().find(line), std::string::npos) << to.wire();
  EXPECT_FALSE(to.has("HTTP2-Settings"));
}

TEST(AppRequest, ExpectAndTrailersGoOnlyWhereTheyMeanSomething) {
  Front chunked = kFront;
  chunked.length.reset();
  chunked.awaits_continue = true;
  const net::Headers from{{"Expect", "100-continue"}, {"TE", "trailers, deflate"}, {"Trailer", "Digest"}};

  const auto with = to_app(from, chunked), without = to_app(from, kFront);

  EXPECT_EQ(with.get("Expect"), "100-continue");
  EXPECT_EQ(with.get("TE"), "trailers");
  EXPECT_EQ(with.get("Connection"), "TE");
  EXPECT_EQ(with.get("Trailer"), "Digest");
  EXPECT_FALSE(without.has("Expect"));
  EXPECT_FALSE(without.has("Trailer"));
}

TEST(AppTrailers, SayNothingOfWhatTheMessageIsOrWhoseItIs) {
  net::Headers from{{"Grpc-Status", "0"}, {"X-Mine", "1"}, {"Digest", "d"}};
  for (const char* wrong :
       {"Content-Length", "Transfer-Encoding", "Host", "Cookie", "Set-Cookie", "Authorization", "Coder-Session-Token", "X-Forwarded-For",
        "X-Slipway-Visitor-Id", "X_Slipway_Visitor_Id", "Connection", "Trailer", "Content-Type", "Location", "Access-Control-Allow-Origin"})
    from.add(wrong, "evil");

  EXPECT_EQ(trailers_to_app(from).wire(), "Grpc-Status: 0\r\nX-Mine: 1\r\nDigest: d\r\n");
  EXPECT_EQ(trailers_from_app(from, on_its_own_host()).wire(), "Grpc-Status: 0\r\nX-Mine: 1\r\nDigest: d\r\n");
  EXPECT_EQ(trailers_from_app(from, sandboxed()).wire(), "Grpc-Status: 0\r\nX-Mine: 1\r\nDigest: d\r\n");
}

TEST(AppAnswer, OnItsOwnHostEverythingComesBackButWhatIsOfOneConnectionOrOfOthers) {
  const net::Headers from{{"Connection", "X-Odd"},
                          {"X-Odd", "1"},
                          {"Keep-Alive", "timeout=5"},
                          {"Transfer-Encoding", "chunked"},
                          {"Service-Worker-Allowed", "/"},
                          {"Access-Control-Allow-Origin", "*"},
                          {"Of-Tomorrow", "x"},
                          {"Trailer", "Digest"},
                          {"Clear-Site-Data", "\"cookies\""},
                          {"X-Accel-Redirect", "/secret"}};

  const auto to = from_app(from, on_its_own_host());

  EXPECT_EQ(to.wire(), "Service-Worker-Allowed: /\r\nAccess-Control-Allow-Origin: *\r\nOf-Tomorrow: x\r\nTrailer: Digest\r\n");
}

TEST(AppAnswer, OnItsOwnHostACookieStaysThere) {
  const auto passed = [](const char* cookie) {
    const auto to = from_app({{"Set-Cookie", cookie}}, on_its_own_host());
    return std::string(to.get("Set-Cookie"));
  };

  for (const char* good : {"a=1; Path=/; Secure", "csrf_token=1", "coder_theme=2", "a=1; Domain=web--main--ws--ana.apps.example.com",
                           "a=1; domain=.Web--Main--ws--ana.apps.example.com"})
    EXPECT_EQ(passed(good), good);
  for (const char* bad : {"coder_session_token=1", "coder_signed_app_token=1", "coder_subdomain_app_session_token_x=1", "__Host-oauth_state=1",
                          "a=1; Domain=apps.example.com", "a=1; Domain=", "a=1; Domain=.com", "=coder_session_token=1"})
    EXPECT_EQ(passed(bad), "") << bad;
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
