// The check that roundtrip_test.cpp makes of every wire type.
#pragma once

#include <gtest/gtest.h>

#include "api/json.hpp"

namespace slipway::api {

template <class T>
void comes_back(std::string_view name, std::string_view text) {
  const auto read = from_json<T>(text);
  ASSERT_TRUE(read) << name << ": " << read.error().say << (read.error().fields.empty() ? "" : read.error().fields[0].field);
  EXPECT_EQ(to_json(*read), text) << name;
  const auto again = from_request<T>(text);
  ASSERT_TRUE(again) << name << ": " << again.error().fields.at(0).field << ' ' << again.error().fields.at(0).detail;
  EXPECT_TRUE(*again == *read) << name;
}

}  // namespace slipway::api
