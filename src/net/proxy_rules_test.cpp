// Which proxy a connection takes, by the variables of the environment.
#include "net/proxy.hpp"

#include <gtest/gtest.h>

namespace slipway::net {
namespace {

using Variables = std::map<std::string, std::string>;

Proxies with(Variables variables) {
  return Proxies([variables = std::move(variables)](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

// The proxy to https://host:port, "straight", or what is wrong.
std::string way(const Proxies& proxies, std::string_view host, std::uint16_t port = 443, bool secure = true) {
  const auto proxy = proxies.on_the_way_to(secure, host, port);
  if (!proxy) return proxy.error().say;
  return *proxy ? (*proxy)->str() : "straight";
}

TEST(NetProxies, EachSchemeHasItsVariableAndAllProxyStandsInForBoth) {
  const auto both = with({{"HTTPS_PROXY", "http://s:1"}, {"HTTP_PROXY", "http://p:2"}, {"ALL_PROXY", "http://a:3"}});
  const auto rest = with({{"https_proxy", "http://s:1"}, {"all_proxy", "http://a:3"}});

  EXPECT_EQ(way(both, "h", 443, true), "http://s:1");
  EXPECT_EQ(way(both, "h", 80, false), "http://p:2");
  EXPECT_EQ(way(rest, "h", 443, true), "http://s:1");
  EXPECT_EQ(way(rest, "h", 80, false), "http://a:3");
  EXPECT_EQ(way(with({{"HTTPS_PROXY", "http://up:1"}, {"https_proxy", "http://low:2"}}), "h"), "http://up:1");
  EXPECT_EQ(way(with({{"HTTPS_PROXY", ""}, {"https_proxy", "http://low:2"}}), "h"), "http://low:2");
  EXPECT_EQ(way(with({}), "h"), "straight");
  EXPECT_EQ(way(with({{"REQUEST_METHOD", "GET"}, {"HTTP_PROXY", "http://evil:1"}}), "h", 80, false), "straight");
}

TEST(NetProxies, AnAddressMayLackItsSchemeAndItsPort) {
  EXPECT_EQ(way(with({{"HTTPS_PROXY", "proxy.example:3128"}}), "h"), "http://proxy.example:3128");
  EXPECT_EQ(way(with({{"HTTPS_PROXY", "http://proxy.example"}}), "h"), "http://proxy.example:80");
  EXPECT_EQ(way(with({{"HTTPS_PROXY", "https://proxy.example/"}}), "h"), "https://proxy.example:443");
  EXPECT_EQ(way(with({{"HTTPS_PROXY", " HTTP://[2001:db8::1]:8080 "}}), "h"), "http://[2001:db8::1]:8080");
}

TEST(NetProxies, WhatCannotBeUsedIsNamedAndNeverPrinted) {
  const auto socks = way(with({{"ALL_PROXY", "socks5://ana:secret@p:1080"}}), "h");
  const auto broken = way(with({{"HTTPS_PROXY", "http://ana:secret@:x"}}), "h");

  EXPECT_EQ(socks, "ALL_PROXY names a proxy that speaks SOCKS; only http:// and https:// proxies are spoken to.");
  EXPECT_EQ(broken, "HTTPS_PROXY is no address of a proxy: it is such as http://proxy.example.com:3128.");
  EXPECT_EQ(way(with({{"ALL_PROXY", "socks5://p:1080"}, {"NO_PROXY", "h"}}), "h"), "straight");
}

TEST(NetProxies, NameAndPasswordAreDecodedAndToldAsBasic) {
  const auto proxies = with({{"HTTPS_PROXY", "http://ana%40corp:p%3Aw@rd@p:1"}});
  const auto proxy = proxies.on_the_way_to(true, "h", 443);

  ASSERT_TRUE(proxy && *proxy);
  EXPECT_EQ((*proxy)->user, "ana@corp");
  EXPECT_EQ((*proxy)->password.reveal(), "p:w@rd");
  EXPECT_EQ((*proxy)->authorization(), "Basic YW5hQGNvcnA6cDp3QHJk");
  EXPECT_EQ((*proxy)->str(), "http://p:1");
}

TEST(NetProxies, LoopbackAndMetadataServicesNeverGoByOne) {
  const auto proxies = with({{"ALL_PROXY", "http://p:1"}});

  for (const auto* host : {"localhost", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "169.254.169.254", "169.254.170.2", "fe80::1",
                           "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "metadata.google.internal"})
    EXPECT_EQ(way(proxies, host, 80, false), "straight") << host;
  for (const auto* host : {"localhost.example", "128.0.0.1", "169.253.0.1", "10.0.0.1", "2001:db8::1"})
    EXPECT_EQ(way(proxies, host, 80, false), "http://p:1") << host;
}

struct Exception {
  std::string listed, host;
  std::uint16_t port;
  bool straight;
};

TEST(NetProxies, NoProxyNamesHostsDomainsAddressesNetworksAndPorts) {
  const Exception all[] = {
      {"*", "any.example", 443, true},
      {"example.com", "example.com", 443, true},
      {"example.com", "a.b.example.com", 443, true},
      {"example.com", "notexample.com", 443, false},
      {".example.com", "a.example.com", 443, true},
      {".example.com", "example.com", 443, false},
      {"*.example.com", "a.example.com", 443, true},
      {"*.example.com", "example.com", 443, false},
      {"EXAMPLE.com", "example.com", 443, true},
      {"example.com:8443", "example.com", 8443, true},
      {"example.com:8443", "example.com", 443, false},
      {"other.example, example.com", "example.com", 443, true},
      {"other.example example.com", "example.com", 443, true},
      {"10.1.2.3", "10.1.2.3", 443, true},
      {"10.1.2.3", "10.1.2.4", 443, false},
      {"10.1.2.3:80", "10.1.2.3", 443, false},
      {"10.0.0.0/8", "10.200.1.1", 443, true},
      {"10.0.0.0/8", "11.0.0.1", 443, false},
      {"10.9.9.9/8", "10.0.0.1", 443, true},
      {"10.0.0.0/99", "10.0.0.1", 443, false},
      {"2001:db8::/32", "2001:db8:1::5", 443, true},
      {"2001:db8::/32", "2001:db9::5", 443, false},
      {"2001:db8::5", "2001:db8:0::5", 443, true},
      {"[2001:db8::5]:443", "2001:db8::5", 443, true},
      {"[2001:db8::5]:443", "2001:db8::5", 80, false},
      {"2.3", "10.1.2.3", 443, false},
      {":443", "example.com", 443, false},
      {"", "example.com", 443, false},
      {",,", "example.com", 443, false},
  };

  for (const auto& one : all) {
    const auto proxies = with({{"HTTPS_PROXY", "http://p:1"}, {"no_proxy", one.listed}});
    EXPECT_EQ(way(proxies, one.host, one.port), one.straight ? "straight" : "http://p:1") << one.listed << " " << one.host << " " << one.port;
  }
}

}  // namespace
}  // namespace slipway::net
