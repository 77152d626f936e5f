// Guards that only a whole server shows: docs/guide/security.md says which class of failure each one stands for.
#include "http/credentials.hpp"
#include "net/http1.hpp"
#include "support/test_agent.hpp"
#include "whole/world.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <filesystem>
#include <fstream>
#include <thread>

namespace slipway::test {
namespace {

std::string login(const std::string& email, const std::string& password) {
  return fmt::format(R"({{"email":"{}","password":"{}"}})", email, password);
}

TEST(Login, AnswersTheSameWhateverIsWrong) {
  TestServer server;
  server.owner();
  server.member("nopass");
  auto& db = server.database();
  db.sql(
      "insert into users (id, email, username, login_type, status, hashed_password, created_at, updated_at)"
      " select gen_random_uuid(), 'github@example.com', 'github', 'github', 'active', hashed_password, now(), now() from users where username = "
      "'owner';"
      "insert into users (id, email, username, login_type, status, hashed_password, created_at, updated_at)"
      " select gen_random_uuid(), 'suspended@example.com', 'suspended', 'password', 'suspended', hashed_password, now(), now() from users where "
      "username = 'owner'");

  const auto wrong = server.call("POST", "/api/v2/users/login", login("owner@example.com", "WrongPassword!1"));
  ASSERT_EQ(wrong.status, 401);
  for (const auto* email :
       {"nobody@example.com", "nopass@example.com", "github@example.com", "suspended@example.com", "OWNER@example.com.", "' or 1=1 --"}) {
    const auto answer = server.call("POST", "/api/v2/users/login", login(email, "SomeSecurePassword!"));

    EXPECT_EQ(answer.status, wrong.status) << email;
    EXPECT_EQ(answer.body, wrong.body) << email;
    EXPECT_EQ(server.cost(answer).sql, server.cost(wrong).sql) << email;
    EXPECT_EQ(answer.header("Set-Cookie"), "") << email;
  }
}

TEST(Login, IsLimitedByAddress) {
  TestServer server([](server::Config& config) { config.login_rate_limit = 3; });

  for (int i = 0; i < 3; ++i) EXPECT_EQ(server.call("POST", "/api/v2/users/login", login("a@example.com", "x")).status, 401);
  const auto fourth = server.call("POST", "/api/v2/users/login", login("b@example.com", "x"));

  EXPECT_EQ(fourth.status, 429);
  EXPECT_NE(fourth.header("Retry-After"), "");
  // An address that a caller makes up is not believed.
  EXPECT_EQ(server.call("POST", "/api/v2/users/login", login("b@example.com", "x"), {}, {{"X-Forwarded-For", "203.0.113.9"}}).status, 429);
}

TEST(Login, IsLimitedByTheNetworkOfAnIpv6Address) {
  TestServer server([](server::Config& config) {
    config.login_rate_limit = 3;
    config.trusted_proxies = {"127.0.0.1"};
  });
  const auto from = [&](const std::string& address) {
    return server.call("POST", "/api/v2/users/login", login("a@example.com", "x"), {}, {{"X-Forwarded-For", address}}).status;
  };

  for (int i = 1; i <= 3; ++i) EXPECT_EQ(from(fmt::format("2001:db8:1:2::{}", i)), 401);
  EXPECT_EQ(from("2001:db8:1:2::4"), 429);
  EXPECT_EQ(from("2001:db8:1:3::1"), 401);
}

TEST(Login, FromAnotherSitesPageIsRefusedWhateverCookieIsBesideIt) {
  TestServer server;
  server.owner();
  const auto sign_in = [&](std::vector<std::pair<std::string, std::string>> headers) {
    return server.call("POST", "/api/v2/users/login", login("owner@example.com", "SomeSecurePassword!"), {}, std::move(headers)).status;
  };

  EXPECT_EQ(sign_in({{"Origin", "https://evil.example"}}), 403);
  EXPECT_EQ(sign_in({{"Origin", "https://evil.example"}, {"Cookie", "coder_session_token=x"}}), 403);
  EXPECT_EQ(sign_in({{"Origin", "https://evil.example"}, {"Coder-Session-Token", "x"}}), 403);
  EXPECT_EQ(sign_in({{"Origin", server.url()}, {"Cookie", "coder_session_token=x"}}), 201);
  EXPECT_EQ(sign_in({}), 201);
}

// A made-up token costs a look into the database: there are only so many, and a right one among them is a guess like the others.
TEST(MadeUpTokens, AreBoundedByAddress) {
  TestServer server([](server::Config& config) {
    config.api_rate_limit = 20;
    config.trusted_proxies = {"127.0.0.1"};
  });
  const auto known = server.member("known"), guessed = server.member("guessed");
  ASSERT_EQ(server.call("GET", "/api/v2/users/me", {}, known.token, {{"X-Forwarded-For", "198.51.100.7"}}).status, 200);
  const auto from = [&](const std::string& path, const std::string& token) {
    return server.call("GET", path, {}, token, {{"X-Forwarded-For", "198.51.100.7"}});
  };
  const std::string guess = "AAAAAAAAAA-BBBBBBBBBBBBBBBBBBBBBB";

  for (int i = 0; i < 20; ++i) EXPECT_EQ(from("/api/v2/users/me", guess).status, 401);

  const auto refused = from("/api/v2/users/me", guess);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(server.cost(refused).sql, 0);
  EXPECT_EQ(from("/@known/ws/apps/web/", guess).status, 429);
  EXPECT_EQ(from("/api/v2/workspaceagents/me/manifest", Uuid::random().str()).status, 429);
  EXPECT_EQ(from("/api/v2/users/me", guessed.token).status, 429);
  EXPECT_EQ(from("/api/v2/users/me", known.token).status, 200) << "whoever was here before is not locked out";
  EXPECT_EQ(server.get("/api/v2/users/me", guessed).status, 200) << "nor is anybody elsewhere";
}

TEST(Login, IsLimitedByAccountWhetherOrNotThereIsOne) {
  TestServer server([](server::Config& config) {
    config.account_login_rate_limit = 4;
    config.trusted_proxies = {"127.0.0.1"};
  });
  server.owner();
  const auto try_from = [&](const std::string& address, const std::string& email, const std::string& password) {
    return server.call("POST", "/api/v2/users/login", login(email, password), {}, {{"X-Forwarded-For", address}});
  };
  ASSERT_EQ(try_from("192.0.2.1", "owner@example.com", "SomeSecurePassword!").status, 201);

  std::vector<std::string> refusals;
  for (const std::string email : {"owner@example.com", "nobody@example.com"}) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(try_from("198.51.100.7", email, "x").status, 401) << email;
    const auto fourth = try_from("198.51.100.7", email, "x");
    EXPECT_EQ(fourth.status, 429) << email;
    EXPECT_GT(std::stoi(fourth.header("Retry-After")), 0);
    EXPECT_EQ(try_from("203.0.113.9", email, "x").status, 401) << "one address does not use up what others may";
    EXPECT_EQ(try_from("203.0.113.10", email, "SomeSecurePassword!").status, 429);
    refusals.push_back(fourth.body.substr(0, fourth.body.find("again in")));
  }

