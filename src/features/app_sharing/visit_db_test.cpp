// What an entry opens, from outside: apps and ports on hosts of their own, and nothing else.
#include "support/fake_site.hpp"
#include "support/raw_socket.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace slipway::test {
namespace {

// Inside the workspace: tells which fields it was sent, or keeps a WebSocket open for as long as its other end does.
Task<void> echo(net::Exchange& exchange) {
  if (exchange.wants_websocket()) {
    auto socket = co_await exchange.upgrade();
    if (!socket) co_return;
    while (co_await (*socket)->read()) {
    }
    co_await (*socket)->close();
    co_return;
  }
  net::Response answer{.status = 201, .headers = {}, .body = exchange.request().headers.wire()};
  answer.headers.set("Content-Type", "text/plain");
  (void)co_await exchange.send(std::move(answer));
}

struct SharedVisitDb : ::testing::Test {
  explicit SharedVisitDb(std::function<void(server::Config&)> more = {})
      : server([more](server::Config& config) {
          config.wildcard_access_url = "*.apps.example.com";
          if (more) more(config);
        }),
        alice((server.owner(), server.member("alice"))),
        bob(server.member("bob")),
        carol(server.member("carol")),
        row(add_agent(server, alice, "ws", app.url("/"))),
        agent(server, row) {
    server.database().sql("update templates set max_port_sharing_level = 'organization'");
  }

  void share(const std::string& place, const Person& who, const std::string& role = "use") {
    const auto done = server.patch("/api/v2/workspaces/" + row.workspace + "/app-sharing",
                                   fmt::format(R"({{{},"user_roles":{{"{}":"{}"}}}})", place, who.id, role), alice);
    ASSERT_EQ(done.status, 204) << done.body;
  }
  std::string port() const {
    const auto url = app.url();
    return url.substr(url.rfind(':') + 1);
  }
  // The whole answer to a visit of `target` (a slug or a port) on its host.
  std::string visit(const std::string& target, const std::string& token, const std::string& more = {}) {
    RawSocket browser(server.url());
    browser.send(fmt::format("GET / HTTP/1.1\r\nHost: {}--main--ws--alice.apps.example.com\r\n{}{}Connection: close\r\n\r\n", target,
                             token.empty() ? "" : "Coder-Session-Token: " + token + "\r\n", more));
    return browser.read_until("never sent by any");
  }
  std::string status(const std::string& target, const Person& who) { return visit(target, who.token).substr(9, 3); }

