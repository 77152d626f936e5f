#include "support/fake_site.hpp"
#include "support/raw_socket.hpp"
#include "support/test_agent.hpp"

#include <atomic>

namespace slipway::test {
namespace {

std::atomic<int> silent{0};  // requests that the app is still silent about
std::atomic<bool> may_end{false};

// An answer that takes as long as the test says.
Task<void> serve_slowly(net::Exchange& exchange) {
  if (!co_await exchange.begin({.status = 200, .headers = {}, .body = {}}) || !co_await exchange.write("first")) co_return;
  while (!may_end) co_await aio::sleep(Milliseconds(1));
  if (co_await exchange.write("last")) (void)co_await exchange.finish();
}

// What runs inside the workspace: tells what it was asked.
Task<void> serve(net::Exchange& exchange) {
  const auto& request = exchange.request();
  if (request.path == "/silent") {
    ++silent;
    if (co_await exchange.body(1024)) co_await exchange.caller_left();
    --silent;
    co_return;
  }
  if (request.path == "/slow") co_return co_await serve_slowly(exchange);
  if (request.path == "/refuses") {
    (void)co_await exchange.send({.status = 426, .headers = {{"Upgrade", "other"}}, .body = "no such protocol"});
    co_return;
  }
  if (request.path == "/socket" && exchange.wants_websocket()) {
    auto socket = co_await exchange.upgrade();
    if (!socket) co_return;
    for (;;) {
      auto message = co_await (*socket)->read();
      if (!message) break;
      if (!co_await (*socket)->write_binary("app heard " + message->data)) break;
    }
    co_await (*socket)->close();
    co_return;
  }
  auto body = co_await exchange.body(1 << 20);
  net::Response answer{.status = 201, .headers = {}, .body = {}};
  answer.headers.add("Set-Cookie", "mine=1");
  answer.headers.add("Set-Cookie", "coder_session_token=evil");
  answer.headers.set("X-App", "yes");
  answer.body = request.method + " " + request.target + "\n" + request.headers.wire() + "\n" + body.value_or("");
  (void)co_await exchange.send(std::move(answer));
}

TEST(PathApp, RequestsReachTheAppWithoutTheCallersSecrets) {
  TestServer srv;
  FakeSite app(serve);
  const auto row = add_agent(srv, srv.owner(), "ws", app.url("/base?a=1"));
  FakeAgent agent(srv, row);

  const auto answer = srv.call("POST", "/@owner/ws.main/apps/web/x%20y?b=2", "the body", srv.owner().token, {{"X-Mine", "kept"}});

  EXPECT_EQ(answer.status, 201);
  EXPECT_TRUE(answer.body.starts_with("POST /base/x%20y?b=2\n")) << answer.body;
  EXPECT_TRUE(answer.body.ends_with("\nthe body"));
  EXPECT_NE(answer.body.find("X-Mine: kept"), std::string::npos);
  EXPECT_NE(answer.body.find("X-Forwarded-For: 127.0.0.1"), std::string::npos);
  EXPECT_EQ(answer.body.find(srv.owner().token), std::string::npos);
  std::string cookies;
  for (const auto& [name, value] : answer.headers)
    if (name == "Set-Cookie") cookies += value.substr(0, value.find('=')) + " ";
  EXPECT_TRUE(cookies == "mine coder_signed_app_token " || cookies == "coder_signed_app_token mine ") << cookies;
  EXPECT_EQ(answer.header("X-App"), "yes");
}

TEST(PathApp, TheEncodedSignAndTheOnlyAgentsNameWorkToo) {
  TestServer srv;
  FakeSite app(serve);
  const auto row = add_agent(srv, srv.owner(), "ws", app.url("/"));
  FakeAgent agent(srv, row);

  EXPECT_EQ(srv.get("/%40owner/ws/apps/web/", srv.owner()).status, 201);
}

TEST(PathApp, AMissingSlashIsAdded) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws");
  FakeAgent agent(srv, row);
  srv.wait_for(row.path(), "/status", "connected", srv.owner());

  const auto answer = srv.get("/@owner/ws/apps/web?x=1", srv.owner());

