#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/names.hpp"
#include "base/secret.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ostream>
#include <type_traits>

namespace slipway {
namespace {

TEST(Ids, TextRoundTripsInLowerCase) {
  const auto id = Uuid::parse("C42FDF75-3097-471C-8C33-FB52454D81C0");

  ASSERT_TRUE(id);
  EXPECT_EQ(id->str(), "c42fdf75-3097-471c-8c33-fb52454d81c0");
  EXPECT_EQ(Uuid::parse(id->str()), id);
}

TEST(Ids, MalformedTextIsNoId) {
  for (const char* text :
       {"", "c42fdf75", "c42fdf7530974-71c-8c33-fb52454d81c0x", "g42fdf75-3097-471c-8c33-fb52454d81c0", "{42fdf75-3097-471c-8c33-fb52454d81c0}"})
    EXPECT_FALSE(Uuid::parse(text)) << text;
}

TEST(Ids, RandomOnesAreVersion4AndDiffer) {
  const auto one = Uuid::random();

  EXPECT_EQ(one.str()[14], '4');
  EXPECT_NE(one, Uuid::random());
}

TEST(Time, FractionLosesItsTrailingZeros) {
  const auto time = parse_rfc3339("2026-11-22T03:04:05.120000Z");

  ASSERT_TRUE(time);
  EXPECT_EQ(to_rfc3339(*time), "2026-11-22T03:04:05.12Z");
  EXPECT_EQ(to_rfc3339(kUnsetTime), "0001-01-01T00:00:00Z");
}

TEST(Time, OffsetsAreTakenToUtcAndNanosecondsCut) {
  EXPECT_EQ(to_rfc3339(*parse_rfc3339("2026-01-01T00:30:00.123456789+02:00")), "2025-12-31T22:30:00.123456Z");
}

TEST(Time, MalformedTextIsNoTime) {
  for (const char* text : {"", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z",
                           "2026-01-01T00:00:00+0200", "2026-01-01 00:00:00Z"})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
}

TEST(Names, RuleOfTheContract) {
  for (const char* good : {"a", "dev-1", "A9-b-c"}) EXPECT_TRUE(names::is_name(good)) << good;
  for (const char* bad : {"", "-a", "a-", "a--b", "a_b", "new", "create", "abcdefghijklmnopqrstuvwxyz0123456"})
    EXPECT_FALSE(names::is_name(bad)) << bad;
  EXPECT_TRUE(names::is_version_name("v1.2_rc-3"));
  EXPECT_FALSE(names::is_display_name(" padded"));
}

template <class T>
concept Streams = requires(std::ostream& out, const T& value) { out << value; };

TEST(Secrets, HaveNoWayIntoText) {
  static_assert(!fmt::is_formattable<Secret>::value && !Streams<Secret>);
  static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<Secret, std::string_view>);
  static_assert(!std::is_convertible_v<std::string, Secret>);  // nor does a text become one by accident

  EXPECT_EQ(Secret("hidden").reveal(), "hidden");
}

}  // namespace
}  // namespace slipway
