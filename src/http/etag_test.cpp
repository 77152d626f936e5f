#include "http/etag.hpp"

#include <gtest/gtest.h>

namespace slipway::http {
namespace {

TEST(EntityTags, AreNamedAloneInListsAndByAStar) {
  EXPECT_TRUE(names_etag("\"a\"", "\"a\""));
  EXPECT_TRUE(names_etag("\"b\" , W/\"a\",\"c\"", "\"a\""));
  EXPECT_TRUE(names_etag(" * ", "\"a\""));
  EXPECT_FALSE(names_etag("\"b\", \"c\"", "\"a\""));
  EXPECT_FALSE(names_etag("", "\"a\""));
}

}  // namespace
}  // namespace slipway::http
