// From an address to an app, or to the page that is shown in its place; and what that costs.
#include "net/url.hpp"
#include "support/by_host.hpp"
#include "support/exposition.hpp"
#include "support/fake_site.hpp"
#include "support/raw_socket.hpp"
#include "support/test_agent.hpp"
#include "support/times_sent.hpp"

namespace slipway::test {
namespace {

Task<void> say_hello(net::Exchange& exchange) { (void)co_await exchange.send({.status = 200, .headers = {}, .body = "hello"}); }

struct Resolved : ::testing::Test {
  static void settings(server::Config& config) {
    meter_statements(config);
    config.wildcard_access_url = "*.apps.example.com";
  }
  Answer by_port(const std::string& target, const std::string& token = {}) {
    std::vector<std::pair<std::string, std::string>> headers;
    if (!token.empty()) headers.emplace_back("Coder-Session-Token", token);
    return by_host(server.url(), target + "--main--ws--owner.apps.example.com", "GET", "/", headers);
  }
  // Of everything that an Issue does.
  int asked() {
    int all = 0;
    for (const char* one : {"apps.at_names", "apps.at_agent", "apps.note_visits", "sessions.principal_by_key"}) all += times_sent(server, one);
    return all;
  }
  // Of the whole process, which does a few things by itself.
  double all_statements() { return Exposition(server.metrics("GET", "/metrics").body).value("slipway_db_statements_total"); }
  double all_decisions() {
    return Exposition(server.metrics("GET", "/metrics").body).value("coderd_authz_authorize_duration_seconds_count{allowed=\"true\"}");
  }
  static bool shows(const Answer& answer, const std::string& words) { return answer.body.find(words) != std::string::npos; }

  TestServer server{settings};
  const Person& owner = server.owner();
  AgentRow row = add_agent(server, owner, "ws");
};

TEST_F(Resolved, ACleanStartAsksTwiceAndJudgesOnce) {
  const auto answer = server.get("/@owner/ws/apps/web/", owner);

  EXPECT_EQ(answer.status, 502);
  EXPECT_EQ(server.cost(answer).sql, 2);
  EXPECT_EQ(server.cost(answer).rbac, 1);
}

TEST_F(Resolved, WithATokenNobodyIsAskedAnything) {
  FakeSite app(say_hello);
  server.database().sql("update workspace_apps set url = '" + app.url("/") + "'");
  FakeAgent agent(server, row);
  server.wait_for(row.path(), "/status", "connected", owner);
  const auto first = server.get("/@owner/ws/apps/web/", owner);
  ASSERT_EQ(first.status, 200) << first.body;
  const auto cookie = first.header("Set-Cookie");
  ASSERT_TRUE(cookie.starts_with("coder_signed_app_token=")) << cookie;
  EXPECT_NE(cookie.find("; Path=/@owner/ws/apps/web/;"), std::string::npos) << cookie;
  EXPECT_NE(cookie.find("; HttpOnly"), std::string::npos) << cookie;
  const auto lines = [&] { return server.database().sql("select count(*) || ' ' || max(updated_at) from workspace_app_audit_sessions"); };
  const auto until = std::chrono::steady_clock::now() + Seconds(20);
  while (!lines().starts_with("1 ") && std::chrono::steady_clock::now() < until) breathe();
  const auto before = asked();
  const auto noted = lines();
  const auto statements = all_statements(), decisions = all_decisions();

  for (int i = 0; i < 200; ++i) {
    const auto answer = server.call("GET", "/@owner/ws/apps/web/", {}, {}, {{"Cookie", cookie.substr(0, cookie.find(';'))}});
    ASSERT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.header("Set-Cookie"), "");
  }

