// A workspace proxy beside its primary, each with loops of its own: what visitors get by it, and what is left when the primary goes.
#include "net/url.hpp"
#include "server/proxy.hpp"
#include "server/running_test.hpp"
#include "support/by_host.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_site.hpp"
#include "support/test_agent.hpp"

#include <future>

namespace slipway::server {
namespace {

using test::AgentRow;
using test::FakeAgent;
using test::FakeSite;
using test::TestServer;

// A proxy named "far" of that primary; started at once.
class RunningProxy {
 public:
  RunningProxy(TestServer& primary, std::string token, const Clock& clock = system_clock()) : clock_(clock) {
    ProxyConfig config;
    config.base.http_address = "127.0.0.1:0";
    config.base.shutdown_grace = Seconds(2);
    config.base.api_rate_limit = 0;
    config.base.prometheus_address = "127.0.0.1:0";
    config.base.wildcard_access_url = "*.far.example.com";
    config.primary_url = primary.url();
    config.token = Secret(std::move(token));
    why_ = begin(config);
  }
  ~RunningProxy() { stop(); }
  void stop() {
    if (proxy_) EXPECT_EQ(loops_.run(end(this)), 0);
  }
  // Why it did not start; empty: it did.
  const std::string& why() const { return why_; }
  const std::string& url() const { return proxy_->url(); }
  std::string metrics() const { return fmt::format("http://127.0.0.1:{}", proxy_->metrics_port()); }

 private:
  std::string begin(ProxyConfig config) {
    std::string why;
    const auto start = [](RunningProxy* self, ProxyConfig with, std::string* said) -> Task<int> {
      auto started = co_await Proxy::start(self->loops_, std::move(with), self->clock_);
      if (started)
        self->proxy_ = std::move(*started);
      else
        *said = started.error().say;
      co_return 0;
    };
    loops_.run(start(this, std::move(config), &why));
    return why;
  }
  static Task<int> end(RunningProxy* self) {
    const bool whole = co_await self->proxy_->stop();
    self->proxy_.reset();
    co_return whole ? 0 : 1;
  }

  const Clock& clock_;
  aio::Loops loops_{2};
  std::unique_ptr<Proxy> proxy_;
  std::string why_;
};

// What runs inside the workspace: tells what it was asked.
Task<void> tell(net::Exchange& exchange) {
  const auto& request = exchange.request();
  (void)co_await exchange.send({.status = 200, .headers = {}, .body = request.method + " " + request.target + "\n" + request.headers.wire()});
}

std::string token_of(TestServer& primary) {
  const auto made = primary.post("/api/v2/workspaceproxies", R"({"name":"far"})", primary.owner());
  EXPECT_EQ(made.status, 201) << made.body;
  return std::string(made.json().at("proxy_token").as_string());
}

struct ProxyDb : ::testing::Test {
  ProxyDb() { primary.wait_for(row.path(), "/status", "connected", primary.owner()); }

  std::string status() {
    return std::string(primary.get("/api/v2/workspaceproxies/far", primary.owner()).json().at("status").at("status").as_string());
  }
  static net::Headers signed_in(const test::Person& who) {
    net::Headers out;
    out.set("Coder-Session-Token", who.token);
    out.set("User-Agent", "visitor/1");
    return out;
  }
  // The cookies that an answer sets, as they come back.
  static net::Headers with_cookie(const net::Response& answer) {
    const std::string set(answer.headers.get("Set-Cookie"));
    net::Headers out;
    out.set("Cookie", set.substr(0, set.find(';')));
    return out;
  }
  net::Response open(const std::string& path, net::Headers headers) { return ask(proxy.url() + path, std::move(headers)); }

