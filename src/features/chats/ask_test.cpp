#include "features/chats/ask.hpp"

#include "features/chats/pins.hpp"

#include <gtest/gtest.h>

namespace slipway::chats {
namespace {

api::ChatInputPart text(std::string said) { return {.type = "text", .text = std::move(said)}; }

TEST(ChatTitle, IsTheFirstSixWordsOfAllTextParts) {
  EXPECT_EQ(title_of({text("fix the build")}), "fix the build");
  EXPECT_EQ(title_of({text(" one  two\nthree "), {.type = "file-reference", .file_name = "a.cpp"}, text("four five six")}),
            "one two three four five six");
  EXPECT_EQ(title_of({text("one two three four five six seven")}), "one two three four five six…");
  EXPECT_EQ(title_of({{.type = "file-reference", .file_name = "a.cpp"}}), "New Chat");
}

TEST(ChatTitle, IsCutToEightyCharactersNotBytes) {
  std::string umlauts, eighty;
  for (int i = 0; i < 100; ++i) umlauts += "ä";
  for (int i = 0; i < 80; ++i) eighty += "ä";

  EXPECT_EQ(title_of({text(umlauts)}), eighty);
}

TEST(ChatLabels, HaveTheirLimits) {
  const auto ok = [](const Labels& labels) { return check_labels(labels).has_value(); };
  Labels many;
  for (int i = 0; i < 51; ++i) many["k" + std::to_string(i)] = "v";
  Labels fifty = many;
  fifty.erase(fifty.begin());

  EXPECT_TRUE(check_labels(std::nullopt));
  EXPECT_TRUE(ok({{"a.b/c_d-e9", "any text at all"}}));
  EXPECT_TRUE(ok({{std::string(64, 'k'), std::string(256, 'v')}}));
  EXPECT_TRUE(ok(fifty));
  for (const auto& wrong : {Labels{{"", "v"}}, Labels{{"-k", "v"}}, Labels{{"a b", "v"}}, Labels{{std::string(65, 'k'), "v"}}, Labels{{"k", ""}},
                            Labels{{"k", std::string(257, 'v')}}, many}) {
    const auto checked = check_labels(wrong);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().say, "Invalid labels.");
    EXPECT_EQ(checked.error().fields.front().field, "labels");
  }
}

TEST(ChatContent, HasAHundredPartsAtMost) {
  EXPECT_TRUE(check_content(Parts(100, text("a"))));
  EXPECT_EQ(check_content(Parts(101, text("a"))).error().say, "Too many content parts.");
}

TEST(ChatPrompt, HasTenThousandBytesAtMost) {
  api::CreateChatRequest ask;
  ask.content = {text("a")};
  ask.system_prompt = std::string(10'000, 'x');
  EXPECT_TRUE(check_words(ask));
  ask.system_prompt = std::string(10'001, 'x');
  EXPECT_EQ(check_words(ask).error().say, "System prompt exceeds maximum length.");
}

TEST(ChatKey, IsPrintableAndNotLong) {
  EXPECT_TRUE(check_key(std::nullopt));
  for (const auto& good : {std::string("a key"), std::string("~"), std::string(255, 'x')}) EXPECT_TRUE(check_key(good)) << good;
  for (const auto& wrong : {std::string(), std::string(256, 'x'), std::string("a\tb"), std::string("\xc3\xa4"), std::string("\x7f")})
    EXPECT_EQ(check_key(wrong).error().say, "Invalid Idempotency-Key header.") << wrong;
}

TEST(ChatPins, AreOneToN) {
  const auto a = ChatId::random(), b = ChatId::random(), c = ChatId::random();
  using Pins = std::vector<ChatId>;

  EXPECT_EQ(pinned_anew({a, b}, c, 1), (Pins{a, b, c})) << "a new one goes to the end";
  EXPECT_EQ(pinned_anew({a, b, c}, c, 1), (Pins{c, a, b}));
  EXPECT_EQ(pinned_anew({a, b, c}, a, 99), (Pins{b, c, a}));
  EXPECT_EQ(pinned_anew({a, b, c}, b, 2), (Pins{a, b, c}));
  EXPECT_EQ(pinned_anew({a, b, c}, b, 0), (Pins{a, c}));
  EXPECT_EQ(pinned_anew({a}, b, 0), (Pins{a}));
}

}  // namespace
}  // namespace slipway::chats