  EXPECT_EQ(refusals[0], refusals[1]);
  EXPECT_EQ(try_from("192.0.2.1", "owner@example.com", "SomeSecurePassword!").status, 201) << "where the owner signed in before";
}

TEST(LastOwner, CannotBeDemotedSuspendedOrDeleted) {
  TestServer server;
  const auto& owner = server.owner();
  const auto other = server.member("second");
  ASSERT_EQ(server.put("/api/v2/users/second/roles", R"({"roles":["owner"]})", owner).status, 200);
  const std::string first = "/api/v2/users/" + owner.id;
  // Two owners: one may take the other's role, and only then is there a last one.
  ASSERT_EQ(server.put(first + "/roles", R"({"roles":[]})", other).status, 200);

  const Person& last = other;
  const std::string its = "/api/v2/users/" + last.id;
  for (const auto& [method, path, body] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"PUT", its + "/roles", R"({"roles":[]})"}, {"PUT", its + "/status/suspend", ""}, {"DELETE", its, ""}})
    EXPECT_GE(server.call(method, path, body, last.token).status, 400) << method << " " << path;
  // A user-admin holds the right over users, and still no owner falls to it.
  const auto admin = server.member("admin");
  server.database().sql("update users set rbac_roles = '{user-admin}' where username = 'admin'");
  for (const auto& [method, path, body] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"PUT", its + "/roles", R"({"roles":[]})"}, {"PUT", its + "/status/suspend", ""}, {"DELETE", its, ""}})
    EXPECT_GE(server.call(method, path, body, admin.token).status, 400) << method << " " << path;

  EXPECT_EQ(server.database().sql("select count(*) from users where 'owner' = any (rbac_roles) and status = 'active' and not deleted"), "1");
}

