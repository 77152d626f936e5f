#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace slipway::utf8 {
namespace {

TEST(Utf8, TellsGoodFromBad) {
  for (const char* good : {"", "plain ascii that is long enough", "ü", "€", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80", "12345678\xc3\xbc"})
    EXPECT_TRUE(is_valid(good)) << good;
  for (const char* bad : {"\x80", "\xc3", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                          "\xf5\x80\x80\x80", "\xe2\x82", "12345678\xff", "1234567\xc3"})
    EXPECT_FALSE(is_valid(bad)) << bad;
  EXPECT_TRUE(is_valid(std::string_view("\0", 1)));
}

TEST(Utf8, CharacterCountsItsBytes) {
  EXPECT_EQ(character("ab"), 1U);
  EXPECT_EQ(character("\xC3\xBC."), 2U);
  EXPECT_EQ(character("\xE2\x82\xAC"), 3U);
  EXPECT_EQ(character("\xF0\x9F\x98\x80!"), 4U);
  EXPECT_EQ(character("\xE2\x82"), 0U);
  EXPECT_EQ(character("\xE2("), 0U);
  EXPECT_EQ(character(""), 0U);
}

TEST(Utf8, CleanReplacesEachByteThatIsNoCharacter) {
  EXPECT_EQ(clean("gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80"), "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80");
  EXPECT_EQ(clean(std::string_view("a\0b\xFF\xC3", 5)),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(clean("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Utf8, CutLeavesNoPartOfACharacter) {
  EXPECT_EQ(cut("ab\xE2\x82\xAC", 4), "ab");
  EXPECT_EQ(cut("ab\xE2\x82\xAC", 5), "ab\xE2\x82\xAC");
  EXPECT_EQ(cut("ab\xF0\x9F\x98\x80", 5), "ab");
  EXPECT_EQ(cut("ab", 9), "ab");
}

}  // namespace
}  // namespace slipway::utf8
