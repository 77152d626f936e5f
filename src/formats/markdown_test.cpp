#include "formats/markdown.hpp"

#include <gtest/gtest.h>

namespace slipway::formats {
namespace {

TEST(Markdown, LosesItsMarksAndKeepsItsWords) {
  EXPECT_EQ(plain_of_markdown(
                "# Which *machine*?\nSee the [registry](https://r.example/x \"all\") for **options**.\n\n![Minion](https://m.example/m.png)\n"),
            "Which machine?\nSee the registry (https://r.example/x) for options.\n\nMinion (https://m.example/m.png)");
  EXPECT_EQ(plain_of_markdown("> Quoted > __once__\n> > twice\n~~gone~~ and ***both*** and `code_with *stars*`"),
            "Quoted > once\ntwice\ngone and both and code_with *stars*");
  EXPECT_EQ(plain_of_markdown("- one\n1. two\n```sh\necho **x**\n```\nafter"), "- one\n1. two\necho **x**\nafter");
  EXPECT_EQ(plain_of_markdown("a\\*b \\[c\\]"), "a*b [c]");
}

TEST(Markdown, WhatMarksNothingStays) {
  for (const char* text : {"2 * 3 * 4", "snake_case_name", "#hashtag", "a[0]", "[x] (y)", "5 > 4", "**", "a ` b", "", "C:\\temp"})
    EXPECT_EQ(plain_of_markdown(text), text);
}

TEST(Markdown, HostileTextTakesLittleTime) {
  EXPECT_EQ(plain_of_markdown(std::string(100'000, '[')).size(), 100'000U);
  std::string marks;
  for (int i = 0; i < 20'000; ++i) marks += i % 2 ? "*a" : "_b";
  EXPECT_FALSE(plain_of_markdown(marks).empty());
}

}  // namespace
}  // namespace slipway::formats