  TestServer primary;
  FakeSite app{tell};
  AgentRow row = test::add_agent(primary, primary.owner(), "dev", app.url("/"));
  FakeAgent agent{primary, row};
  RunningProxy proxy{primary, token_of(primary)};
  const std::string page = "/@owner/dev.main/apps/web/";
};

TEST_F(ProxyDb, AnAppIsOpenedByAskingThePrimaryOnce) {
  ASSERT_EQ(proxy.why(), "");

  const auto first = open(page + "deep?q=1", signed_in(primary.owner()));

  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_TRUE(first.body.starts_with("GET /deep?q=1\n")) << first.body;
  EXPECT_EQ(first.body.find(primary.owner().token), std::string::npos);
  EXPECT_TRUE(first.headers.get("Set-Cookie").starts_with("coder_signed_app_token=")) << first.headers.get("Set-Cookie");
  const auto before = primary.database().sql("select count(*) from workspace_proxies");
  const auto again = open(page, with_cookie(first));
  EXPECT_EQ(again.status, 200);
  EXPECT_FALSE(again.headers.has("Set-Cookie")) << "its token was good";
  EXPECT_EQ(agent.meetings(), 1) << "the agent stays";
  EXPECT_EQ(before, "1");
}

TEST_F(ProxyDb, TheAppGoesOnWhileThePrimaryIsAwayAndNobodyNewGetsIn) {
  const auto first = open(page, signed_in(primary.owner()));
  ASSERT_EQ(first.status, 200) << first.body;

  ASSERT_TRUE(primary.stop());

  const auto still = open(page + "still", with_cookie(first));
  EXPECT_EQ(still.status, 200) << still.body;
  EXPECT_TRUE(still.body.starts_with("GET /still\n"));
  const auto fresh = open(page, signed_in(primary.owner()));
  EXPECT_EQ(fresh.status, 502);
  EXPECT_NE(fresh.body.find("Try again in a moment"), std::string::npos) << fresh.body;
}

TEST_F(ProxyDb, WhoMayNotSeesWhatThePrimaryShows) {
  const auto stranger = primary.member("stranger");

  const auto denied = open(page, signed_in(stranger)), absent = open("/@owner/dev.main/apps/none/", signed_in(primary.owner()));

  EXPECT_EQ(denied.status, 404);
  EXPECT_EQ(denied.body, absent.body);
  EXPECT_EQ(denied.body, primary.get(page, stranger).body);
  EXPECT_EQ(agent.meetings(), 0) << "nobody has called the agent";
}

TEST_F(ProxyDb, WhoIsSignedOutIsSentToThePrimaryAndBack) {
  const auto sent = open(page + "a%2Fb?x=%20&y=1", {});

  EXPECT_EQ(sent.status, 303);
  const std::string to(sent.headers.get("Location"));
  EXPECT_TRUE(to.starts_with(primary.url() + "/api/v2/applications/auth-redirect?")) << to;
  const auto url = net::parse_url(to);
  ASSERT_TRUE(url);
  EXPECT_EQ(net::query_value(url->query, "redirect_uri"), proxy.url() + page + "a%2Fb?x=%20&y=1");
}

TEST_F(ProxyDb, AnAppOnAHostOfItsOwnIsOpenedAlike) {
  const std::string host = "web--main--dev--owner.far.example.com";
  const auto port = proxy.url().substr(proxy.url().rfind(':'));

  const auto shown = test::by_host(proxy.url(), host + port, "GET", "/x?y=1", {{"Coder-Session-Token", primary.owner().token}});
  const auto sent = test::by_host(proxy.url(), host + port, "GET", "/x?y=1");
  const auto none = test::by_host(proxy.url(), "nothing.far.example.com" + port, "GET", "/");

  EXPECT_EQ(shown.status, 200) << shown.body;
  EXPECT_TRUE(shown.body.starts_with("GET /x?y=1\n")) << shown.body;
  EXPECT_NE(shown.header("Set-Cookie").find("; Path=/;"), std::string::npos) << shown.header("Set-Cookie");
  EXPECT_EQ(sent.status, 303);
  const auto to = net::parse_url(sent.header("Location"));
  ASSERT_TRUE(to) << sent.header("Location");
  EXPECT_EQ(to->origin(), primary.url());
  EXPECT_EQ(net::query_value(to->query, "redirect_uri"), "http://" + host + port + "/x?y=1");
  EXPECT_EQ(none.status, 400);
}

// What a WebSocket says until this was heard, or why it could not be opened.
std::string heard(std::string url, const std::string& until) {
  std::string out;
  const auto work = [&]() -> Task<int> {
    net::Client client(co_await aio::executor());
    auto opened = co_await client.connect_websocket(url, {});
    if (!opened) out = opened.error().why;
    while (opened && !out.contains(until)) {
      auto message = co_await (*opened)->read();
      if (!message) break;
      out += message->data;
    }
    if (opened) co_await (*opened)->close();
    co_await client.stop();
    co_return 0;
  };
  test::run(work);
  return out;
}

TEST_F(ProxyDb, ATerminalIsOpenedByATokenOfThePrimaryAndByNothingElse) {
  const auto url = "ws" + proxy.url().substr(4) + row.path() + "/pty";
  const auto id = Uuid::random().str();
  const auto given = primary.post("/api/v2/applications/reconnecting-pty-signed-token", fmt::format(R"({{"url":"{}","agentID":"{}"}})", url, row.id),
                                  primary.owner());
  ASSERT_EQ(given.status, 200) << given.body;
  const auto token = std::string(given.json().at("signed_token").as_string());

  const auto opened = heard(url + "?reconnect=" + id + "&coder_signed_app_token_23db1dde=" + token, "\n");
  const auto nobody = heard(url + "?reconnect=" + id, "\n");

  EXPECT_EQ(opened, "terminal " + id + "\n");
  EXPECT_EQ(nobody, "404");
}

TEST_F(ProxyDb, ATerminalEndsWithItsRightWhateverKeyIsNamedBesideItsToken) {
  const auto url = "ws" + proxy.url().substr(4) + row.path() + "/pty";
  const auto given = primary.post("/api/v2/applications/reconnecting-pty-signed-token", fmt::format(R"({{"url":"{}","agentID":"{}"}})", url, row.id),
                                  primary.owner());
  ASSERT_EQ(given.status, 200) << given.body;
  const auto address = fmt::format("{}?reconnect={}&coder_session_token=made-up&coder_signed_app_token_23db1dde={}", url, Uuid::random().str(),
                                   std::string(given.json().at("signed_token").as_string()));
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);