TEST(Headers, OfEveryAnswerTellBrowsersWhatNotToDo) {
  TestServer server;
  for (const auto* path : {"/", "/api/v2/buildinfo", "/api/v2/users/me", "/api/v2/nothing", "/healthz", "/bin/nothing", "/@nobody/ws/apps/web/",
                           "/@nobody/ws/apps/web"}) {
    const auto answer = server.call("GET", path);

    EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff") << path;
    EXPECT_NE(answer.header("Referrer-Policy"), "") << path;
    EXPECT_EQ(answer.header("X-Frame-Options"), "DENY") << path;
    const auto policy = answer.header("Content-Security-Policy");
    EXPECT_NE(policy.find("frame-ancestors 'none'"), policy.npos) << path << ": " << policy;
    const auto scripts = policy.find("script-src");
    if (scripts != policy.npos)
      EXPECT_EQ(policy.substr(scripts, policy.find(';', scripts) - scripts).find("unsafe"), policy.npos) << path << ": " << policy;
    else
      EXPECT_NE(policy.find("default-src 'none'"), policy.npos) << path << ": " << policy;
  }
}

TEST(Pages, EscapeWhatTheAddressSays) {
  TestServer server;
  for (const auto* path :
       {"/@nobody/%3Cscript%3Ealert(1)%3C%2Fscript%3E/apps/%22%3E%3Cimg%20src%3Dx%3E/", "/%40x/ws.%3Cb%3E/apps/web/%3Cscript%3E?a=%3Cscript%3E"}) {
    const auto answer = server.call("GET", path, {}, server.owner().token, {{"Accept", "text/html"}});

    EXPECT_EQ(answer.body.find("<script>alert"), std::string::npos) << path;
    EXPECT_EQ(answer.body.find("<img"), std::string::npos) << path;
    EXPECT_EQ(answer.body.find("<b>"), std::string::npos) << path;
  }
}

// Wherever we send a browser, it is to our own pages: the target is rebuilt, never taken over.
TEST(Redirects, StayOnOurOwnPages) {
  TestServer server;
  for (const auto* path : {"//evil.example/@a/ws/apps/web", "/@a/ws/apps/web?redirect=//evil.example", "/%2F%2Fevil.example/@a/ws/apps/web",
                           "//evil.example/%2e%2e/@a/ws/apps/web"}) {
    const auto answer = server.call("GET", path, {}, {}, {{"Accept", "text/html"}});
    const auto to = answer.header("Location");
    if (to.empty()) continue;

    EXPECT_TRUE(to.starts_with("/") && !to.starts_with("//") && !to.starts_with("/\\")) << path << " -> " << to;
  }
}

TEST(Tokens, AreStoredAsHashesOnly) {
  TestServer server;
  const auto& owner = server.owner();
  const auto made = server.post("/api/v2/users/me/keys/tokens", R"({"token_name":"ci","lifetime":3600000000000})", owner).json();
  const std::string token(made.at("key").as_string()), secret = token.substr(11);

  const auto dump = server.database().sql("select string_agg(k::text, ' ') || (select string_agg(u::text, ' ') from users u) from api_keys k");

  EXPECT_NE(dump.find(token.substr(0, 10)), std::string::npos);
  EXPECT_EQ(dump.find(secret), std::string::npos);
  EXPECT_EQ(dump.find(owner.token.substr(11)), std::string::npos);
  EXPECT_EQ(dump.find("SomeSecurePassword"), std::string::npos);
}

