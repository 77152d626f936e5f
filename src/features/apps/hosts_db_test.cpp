// Apps on hosts of their own: dispatch, the way through signing in, origins.
#include "net/url.hpp"
#include "support/fake_site.hpp"
#include "support/raw_socket.hpp"
#include "support/test_agent.hpp"

namespace slipway::test {
namespace {

const std::string kAccess = "https://dev.example.com", kSuffix = ".apps.example.com";
const std::string kWeb = "web--main--ws--owner" + kSuffix;
const std::string kCookie = "coder_subdomain_app_session_token_a303882f63a443902998796bd7724f3d";
const std::string kSignIn = "coder-signin" + kSuffix;
const std::string kKey = "coder_application_connect_api_key_35e783";

void with_hosts(server::Config& config) {
  config.access_url = kAccess;
  config.wildcard_access_url = "*.apps.example.com";
  config.trusted_proxies = {"127.0.0.1/32"};
}

// What runs in the workspace: tells what it was asked.
Task<void> serve(net::Exchange& exchange) {
  const auto& request = exchange.request();
  net::Response answer{.status = 201, .headers = {}, .body = request.method + " " + request.target + "\n" + request.headers.wire()};
  answer.headers.set("Access-Control-Allow-Origin", "*");
  answer.headers.set("Vary", "Origin, Accept-Language");
  (void)co_await exchange.send(std::move(answer));
}

// A server with such hosts, and a workspace of its owner with the app "web".
struct Hosts {
  explicit Hosts(std::function<void(server::Config&)> more = {})
      : srv([more](server::Config& config) {
          with_hosts(config);
          if (more) more(config);
        }) {}

  using Fields = std::vector<std::pair<std::string, std::string>>;
  Answer ask(const std::string& host, const std::string& path, Fields fields = {}, const std::string& method = "GET", const std::string& token = {}) {
    fields.emplace_back("X-Forwarded-Host", host);
    return srv.call(method, path, {}, token, std::move(fields));
  }
  Answer redirect(const std::string& uri, const std::string& token) {
    return srv.call("GET", "/api/v2/applications/auth-redirect?redirect_uri=" + net::percent_encode(uri), {}, token);
  }
  int keys() { return std::stoi(srv.database().sql("select count(*) from api_keys")); }