  EXPECT_EQ(answer.status, 307);
  EXPECT_EQ(answer.header("Location"), "/@owner/ws/apps/web/?x=1");
}

TEST(PathApp, StrangersAndUnknownAppsGetTheSamePage) {
  TestServer srv;
  add_agent(srv, srv.owner(), "ws");
  const auto stranger = srv.member("stranger");

  const auto hidden = srv.get("/@owner/ws/apps/web/", stranger), absent = srv.get("/@owner/ws/apps/none/", srv.owner());

  EXPECT_EQ(hidden.status, 404);
  EXPECT_EQ(hidden.body, absent.body);
  EXPECT_EQ(srv.get("/@me/ws/apps/web/", srv.owner()).status, 404);
}

TEST(PathApp, ABrowserThatIsSignedOutIsSentToTheLoginPage) {
  TestServer srv;
  add_agent(srv, srv.owner(), "ws");

  const auto answer = srv.call("GET", "/@owner/ws/apps/web/", {}, {}, {{"Accept", "text/html,*/*"}});

  EXPECT_EQ(answer.status, 303);
  EXPECT_TRUE(answer.header("Location").starts_with("/login?message=You")) << answer.header("Location");
  EXPECT_TRUE(answer.header("Location").ends_with("&redirect=%2F%40owner%2Fws%2Fapps%2Fweb%2F")) << answer.header("Location");
}

TEST(PathApp, AnAbsentAgentShowsAPageThatSaysSo) {
  TestServer srv;
  add_agent(srv, srv.owner(), "ws");

  const auto answer = srv.get("/@owner/ws/apps/web/", srv.owner());

  EXPECT_EQ(answer.status, 502);
  EXPECT_NE(answer.body.find("connecting"), std::string::npos);
}

TEST(PathApp, APortNobodyListensOnShowsAPage) {
  TestServer srv;
  const auto row = add_agent(srv, srv.owner(), "ws", "http://localhost:9/");
  FakeAgent agent(srv, row);

  const auto answer = srv.get("/@owner/ws/apps/web/", srv.owner());

  EXPECT_EQ(answer.status, 502);
  EXPECT_TRUE(answer.header("Content-Type").starts_with("text/html"));
}

TEST(PathApp, WebSocketsPass) {
  TestServer srv;
  FakeSite app(serve);
  const auto row = add_agent(srv, srv.owner(), "ws", app.url("/"));
  FakeAgent agent(srv, row);

  EXPECT_EQ(talk(srv, "/@owner/ws/apps/web/socket", srv.owner(), {"hello"}, "hello").heard, "app heard hello");
}

TEST(PathApp, CanBeSwitchedOff) {
  TestServer srv([](server::Config& config) { config.disable_path_apps = true; });
  add_agent(srv, srv.owner(), "ws");

  EXPECT_EQ(srv.get("/@owner/ws/apps/web/", srv.owner()).status, 403);
}

std::string raw_head(TestServer& srv, const std::string& method, const std::string& path, const std::string& token, const std::string& more = {}) {
  return fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nCoder-Session-Token: {}\r\n{}\r\n", method, path, srv.url().substr(7), token, more);
}

bool settles_at(const std::atomic<int>& value, int wanted) {
  const auto until = std::chrono::steady_clock::now() + Seconds(10);
  while (value != wanted && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  return value == wanted;
}

TEST(PathApp, IsItsOwnersAlone) {
  TestServer srv;
  FakeSite app(serve);
  const auto first = srv.owner();
  const auto ana = srv.member("ana"), guest = srv.member("guest");
  const auto row = add_agent(srv, ana, "ws", app.url("/"));
  FakeAgent agent(srv, row);
  srv.database().sql(fmt::format(R"(update workspaces set user_acl = '{{"{}": {{"permissions": ["application_connect", "read"]}}}}' where id = '{}')",
                                 guest.id, row.workspace));

  EXPECT_EQ(srv.get("/@ana/ws/apps/web/", ana).status, 201);
  const auto site = srv.get("/@ana/ws/apps/web/", first), invited = srv.get("/@ana/ws/apps/web/", guest);
  EXPECT_EQ(site.status, 404);
  EXPECT_NE(site.body.find("--dangerous-allow-path-app-site-owner-access"), std::string::npos);
  EXPECT_EQ(invited.status, 404);
}

TEST(PathApp, MayBeSharedWhereThatDangerIsAccepted) {
  TestServer srv([](server::Config& config) { config.path_app_dangers = {.path_sharing = true, .site_owner_access = true}; });
  FakeSite app(serve);
  const auto first = srv.owner();
  const auto ana = srv.member("ana"), other = srv.member("other");
  const auto row = add_agent(srv, ana, "ws", app.url("/"));
  FakeAgent agent(srv, row);

  EXPECT_EQ(srv.get("/@ana/ws/apps/web/", first).status, 201);
  EXPECT_EQ(srv.get("/@ana/ws/apps/web/", other).status, 404);
  EXPECT_EQ(srv.call("GET", "/@ana/ws/apps/web/").status, 303);
  srv.database().sql("update workspace_apps set sharing_level = 'organization'");
  EXPECT_EQ(srv.get("/@ana/ws/apps/web/", other).status, 201);
  EXPECT_EQ(srv.call("GET", "/@ana/ws/apps/web/").status, 303);
  srv.database().sql("update workspace_apps set sharing_level = 'public'");
  EXPECT_EQ(srv.call("GET", "/@ana/ws/apps/web/").status, 201);
}

TEST(PathApp, EveryAnswerIsSandboxedUnlessThatDangerIsAccepted) {
  FakeSite app(serve);
  for (const bool accepted : {false, true}) {
    TestServer srv([&](server::Config& config) { config.path_app_dangers.same_origin = accepted; });
    const auto row = add_agent(srv, srv.owner(), "ws", app.url("/"));
    FakeAgent agent(srv, row);

    EXPECT_EQ(srv.get("/@owner/ws/apps/web/", srv.owner()).header("Content-Security-Policy").starts_with("sandbox "), !accepted);
  }
}

TEST(PathApp, AnExternalOneIsNotServed) {
  TestServer srv;
  add_agent(srv, srv.owner(), "ws", "javascript:alert(1)");
  srv.database().sql("update workspace_apps set external = true");

  const auto answer = srv.get("/@owner/ws/apps/web/", srv.owner());

  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.header("Location"), "");
}

TEST(PathApp, ABodyIsNoSecondRequest) {
  TestServer srv;
  FakeSite app(serve);
  const auto row = add_agent(srv, srv.owner(), "ws", app.url("/"));
  FakeAgent agent(srv, row);
  const std::string body = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
  RawSocket browser(srv.url());

  browser.send(raw_head(srv, "POST", "/@owner/ws/apps/web/", srv.owner().token,
                        fmt::format("Connection: Content-Length\r\nContent-Length: {}\r\n", body.size())) +
               body);

  const auto answer = browser.read_until("smuggled");
  EXPECT_NE(answer.find(fmt::format("Content-Length: {}\r\n", body.size())), std::string::npos) << answer;
}

TEST(PathApp, ABrowserThatLeavesASilentAppFreesIt) {
  TestServer srv;
  FakeSite app(serve);
  const auto row = add_agent(srv, srv.owner(), "ws", app.url("/"));
  FakeAgent agent(srv, row);
  constexpr int kBrowsers = 20;

  for (int i = 0; i < kBrowsers; ++i) {
    const int posted = i % 3;  // nothing, a body, half a body
    RawSocket browser(srv.url());
    browser.send(
        raw_head(srv, posted > 0 ? "POST" : "GET", "/@owner/ws/apps/web/silent", srv.owner().token, posted > 0 ? "Content-Length: 4\r\n" : ""));
    browser.send(std::string(posted == 2 ? "bo" : posted == 1 ? "body" : ""));
    ASSERT_TRUE(settles_at(silent, 1)) << i;
    browser.close();
    ASSERT_TRUE(settles_at(silent, 0)) << i;
  }
}

TEST(PathApp, AnAppThatNeverAnswersIsGivenUp) {
  TestServer srv([](server::Config& config) { config.app_answer_limit = Milliseconds(300); });
  FakeSite app(serve);
  const auto row = add_agent(srv, srv.owner(), "ws", app.url("/"));
  FakeAgent agent(srv, row);

  const auto answer = srv.get("/@owner/ws/apps/web/silent", srv.owner());

  EXPECT_EQ(answer.status, 502) << answer.body;
  EXPECT_NE(answer.body.find("did not answer in time"), std::string::npos) << answer.body;
  EXPECT_TRUE(settles_at(silent, 0));
}

TEST(PathApp, TheAnswerOfARefusedUpgradeComesWhole) {
  TestServer srv;
  FakeSite app(serve);
  const auto row = add_agent(srv, srv.owner(), "ws", app.url("/"));
  FakeAgent agent(srv, row);
  RawSocket browser(srv.url());

  browser.send(raw_head(srv, "GET", "/@owner/ws/apps/web/refuses", srv.owner().token, "Connection: Upgrade\r\nUpgrade: odd\r\n"));

  const auto answer = browser.read_until("protocol");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 426 ")) << answer;
  EXPECT_TRUE(answer.ends_with("no such protocol")) << answer;
}

TEST(AppHost, IsEmptyWithoutAWildcard) {
  TestServer srv;

  EXPECT_EQ(srv.get("/api/v2/applications/host", srv.owner()).body, R"({"host":""})");
}

}  // namespace
}  // namespace slipway::test
