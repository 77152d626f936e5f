#include "features/apps/visitor.hpp"

#include <gtest/gtest.h>

namespace slipway::apps {
namespace {

Visitor ana() {
  return {.id = *UserId::parse("0e8400e2-9b41-4d16-a7c4-46655440000f"),
          .username = "ana",
          .name = "Ana Müller",
          .email = "ana@example.com",
          .groups = {"ops", "a,b", "100%"},
          .told = true};
}

TEST(Visitor, AnAppThatAsksIsToldWhoVisits) {
  net::Headers headers{{"Accept", "*/*"}};

  tell_visitor(headers, ana());

  EXPECT_EQ(headers.get("X-Slipway-Visitor-Id"), "0e8400e2-9b41-4d16-a7c4-46655440000f");
  EXPECT_EQ(headers.get("X-Slipway-Visitor-Username"), "ana");
  EXPECT_EQ(headers.get("X-Slipway-Visitor-Name"), "Ana M%C3%BCller");
  EXPECT_EQ(headers.get("X-Slipway-Visitor-Email"), "ana@example.com");
  EXPECT_EQ(headers.get("X-Slipway-Visitor-Groups"), "ops,a%2Cb,100%25");
  EXPECT_EQ(headers.get("Accept"), "*/*");
}

TEST(Visitor, OtherAppsAndPublicVisitsAreToldNothing) {
  auto quiet = ana();
  quiet.told = false;
  for (const auto& visitor : {std::optional(quiet), std::optional<Visitor>()}) {
    net::Headers headers{{"Accept", "*/*"}};

    tell_visitor(headers, visitor);

    EXPECT_EQ(headers.size(), 1u);
  }
}

// Servers of the CGI kind read "_" and "-" as one; a name of the family that is not told yet is ours, too.
TEST(Visitor, WhatAVisitorSaysOfItselfIsDropped) {
  for (const bool told : {true, false}) {
    auto visitor = ana();
    visitor.told = told;
    net::Headers headers{{"X-Slipway-Visitor-Username", "root"},
                         {"x-slipway-visitor-groups", "admins"},
                         {"X_Slipway_Visitor_Email", "root@x"},
                         {"X-SLIPWAY_VISITOR-name", "root"},
                         {"X-Slipway-Visitor-Role", "root"},
                         {"X-Slipway-Visitor", "root"},
                         {"X-Slipway", "kept"},
                         {"X-Slipway-Visitor-Groups", "more"}};

    tell_visitor(headers, visitor);

    EXPECT_EQ(headers.size(), told ? 6u : 1u);
    EXPECT_EQ(headers.get("X-Slipway"), "kept");
    for (std::size_t i = 0; i < headers.size(); ++i) EXPECT_EQ(headers.at(i).second.find("root"), std::string_view::npos) << headers.at(i).first;
    EXPECT_EQ(headers.all("X-Slipway-Visitor-Groups").size(), told ? 1u : 0u);
  }
}

TEST(Visitor, AValueBreaksNoField) {
  EXPECT_EQ(visitor_value(" a b\r\nX: 1 "), "%20a b%0D%0AX: 1%20");
  EXPECT_EQ(visitor_value(std::string_view("\0\x7f", 2)), "%00%7F");
  EXPECT_EQ(visitor_value(""), "");
}

}  // namespace
}  // namespace slipway::apps