  FakeSite app{echo};
  TestServer server;
  Person alice, bob, carol;
  AgentRow row;
  FakeAgent agent;
};

const std::string kWeb = R"("app":"web")";

TEST_F(SharedVisitDb, AnEntryOpensItsAppByHostForThatPersonAlone) {
  share(kWeb, bob);

  EXPECT_EQ(status("web", alice), "201");
  EXPECT_EQ(status("web", bob), "201");
  EXPECT_EQ(status("web", carol), "404");
  EXPECT_EQ(visit("web", "").substr(9, 3), "303");
  EXPECT_EQ(status(port(), bob), "404") << "the port behind it is another thing";
}

TEST_F(SharedVisitDb, APortIsOpenedByItsEntry) {
  share(fmt::format(R"("port":{},"agent_name":"main")", port()), bob);

  EXPECT_EQ(status(port(), bob), "201");
  EXPECT_EQ(status(port(), carol), "404");
  EXPECT_EQ(status("web", bob), "404");
}

TEST_F(SharedVisitDb, AnAppThatIsCalledLikeAPortOpensNoPort) {
  server.database().sql("update workspace_apps set slug = '" + port() + "'");
  share(fmt::format(R"("app":"{}")", port()), bob);

  EXPECT_EQ(status(port(), alice), "201");
  EXPECT_EQ(status(port(), bob), "404");
}

TEST_F(SharedVisitDb, AnEntryOpensNoPathAndNoTerminal) {
  share(kWeb, bob);

  EXPECT_EQ(server.get("/@alice/ws.main/apps/web/", bob).status, 404);
  EXPECT_EQ(server.get(row.path() + "/pty?reconnect=" + Uuid::random().str(), bob).status, 404);
  EXPECT_EQ(server.get("/api/v2/workspaces/" + row.workspace, bob).status, 404);
}

struct SharedPathVisitDb : SharedVisitDb {
  SharedPathVisitDb() : SharedVisitDb([](server::Config& config) { config.path_app_dangers.path_sharing = true; }) {}
};

TEST_F(SharedPathVisitDb, NoPathEvenWherePathAppsAreShared) {
  share(kWeb, bob);

  EXPECT_EQ(server.get("/@alice/ws.main/apps/web/", bob).status, 404);
  EXPECT_EQ(status("web", bob), "201");
}

TEST_F(SharedVisitDb, AnEntryThatEndsTakesItsTokenAlong) {
  share(kWeb, bob);
  const auto first = visit("web", bob.token);
  const auto at = first.find("coder_signed_app_token=");
  ASSERT_NE(at, std::string::npos) << first;
  const auto cookie = "Cookie: " + first.substr(at, first.find_first_of(";\r", at) - at) + "\r\n";
  ASSERT_EQ(visit("web", "", cookie).substr(9, 3), "201") << "the token alone is enough";

  share(kWeb, bob, "");

  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  std::string now;
  while ((now = visit("web", "", cookie).substr(9, 3)) == "201" && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_EQ(now, "303");
  EXPECT_EQ(status("web", bob), "404");
}

TEST_F(SharedVisitDb, AnEntryThatEndsEndsWhatIsOpenByIt) {
  share(kWeb, bob);
  RawSocket browser(server.url());
  browser.send(
      fmt::format("GET /socket HTTP/1.1\r\nHost: web--main--ws--alice.apps.example.com\r\nCoder-Session-Token: {}\r\nConnection: Upgrade\r\n"
                  "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                  bob.token));
  const auto head = browser.read_until("\r\n\r\n");
  ASSERT_EQ(head.substr(9, 3), "101") << head;

  const auto before = std::chrono::steady_clock::now();
  share(kWeb, bob, "");
  browser.read_until("never sent by any");

  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
}

TEST_F(SharedVisitDb, OnlyAKeyThatIsGoodForAppsOpensThem) {
  share(kWeb, bob);
  const auto key = [&](const std::string& name, const std::string& scopes) {
    const auto made = server.post("/api/v2/users/me/keys/tokens", fmt::format(R"({{"token_name":"{}",{}}})", name, scopes), bob);
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(made.json().at("key").as_string());
  };

  EXPECT_EQ(visit("web", key("apps", R"("scope":"application_connect")")).substr(9, 3), "201");
  EXPECT_EQ(visit("web", key("narrow", R"("scopes":["workspace:read"])")).substr(9, 3), "404");
}

// A field that the visitor sends, as the app would read it.
const std::string kForged = "X-Slipway-Visitor-Username: root\r\nX_Slipway_Visitor_Groups: admins\r\n";

TEST_F(SharedVisitDb, AnAppThatAsksIsToldWhoVisitsAndNobodyForgesIt) {
  server.database().sql("update workspace_apps set asks_visitor = true");
  const auto team = server.post("/api/v2/organizations/default/groups", R"({"name":"team"})", server.owner()).json();
  ASSERT_EQ(server.patch("/api/v2/groups/" + std::string(team.at("id").as_string()), fmt::format(R"({{"add_users":["{}"]}})", bob.id), server.owner())
                .status,
            200);
  share(kWeb, bob);

  const auto told = visit("web", bob.token, kForged);

  EXPECT_NE(told.find("X-Slipway-Visitor-Id: " + bob.id + "\r\n"), std::string::npos) << told;
  EXPECT_NE(told.find("X-Slipway-Visitor-Username: bob\r\n"), std::string::npos) << told;
  EXPECT_NE(told.find("X-Slipway-Visitor-Email: bob@example.com\r\n"), std::string::npos) << told;
  EXPECT_NE(told.find("X-Slipway-Visitor-Groups: team\r\n"), std::string::npos) << told;
  EXPECT_EQ(told.find("root"), std::string::npos) << told;
  EXPECT_EQ(told.find("admins"), std::string::npos) << told;
  const auto at = told.find("coder_signed_app_token=");
  ASSERT_NE(at, std::string::npos) << told;
  const auto again = visit("web", "", "Cookie: " + told.substr(at, told.find_first_of(";\r", at) - at) + "\r\n" + kForged);
  EXPECT_NE(again.find("X-Slipway-Visitor-Groups: team\r\n"), std::string::npos) << "the token says it as well: " << again;
  EXPECT_EQ(again.find("root"), std::string::npos) << again;
}

TEST_F(SharedVisitDb, OtherAppsAreToldNothing) {
  share(kWeb, bob);

  const auto told = visit("web", bob.token, kForged);

  EXPECT_EQ(told.substr(9, 3), "201") << told;
  EXPECT_EQ(told.find("isitor"), std::string::npos) << told;
}

}  // namespace
}  // namespace slipway::test
