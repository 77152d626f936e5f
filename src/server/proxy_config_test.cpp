#include "server/proxy.hpp"
#include "server/test_support.hpp"

#include <gtest/gtest.h>

namespace slipway::server {
namespace {

auto proxy_with(std::vector<std::string> words) { return parsed(parse_proxy_config, std::move(words)); }
std::string say(const Result<ProxyParsed>& result) { return result ? std::string() : result.error().say; }

TEST(ProxyConfig, IsReadFromFlagsAndFromTheVariablesOfExistingDeployments) {
  const Variables variables({{"CODER_PRIMARY_ACCESS_URL", "https://slipway.example.com/"},
                             {"CODER_PROXY_SESSION_TOKEN", "id:secret"},
                             {"CODER_WILDCARD_ACCESS_URL", "*.sydney.example.com"}});

  const auto read = proxy_with({"--access-url", "https://sydney.example.com/", "--http-address", ":8080"});

  ASSERT_TRUE(read) << say(read);
  EXPECT_EQ(read->config.primary_url, "https://slipway.example.com");
  EXPECT_EQ(read->config.token.reveal(), "id:secret");
  EXPECT_EQ(read->config.base.access_url, "https://sydney.example.com");
  EXPECT_EQ(read->config.base.wildcard_access_url, "*.sydney.example.com");
  EXPECT_EQ(read->config.base.http_address, ":8080");
}

TEST(ProxyConfig, WhatIsMissingOrWrongIsNamed) {
  EXPECT_NE(say(proxy_with({})).find("--primary-access-url"), std::string::npos);
  EXPECT_NE(say(proxy_with({"--primary-access-url", "https://slipway.example.com"})).find("slipway proxies create"), std::string::npos);
  EXPECT_NE(say(proxy_with({"--primary-access-url", "slipway.example.com", "--proxy-session-token", "x:y"})).find("--primary-access-url"),
            std::string::npos);
  EXPECT_NE(
      say(proxy_with({"--primary-access-url", "https://a.example.com", "--proxy-session-token", "x:y", "--access-url", "https://b.example.com/path"}))
          .find("--access-url"),
      std::string::npos);
}

TEST(ProxyConfig, HelpNamesEachSetting) {
  const auto help = proxy_with({"--help"});

  ASSERT_TRUE(help);
  for (const auto* flag : {"--primary-access-url", "--proxy-session-token-file", "--wildcard-access-url", "--tls-cert-file", "--ca-file"})
    EXPECT_NE(help->print.find(flag), std::string::npos) << flag;
}

}  // namespace
}  // namespace slipway::server