  TestServer srv;
  FakeSite site{serve};
  AgentRow row = add_agent(srv, srv.owner(), "ws", site.url("/"));
  FakeAgent agent{srv, row};
};

// The part of an address after its host.
std::string path_of(const std::string& address) { return address.substr(address.find('/', address.find("://") + 3)); }

// The cookie of hosts that whoever has `token` gets by signing in to `host`, as a browser does.
std::string signed_in(Hosts& on, const std::string& host, const std::string& token) {
  const auto redirected = on.redirect("https://" + host + "/", token);
  EXPECT_EQ(redirected.status, 303) << redirected.body;
  const auto taken = on.ask(kSignIn, path_of(redirected.header("Location")));
  EXPECT_EQ(taken.status, 303) << taken.body;
  const auto cookie = taken.header("Set-Cookie");
  return cookie.substr(0, cookie.find(';'));
}

TEST(AppHost, IsPrintedWithThePortThatPeopleSee) {
  TestServer srv([](server::Config& config) {
    with_hosts(config);
    config.access_url = "https://dev.example.com:8443";
  });

  EXPECT_EQ(srv.get("/api/v2/applications/host", srv.owner()).body, R"({"host":"*.apps.example.com:8443"})");
}

TEST(AppHost, ABrowserIsLedThroughTheDashboardAndBack) {
  Hosts on;

  const auto first = on.ask(kWeb, "/x%20y?b=1&c");
  ASSERT_EQ(first.status, 303) << first.body;
  const auto away = first.header("Location");
  EXPECT_EQ(away, kAccess + "/api/v2/applications/auth-redirect?redirect_uri=" + net::percent_encode("https://" + kWeb + "/x%20y?b=1&c"));
  const auto second = on.srv.call("GET", path_of(away), {}, on.srv.owner().token);
  ASSERT_EQ(second.status, 303) << second.body;
  const auto back = second.header("Location");
  EXPECT_TRUE(back.starts_with("https://" + kSignIn + "/?to=" + net::percent_encode("https://" + kWeb + "/x%20y?b=1&c") + "&" + kKey + "=")) << back;
  const auto third = on.ask(kSignIn, path_of(back));
  ASSERT_EQ(third.status, 303) << third.body;
  EXPECT_EQ(third.header("Location"), "https://" + kWeb + "/x%20y?b=1&c");
  const auto cookie = third.header("Set-Cookie");
  EXPECT_TRUE(cookie.starts_with(kCookie + "=")) << cookie;
  EXPECT_TRUE(cookie.ends_with("; Path=/; Domain=.apps.example.com; HttpOnly; Secure; SameSite=Lax")) << cookie;
  const auto session = cookie.substr(0, cookie.find(';'));
  const auto fourth = on.ask(kWeb, "/x%20y?b=1&c", {{"Cookie", session}});

  EXPECT_EQ(fourth.status, 201) << fourth.body;
  EXPECT_TRUE(fourth.body.starts_with("GET /x%20y?b=1&c\n")) << fourth.body;
  EXPECT_TRUE(fourth.header("Set-Cookie").starts_with("coder_signed_app_token=")) << fourth.header("Set-Cookie");
  EXPECT_EQ(fourth.body.find(session), std::string::npos) << fourth.body;
  const auto key = session.substr(kCookie.size() + 1);
  EXPECT_NE(on.srv.call("GET", "/api/v2/users/me", {}, key).status, 200);
}

TEST(AppHost, TheAppHearsTheHostThatItWasFoundBy) {
  Hosts on;
  const auto session = signed_in(on, kWeb, on.srv.owner().token);

  const auto seen = on.ask(kWeb, "/", {{"Cookie", session}, {"X-Forwarded-Host", "example.com"}});

  ASSERT_EQ(seen.status, 201) << seen.body;
  EXPECT_NE(seen.body.find("\nHost: " + kWeb + "\r\n"), std::string::npos) << seen.body;
  EXPECT_EQ(seen.body.find("Host: example.com"), std::string::npos) << seen.body;
}

TEST(AppHost, AKeyForAppsEndsWhenItsSessionDoes) {
  Hosts on;
  const auto ana = on.srv.member("ana");

  signed_in(on, kWeb, ana.token);

  EXPECT_EQ(on.srv.database().sql(fmt::format(
                "select count(*) from api_keys a join api_keys s on s.user_id = a.user_id and s.id <> a.id where a.user_id = '{}' and "
                "a.scopes = '{{coder:application_connect}}' and abs(extract(epoch from a.expires_at - s.expires_at)) < 5 and a.lifetime_seconds = "
                "s.lifetime_seconds and a.login_type = 'password'",
                ana.id)),
            "1");
}

TEST(AppHost, WhoSignsOutIsSignedOutOfAppsToo) {
  Hosts on;
  const auto ana = on.srv.member("ana");
  const auto made = on.srv.post("/api/v2/users/me/keys/tokens", R"({"scope":"application_connect","token_name":"mine"})", ana);
  ASSERT_EQ(made.status, 201) << made.body;
  signed_in(on, kWeb, ana.token);

  EXPECT_EQ(on.srv.post("/api/v2/users/logout", "", ana).status, 200);

  EXPECT_EQ(on.srv.database().sql(fmt::format("select string_agg(token_name, ',') from api_keys where user_id = '{}'", ana.id)), "mine");
}

TEST(AppHost, NobodyIsSentElsewhereWithAKey) {
  Hosts on;
  const auto token = on.srv.owner().token;
  const auto before = on.keys();

  for (const std::string& uri : {kAccess + "/", std::string("javascript:alert(1)"), std::string("//evil.example"), "https://u@" + kWeb + "/",
                                 "https://" + kWeb + "\\@evil.example", "https://" + kWeb + ".evil.example/", std::string("https://evil.example/"),
                                 "https://" + kWeb + ":444/", std::string("https://apps.example.com/")})
    EXPECT_EQ(on.redirect(uri, token).status, 400) << uri;

  EXPECT_EQ(on.redirect("https://evil.example/", token).json().at("message").as_string(), "Invalid redirect_uri.");
  EXPECT_EQ(on.redirect("nonsense", token).json().at("message").as_string(), "Invalid redirect_uri query parameter.");
  EXPECT_EQ(on.srv.get("/api/v2/applications/auth-redirect", on.srv.owner()).json().at("message").as_string(),
            "Missing redirect_uri query parameter.");
  EXPECT_EQ(on.keys(), before);
  EXPECT_TRUE(on.redirect("http://" + kWeb + "/", token)
                  .header("Location")
                  .starts_with("https://" + kSignIn + "/?to=" + net::percent_encode("https://" + kWeb + "/") + "&"))
      << "the scheme is the access URL's";
}

TEST(AppHost, AKeyIsMadeForWhoMayMakeOne) {
  Hosts on;
  const auto made = on.srv.post("/api/v2/users/me/keys/tokens", R"({"scope":"application_connect","token_name":"narrow"})", on.srv.owner());
  ASSERT_EQ(made.status, 201) << made.body;

  const auto nobody = on.redirect("https://" + kWeb + "/", {});
  EXPECT_EQ(nobody.status, 303);
  EXPECT_TRUE(nobody.header("Location").starts_with(kAccess + "/login?message=You%20are%20signed%20out")) << nobody.header("Location");
  EXPECT_NE(nobody.header("Location").find("&redirect=%2Fapi%2Fv2%2Fapplications%2Fauth-redirect%3Fredirect_uri%3D"), std::string::npos);
  EXPECT_EQ(on.redirect("https://" + kWeb + "/", std::string(made.json().at("key").as_string())).status, 404);
}

// A service worker of the app's would see the address that the browser is sent to there.
TEST(AppHost, AKeyInAnAddressIsTakenWhereNoAppIsAndNowhereElse) {
  Hosts on;
  const auto back = on.redirect("https://" + kWeb + "/a?b=1", on.srv.owner().token).header("Location");
  const std::string wrong = "Could not decrypt API key. Please remove the query parameter and try again.";

  const auto other = on.ask(kWeb, path_of(back)), broken = on.ask(kSignIn, "/?" + kKey + "=nonsense");
  EXPECT_EQ(other.status, 400);
  EXPECT_NE(other.body.find(wrong), std::string::npos) << other.body;
  EXPECT_EQ(other.header("Set-Cookie"), "");
  EXPECT_EQ(broken.status, 400);
  EXPECT_NE(broken.body.find(wrong), std::string::npos) << broken.body;
  EXPECT_EQ(broken.header("Set-Cookie"), "");
  const auto astray = on.ask(kSignIn, "/?to=https%3A%2F%2Fevil.example%2F&" + back.substr(back.find(kKey)));
  EXPECT_EQ(astray.status, 303);
  EXPECT_EQ(astray.header("Location"), kAccess);
  EXPECT_EQ(astray.header("Set-Cookie"), "");
  EXPECT_EQ(on.ask(kSignIn, "/").header("Location"), kAccess) << "who brings no key";
}

TEST(AppHost, AKeyInTheAddressOfAPathAppIsRefused) {
  Hosts on;

  const auto answer = on.srv.call("GET", "/@owner/ws/apps/web/?" + kKey + "=x");

  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.body.find("Workspace app API key smuggling is not permitted on the primary access URL."), std::string::npos) << answer.body;
}

TEST(AppHost, NamesThatAreNoAppsGetAPageAndOthersTheDashboard) {
  Hosts on;

  const auto unreadable = on.ask("test" + kSuffix, "/");
  EXPECT_EQ(unreadable.status, 400);
  EXPECT_TRUE(unreadable.header("Content-Type").starts_with("text/html"));
  EXPECT_NE(unreadable.body.find("Invalid Application URL"), std::string::npos) << unreadable.body;
  EXPECT_EQ(on.ask("<b>" + kSuffix, "/").body.find("<b>"), std::string::npos);
  const auto out = on.ask("coder-logout" + kSuffix, "/x");
  EXPECT_EQ(out.status, 303);
  EXPECT_EQ(out.header("Location"), kAccess);
  EXPECT_EQ(on.ask(kWeb + ".evil.example", "/api/v2/buildinfo").status, 200);
  EXPECT_EQ(on.ask("dev.example.com", "/api/v2/buildinfo").status, 200);
  EXPECT_EQ(on.ask(kWeb, "/api/v2/buildinfo").status, 303) << "an app's own path";
  EXPECT_EQ(on.ask(kWeb, "/readyz").status, 303) << "an app's own path";
}

TEST(AppHost, ARequestWithoutAHostIsRefused) {
  Hosts on;
  RawSocket old(on.srv.url());

  old.send("GET /api/v2/buildinfo HTTP/1.0\r\n\r\n");

  const auto answer = old.read_until("Host.");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_NE(answer.find("Could not determine request Host."), std::string::npos) << answer;
}

TEST(AppHost, WithoutAWildcardEveryHostIsTheDashboards) {
  TestServer srv([](server::Config& config) { config.trusted_proxies = {"127.0.0.1/32"}; });

  EXPECT_EQ(srv.call("GET", "/api/v2/buildinfo", {}, {}, {{"X-Forwarded-Host", kWeb}}).status, 200);
}

std::string origin_of(const std::string& name) { return "https://" + name + kSuffix; }

TEST(AppOrigins, AnotherAppOfTheSameOwnerMayReadTheAnswer) {
  Hosts on;
  on.srv.member("mallory");
  const auto session = signed_in(on, kWeb, on.srv.owner().token);
  const auto from = [&](const std::string& origin, const std::string& method = "GET") {
    return on.ask(kWeb, "/", {{"Cookie", session}, {"Origin", origin}}, method);
  };

  const auto kin = from(origin_of("8080--main--ws--owner"));
  EXPECT_EQ(kin.status, 201) << kin.body;
  EXPECT_EQ(kin.header("Access-Control-Allow-Origin"), origin_of("8080--main--ws--owner"));
  EXPECT_EQ(kin.header("Access-Control-Allow-Credentials"), "true");
  for (const std::string& other :
       {origin_of("web--main--ws--mallory"), std::string("https://evil.example"), origin_of("test"), origin_of("web--main--ws--gone")}) {
    const auto answer = from(other);
    EXPECT_EQ(answer.status, 201) << other;
    EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "") << other;
    EXPECT_EQ(answer.header("Vary"), "Accept-Language") << other;
  }
  EXPECT_EQ(from(origin_of("web--main--ws--mallory"), "POST").status, 403) << "changes something with somebody else's cookie";
  EXPECT_EQ(from(origin_of("8080--main--ws--owner"), "POST").status, 201);
  EXPECT_EQ(from("https://" + kWeb, "POST").status, 201) << "its own page";
}

