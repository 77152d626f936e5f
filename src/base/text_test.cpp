#include "base/text.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace slipway::text {
namespace {

using Pieces = std::vector<std::string_view>;

TEST(Text, TrimTakesOnlyWhatItIsTold) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim("\n a ", " "), "\n a");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Text, LowerLeavesAllButAsciiLetters) {
  EXPECT_EQ(lower("Az09@[`{"), "az09@[`{");
  EXPECT_EQ(lower("\xC3\x84"), "\xC3\x84");
  EXPECT_EQ(lower('Z'), 'z');
}

TEST(Text, SplitKeepsEmptyPiecesAndWordsHasNone) {
  EXPECT_EQ(split("a::b:", ':'), (Pieces{"a", "", "b", ""}));
  EXPECT_EQ(split("", ':'), (Pieces{""}));
  EXPECT_EQ(words("  a\t\r b\n"), (Pieces{"a", "b"}));
  EXPECT_EQ(words(",a b,,c,", ","), (Pieces{"a b", "c"}));
  EXPECT_EQ(words(""), Pieces());
}

TEST(Text, JoinedPutsTheSeparatorBetweenOnly) {
  const std::vector<std::string> parts{"a", "", "b"};

  EXPECT_EQ(joined(parts, ", "), "a, , b");
  EXPECT_EQ(joined({}, ","), "");
}

TEST(Text, NumberIsTheWholeTextOrNothing) {
  EXPECT_EQ(number<int>("-12"), -12);
  EXPECT_EQ(number<std::uint16_t>("65535"), 65535);
  EXPECT_EQ(number<std::uint16_t>("1F90", 16), 8080);
  EXPECT_EQ(number<double>("1.5"), 1.5);
  for (const char* text : {"", " 1", "1 ", "1x", "+1", "x", "99999999999"}) EXPECT_FALSE(number<int>(text)) << text;
  EXPECT_FALSE(number<unsigned>("-1"));
  EXPECT_FALSE(number<std::uint16_t>("65536"));
  EXPECT_FALSE(number<double>("1.5.2"));
}

TEST(Text, LetGoGivesTheMemoryBackWhichAnEmptyStringDoesNot) {
  std::string large(10'000, 'x');

  text::let_go(large);

  EXPECT_TRUE(large.empty());
  EXPECT_EQ(large.capacity(), std::string().capacity());
}

}  // namespace
}  // namespace slipway::text
