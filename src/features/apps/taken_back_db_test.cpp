// Tokens of apps on two servers: good on both for their minute, and on neither once the right to them is gone.
#include "support/fake_site.hpp"
#include "support/test_agent.hpp"

namespace slipway::test {
namespace {

Task<void> say_hello(net::Exchange& exchange) { (void)co_await exchange.send({.status = 200, .headers = {}, .body = "hello"}); }

struct TakenBack : ::testing::Test {
  TakenBack() {
    server.database().sql("update workspace_apps set url = '" + app.url("/") + "'");
    server.wait_for(row.path(), "/status", "connected", server.owner());
  }
  std::string fresh() {
    const auto first = server.get(path, ana);
    EXPECT_EQ(first.status, 200) << first.body;
    const auto given = first.header("Set-Cookie");
    EXPECT_TRUE(given.starts_with("coder_signed_app_token=")) << given;
    return given.substr(0, given.find(';'));
  }
  // Good on both: what was given out before a server hears of what is taken back is good for nothing there.
  std::string cookie() {
    const auto until = std::chrono::steady_clock::now() + Seconds(20);
    auto token = fresh();
    for (; (by(server, token) != 200 || by(second, token) != 200) && std::chrono::steady_clock::now() < until; token = fresh()) breathe();
    return token;
  }
  int by(TestServer& at, const std::string& token) { return at.call("GET", path, {}, {}, {{"Cookie", token}}).status; }
  // Both servers have heard of it; nobody waits for a minute.
  bool refused_everywhere(const std::string& token) {
    const auto until = std::chrono::steady_clock::now() + Seconds(20);
    while (std::chrono::steady_clock::now() < until) {
      if (by(server, token) != 200 && by(second, token) != 200) return true;
      breathe();
    }
    return false;
  }

  FakeSite app{say_hello};
  TestServer server;
  Person ana = server.member("ana");
  AgentRow row = add_agent(server, ana, "ws");
  FakeAgent agent{server, row};
  TestServer second{server};
  const std::string path = "/@ana/ws/apps/web/";
};

TEST_F(TakenBack, ATokenOfOneServerIsGoodOnTheOther) {
  const auto token = cookie();

  EXPECT_EQ(by(server, token), 200);
  EXPECT_EQ(by(second, token), 200);
}

TEST_F(TakenBack, WithTheSessionThatSignsOut) {
  const auto token = cookie();
  ASSERT_EQ(by(second, token), 200);

  ASSERT_EQ(server.post("/api/v2/users/logout", "", ana).status, 200);

  EXPECT_TRUE(refused_everywhere(token));
  EXPECT_EQ(by(server, token), 303) << "to sign in";
}

TEST_F(TakenBack, WithTheAccountThatIsSuspended) {
  const auto token = cookie();
  ASSERT_EQ(by(second, token), 200);

  ASSERT_EQ(server.put("/api/v2/users/ana/status/suspend", "", server.owner()).status, 200);

  EXPECT_TRUE(refused_everywhere(token));
}

TEST_F(TakenBack, WithTheWorkspaceThatGetsAnotherOwner) {
  const auto token = cookie();
  ASSERT_EQ(by(second, token), 200);

  server.database().sql("update workspaces set owner_id = '" + server.owner().id + "' where id = '" + row.workspace + "'");

  EXPECT_TRUE(refused_everywhere(token));
}

}  // namespace
}  // namespace slipway::test
