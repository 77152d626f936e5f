#include "features/proxies/proxies.hpp"

#include <gtest/gtest.h>

namespace slipway::proxies {
namespace {

TEST(ProxyToken, IsAnIdAndASecret) {
  const std::string id = "0e8400e2-9b41-4d16-a7c4-46655440000f";
  const std::string token = id + ":secret:with:colons";
  const auto parts = parse_token(token);

  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->proxy.str(), id);
  EXPECT_EQ(parts->secret, "secret:with:colons");
}

TEST(ProxyToken, WhatLacksEitherIsNone) {
  for (const auto* text : {"", ":", ":x", "x:y", "0e8400e2-9b41-4d16-a7c4-46655440000f", "0e8400e2-9b41-4d16-a7c4-46655440000f:",
                           "00000000-0000-0000-0000-000000000000:x", " 0e8400e2-9b41-4d16-a7c4-46655440000f:x"})
    EXPECT_FALSE(parse_token(text)) << text;
}

}  // namespace
}  // namespace slipway::proxies
