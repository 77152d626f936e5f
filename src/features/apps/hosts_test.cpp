#include "features/apps/hosts.hpp"

#include "features/apps/redirect.hpp"

#include <gtest/gtest.h>

namespace slipway::apps {
namespace {

using Kind = Place::Kind;

struct Asked : net::Request {
  explicit Asked(net::Headers fields, std::string target = "/", std::string from = "203.0.113.9") {
    method = "GET";
    set_target(std::move(target));
    headers = std::move(fields);
    peer.ip = std::move(from);
  }
};

Wildcard wildcard(std::string_view setting = "*.apps.example.com") { return Wildcard::parse(setting).value_or(Wildcard()); }

http::Site a_site() {
  http::Site site;
  site.access_url = "https://dev.example.com:8443";
  site.trusted_proxies = {"10.0.0.0/8"};
  return site;
}

Kind kind_of(std::string host, std::string target = "/") {
  return place_of(Asked({{"Host", std::move(host)}}, std::move(target)), a_site(), wildcard()).kind;
}

TEST(Place, OfTheDashboardAndOfWhatIsNoAppsIsForTheRoutes) {
  for (const char* ours :
       {"dev.example.com:8443", "DEV.example.com", ".dev.example.com.", "localhost", "web--a--w--u", "127.0.0.1:7080", "[::1]:7080",
        "other.example.com", "app--agent--ws--user.apps.example.com.evil.com", "a.b.apps.example.com", "apps.example.com"})
    EXPECT_EQ(kind_of(ours), Kind::ours) << ours;
}

TEST(Place, OfNoHostIsNoneButForRelays) {
  EXPECT_EQ(kind_of(""), Kind::nameless);
  EXPECT_EQ(kind_of("", "/api/v2/buildinfo"), Kind::nameless);
  EXPECT_EQ(kind_of("", "/derp"), Kind::ours);
  EXPECT_EQ(place_of(Asked(net::Headers()), a_site(), wildcard()).kind, Kind::nameless);
}

TEST(Place, OfAnAppHasItsNameHoweverTheHostIsWritten) {
  for (const char* host : {"web--main--dev--ana.apps.example.com", "WEB--Main--dev--ana.Apps.Example.com", "web--main--dev--ana.apps.example.com.",
                           "web--main--dev--ana.apps.example.com:8443"}) {
    const auto place = place_of(Asked({{"Host", host}}), a_site(), wildcard());

    EXPECT_EQ(place.kind, Kind::app) << host;
    EXPECT_EQ(place.name, "web--main--dev--ana") << host;
    EXPECT_EQ(place.app.agent, "main") << host;
  }
}

TEST(Place, OfTheWildcardThatNamesNoAppIsUnreadable) {
  for (const char* host : {"test.apps.example.com", "workspace--app.apps.example.com", "app--workspace--user.apps.example.com"})
    EXPECT_EQ(kind_of(host), Kind::unreadable) << host;
  EXPECT_EQ(kind_of("coder-logout.apps.example.com"), Kind::signing_out);
  EXPECT_EQ(kind_of("Coder-Signin.apps.example.com"), Kind::signing_in);
}

TEST(Place, OfTheDashboardCountsBeforeTheWildcardItIsIn) {
  auto site = a_site();
  site.access_url = "https://web--main--dev--ana.apps.example.com";

  EXPECT_EQ(place_of(Asked({{"Host", "web--main--dev--ana.apps.example.com"}}), site, wildcard()).kind, Kind::ours);
}

TEST(Place, IsSaidByTrustedProxiesOnly) {
  const net::Headers forwarded{{"Host", "dev.example.com"}, {"X-Forwarded-Host", "web--main--dev--ana.apps.example.com"}};

  EXPECT_EQ(place_of(Asked(forwarded, "/", "10.1.1.1"), a_site(), wildcard()).kind, Kind::app);
  EXPECT_EQ(place_of(Asked(forwarded, "/", "203.0.113.9"), a_site(), wildcard()).kind, Kind::ours);
}

TEST(SubdomainCookie, IsNamedAfterTheWildcard) {
  EXPECT_EQ(subdomain_cookie("example.com"), "coder_subdomain_app_session_token_a379a6f6eeafb9a55e378c118034e275");
  EXPECT_EQ(subdomain_cookie("*.apps.example.com"), "coder_subdomain_app_session_token_a303882f63a443902998796bd7724f3d");
}

TEST(Query, LosesOneParameterAndNothingElse) {
  EXPECT_EQ(without_parameter("a=%20&key=1&b=+&key=2&c", "key"), "a=%20&b=+&c");
  EXPECT_EQ(without_parameter("%6bey=1", "key"), "");
  EXPECT_EQ(without_parameter("monkey=1&a=key=2", "key"), "monkey=1&a=key=2");
  EXPECT_EQ(without_parameter("", "key"), "");
}

TEST(OwnAddress, BeginsWithExactlyOneSlash) {
  EXPECT_EQ(on_this_host("/a%2Fb", "x=1"), "/a%2Fb?x=1");
  EXPECT_EQ(on_this_host("//evil.example/x", ""), "/evil.example/x");
  EXPECT_EQ(on_this_host("/\\evil.example", ""), "/evil.example");
  EXPECT_EQ(on_this_host("/", "x"), "/?x");
}

std::string way(std::string_view asked, std::string_view access_url = "https://dev.example.com", std::string_view setting = "*.apps.example.com") {
  const auto url = net::parse_url(asked);
  const auto to = url ? way_to_app(*url, wildcard(setting), access_url) : std::nullopt;
  return to ? to->str() : "";
}

TEST(WayToApp, HasTheSchemeOfTheAccessUrlWhateverIsAsked) {
  EXPECT_EQ(way("http://web--main--dev--ana.apps.example.com/a?b=1"), "https://web--main--dev--ana.apps.example.com/a?b=1");
  EXPECT_EQ(way("https://web--main--dev--ana.apps.example.com/", "http://dev.example.com"), "http://web--main--dev--ana.apps.example.com/");
}

TEST(WayToApp, HasThePortThatPeopleSee) {
  const std::string host = "https://web--main--dev--ana.apps.example.com";

  EXPECT_EQ(way(host + ":8443/", "https://dev.example.com:8443"), host + ":8443/");
  EXPECT_EQ(way(host + "/", "https://dev.example.com:8443"), "");
  EXPECT_EQ(way(host + ":9/", "https://dev.example.com:8443"), "");
  EXPECT_EQ(way(host + ":9000/", "https://dev.example.com:8443", "*.apps.example.com:9000"), host + ":9000/");
  EXPECT_EQ(way(host + ":443/"), host + "/");
  EXPECT_EQ(way(host + ":8443/"), "");
}

TEST(WayToApp, LeadsNowhereElse) {
  for (const char* other : {"https://dev.example.com/", "https://evil.com/", "https://web--main--dev--ana.apps.example.com.evil.com/",
                            "https://apps.example.com/", "https://u@web--main--dev--ana.apps.example.com/", "javascript:alert(1)", "//evil",
                            "https://web--main--dev--ana.apps.example.com\\@evil.com/", "https://evil.com?.apps.example.com"})
    EXPECT_EQ(way(other), "") << other;
  EXPECT_EQ(way("https://dev.example.com/", "https://dev.example.com", "*.example.com"), "") << "the access URL's own host is none of apps";
}

TEST(WayToProxy, IsItsOwnAddressOrOneOfItsApps) {
  const auto lead = [](std::string_view asked, std::string setting) {
    const auto to = way_to_proxy(*net::parse_url(asked), {.url = "https://east.example.com", .wildcard = std::move(setting)});
    return to ? to->str() : "";
  };

  EXPECT_EQ(lead("http://east.example.com/@ana/dev/apps/web/", ""), "https://east.example.com/@ana/dev/apps/web/");
  EXPECT_EQ(lead("http://west.example.com/", ""), "");
  EXPECT_EQ(lead("https://web--main--dev--ana.east.example.com/", "*.east.example.com"), "https://web--main--dev--ana.east.example.com/");
  EXPECT_EQ(lead("https://web--main--dev--ana.west.example.com/", "*.east.example.com"), "");
}

TEST(WayBySignIn, IsAHostOfNoAppBySameSchemeAndPort) {
  const auto by = [](std::string_view to, std::string_view setting) { return by_sign_in(*net::parse_url(to), wildcard(setting)).str(); };

  EXPECT_EQ(by("https://web--main--dev--ana.apps.example.com:8443/a?b=1", "*.apps.example.com:8443"),
            "https://coder-signin.apps.example.com:8443/?to=https%3A%2F%2Fweb--main--dev--ana.apps.example.com%3A8443%2Fa%3Fb%3D1");
  EXPECT_EQ(by("http://web--main--dev--ana-apps.example.com/", "*-apps.example.com"),
            "http://coder-signin-apps.example.com/?to=http%3A%2F%2Fweb--main--dev--ana-apps.example.com%2F");
}

TEST(WithKey, TheKeyThatWasThereIsReplaced) {
  const auto url = net::parse_url("https://a.example.com/p?x=%20&coder_application_connect_api_key_35e783=theirs");

  EXPECT_EQ(with_key(*url, "o.u=rs"), "https://a.example.com/p?x=%20&coder_application_connect_api_key_35e783=o.u%3Drs");
  EXPECT_EQ(with_key(*net::parse_url("https://a.example.com"), "k"), "https://a.example.com/?coder_application_connect_api_key_35e783=k");
}

TEST(TerminalAddress, IsThatOfTheAgentsWebSocket) {
  const auto agent = *Uuid::parse("0e8400e2-9b41-4d16-a7c4-46655440000f");
  const auto fault = [&](std::string_view url) {
    const auto address = terminal_address(url, agent);
    return address ? std::string() : address.error().say;
  };
  const std::string path = "/api/v2/workspaceagents/0e8400e2-9b41-4d16-a7c4-46655440000f/pty";

  EXPECT_EQ(fault("wss://east.example.com" + path), "");
  EXPECT_EQ(fault("ws://east.example.com:8080" + path + "?reconnect=x"), "");
  for (const auto& wrong : {"https://east.example.com" + path, std::string("wss://"), std::string("nonsense"), "wss://u@east.example.com" + path})
    EXPECT_EQ(fault(wrong), "Invalid URL.") << wrong;
  EXPECT_EQ(fault("wss://east.example.com/api/v2/workspaceagents/1e8400e2-9b41-4d16-a7c4-46655440000f/pty"), "Invalid URL path.");
  EXPECT_EQ(fault("wss://east.example.com/"), "Invalid URL path.");
}

TEST(KeyTerm, IsTheSessionsUnlessThatHasNoNearEnd) {
  const Time now{Seconds(1'800'000'000)};
  const Seconds day(86400);

  EXPECT_EQ(term_of(now, now + Seconds(3600), Seconds(7200), day), (KeyTerm{now + Seconds(3600), Seconds(7200)}));
  EXPECT_EQ(term_of(now, now + day * 30, day * 30, day), (KeyTerm{now + day, day}));
  EXPECT_EQ(term_of(now, Time(), Seconds(0), day), (KeyTerm{now + day, day}));
}

}  // namespace
}  // namespace slipway::apps