  EXPECT_EQ(asked(), before);
  EXPECT_LT(all_statements() - statements, 100) << "not one for each request, nor for every second one";
  EXPECT_LT(all_decisions() - decisions, 100);
  EXPECT_EQ(lines(), noted);
}

// What cannot be asked is not there: as with a database that is away.
TEST_F(Resolved, ATokenOutlivesWhatItWasAskedOf) {
  FakeSite app(say_hello);
  server.database().sql("update workspace_apps set url = '" + app.url("/") + "'");
  FakeAgent agent(server, row);
  server.wait_for(row.path(), "/status", "connected", owner);
  const auto given = server.get("/@owner/ws/apps/web/", owner).header("Set-Cookie");
  server.database().sql("alter table workspace_apps rename to away");

  EXPECT_EQ(server.call("GET", "/@owner/ws/apps/web/", {}, {}, {{"Cookie", given.substr(0, given.find(';'))}}).status, 200);
  const auto page = server.get("/@owner/ws/apps/web/", owner);
  EXPECT_EQ(page.status, 500);
  EXPECT_TRUE(shows(page, "An internal server error occurred."));
  EXPECT_EQ(page.header("Set-Cookie"), "");
  server.database().sql("alter table api_keys rename to keys_away");
  const auto fault = server.get("/@owner/ws/apps/web/", owner);
  EXPECT_EQ(fault.status, 500);
  EXPECT_TRUE(fault.header("Content-Type").starts_with("application/json")) << fault.body;
}

TEST_F(Resolved, ATokenIsForItsOwnAppAlone) {
  FakeSite app(say_hello);
  server.database().sql("update workspace_apps set url = '" + app.url("/") + "'");
  FakeAgent agent(server, row);
  server.wait_for(row.path(), "/status", "connected", owner);
  const auto given = server.get("/@owner/ws/apps/web/", owner).header("Set-Cookie");
  const auto token = given.substr(0, given.find(';')), bare = token.substr(token.find('=') + 1);
  const auto with = [&](const std::string& path) { return server.call("GET", path, {}, {}, {{"Cookie", token}}); };

  EXPECT_EQ(with("/@owner/ws/apps/web/deeper").status, 200);
  EXPECT_EQ(with("/@owner/ws.main/apps/web/").status, 303) << "as written: that is another address";
  EXPECT_EQ(with("/@owner/ws/apps/other/").status, 404);
  EXPECT_EQ(server.call("GET", "/@owner/ws/apps/web/?coder_signed_app_token_23db1dde=" + bare).status, 303) << "the query is for terminals";
}

TEST_F(Resolved, WhoIsSignedOutIsSentToSignInAndBack) {
  const auto path = server.call("GET", "/@owner/ws/apps/web/a%2Fb?x=%20&y=1"), host = by_port("8080");

  EXPECT_EQ(path.status, 303);
  const auto to = path.header("Location");
  EXPECT_TRUE(to.starts_with("/login?")) << to;
  const auto query = std::string_view(to).substr(7);
  EXPECT_EQ(net::query_value(query, "redirect"), "/@owner/ws/apps/web/a%2Fb?x=%20&y=1");
  EXPECT_EQ(net::query_value(query, "message"), "You are signed out or your session has expired. Please sign in again to continue.");
  EXPECT_EQ(host.status, 303);
  const std::string there = server.url() + "/api/v2/applications/auth-redirect?redirect_uri=";
  EXPECT_TRUE(host.header("Location").starts_with(there)) << host.header("Location");
}

TEST_F(Resolved, AWrongKeyIsNobodys) {
  EXPECT_EQ(server.call("GET", "/@owner/ws/apps/web/", {}, "AAAAAAAAAA-BBBBBBBBBBBBBBBBBBBBBB").status, 303);
  EXPECT_EQ(server.call("GET", "/@owner/ws/apps/web/", {}, {}, {{"Authorization", "Bearer an-apps-own"}}).status, 303);
  const auto guest = server.member("suspended");
  ASSERT_EQ(server.put("/api/v2/users/suspended/status/suspend", "", owner).status, 200);
  EXPECT_EQ(server.get("/@owner/ws/apps/web/", guest).status, 303);
}

TEST_F(Resolved, ASessionThatAPageHasPlantedForAppsIsNone) {
  const auto mallory = server.member("mallory");

  EXPECT_EQ(server.call("GET", "/@owner/ws/apps/web/", {}, owner.token, {{"Cookie", "coder_path_app_session_token=" + mallory.token}}).status, 502);
  EXPECT_EQ(server.call("GET", "/@owner/ws/apps/web/", {}, {}, {{"Cookie", "coder_path_app_session_token=" + owner.token}}).status, 303);
}

TEST(PathApps, NobodyAsksForThemWithoutEnd) {
  TestServer server([](server::Config& config) { config.api_rate_limit = 5; });
  add_agent(server, server.owner(), "ws");

  for (int i = 0; i < 5; ++i) EXPECT_EQ(server.call("GET", "/@owner/ws/apps/web/").status, 303) << i;

  const auto refused = server.call("GET", "/@owner/ws/apps/web/");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(server.cost(refused).sql, 0);
  EXPECT_EQ(server.call("GET", "/@owner/ws/apps/web/", {}, {}, {{"Authorization", "Bearer an-apps-own"}}).status, 429) << "nobody of ours";
  EXPECT_EQ(server.get("/@owner/ws/apps/web/", server.owner()).status, 502) << "who is known is not counted among them";
}

TEST_F(Resolved, NamesMayBeIds) {
  const auto other = server.member("other");

  EXPECT_EQ(server.get(fmt::format("/@{}/{}/apps/web/", owner.id, row.workspace), owner).status, 502);
  EXPECT_EQ(server.get(fmt::format("/@owner/{}.{}/apps/web/", row.workspace, row.id), owner).status, 502);
  EXPECT_EQ(server.get(fmt::format("/@other/{}/apps/web/", row.workspace), owner).status, 404) << "it is not theirs";
}

TEST_F(Resolved, AStoppedWorkspaceSaysSoAndOffersToStartItToWhoMay) {
  add_build(server, row, "stop");
  const auto stranger = server.member("stranger");

  const auto own = server.get("/@owner/ws/apps/web/", owner), theirs = server.get("/@owner/ws/apps/web/", stranger);

  EXPECT_EQ(own.status, 400);
  EXPECT_TRUE(shows(own, "Workspace Offline"));
  EXPECT_TRUE(shows(own, "/@owner/ws")) << own.body;
  EXPECT_EQ(theirs.status, 400);
  EXPECT_FALSE(shows(theirs, "/@owner/ws")) << theirs.body;
}

TEST_F(Resolved, WhatTheTemplateDoesNotHaveIsNotThere) {
  EXPECT_EQ(server.get("/@owner/ws/apps/none/", owner).status, 404);
  EXPECT_EQ(server.get("/@owner/none/apps/web/", owner).status, 404);
  EXPECT_EQ(server.get("/@nobody/ws/apps/web/", owner).status, 404);
  server.database().sql("update workspace_apps set external = true");
  EXPECT_EQ(server.get("/@owner/ws/apps/web/", owner).status, 404);
  add_build(server, row, "start");
  EXPECT_EQ(server.get("/@owner/ws/apps/web/", owner).status, 404) << "the newest build has no agent yet";
}

TEST_F(Resolved, ADeletedWorkspaceIsNotThere) {
  server.database().sql("update workspaces set deleted = true");

  EXPECT_EQ(server.get("/@owner/ws/apps/web/", owner).status, 404);
  EXPECT_EQ(server.get(fmt::format("/@owner/{}/apps/web/", row.workspace), owner).status, 404);
}

TEST_F(Resolved, WhatCannotBeOpenedAtAllIsOurOwnFault) {
  EXPECT_EQ(server.get("/@owner/ws/apps/8080/", owner).status, 500) << "a port has no path";
  server.database().sql("update workspace_apps set url = ''");
  const auto answer = server.get("/@owner/ws/apps/web/", owner);
  EXPECT_EQ(answer.status, 500);
  EXPECT_TRUE(shows(answer, "An internal server error occurred."));
}

TEST_F(Resolved, AnAgentThatIsAwaySaysHow) {
  const auto never = server.get("/@owner/ws/apps/web/", owner);
  EXPECT_EQ(never.status, 502);
  EXPECT_TRUE(shows(never, "Agent state is &quot;connecting&quot;, not &quot;connected&quot;")) << never.body;

  server.database().sql(
      "update workspace_agents set first_connected_at = now(), last_connected_at = now() - interval '1 hour', disconnected_at = now()");
  EXPECT_TRUE(shows(server.get("/@owner/ws/apps/web/", owner), "&quot;disconnected&quot;"));
}

TEST_F(Resolved, HealthShutsNoDoor) {
  FakeSite app(say_hello);
  server.database().sql("update workspace_apps set health = 'unhealthy', url = '" + app.url("/") + "'");
  FakeAgent agent(server, row);
  server.wait_for(row.path(), "/status", "connected", owner);

  EXPECT_EQ(server.get("/@owner/ws/apps/web/", owner).status, 200);
}

TEST_F(Resolved, APortIsItsOwnersUntilItIsShared) {
  EXPECT_EQ(by_port("8080", owner.token).status, 502);
  EXPECT_EQ(by_port("8080").status, 303);
  server.database().sql("insert into workspace_agent_port_share (workspace_id, agent_name, port, share_level) values ('" + row.workspace +
                        "', 'main', 8080, 'public')");
  EXPECT_EQ(by_port("8080").status, 502) << "shared with everybody; the agent is away";
  EXPECT_EQ(by_port("8080s").status, 502) << "the same port";
  EXPECT_EQ(by_port("8081").status, 303);
  server.database().sql("delete from workspace_agent_port_share");
  EXPECT_EQ(by_port("8080").status, 303);
}

TEST_F(Resolved, AnAgentOfAPortIsNamedInAnyLetters) {
  server.database().sql("update workspace_agents set name = 'Main'");

  EXPECT_EQ(by_port("8080", owner.token).status, 502);
}

TEST_F(Resolved, ATerminalIsForPagesOfTheDashboardAlone) {
  FakeAgent agent(server, row);
  server.wait_for(row.path(), "/status", "connected", owner);
  const auto from = [&](const std::string& origin) {
    RawSocket browser(server.url());
    browser.send(
        fmt::format("GET {}/pty?reconnect={} HTTP/1.1\r\nHost: {}\r\nCoder-Session-Token: {}\r\nOrigin: {}\r\nConnection: Upgrade\r\nUpgrade: "
                    "websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                    row.path(), Uuid::random().str(), server.url().substr(7), owner.token, origin));
    return browser.read_until("\r\n\r\n").substr(9, 3);
  };

  EXPECT_EQ(from("http://web--main--ws--owner.apps.example.com"), "403");
  EXPECT_EQ(from("https://evil.example"), "403");
  EXPECT_EQ(from(server.url()), "101");
}

// As a browser does that opens it at a workspace proxy, where it has no session.
TEST_F(Resolved, ATerminalOpensByATokenAloneUntilThatIsTakenBack) {
  const auto ana = server.member("ana");
  const auto hers = add_agent(server, ana, "hers");
  FakeAgent agent(server, hers);
  server.wait_for(hers.path(), "/status", "connected", ana);
  const auto handshake = [&](RawSocket& browser, const std::string& query, const std::string& more) {
    browser.send(
        fmt::format("GET {}/pty?reconnect={}{} HTTP/1.1\r\nHost: {}\r\n{}Connection: Upgrade\r\nUpgrade: websocket\r\n"
                    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                    hers.path(), Uuid::random().str(), query, server.url().substr(7), more));
    return browser.read_until("\r\n\r\n");
  };
  RawSocket first(server.url()), second(server.url()), third(server.url());
  const auto head = handshake(first, "", "Coder-Session-Token: " + ana.token + "\r\n");
  ASSERT_TRUE(head.starts_with("HTTP/1.1 101 ")) << head;
  const auto at = head.find("coder_signed_app_token=");
  ASSERT_NE(at, std::string::npos) << head;
  const auto token = head.substr(at + 23, head.find(';', at) - at - 23);
  const auto before = times_sent(server, "apps.at_agent");

  EXPECT_TRUE(handshake(second, "&coder_signed_app_token_23db1dde=" + token, "").starts_with("HTTP/1.1 101 "));

  EXPECT_EQ(times_sent(server, "apps.at_agent"), before) << "nobody was asked";
  EXPECT_TRUE(handshake(third, "", "").starts_with("HTTP/1.1 404 ")) << "without it there is nothing";
  ASSERT_EQ(server.put("/api/v2/users/ana/status/suspend", "", owner).status, 200);
  std::string rest;
  for (auto piece = second.read(); !piece.empty(); piece = second.read()) rest += piece;
  RawSocket late(server.url());
  EXPECT_TRUE(handshake(late, "&coder_signed_app_token_23db1dde=" + token, "").starts_with("HTTP/1.1 404 ")) << "it was taken back";
}

TEST_F(Resolved, ATerminalTellsWhatIsWrongWithItsQuery) {
  FakeAgent agent(server, row);
  server.wait_for(row.path(), "/status", "connected", owner);

  const auto answer = server.get(row.path() + "/pty?reconnect=x&height=-1", owner);

  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.json().at("message").as_string(), "Invalid query parameters.");
  EXPECT_EQ(answer.json().at("validations").as_array().size(), 2u);
}

}  // namespace
}  // namespace slipway::test
