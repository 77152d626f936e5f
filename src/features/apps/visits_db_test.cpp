// What the connection log is told of people who open apps, ports and terminals.
#include "support/by_host.hpp"
#include "support/fake_clock.hpp"
#include "support/raw_socket.hpp"
#include "support/test_agent.hpp"

namespace slipway::test {
namespace {

const std::string kApp = "/@owner/ws/apps/web/";

struct Visited : ::testing::Test {
  static void settings(server::Config& config) {
    config.wildcard_access_url = "*.apps.example.com";
    config.trusted_proxies = {"127.0.0.1"};
  }

  std::string sql(const std::string& text) { return server.database().sql(text); }
  void wait_for(const std::string& query, const std::string& wanted) {
    const auto until = std::chrono::steady_clock::now() + Seconds(20);
    while (sql(query) != wanted && std::chrono::steady_clock::now() < until) breathe();
    EXPECT_EQ(sql(query), wanted) << query;
  }
  void wait_for_lines(int count) { wait_for("select count(*) from connection_logs where type <> 'reconnecting_pty'", std::to_string(count)); }
  // Whatever was noted before has been written once this has.
  void settle() {
    const auto agent = "settle-" + Uuid::random().str();
    server.call("GET", "/@owner/ws/apps/web/", {}, owner.token, {{"User-Agent", agent}});
    wait_for("select count(*) from connection_logs where user_agent = '" + agent + "'", "1");
    sql("delete from connection_logs where user_agent = '" + agent + "'");
  }
  Answer open(std::vector<std::pair<std::string, std::string>> headers = {}, const std::string& path = kApp) {
    if (headers.empty() || headers.front().first != "User-Agent") headers.insert(headers.begin(), {"User-Agent", "Browser"});
    return server.call("GET", path, {}, owner.token, std::move(headers));
  }
  std::string session() {
    return sql("select id || ' ' || started_at || '|' || updated_at from workspace_app_audit_sessions where user_agent = 'Browser'");
  }