TEST(CookieAlone, ChangesNothingWithoutTheCsrfTokenAndOurOrigin) {
  TestServer server;
  const auto& owner = server.owner();
  const std::string cookie = "coder_session_token=" + owner.token;
  const auto rename = [&](std::vector<std::pair<std::string, std::string>> headers) {
    headers.emplace_back("Cookie", cookie);
    return server.call("PUT", "/api/v2/users/me/profile", R"({"username":"owner","name":"By cookie"})", {}, std::move(headers));
  };

  EXPECT_EQ(server.call("GET", "/api/v2/users/me", {}, {}, {{"Cookie", cookie}}).status, 200);
  EXPECT_EQ(rename({}).status, 400);
  EXPECT_EQ(rename({{"Origin", "https://evil.example"}}).status, 403);
  EXPECT_EQ(rename({{"X-CSRF-TOKEN", "guessed"}, {"Origin", server.url()}}).status, 400);

  EXPECT_EQ(server.database().sql("select name from users where username = 'owner'").find("By cookie"), std::string::npos);
}

// One request that names `host`, whatever the address it is sent to.
Task<int> ask_as(std::string url, std::string host, std::string method, std::string path, net::Headers headers, std::string body, Answer* out) {
  net::Client client(co_await aio::executor());
  const auto port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  auto stream = co_await client.connect("127.0.0.1", port, false);
  if (!stream) co_return 1;
  net::Http1 exchange(std::move(*stream));
  headers.set("Host", host);
  headers.set("Content-Length", std::to_string(body.size()));
  if (!co_await exchange.send_head(method, path, headers) || !co_await exchange.write(body)) co_return 1;
  const auto head = co_await exchange.read_head();
  if (!head) co_return 1;
  out->status = head->status;
  std::vector<char> piece(4096);
  for (;;) {
    const auto size = co_await exchange.read_some(piece);
    if (!size || *size == 0) break;
    out->body.append(piece.data(), *size);
  }
  co_await client.stop();
  co_return 0;
}

Answer as_host(TestServer& server, const std::string& host, const std::string& method, const std::string& path, net::Headers headers,
               const std::string& body) {
  aio::Loops loops(1);
  Answer answer;
  EXPECT_EQ(loops.run(ask_as(server.url(), host, method, path, std::move(headers), body, &answer)), 0);
  return answer;
}

// DNS rebinding: a page whose own name was pointed at this server's address speaks to it as one of its own pages.
TEST(ForeignHost, MakesNoFirstUser) {
  TestServer server([](server::Config& config) { config.access_url = "https://slipway.example.com"; });
  const std::string first = R"({"email":"owner@example.com","username":"owner","password":"SomeSecurePassword!"})";
  const auto make = [&](const std::string& host) { return as_host(server, host, "POST", "/api/v2/users/first", {}, first); };

  const auto refused = make("evil.example");

  EXPECT_EQ(refused.status, 403);
  EXPECT_NE(refused.body.find("--access-url"), std::string::npos) << refused.body;
  EXPECT_EQ(server.database().sql("select count(*) from users where not is_system"), "0");
  EXPECT_EQ(make("slipway.example.com").status, 201);
}

TEST(ForeignHost, ChangesNothingByCookieAndSignsNobodyIn) {
  TestServer server([](server::Config& config) { config.access_url = "https://slipway.example.com"; });
  const auto owner = server.member("owner");
  server.database().sql("update users set rbac_roles = '{owner}' where username = 'owner'");
  const auto rename = [&](const std::string& host, net::Headers headers, const std::string& name) {
    return as_host(server, host, "PUT", "/api/v2/users/me/profile", std::move(headers), fmt::format(R"({{"username":"owner","name":"{}"}})", name))
        .status;
  };
  const net::Headers browser{{"Cookie", "coder_session_token=" + owner.token}, {"X-CSRF-TOKEN", http::csrf_token(owner.token)}};

  EXPECT_EQ(rename("evil.example", browser, "Evil"), 403);
  EXPECT_EQ(rename("slipway.example.com", browser, "Own"), 200);
  EXPECT_EQ(rename("127.0.0.1:7080", browser, "Address"), 200);
  // A program says who it is by a header; it may know the server by any name.
  EXPECT_EQ(rename("slipway.internal", {{"Coder-Session-Token", owner.token}}, "Program"), 200);
  EXPECT_EQ(server.database().sql("select name from users where username = 'owner'"), "Program");

  const auto sign_in = [&](net::Headers headers) {
    return as_host(server, "evil.example", "POST", "/api/v2/users/login", std::move(headers), login("owner@example.com", "wrong")).status;
  };
  EXPECT_EQ(sign_in({{"Origin", "http://evil.example"}}), 403);
  EXPECT_EQ(sign_in({}), 401);  // no page of a browser
}