TEST(AppOrigins, WhoeverHidesItsOriginOrIsAnAppOfAnotherWildcardChangesNothing) {
  Hosts on;
  const auto session = signed_in(on, kWeb, on.srv.owner().token);
  const auto post = [&](const std::string& origin, const std::string& site) {
    return on.ask(kWeb, "/", {{"Cookie", session}, {"Origin", origin}, {"Sec-Fetch-Site", site}}, "POST").status;
  };

  EXPECT_EQ(post("null", "same-site"), 403);
  EXPECT_EQ(post("null", ""), 403);
  EXPECT_EQ(post("null", "same-origin"), 201) << "its own page, which tells no referrer";
  EXPECT_EQ(post("https://web--main--ws--owner.far.apps.example.com", "same-site"), 403);
  EXPECT_EQ(post("https://intranet.example.com", "same-site"), 201);
}

// As a browser sends it, without a proxy between.
std::string head_of_answer(Hosts& on, const std::string& host, const std::string& fields) {
  RawSocket browser(on.srv.url());
  browser.send(fmt::format("GET /x HTTP/1.1\r\nHost: {}\r\n{}\r\n", host, fields));
  return browser.read_until("\r\n\r\n");
}

TEST(AppOrigins, AWebSocketFromSomebodyElsesAppIsRefused) {
  Hosts on;
  on.srv.member("mallory");
  const auto session = signed_in(on, kWeb, on.srv.owner().token);
  const auto from = [&](const std::string& origin) {
    return head_of_answer(on, kWeb,
                          fmt::format("Origin: {}\r\nCookie: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
                                      origin, session));
  };

  EXPECT_TRUE(from(origin_of("web--main--ws--mallory")).starts_with("HTTP/1.1 403 "));
  EXPECT_TRUE(from("https://" + kWeb).starts_with("HTTP/1.1 201 ")) << "the app's own answer to a handshake that it does not take";
}

