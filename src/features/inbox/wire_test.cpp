#include "features/inbox/wire.hpp"
#include "features/inbox/filter.hpp"
#include "features/inbox/news.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

namespace slipway::inbox {
namespace {

TEST(InboxText, LosesItsMarksAndKeepsWhatIsEscaped) {
  EXPECT_EQ(plain_text("Your workspace **a\\_b** was `deleted`."), "Your workspace a_b was deleted.");
  EXPECT_EQ(plain_text("# Builds\n\n- [one \\[1\\]](https://x.test/a\\)b) failed\n- two"), "Builds\n\n- one [1] failed\n- two");
  EXPECT_EQ(plain_text("a\\*\\*b\\*\\* \\`c\\` \\[d\\](e) \\\\"), "a**b** `c` [d](e) \\");
  EXPECT_EQ(plain_text("first  \nsecond\\\nthird"), "first\nsecond\nthird");
}

TEST(InboxText, OfWhatIsNotClosedIsKept) {
  EXPECT_EQ(plain_text("a `b"), "a `b");
  EXPECT_EQ(plain_text("[a](b"), "[a](b");
  EXPECT_EQ(plain_text("[a"), "[a");
  EXPECT_EQ(plain_text("#5 and ######## six"), "#5 and ######## six");
  EXPECT_EQ(plain_text("\\"), "");
  EXPECT_EQ(plain_text(""), "");
}

sql::Line a_line(std::string_view group, std::string actions) {
  return {.id = Uuid::random(), .actions = pg::Json{std::move(actions)}, .group = std::string(group)};
}

TEST(InboxLine, HasAnIconOfItsGroupUnlessItBringsOne) {
  EXPECT_EQ(to_wire(a_line("Workspace Events", "[]"), "").icon, "DEFAULT_ICON_WORKSPACE");
  EXPECT_EQ(to_wire(a_line("User Events", "[]"), "").icon, "DEFAULT_ICON_ACCOUNT");
  EXPECT_EQ(to_wire(a_line("Template Events", "[]"), "").icon, "DEFAULT_ICON_TEMPLATE");
  EXPECT_EQ(to_wire(a_line("Notification Events", "[]"), "").icon, "DEFAULT_ICON_OTHER");
  auto own = a_line("User Events", "[]");
  own.icon = "/icon/own.svg";
  EXPECT_EQ(to_wire(std::move(own), "").icon, "/icon/own.svg");
}

TEST(InboxLine, LeadsNowhereButBelowTheAccessUrl) {
  const auto line =
      a_line("", R"([{"label":"A","url":"/a"},{"label":"B","url":"//b.test"},{"label":"C","url":"javascript:c"},{"label":"D","url":""}])");

  const auto shown = to_wire(line, "https://here.test");

  ASSERT_EQ(shown.actions.size(), 1U);
  EXPECT_EQ(shown.actions[0].url, "https://here.test/a");
}

TEST(InboxLine, HasLinksThatWorkWhereverItIsRead) {
  auto line = a_line("", "[]");
  line.content = "[Build 3](/@ana/box/builds/3) and [Build 4](/@ana/box/builds/4), not \\[x\\]\\(\\/y\\)";

  const auto shown = to_wire(std::move(line), "https://here.test");

  EXPECT_EQ(shown.content,
            "[Build 3](https://here.test/@ana/box/builds/3) and [Build 4](https://here.test/@ana/box/builds/4), not \\[x\\]\\(\\/y\\)");
  EXPECT_EQ(plain_text(shown.content), "Build 3 and Build 4, not [x](/y)");
}

TEST(InboxFilter, AsksForAllTargetsAndForOneOfTheKinds) {
  const Uuid one = Uuid::random(), two = Uuid::random(), kind = Uuid::random(), other = Uuid::random();
  api::InboxNotification line;
  line.targets = {one, two};
  line.template_id = kind;

  EXPECT_TRUE(wants({}, line));
  EXPECT_TRUE(wants({.targets = {one, two}, .templates = {other, kind}}, line));
  EXPECT_FALSE(wants({.targets = {one, other}}, line));
  EXPECT_FALSE(wants({.templates = {other}}, line));
  EXPECT_TRUE(wants({.is_read = false}, line));
  EXPECT_FALSE(wants({.is_read = true}, line));
}

TEST(InboxMailbox, OfWhoKeepsUpTakesManyAtOnce) {
  boost::asio::io_context loop;
  Mailbox mailbox(loop.get_executor());
  mailbox.saying = std::chrono::steady_clock::now() + std::chrono::hours(1);  // it has only just begun

  for (int i = 0; i < 100; ++i) mailbox.put(std::make_shared<const Note>());

  EXPECT_FALSE(mailbox.full);
  EXPECT_EQ(mailbox.notes.size(), 100U);
}

TEST(InboxMailbox, OfWhoIsSlowIsFullWhenTheSeventeenthComes) {
  boost::asio::io_context loop;
  Mailbox mailbox(loop.get_executor());
  mailbox.saying = std::chrono::steady_clock::now() - Seconds(2);

  for (std::size_t i = 0; i < Mailbox::kMost; ++i) mailbox.put(std::make_shared<const Note>());
  EXPECT_FALSE(mailbox.full);
  mailbox.put(std::make_shared<const Note>());

  EXPECT_TRUE(mailbox.full);
  EXPECT_EQ(mailbox.notes.size(), 16U);
}

}  // namespace
}  // namespace slipway::inbox
