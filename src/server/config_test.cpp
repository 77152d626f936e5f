#include "server/config.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace slipway::server {
namespace {

struct ServerConfig : ::testing::Test {
  void set(const char* name, const char* value) {
    ::setenv(name, value, 1);
    names.push_back(name);
  }
  ~ServerConfig() override {
    for (const char* name : names) ::unsetenv(name);
  }
  static Result<Parsed> parse(std::vector<const char*> flags) {
    flags.insert(flags.begin(), "slipwayd");
    return parse_config(static_cast<int>(flags.size()), flags.data());
  }
  std::vector<const char*> names;
};

TEST_F(ServerConfig, AnAccessUrlThatNobodyCouldOpenIsRefused) {
  for (const char* wrong :
       {"nonsense", "slipway.example.com", "ftp://slipway.example.com", "https://", "https://user:pw@slipway.example.com", "https://a/?b"}) {
    const auto refused = parse({"--access-url", wrong});
    ASSERT_FALSE(refused) << wrong;
    EXPECT_NE(refused.error().say.find("give one such as https://"), std::string::npos) << refused.error().say;
  }
  EXPECT_EQ(parse({"--access-url", "https://slipway.example.com/"})->config.access_url, "https://slipway.example.com");
  EXPECT_TRUE(parse({"--access-url", "http://[::1]:7080"}).has_value());
}

TEST_F(ServerConfig, AWildcardThatNoHostMatchesIsRefused) {
  const std::pair<const char*, const char*> wrong[] = {{"https://*.example.com", "must not contain a scheme"},
                                                       {"*.example.com.", "must not start or end with a period"},
                                                       {"*", "must contain at least two labels/segments"},
                                                       {"apps.example.com", "must contain exactly one asterisk"},
                                                       {"apps.*.example.com", "must only contain an asterisk at the beginning"},
                                                       {"*.ap_ps.example.com", "contains invalid label"}};

  for (const auto& [setting, words] : wrong) {
    const auto refused = parse({"--wildcard-access-url", setting});
    ASSERT_FALSE(refused) << setting;
    EXPECT_TRUE(refused.error().say.starts_with("--wildcard-access-url ")) << refused.error().say;
    EXPECT_NE(refused.error().say.find(words), std::string::npos) << refused.error().say;
  }
  EXPECT_EQ(parse({"--wildcard-access-url", "*.apps.example.com:8443"})->config.wildcard_access_url, "*.apps.example.com:8443");
}

TEST_F(ServerConfig, AWildcardWhoseCookiesReachOtherHostsIsWarnedOf) {
  const auto own = parse({"--wildcard-access-url", "*.apps.example.com"}), shared = parse({"--wildcard-access-url", "*-apps.example.com"});

  EXPECT_TRUE(own->notices.empty());
  ASSERT_EQ(shared->notices.size(), 1U);
  EXPECT_NE(shared->notices.front().first.find("--wildcard-access-url"), std::string::npos);
  EXPECT_EQ(shared->notices.front().second, ".example.com");
}

TEST_F(ServerConfig, AnUnknownIsolationIsRefused) {
  EXPECT_EQ(parse({"--build-isolation", "account"})->config.build_isolation, "account");
  EXPECT_FALSE(parse({"--build-isolation", "acount"}).has_value());
}

TEST_F(ServerConfig, NobodyScrapesUnlessTold) { EXPECT_EQ(parse({})->config.prometheus_address, ""); }

TEST_F(ServerConfig, PrometheusHasItsUsualAddress) {
  set("CODER_PROMETHEUS_ENABLE", "true");
  EXPECT_EQ(parse({})->config.prometheus_address, "127.0.0.1:2112");
  set("CODER_PROMETHEUS_ADDRESS", "0.0.0.0:9000");
  EXPECT_EQ(parse({})->config.prometheus_address, "0.0.0.0:9000");
}

TEST_F(ServerConfig, AnAddressAloneTurnsPrometheusOnAndEnableFalseTurnsItOff) {
  EXPECT_EQ(parse({"--prometheus-address", "[::1]:2112"})->config.prometheus_address, "[::1]:2112");
  set("SLIPWAY_PROMETHEUS_ENABLE", "false");
  EXPECT_EQ(parse({"--prometheus-address", "[::1]:2112"})->config.prometheus_address, "");
}

TEST_F(ServerConfig, WhatIsNoAddressIsRefusedBySettingsName) {
  const auto parsed = parse({"--prometheus-address", "2112"});
  ASSERT_FALSE(parsed);
  EXPECT_TRUE(parsed.error().say.starts_with("--prometheus-address: \"2112\" is not a value")) << parsed.error().say;
  set("CODER_PROMETHEUS_ENABLE", "perhaps");
  EXPECT_FALSE(parse({}));
}

TEST_F(ServerConfig, IdleProvisionersLookTwiceAMinuteUnlessToldAndNeverLessThanOnceNorMoreThanEachSecond) {
  EXPECT_EQ(parse({})->config.provisioner_poll, Seconds(30));
  set("CODER_PROVISIONER_DAEMON_POLL_INTERVAL", "10s");
  EXPECT_EQ(parse({})->config.provisioner_poll, Seconds(10));
  EXPECT_EQ(parse({"--provisioner-daemon-poll-interval", "0s"})->config.provisioner_poll, Seconds(1));
  EXPECT_EQ(parse({"--provisioner-daemon-poll-interval", "5m"})->config.provisioner_poll, Seconds(60));
}

TEST_F(ServerConfig, CachesAreWhereOneSaysOrSystemdOrInTheDataFolder) {
  EXPECT_EQ(parse({})->config.cache_dir, "");
  set("CACHE_DIRECTORY", "/var/cache/one/:/var/cache/two");
  EXPECT_EQ(parse({})->config.cache_dir, "/var/cache/one");
  set("CODER_CACHE_DIRECTORY", "/srv/cache");
  EXPECT_EQ(parse({})->config.cache_dir, "/srv/cache");
  EXPECT_EQ(parse({"--cache-dir", "/elsewhere/"})->config.cache_dir, "/elsewhere");
}

TEST_F(ServerConfig, AddressesAreSplit) {
  EXPECT_EQ(host_of("[::1]:7080"), "::1");
  EXPECT_EQ(host_of(":7080"), "0.0.0.0");
  EXPECT_EQ(host_of("localhost:1"), "127.0.0.1");
  EXPECT_EQ(port_of("127.0.0.1:7080"), 7080);
  EXPECT_EQ(port_of("127.0.0.1"), 0);
  for (const auto* good : {"127.0.0.1:0", ":80", "[::]:443", "localhost:1", "0.0.0.0:65535"}) EXPECT_TRUE(is_address(good)) << good;
  for (const auto* bad : {"", ":", "80", "127.0.0.1", "::1:80", "1.2.3.4:70x80", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4: 80"})
    EXPECT_FALSE(is_address(bad)) << bad;
}

}  // namespace
}  // namespace slipway::server