  auto terminal = std::async(std::launch::async, [&] { return heard(address, "never said"); });
  while (agent.meetings() == 0 && std::chrono::steady_clock::now() < until) test::breathe();
  primary.database().sql("select pg_notify('app_revocations', 'w/" + row.workspace + "')");

  const bool ended = terminal.wait_until(until) == std::future_status::ready;
  EXPECT_TRUE(ended);
  if (!ended) proxy.stop();
  EXPECT_NE(terminal.get(), "404") << "it was open";
}

TEST_F(ProxyDb, ThePrimarysLogHasTheVisitorsOwnAddressAndBrowser) {
  ASSERT_EQ(open(page, signed_in(primary.owner())).status, 200);

  const auto noted = [&] {
    return primary.database().sql("select coalesce(string_agg(user_agent || ' ' || status_code, ','), '') from workspace_app_audit_sessions");
  };
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (noted().empty() && std::chrono::steady_clock::now() < until) test::breathe();
  EXPECT_EQ(noted(), "visitor/1 200");
}

TEST_F(ProxyDb, ManyAtOnceCallTheAgentOnce) {
  std::vector<std::future<int>> all;

  for (int i = 0; i < 8; ++i) all.push_back(std::async(std::launch::async, [&] { return open(page, signed_in(primary.owner())).status; }));

  for (auto& one : all) EXPECT_EQ(one.get(), 200);
  EXPECT_EQ(agent.meetings(), 1);
}

TEST_F(ProxyDb, AWithdrawnRightReachesTheProxyAtOnce) {
  const auto first = open(page, signed_in(primary.owner()));
  ASSERT_EQ(first.status, 200) << first.body;
  ASSERT_EQ(open(page, with_cookie(first)).status, 200);

  primary.database().sql("select pg_notify('app_revocations', 'w/" + row.workspace + "')");

  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  auto last = open(page, with_cookie(first));
  while (last.status == 200 && std::chrono::steady_clock::now() < until) {
    test::breathe();
    last = open(page, with_cookie(first));
  }
  EXPECT_EQ(last.status, 303) << "the token is none any more, and nobody is signed in";
}

TEST_F(ProxyDb, ATunnelThatNobodyCalledIsRefused) {
  net::Headers made_up;
  made_up.set("Coder-Session-Token", "made-up");

  EXPECT_EQ(open("/api/v2/workspaceagents/me/tunnel", made_up).status, 401);
  net::Headers own;
  own.set("Coder-Session-Token", row.token);
  EXPECT_EQ(open("/api/v2/workspaceagents/me/tunnel", own).status, 401) << "what an agent proves itself to the primary with is nothing here";
}

TEST_F(ProxyDb, WhatItAskedIsCounted) {
  ASSERT_EQ(open(page, signed_in(primary.owner())).status, 200);
  ASSERT_EQ(open(page, {}).status, 303);

  const auto text = ask(proxy.metrics() + "/metrics").body;

  EXPECT_NE(text.find("slipway_proxy_questions_total{outcome=\"token\"} 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("slipway_proxy_questions_total{outcome=\"instead\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("slipway_proxy_questions_total{outcome=\"no_answer\"} 0\n"), std::string::npos);
}

TEST_F(ProxyDb, ItIsARegionUntilItSaysGoodbye) {
  EXPECT_EQ(status(), "ok");
  EXPECT_EQ(open("/healthz", {}).body, "OK");
  EXPECT_EQ(open("/latency-check", {}).headers.get("Timing-Allow-Origin"), "*");
  EXPECT_EQ(open("/", {}).headers.get("Location"), primary.url());

  proxy.stop();

  EXPECT_EQ(status(), "unreachable");
}

TEST(ProxyMinute, IsHowLongAnAppOutlivesThePrimary) {
  test::FakeClock clock;
  TestServer primary({}, clock);
  FakeSite app(tell);
  const auto row = test::add_agent(primary, primary.owner(), "dev", app.url("/"));
  FakeAgent agent(primary, row);
  primary.wait_for(row.path(), "/status", "connected", primary.owner());
  RunningProxy proxy(primary, token_of(primary), clock);
  const auto page = proxy.url() + "/@owner/dev.main/apps/web/";
  clock.advance(Seconds(1));  // what was given out until the proxy began to listen is no good
  const auto first = ask(page, ProxyDb::signed_in(primary.owner()));
  ASSERT_EQ(first.status, 200) << first.body;
  ASSERT_TRUE(primary.stop());

  clock.advance(Seconds(59));
  const auto within = ask(page, ProxyDb::with_cookie(first));
  clock.advance(Seconds(20));
  const auto after = ask(page, ProxyDb::with_cookie(first));

  EXPECT_EQ(within.status, 200) << within.body;
  EXPECT_EQ(after.status, 502);
}

TEST(ProxyStart, SaysThatItsTokenIsNone) {
  TestServer primary;
  primary.owner();

  RunningProxy proxy(primary, "0e8400e2-9b41-4d16-a7c4-46655440000f:wrong");

  EXPECT_NE(proxy.why().find("does not take this proxy"), std::string::npos) << proxy.why();
}

}  // namespace
}  // namespace slipway::server
