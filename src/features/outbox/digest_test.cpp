// What waited for one person, as one mail; all of it without a database.
#include "features/outbox/digest.hpp"

#include <gtest/gtest.h>

namespace slipway::outbox {
namespace {

using notifications::Kind;

const std::string kBase = "https://dev.example.com";

Letter letter_of(Kind kind, const std::string& labels, bool held = true) {
  Letter letter;
  letter.message_id = Uuid::random();
  letter.kind_id = notifications::id_of(kind);
  letter.method = "smtp";
  letter.labels = {labels};
  letter.user_id = {*Uuid::parse("33333333-3333-4333-8333-333333333333")};
  letter.username = "ana";
  letter.name = "Ana";
  letter.email = "ana@example.com";
  letter.active = letter.wanted = true;
  if (held) letter.held = Time{};
  return letter;
}
Letter deleted(const std::string& name, bool held = true) {
  return letter_of(Kind::workspace_deleted, R"({"name": ")" + name + R"(", "reason": "initiated by user", "initiator": "bo"})", held);
}
std::vector<Told> told_of(const std::vector<Letter>& letters) {
  std::vector<Told> told;
  for (const auto& letter : letters) told.push_back({&letter, render(letter, kBase).value()});
  return told;
}
std::vector<const Letter*> all_of(const std::vector<Letter>& letters) {
  std::vector<const Letter*> all;
  for (const auto& letter : letters) all.push_back(&letter);
  return all;
}

TEST(Digest, TellsTitlesAndFirstActionsByGroup) {
  const std::vector<Letter> letters = {deleted("one"), letter_of(Kind::template_deleted, R"({"name": "tpl", "initiator": "bo"})"), deleted("two")};

  const auto mail = digest_of(told_of(letters), kBase);

  ASSERT_TRUE(mail);
  EXPECT_EQ(mail->subject, "3 notifications from Slipway");
  EXPECT_EQ(mail->to.address(), "ana@example.com");
  EXPECT_EQ(mail->text,
            "Workspace Events\n\n"
            "- Your workspace one was deleted\n  View workspaces: https://dev.example.com/workspaces\n"
            "- Your workspace two was deleted\n  View workspaces: https://dev.example.com/workspaces\n"
            "\nTemplate Events\n\n"
            "- " +
                render(letters[1], kBase)->title.plain + "\n  View templates: https://dev.example.com/templates\n");
  EXPECT_TRUE(
      mail->html.contains("<h2>Workspace Events</h2>\n<ul>\n<li>Your workspace one was deleted<br>"
                          "<a href=\"https://dev.example.com/workspaces\">View workspaces</a></li>\n<li>Your workspace two"))
      << mail->html;
  EXPECT_TRUE(mail->html.contains("<p>Hi Ana,</p>")) << mail->html;
  EXPECT_TRUE(mail->html.contains("Choose what you are told</a>.</p>")) << mail->html;
}

TEST(Digest, OfOneIsThatOneItself) {
  const std::vector<Letter> letters = {deleted("one")};
  const auto told = told_of(letters);

  const auto mail = digest_of(told, kBase), itself = mail_of(letters[0], told[0].message, kBase);

  ASSERT_TRUE(mail && itself);
  EXPECT_EQ(mail->subject, "Your workspace one was deleted");
  EXPECT_EQ(mail->text, itself->text);
  EXPECT_EQ(mail->html, itself->html);
}

TEST(Digest, HoldsNoMarkThatAValueBroughtWithIt) {
  const std::vector<Letter> letters = {deleted("<img src=x>\\r\\nBcc: eve@example.com"), deleted("a](http://x)")};

  const auto mail = digest_of(told_of(letters), kBase);

  ASSERT_TRUE(mail);
  EXPECT_FALSE(mail->html.contains("<img")) << mail->html;
  EXPECT_FALSE(mail->text.contains("\nBcc:")) << mail->text;
  EXPECT_FALSE(mail->html.contains("href=\"http://x")) << mail->html;
}

TEST(Digest, GoesNowhereWithoutAnAddress) {
  std::vector<Letter> letters = {deleted("one"), deleted("two")};
  for (auto& letter : letters) letter.email = "no address";

  EXPECT_FALSE(digest_of(told_of(letters), kBase));
}

TEST(ByMail, PutsTogetherWhatOnePersonWaitedFor) {
  auto of_bo = deleted("four");
  of_bo.user_id = {*Uuid::parse("44444444-4444-4444-8444-444444444444")};
  const std::vector<Letter> letters = {deleted("one"), deleted("two", false), deleted("three"), of_bo, deleted("five", false)};

  const auto mails = by_mail(all_of(letters));

  const std::vector<std::vector<const Letter*>> wanted = {{&letters[0], &letters[2]}, {&letters[1]}, {&letters[3]}, {&letters[4]}};
  EXPECT_EQ(mails, wanted);
}

}  // namespace
}  // namespace slipway::outbox
