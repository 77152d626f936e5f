#include "support/fake_site.hpp"
#include "support/test_agent.hpp"

namespace slipway::test {
namespace {

// What runs inside the workspace: tells what it was asked.
Task<void> serve(net::Exchange& exchange) {
  const auto& request = exchange.request();
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
  EXPECT_TRUE(answer.body.starts_with("POST /base/x%20y?a=1&b=2\n")) << answer.body;
  EXPECT_TRUE(answer.body.ends_with("\nthe body"));
  EXPECT_NE(answer.body.find("X-Mine: kept"), std::string::npos);
  EXPECT_NE(answer.body.find("X-Forwarded-For: 127.0.0.1"), std::string::npos);
  EXPECT_EQ(answer.body.find(srv.owner().token), std::string::npos);
  EXPECT_EQ(answer.header("Set-Cookie"), "mine=1");
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
  add_agent(srv, srv.owner(), "ws");

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
  EXPECT_EQ(answer.header("Location"), "/login?redirect=%2F%40owner%2Fws%2Fapps%2Fweb%2F");
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

TEST(AppHost, IsEmptyWithoutAWildcard) {
  TestServer srv;

  EXPECT_EQ(srv.get("/api/v2/applications/host", srv.owner()).body, R"({"host":""})");
}

}  // namespace
}  // namespace slipway::test