TEST(AppHost, IsTheSameHoweverABrowserWritesIt) {
  Hosts on;
  const auto plain = head_of_answer(on, kWeb, {});
  const auto location = [](const std::string& head) {
    const auto at = head.find("Location: ");
    return at == head.npos ? head : head.substr(at, head.find("\r\n", at) - at);
  };

  EXPECT_TRUE(plain.starts_with("HTTP/1.1 303 ")) << plain;
  for (const std::string& host : {std::string("WEB--Main--ws--Owner.APPS.example.com"), kWeb + ".", kWeb + ":8443"})
    EXPECT_EQ(location(head_of_answer(on, host, {})), location(plain)) << host;
}

TEST(AppOrigins, APreflightIsAnsweredTheSameWhetherThereIsSuchAnApp) {
  Hosts on;
  on.srv.member("mallory");
  const auto asked = [&](const std::string& host, const std::string& origin) {
    return on.ask(host, "/", {{"Origin", origin}, {"Access-Control-Request-Method", "PUT"}, {"Access-Control-Request-Headers", "x-one"}}, "OPTIONS");
  };
  const auto kin = origin_of("8080--main--ws--owner"), stranger = origin_of("web--main--ws--mallory");

  for (const auto& host : {kWeb, "none--main--ws--owner" + kSuffix, "web--main--none--owner" + kSuffix}) {
    EXPECT_EQ(asked(host, kin).status, 200) << host;
    EXPECT_EQ(asked(host, kin).header("Access-Control-Allow-Origin"), kin) << host;
    EXPECT_EQ(asked(host, kin).header("Access-Control-Allow-Headers"), "x-one") << host;
    EXPECT_EQ(asked(host, stranger).status, 200) << host;
    EXPECT_EQ(asked(host, stranger).header("Access-Control-Allow-Origin"), "") << host;
  }
  EXPECT_EQ(asked("web--main--ws--nobody" + kSuffix, origin_of("web--main--ws--nobody")).header("Access-Control-Allow-Origin"), "");
}