  FakeClock clock;
  TestServer server{settings, clock};
  const Person& owner = server.owner();
  AgentRow row = add_agent(server, owner, "ws");
};

TEST_F(Visited, AnAppIsOneLineHoweverOftenItIsOpened) {
  for (int i = 0; i < 5; ++i) open();
  settle();

  wait_for_lines(1);
  EXPECT_EQ(
      sql("select type || ' ' || code || ' ' || slug_or_port || ' ' || ip || ' ' || user_agent || ' ' || workspace_name || ' ' || agent_name || "
          "' ' || (user_id = '" +
          owner.id + "') || ' ' || (workspace_id = '" + row.workspace +
          "') || ' ' || (connection_id is null) || ' ' || (disconnect_reason is null) from connection_logs"),
      "workspace_app 502 web 127.0.0.1 Browser ws main true true true true");
}

TEST_F(Visited, GoesOnWithinTheHourAndIsAnotherAfterIt) {
  open();
  wait_for_lines(1);
  const auto first = session();

  clock.advance(Seconds(59));
  open();
  settle();
  EXPECT_EQ(session(), first) << "within a minute nothing is written";

  clock.advance(Seconds(61));
  open();
  settle();
  const auto later = session();
  EXPECT_NE(later, first);
  EXPECT_EQ(later.substr(0, later.find('|')), first.substr(0, first.find('|'))) << "the same visit, which began then";
  wait_for_lines(1);

  clock.advance(std::chrono::hours(1));
  open();
  wait_for_lines(2);
  EXPECT_NE(session().substr(0, 36), first.substr(0, 36));
}

TEST_F(Visited, AnotherAddressBrowserOutcomeOrPersonIsAnotherLine) {
  const auto other = server.member("other");
  open();
  wait_for_lines(1);

  open({{"User-Agent", "Browser"}, {"X-Forwarded-For", "198.51.100.7"}});
  wait_for_lines(2);
  open({{"User-Agent", "Another"}});
  wait_for_lines(3);
  server.call("GET", kApp, {}, other.token, {{"User-Agent", "Browser"}});
  wait_for_lines(4);
  server.call("GET", kApp, {}, {}, {{"User-Agent", "Browser"}});
  wait_for_lines(5);

  EXPECT_EQ(sql("select string_agg(code || ' ' || coalesce(u.username, 'nobody'), ', ' order by connect_time, code) from connection_logs c left join "
                "users u on u.id = c.user_id where ip = '127.0.0.1' and user_agent = 'Browser'"),
            "303 nobody, 404 other, 502 owner");
}

TEST_F(Visited, NothingIsToldOfWhatIsNotThere) {
  open({}, "/@owner/ws/apps/none/");
  open({}, "/@owner/none/apps/web/");
  settle();

  wait_for_lines(0);
}

TEST_F(Visited, APortAndATerminalAreToldAsSuch) {
  by_host(server.url(), "8080--main--ws--owner.apps.example.com", "GET", "/", {{"Coder-Session-Token", owner.token}, {"User-Agent", "Browser"}});
  server.call("GET", row.path() + "/pty?reconnect=" + Uuid::random().str(), {}, owner.token, {{"User-Agent", "Browser"}});

  wait_for_lines(2);
  EXPECT_EQ(sql("select string_agg(type || ' ' || slug_or_port || ' ' || code, ', ' order by slug_or_port) from connection_logs"),
            "port_forwarding 8080 502, workspace_app terminal 502");
  EXPECT_EQ(sql("select count(*) from workspace_app_audit_sessions where app_id = '00000000-0000-0000-0000-000000000000'"), "2");
}

// On two servers, so that what each keeps in memory does not decide it.
TEST_F(Visited, ManyFirstRequestsAtOnceAreOneLine) {
  TestServer second(server);
  std::vector<std::unique_ptr<RawSocket>> browsers;
  for (int i = 0; i < 100; ++i) browsers.push_back(std::make_unique<RawSocket>(i % 2 == 0 ? server.url() : second.url()));

  for (auto& browser : browsers)
    browser->send("GET " + kApp + " HTTP/1.1\r\nHost: x\r\nUser-Agent: Browser\r\nConnection: close\r\nCoder-Session-Token: " + owner.token +
                  "\r\n\r\n");
  for (auto& browser : browsers) EXPECT_TRUE(browser->read_until("\r\n\r\n").starts_with("HTTP/1.1 502 "));
  EXPECT_TRUE(second.stop());
  settle();

  wait_for_lines(1);
}

TEST_F(Visited, ABrowserThatLeavesBeforeTheAnswerIsToldOfToo) {
  {
    RawSocket browser(server.url());
    browser.send("GET " + kApp + " HTTP/1.1\r\nHost: x\r\nUser-Agent: Browser\r\nCoder-Session-Token: " + owner.token + "\r\n\r\n");
  }

  wait_for_lines(1);
}

TEST_F(Visited, WhatIsNotedIsWrittenWhenTheServerEnds) {
  open();
  ASSERT_TRUE(server.stop());

  EXPECT_EQ(sql("select count(*) from connection_logs"), "1");
}

TEST_F(Visited, WhatIsOverIsForgottenWhenAServerBegins) {
  open();
  wait_for_lines(1);
  clock.advance(std::chrono::hours(1) + Seconds(1));

  TestServer second(server);

  wait_for("select count(*) from workspace_app_audit_sessions", "0");
  wait_for_lines(1);
}

TEST_F(Visited, AnAppOpensWhateverBecomesOfTheLog) {
  sql("alter table workspace_app_audit_sessions rename to away");

  EXPECT_EQ(open().status, 502);
  EXPECT_EQ(open().status, 502);
  EXPECT_EQ(sql("select count(*) from connection_logs"), "0");
}

TEST_F(Visited, TheLogOutlivesWhoeverItNames) {
  const auto guest = server.member("guest");
  server.call("GET", kApp, {}, guest.token, {{"User-Agent", "Browser"}});
  wait_for_lines(1);

  ASSERT_EQ(server.del("/api/v2/users/guest", owner).status, 200);

  EXPECT_EQ(sql("select count(*) from connection_logs where user_id = '" + guest.id + "'"), "1");
  EXPECT_EQ(server.get("/api/v2/connectionlog", owner).status, 200);
}

}  // namespace
}  // namespace slipway::test