TEST(ForeignHost, OpensNoWebSocket) {
  TestServer server([](server::Config& config) { config.access_url = "https://slipway.example.com"; });
  const auto owner = server.member("owner");
  const auto open = [&](const std::string& host, const std::string& origin, bool by_cookie) {
    net::Headers headers{
        {"Connection", "Upgrade"}, {"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}, {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
    if (!origin.empty()) headers.set("Origin", origin);
    if (by_cookie)
      headers.set("Cookie", "coder_session_token=" + owner.token);
    else
      headers.set("Coder-Session-Token", owner.token);
    return as_host(server, host, "GET", "/api/v2/workspaces/" + Uuid::random().str() + "/watch-ws", std::move(headers), "").status;
  };

  EXPECT_EQ(open("evil.example", "http://evil.example", true), 403);
  EXPECT_EQ(open("evil.example", "", true), 403);
  EXPECT_EQ(open("slipway.example.com", "http://evil.example", true), 403);
  EXPECT_EQ(open("127.0.0.1:7080", "https://127.0.0.1:7080", true), 403) << "another scheme";
  EXPECT_EQ(open("127.0.0.1:7080", "http://127.0.0.1:7080", true), 404) << "there is no such workspace";
  EXPECT_EQ(open("slipway.example.com", "https://slipway.example.com", true), 404);
  EXPECT_EQ(open("slipway.internal", "", false), 404) << "a program may know the server by any name";
}

TEST(Suspended, KeysAgentsAndOpenSocketsEndAtOnce) {
  TestServer server;
  const auto& owner = server.owner();
  const auto alice = server.member("alice");
  const auto row = add_agent(server, alice, "ws");
  FakeAgent agent(server, row);
  ASSERT_EQ(server.get("/api/v2/workspaceagents/me/manifest", row.agent()).status, 200);
  server.wait_for(row.path(), "/status", "connected", alice);
  auto suspended = std::chrono::steady_clock::time_point::max();
  const auto suspend = [&] {
    EXPECT_EQ(server.put("/api/v2/users/alice/status/suspend", "", owner).status, 200);
    suspended = std::chrono::steady_clock::now();
  };

  const auto terminal = talk(server, row.path() + "/pty?reconnect=" + Uuid::random().str() + "&width=80&height=24", alice, {}, "", suspend);

  EXPECT_TRUE(terminal.heard.starts_with("terminal ")) << terminal.error;
  EXPECT_LT(std::chrono::steady_clock::now() - suspended, std::chrono::seconds(8));  // it ended because the server cut it
  EXPECT_EQ(server.get("/api/v2/users/me", alice).status, 401);
  EXPECT_EQ(server.get("/api/v2/workspaceagents/me/manifest", row.agent()).status, 401);
}

TEST(SecretFile, ThatOthersCanReadStopsTheStart) {
  char folder[] = "/tmp/slipway-secret-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  const std::string path = std::string(folder) + "/key.pem";
  std::ofstream(path) << "key";
  ::chmod(path.c_str(), 0644);
  TestDatabase database;
  aio::Loops loops(1);
  server::Config config;
  config.postgres_url = Secret(database.url());
  config.data_dir = folder;
  config.http_address = "127.0.0.1:0";
  config.tls_cert_files = config.tls_key_files = {path};

  std::string say;
  auto work = [](aio::Loops* on, server::Config* with, std::string* out) -> Task<int> {
    auto started = co_await server::Server::start(*on, std::move(*with));
    if (started)
      co_await (*started)->stop();
    else
      *out = started.error().say;
    co_return 0;
  };
  loops.run(work(&loops, &config, &say));

  EXPECT_NE(say.find("can be read by others"), std::string::npos) << say;
  EXPECT_NE(say.find("chmod 600"), std::string::npos) << say;
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace slipway::test
