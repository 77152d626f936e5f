// The request path's pure parts: routes, credentials, origins, addresses, filters, rates.
#include "http/credentials.hpp"
#include "http/filter.hpp"
#include "http/rate.hpp"
#include "http/routes.hpp"
#include "http/status.hpp"

#include <gtest/gtest.h>

namespace slipway::http {
namespace {

struct Asked : net::Request {
  explicit Asked(std::string what, net::Headers with = {}) {
    method = "GET";
    set_target(std::move(what));
    headers = std::move(with);
    peer = {.ip = "10.0.0.1", .port = 4000};
  }
};

Task<Result<NoContent>> nothing(Call&) { co_return NoContent{}; }

Routes some_routes() {
  Routes routes;
  routes.get<Auth::none, Audit::none>("/api/v2/users/{user}", nothing);
  routes.get<Auth::none, Audit::none>("/api/v2/users/roles", nothing);
  routes.put<Auth::none, Audit::none>("/api/v2/users/{user}/roles", nothing);
  routes.any<Auth::none, Audit::none>("/@{user}/{workspace}/apps/*", nothing);
  routes.get<Auth::none, Audit::none>("/*", nothing);
  return routes;
}

TEST(Routes, TheMostLiteralOneWins) {
  const auto routes = some_routes();

  EXPECT_EQ(routes.match("GET", "/api/v2/users/roles").route->pattern, "/api/v2/users/roles");
  const auto one = routes.match("GET", "/api/v2/users/ana%20b");
  EXPECT_EQ(one.route->pattern, "/api/v2/users/{user}");
  EXPECT_EQ(one.path.at(0).value, "ana b");
  EXPECT_EQ(routes.match("GET", "//api///v2/users/roles/").route->pattern, "/api/v2/users/roles");
  EXPECT_EQ(routes.match("HEAD", "/api/v2/users/roles").route->pattern, "/api/v2/users/roles");
}

TEST(Routes, TheRestOfAProxysPathStaysAsItCame) {
  const auto match = some_routes().match("POST", "/@ana/ws/apps/web/a%2Fb//c/");

  EXPECT_EQ(match.path.at(0).value, "ana");
  EXPECT_EQ(match.path.back().value, "web/a%2Fb//c/");
}

TEST(Routes, AnotherMethodIsNotAnUnknownPath) {
  const auto routes = some_routes();

  const auto wrong = routes.match("DELETE", "/api/v2/users/ana/roles");
  EXPECT_EQ(wrong.route, nullptr);
  EXPECT_TRUE(wrong.other_method);
  EXPECT_FALSE(routes.match("DELETE", "/nowhere").other_method);
}

void add_one_twice() {
  auto routes = some_routes();
  routes.get<Auth::user, Audit::none>("/api/v2/users/roles", nothing);
}

TEST(RoutesDeathTest, TheSameRouteTwiceEndsTheProgramAtItsStart) { EXPECT_DEATH(add_one_twice(), "two routes have the same method and path"); }

TEST(Credentials, TheCookieBeatsQueryHeaderAndBearer) {
  const Site site;
  const Asked all("/?coder_session_token=query",
                  {{"Cookie", "coder_session_token=cookie"}, {"Coder-Session-Token", "header"}, {"Authorization", "Bearer bearer"}});
  EXPECT_EQ(credentials(all, site).token, "cookie");
  EXPECT_FALSE(credentials(all, site).by_cookie);  // the header shows that a program made it
  const Asked cookie("/", {{"Cookie", "coder_session_token=cookie"}});
  EXPECT_TRUE(credentials(cookie, site).by_cookie);
  EXPECT_EQ(credentials(Asked("/?coder_session_token=query", {{"Coder-Session-Token", "header"}}), site).token, "query");
  EXPECT_EQ(credentials(Asked("/", {{"coder-session-token", "header"}, {"Authorization", "Bearer bearer"}}), site).token, "header");
  EXPECT_EQ(credentials(Asked("/", {{"Authorization", "bearer  bearer "}}), site).token, "bearer");
  EXPECT_EQ(credentials(Asked("/", {{"Authorization", "Basic Ym9i"}}), site).token, "");
}

TEST(Credentials, OnlyOneNameOfTheCookieIsUnderstoodAndTheOtherIsTakenAway) {
  Site plain, prefixed;
  prefixed.host_prefix = true;
  const Asked bare("/", {{"Cookie", "coder_session_token=bare"}}), host("/", {{"Cookie", "__Host-coder_session_token=host"}});
  const Asked both("/?coder_session_token=query", {{"Cookie", "a=1; coder_session_token=bare; __Host-coder_session_token=host"}});
  const Asked planted("/?coder_session_token=query", {{"Cookie", "coder_session_token=bare"}});

  EXPECT_EQ(credentials(bare, plain).token, "bare");
  EXPECT_EQ(credentials(host, plain).token, "");
  EXPECT_EQ(credentials(both, plain).token, "bare");
  EXPECT_EQ(credentials(bare, prefixed).token, "");
  EXPECT_EQ(credentials(host, prefixed).token, "host");
  EXPECT_TRUE(credentials(host, prefixed).by_cookie);
  EXPECT_EQ(credentials(both, prefixed).token, "host");
  EXPECT_EQ(credentials(planted, prefixed).token, "query");
  EXPECT_FALSE(without_plain_cookie(host, prefixed));
  EXPECT_FALSE(without_plain_cookie(bare, plain));
  EXPECT_EQ(without_plain_cookie(both, prefixed).value_or(""), "coder_session_token=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax");
}

Site a_site() {
  Site site;
  site.access_url = "https://slipway.example.com";
  site.trusted_proxies = {"10.0.0.0/8", "192.0.2.7"};
  site.origins = {"https://ide.example.com"};
  return site;
}

TEST(Origins, AreComparedWholeLabelByLabel) {
  const auto passes = [](std::string origin) {
    return origin_passes(Asked("/", {{"Host", "slipway.example.com"}, {"Origin", std::move(origin)}}), a_site());
  };

  EXPECT_TRUE(origin_passes(Asked("/", {{"Host", "slipway.example.com"}}), a_site()));
  EXPECT_TRUE(passes("https://slipway.example.com"));
  EXPECT_TRUE(passes("https://SLIPWAY.example.com:443"));
  EXPECT_TRUE(passes("https://ide.example.com"));
  for (const auto* hostile :
       {"https://slipway.example.com.evil.example", "https://evil-slipway.example.com", "https://xslipway.example.com", "https://example.com",
        "https://sub.slipway.example.com", "https://slipway.example.com:8443", "https://slipway.example.com@evil.example", "null", "", "https://",
        "javascript:alert(1)", "https://ide.example.com.", "http://ide.example.com"})
    EXPECT_FALSE(passes(hostile)) << hostile;
}

TEST(Addresses, AreTheAccessUrlsOrAWebAppsByWhicheverNameAProxySays) {
  auto site = a_site();
  site.wildcard_access_host = "*.apps.example.com";
  const auto addressed = [&](std::string peer, bool tls, bool tls_here, net::Headers headers) {
    Asked asked("/", std::move(headers));
    asked.peer.ip = std::move(peer);
    asked.tls = tls;
    return is_addressed(asked, site, tls_here);
  };
  const std::string stranger = "203.0.113.9", proxy = "10.1.1.1", own = "slipway.example.com";

  EXPECT_TRUE(addressed(stranger, true, true, {{"Host", own}}));
  EXPECT_TRUE(addressed(stranger, false, false, {{"Host", own}}));  // a proxy that nobody named has taken the TLS off
  EXPECT_FALSE(addressed(stranger, false, true, {{"Host", own}}));
  EXPECT_TRUE(addressed(proxy, false, true, {{"Host", own}, {"X-Forwarded-Proto", "https"}}));
  EXPECT_FALSE(addressed(stranger, false, true, {{"Host", own}, {"X-Forwarded-Proto", "https"}}));
  EXPECT_TRUE(addressed(proxy, true, true, {{"Host", "backend"}, {"X-Forwarded-Host", own}}));
  EXPECT_TRUE(addressed(stranger, true, true, {{"Host", "web--dev.apps.example.com"}}));
  EXPECT_FALSE(addressed(stranger, false, true, {{"Host", "web--dev.apps.example.com"}}));
  EXPECT_EQ(right_address(Asked("/", {{"Host", "Web--dev.apps.example.com:80"}}), site), "https://web--dev.apps.example.com");
  EXPECT_EQ(right_address(Asked("/", {{"Host", "other.example.com"}}), site), "https://slipway.example.com");
  for (const std::string& other : {std::string("other.example.com"), std::string("127.0.0.1:7080"), std::string(), own + ":1", "x." + own})
    EXPECT_FALSE(addressed(stranger, true, true, {{"Host", other}})) << other;
  EXPECT_FALSE(addressed(stranger, true, true, {{"Host", "other.example.com"}, {"X-Forwarded-Host", own}}));
}

// A page of the same name without TLS may be anybody's on the way.
TEST(Origins, HaveTheSchemeByWhichTheClientReachedUs) {
  const auto passes = [](std::string peer, bool tls, net::Headers headers) {
    headers.set("Host", "backend.example.com");
    Asked asked("/", std::move(headers));
    asked.peer.ip = std::move(peer);
    asked.tls = tls;
    return origin_passes(asked, a_site());
  };

  EXPECT_TRUE(passes("203.0.113.9", true, {{"Origin", "https://backend.example.com"}}));
  EXPECT_FALSE(passes("203.0.113.9", true, {{"Origin", "http://backend.example.com"}}));
  EXPECT_TRUE(passes("203.0.113.9", false, {{"Origin", "http://backend.example.com"}}));
  EXPECT_FALSE(passes("203.0.113.9", false, {{"Origin", "https://backend.example.com"}}));
  EXPECT_TRUE(passes("10.1.1.1", false, {{"Origin", "https://backend.example.com"}, {"X-Forwarded-Proto", "https"}}));
  EXPECT_FALSE(passes("10.1.1.1", false, {{"Origin", "http://backend.example.com"}, {"X-Forwarded-Proto", "https"}}));
  EXPECT_FALSE(passes("203.0.113.9", false, {{"Origin", "https://backend.example.com"}, {"X-Forwarded-Proto", "https"}}));  // nobody we trust
  net::Headers twice{{"Origin", "http://backend.example.com"}};
  twice.add("Origin", "https://evil.example");
  EXPECT_FALSE(passes("203.0.113.9", false, std::move(twice)));
}

TEST(Hosts, AreOursByAddressLoopbackAndConfiguredNames) {
  auto site = a_site();
  site.wildcard_access_host = "*.apps.example.com:8443";
  const auto passes = [&](std::string host) { return host_passes(Asked("/", {{"Host", std::move(host)}}), site).has_value(); };

  for (const auto* ours :
       {"slipway.example.com", "SLIPWAY.example.com:443", "slipway.example.com:7080", "127.0.0.1:7080", "[::1]:7080", "10.1.2.3", "localhost:7080",
        "slipway.localhost", "web--dev--ana.apps.example.com", "web--dev--ana.apps.example.com.:8443", "ide.example.com"})
    EXPECT_TRUE(passes(ours)) << ours;
  for (const auto* other : {"evil.example", "", "slipway.example.com.evil.example", "xslipway.example.com", "localhost.evil.example",
                            "apps.example.com", "a.b.apps.example.com", ".apps.example.com", "127.0.0.1.evil.example", "evil.example@127.0.0.1",
                            "127.0.0.1/evil.example", "slipway.example.com."})
    EXPECT_FALSE(passes(other)) << other;
}

TEST(Hosts, OfAppsAreNotTheDashboardsOwn) {
  auto site = a_site();
  site.wildcard_access_host = "*.example.com";
  const auto of_app = [&](std::string host) { return names_app(Asked("/", {{"Host", std::move(host)}}), site); };

  EXPECT_TRUE(of_app("web--main--dev--ana.example.com"));
  EXPECT_TRUE(of_app("web--main--dev--ana.example.com."));
  for (const auto* other : {"slipway.example.com", "SLIPWAY.example.com:443", "localhost", "127.0.0.1", "", "a.b.example.com"})
    EXPECT_FALSE(of_app(other)) << other;
}

TEST(Hosts, OfTrustedProxiesAreThoseTheyForward) {
  const auto passes = [](std::string peer, net::Headers headers) {
    Asked asked("/", std::move(headers));
    asked.peer.ip = std::move(peer);
    return host_passes(asked, a_site()).has_value();
  };

  EXPECT_TRUE(passes("10.1.1.1", {{"Host", "backend"}, {"X-Forwarded-Host", "slipway.example.com"}}));
  EXPECT_TRUE(passes("10.1.1.1", {{"Host", "backend"}, {"X-Forwarded-Host", "evil.example, slipway.example.com"}}));
  EXPECT_FALSE(passes("10.1.1.1", {{"Host", "backend"}}));
  EXPECT_FALSE(passes("10.1.1.1", {{"Host", "slipway.example.com"}, {"X-Forwarded-Host", "evil.example"}}));
  EXPECT_FALSE(passes("203.0.113.9", {{"Host", "evil.example"}, {"X-Forwarded-Host", "slipway.example.com"}}));  // nobody we trust
  const auto refused = host_passes(Asked("/", {{"Host", "evil.example"}}), a_site());
  EXPECT_NE(refused.error().detail.find("--access-url"), std::string::npos);
}

TEST(Csrf, NeedsOurOriginAndTheSessionsOwnToken) {
  const auto token = csrf_token("session");
  const auto with = [&](std::string csrf, std::string origin) {
    return csrf_passes(Asked("/", {{"Host", "slipway.example.com"}, {"X-CSRF-TOKEN", std::move(csrf)}, {"Origin", std::move(origin)}}), a_site(),
                       "session");
  };

  EXPECT_TRUE(with(token, "https://slipway.example.com"));
  EXPECT_FALSE(with("", "https://slipway.example.com"));
  EXPECT_FALSE(with(csrf_token("another session"), "https://slipway.example.com"));
  EXPECT_FALSE(with(token, "https://evil.example"));
}

TEST(ClientAddress, CountsHopsFromTheRightThroughTrustedProxiesOnly) {
  const auto seen = [](std::string peer, net::Headers headers) {
    Asked asked("/", std::move(headers));
    asked.peer.ip = std::move(peer);
    return client_address(asked, a_site());
  };

  EXPECT_EQ(seen("203.0.113.9", {{"X-Forwarded-For", "1.2.3.4"}}), "203.0.113.9");  // nobody we trust
  EXPECT_EQ(seen("10.1.1.1", {{"X-Forwarded-For", "1.2.3.4"}}), "1.2.3.4");
  EXPECT_EQ(seen("10.1.1.1", {{"X-Forwarded-For", "6.6.6.6, 1.2.3.4"}}), "1.2.3.4");  // the left is the caller's own word
  EXPECT_EQ(seen("10.1.1.1", {{"X-Forwarded-For", "6.6.6.6, 1.2.3.4, 192.0.2.7"}}), "1.2.3.4");
  EXPECT_EQ(seen("10.1.1.1", {{"X-Forwarded-For", "6.6.6.6"}, {"X-Forwarded-For", "1.2.3.4"}}), "1.2.3.4");  // two fields are one list
  EXPECT_EQ(seen("10.1.1.1", {{"X-Forwarded-For", "1.2.3.4, nonsense"}}), "10.1.1.1");
  EXPECT_EQ(seen("::ffff:10.1.1.1", {{"X-Forwarded-For", "1.2.3.4"}}), "1.2.3.4");
  EXPECT_EQ(seen("10.1.1.1", {{"X-Real-IP", "6.6.6.6"}, {"Forwarded", "for=6.6.6.6"}}), "10.1.1.1");  // other headers are not asked
  EXPECT_EQ(seen("192.0.2.70", {{"X-Forwarded-For", "1.2.3.4"}}), "192.0.2.70");                      // no prefix of an address
}

TEST(Filter, ReadsKeysQuotesAndTheDefault) {
  const auto filter = parse_filter(R"(owner:me name:"a: b" plain)", "search", {"owner", "name", "search"});

  ASSERT_TRUE(filter);
  EXPECT_EQ(filter->last("owner"), "me");
  EXPECT_EQ(filter->last("name"), "a: b");
  EXPECT_EQ(filter->last("search"), "plain");
}

TEST(Filter, NamesTheElementAtFault) {
  for (const auto* bad : {"unknown:1", "owner:a:b", "name:\"open"}) {
    const auto filter = parse_filter(bad, "search", {"owner", "name", "search"});
    ASSERT_FALSE(filter) << bad;
    EXPECT_EQ(filter.error().code, Code::invalid);
    EXPECT_EQ(filter.error().fields.at(0).field, "q");
  }
  EXPECT_EQ(like("50%_\\"), "%50\\%\\_\\\\%");
}

TEST(RateLimit, ThrottlesOneCallerForTheRestOfTheMinute) {
  RateLimit rate(2);
  const Time start{};

  EXPECT_TRUE(rate.count("a", start).allowed);
  EXPECT_EQ(rate.count("a", start + Seconds(1)).remaining, 0);
  const auto third = rate.count("a", start + Seconds(20));
  EXPECT_FALSE(third.allowed);
  EXPECT_EQ(third.reset, Seconds(40));
  EXPECT_TRUE(rate.count("b", start + Seconds(20)).allowed);
  EXPECT_TRUE(rate.count("a", start + Seconds(60)).allowed);
}

TEST(RateLimit, LooksWithoutCounting) {
  RateLimit rate(1);
  const Time start{};

  EXPECT_TRUE(rate.look("a", start).allowed);
  EXPECT_TRUE(rate.count("a", start).allowed);
  EXPECT_FALSE(rate.look("a", start).allowed);
  EXPECT_TRUE(rate.look("a", start + Seconds(60)).allowed);
}

TEST(Networks, OfIpv6AreWhatOneCustomerHas) {
  EXPECT_EQ(network_of("2001:db8:1:2::1"), network_of("2001:db8:1:2:ffff::9"));
  EXPECT_NE(network_of("2001:db8:1:2::1"), network_of("2001:db8:1:3::1"));
  EXPECT_EQ(network_of("192.0.2.1"), "192.0.2.1");
  EXPECT_NE(network_of("192.0.2.1"), network_of("192.0.2.2"));
  EXPECT_EQ(network_of("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(network_of("no address"), "no address");
}

TEST(WrongTokens, EndWhatIsNewFromANetworkAndNotWhatIsKnown) {
  WrongTokens tokens(2);
  const Time start{};
  tokens.right("mine");
  for (const auto* guess : {"one", "two"}) {
    EXPECT_TRUE(tokens.begin(guess, "net", start).allowed);
    tokens.wrong(guess, "net", start);
  }

  const auto refused = tokens.begin("three", "net", start + Seconds(10));
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.reset, Seconds(50));
  EXPECT_TRUE(tokens.begin("mine", "net", start).allowed);
  EXPECT_TRUE(tokens.begin("three", "another", start).allowed);
  EXPECT_TRUE(tokens.begin("three", "net", start + Seconds(60)).allowed);
  tokens.wrong("mine", "another", start);
  EXPECT_FALSE(tokens.begin("mine", "net", start).allowed) << "what has become nobody's is a guess like any other";
}

TEST(WrongTokens, WithoutALimitAreNotCounted) {
  WrongTokens tokens(0);
  for (int i = 0; i < 1000; ++i) tokens.wrong("x", "net", {});
  EXPECT_TRUE(tokens.begin("x", "net", {}).allowed);
}

TEST(Errors, HaveTheStatusOfTheTableAndNeverShowWhy) {
  const Error error{.code = Code::internal, .say = "Something went wrong.", .why = "secret cause"};

  const auto response = to_response(error);

  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
  EXPECT_EQ(to_response(*std::make_unique<Error>(Error{.code = Code::forbidden, .say = "Forbidden."})).status, 403);
}

TEST(Errors, OfWhatIsAwayForAMomentSaysWhenToComeAgain) {
  EXPECT_EQ(to_response(Error{.code = Code::unavailable, .say = "The database is busy. Try again."}).headers.get("Retry-After"), "1");
  EXPECT_FALSE(to_response(Error{.code = Code::conflict, .say = "It is taken."}).headers.has("Retry-After"));
}

}  // namespace
}  // namespace slipway::http