TEST(AppOrigins, AreTheAppsOwnAffairWhereItsTemplateSaysSo) {
  Hosts on;
  on.srv.database().sql("update templates set cors_behavior = 'passthru'");
  const auto session = signed_in(on, kWeb, on.srv.owner().token);
  const std::string other = "https://evil.example";

  const auto answer = on.ask(kWeb, "/", {{"Cookie", session}, {"Origin", other}});
  EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(answer.header("Vary"), "Origin, Accept-Language");
  const Hosts::Fields asking{{"Origin", other}, {"Access-Control-Request-Method", "PUT"}};
  EXPECT_EQ(on.ask(kWeb, "/", asking, "OPTIONS").status, 303) << "not public";
  on.srv.database().sql("update workspace_apps set sharing_level = 'public'");
  const auto open = on.ask(kWeb, "/", asking, "OPTIONS");
  EXPECT_EQ(open.status, 201) << "answered by the app";
  EXPECT_TRUE(open.body.starts_with("OPTIONS /\n")) << open.body;
}

TEST(AppHost, RequestsWithoutAGoodTokenAreLimited) {
  Hosts on([](server::Config& config) { config.api_rate_limit = 8; });
  const auto session = signed_in(on, kWeb, on.srv.owner().token);

  for (int i = 0; i < 8; ++i) on.ask(kWeb, "/");
  const auto refused = on.ask(kWeb, "/");
  EXPECT_EQ(refused.status, 429) << refused.body;
  EXPECT_NE(refused.header("Retry-After"), "");
  EXPECT_EQ(on.ask(kWeb, "/", {{"Cookie", kCookie + "=made-up"}}).status, 429) << "what is no session";

  const auto first = on.ask(kWeb, "/", {{"Cookie", session}});
  ASSERT_EQ(first.status, 201) << "a session does not pay for its network: " << first.body;
  const auto given = first.header("Set-Cookie");
  const auto token = given.substr(0, given.find(';'));
  for (int i = 0; i < 8; ++i) on.ask(kWeb, "/", {{"Cookie", session}});
  EXPECT_EQ(on.ask(kWeb, "/", {{"Cookie", session}}).status, 429);
  EXPECT_EQ(on.ask(kWeb, "/", {{"Cookie", session + "; " + token}}).status, 201) << "a token asks nobody";
}

TEST(AppHost, ASessionPaysForWhatItIsDenied) {
  Hosts on([](server::Config& config) { config.api_rate_limit = 40; });
  const auto session = signed_in(on, kWeb, on.srv.member("mallory").token);

  for (int i = 0; i < 40; ++i) ASSERT_EQ(on.ask(kWeb, "/", {{"Cookie", session}}).status, 404) << i;

  EXPECT_EQ(on.ask(kWeb, "/", {{"Cookie", session}}).status, 429);
}

TEST(TerminalToken, IsForWorkspaceProxiesOnly) {
  Hosts on;
  const auto ask = [&](const std::string& url) {
    const auto answer = on.srv.post("/api/v2/applications/reconnecting-pty-signed-token",
                                    fmt::format(R"({{"url":"{}","agentID":"{}"}})", url, on.row.id), on.srv.owner());
    EXPECT_EQ(answer.status, 400) << url;
    return std::string(answer.json().at("message").as_string());
  };
  const auto path = on.row.path() + "/pty";

  EXPECT_EQ(ask("https://east.example.com" + path), "Invalid URL.");
  EXPECT_EQ(ask("wss://east.example.com/api/v2/pty"), "Invalid URL path.");
  EXPECT_EQ(ask("wss://east.example.com" + path), "Invalid hostname in URL.");
  EXPECT_EQ(ask("wss://dev.example.com" + path), "Invalid hostname in URL.");
}

}  // namespace
}  // namespace slipway::test
