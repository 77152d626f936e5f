#include "pg/error.hpp"
#include "pg/params.hpp"
#include "pg/session.hpp"
#include "pg/types.hpp"

#include <gtest/gtest.h>

namespace slipway::pg {
namespace {

template <class T>
std::string encoded(const T& value) {
  std::string out;
  Codec<T>::encode(out, value);
  return out;
}

TEST(Codec, EveryPrefixOfAnArrayIsRefused) {
  const std::string whole = encoded(std::vector<std::string>{"ab", "", "c"});
  std::vector<std::string> out;

  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(Codec<std::vector<std::string>>::decode(whole.substr(0, size), out)) << size;
  EXPECT_TRUE(Codec<std::vector<std::string>>::decode(whole, out));
  EXPECT_EQ(out, (std::vector<std::string>{"ab", "", "c"}));
}

TEST(Codec, AnArrayThatClaimsTooMuchIsRefused) {
  std::string huge;
  wire::put_array_head(huge, 25, 0x7fffffff, false);
  std::vector<std::string> out;

  EXPECT_FALSE(Codec<std::vector<std::string>>::decode(huge, out));
  EXPECT_TRUE(out.empty());
}

TEST(Codec, ANullNeedsAnOptional) {
  const std::string with_null = encoded(std::vector<std::optional<std::int32_t>>{1, std::nullopt});
  std::vector<std::int32_t> plain;
  std::vector<std::optional<std::int32_t>> able;

  EXPECT_FALSE(Codec<std::vector<std::int32_t>>::decode(with_null, plain));
  EXPECT_TRUE(Codec<std::vector<std::optional<std::int32_t>>>::decode(with_null, able));
  EXPECT_EQ(able, (std::vector<std::optional<std::int32_t>>{1, std::nullopt}));
}

TEST(Codec, TimesCountFromTheYear2000AndBeyondOurRangeAreInfinite) {
  Time time;
  std::string last;
  wire::put<std::int64_t>(last, std::numeric_limits<std::int64_t>::max() - 1);

  EXPECT_EQ(encoded(Time(std::chrono::sys_days(std::chrono::year(2000) / 1 / 1))), std::string(8, '\0'));
  EXPECT_TRUE(Codec<Time>::decode(last, time));
  EXPECT_EQ(time, Time::max());
  EXPECT_FALSE(Codec<Time>::decode("1234567", time));
}

TEST(Codec, JsonNeedsItsVersion) {
  Json json;

  EXPECT_FALSE(Codec<Json>::decode("{}", json));
  EXPECT_FALSE(Codec<Json>::decode("", json));
  EXPECT_TRUE(Codec<Json>::decode("\1{}", json));
  EXPECT_EQ(json.text, "{}");
}

TEST(Params, NullsAndEmptyValuesKeepTheirPlaces) {
  const Params params = Params::of(std::optional<std::string>(), std::string(), "ab", std::nullopt, std::int16_t{1});

  ASSERT_EQ(params.size(), 5U);
  EXPECT_EQ(params.data(0), nullptr);
  EXPECT_NE(params.data(1), nullptr);
  EXPECT_EQ(params.length(1), 0);
  EXPECT_EQ(std::string_view(params.data(2), static_cast<std::size_t>(params.length(2))), "ab");
  EXPECT_EQ(params.data(3), nullptr);
  EXPECT_EQ(std::string_view(params.data(4), static_cast<std::size_t>(params.length(4))), std::string_view("\0\1", 2));
}

TEST(Errors, AFullDiskIsSaidAndMayPass) {
  const auto error = to_error({.sqlstate = "53100", .message = "could not extend file"});

  EXPECT_EQ(error.code, Code::unavailable);
  EXPECT_NE(error.say.find("disk of the server's database is full"), std::string::npos);
}

TEST(Quote, DoublesTheQuotes) {
  EXPECT_EQ(quote_literal("it's"), "'it''s'");
  EXPECT_EQ(quote_identifier("a\"b"), "\"a\"\"b\"");
}

}  // namespace
}  // namespace slipway::pg
