#include "cli/terminal_memory.hpp"

#include <gtest/gtest.h>

namespace slipway::cli {
namespace {

constexpr std::uint64_t kStart = (std::uint64_t{1} << 40) + 7, kNever = ~std::uint64_t{0};

std::string number(std::uint64_t value) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> static_cast<unsigned>(shift));
  return out;
}
std::string hello(std::uint64_t from, std::uint64_t taken, const std::string& words = {}) {
  return "SLPWTTY1" + number(from) + number(taken) + words;
}

std::string all_next(TerminalMemory& memory) {
  std::string out;
  while (const auto one = memory.next()) out += *one + "|";
  return out;
}

TEST(TerminalMemory, ShowsEachByteOnceOverTwoConnectionsHoweverTheHeadIsCut) {
  for (std::size_t cut = 1; cut < 24; ++cut) {
    TerminalMemory memory;
    EXPECT_EQ(memory.begin(), 0U);
    const auto first = memory.hear(hello(kStart, kNever, "one "));
    EXPECT_EQ(first.bytes, "one ");
    EXPECT_FALSE(first.anew) << "the screen is the person's own until then";
    EXPECT_EQ(memory.hear("two ").bytes, "two ");

    EXPECT_EQ(memory.begin(), kStart + 8);
    const auto head = hello(kStart + 8, 0, "three");
    EXPECT_EQ(memory.hear(head.substr(0, cut)).bytes, "");
    const auto rest = memory.hear(head.substr(cut));

    EXPECT_EQ(rest.bytes, "three");
    EXPECT_FALSE(rest.anew || rest.other);
  }
}

TEST(TerminalMemory, BeginsWithAnEmptyScreenWhenTheAgentHasForgottenWhatLiesBetween) {
  TerminalMemory memory;
  memory.begin();
  memory.hear(hello(kStart, kNever, "one"));

  memory.begin();
  const auto heard = memory.hear(hello(kStart + 500, 0, "later"));

  EXPECT_EQ(heard.bytes, "later");
  EXPECT_TRUE(heard.anew);
  EXPECT_EQ(memory.begin(), kStart + 505);
}

TEST(TerminalMemory, SendsAgainWhatWasNotTakenAndWhatWasTypedMeanwhile) {
  TerminalMemory memory;
  memory.begin();
  memory.add("a");
  EXPECT_EQ(all_next(memory), "") << "the agent has not said what it took";
  memory.hear(hello(kStart, kNever));
  EXPECT_EQ(all_next(memory), "a|");
  memory.add("b");
  memory.add("c");
  EXPECT_EQ(all_next(memory), "b|c|");
  EXPECT_EQ(memory.waiting(), 0U);

  memory.begin();
  memory.add("d");
  EXPECT_EQ(memory.waiting(), 1U) << "the others were given to a connection once";
  EXPECT_FALSE(memory.is_idle());

  memory.hear(hello(kStart, 2));
  EXPECT_EQ(all_next(memory), "c|d|");
  EXPECT_EQ(memory.waiting(), 0U);
  EXPECT_TRUE(memory.is_idle());
}

TEST(TerminalMemory, KnowsAnotherShellAndTypesNothingIntoIt) {
  TerminalMemory memory;
  memory.begin();
  memory.hear(hello(kStart, kNever));
  memory.add("rm -r build");

  memory.begin();
  const auto heard = memory.hear(hello(kStart * 2, kNever, "$ "));

  EXPECT_TRUE(heard.other && heard.anew);
  EXPECT_EQ(all_next(memory), "");
}

TEST(TerminalMemory, ShowsAllAnewOnAnAgentThatDoesNotGreet) {
  TerminalMemory memory;
  memory.begin();
  EXPECT_EQ(memory.hear("old $ ").bytes, "old $ ");
  EXPECT_FALSE(memory.greets());

  EXPECT_EQ(memory.begin(), 0U);
  const auto heard = memory.hear("old $ ls");

  EXPECT_EQ(heard.bytes, "old $ ls");
  EXPECT_TRUE(heard.anew);
  EXPECT_FALSE(heard.other);
}

TEST(TerminalMemory, KeepsNoMoreThanMayBeUnderWayButAllThatWasNotSent) {
  TerminalMemory memory;
  memory.begin();
  for (int i = 0; i < 5000; ++i) memory.add(std::to_string(i));
  memory.hear(hello(kStart, kNever));
  int sent = 0;
  while (memory.next()) ++sent;
  EXPECT_EQ(sent, 5000);
  memory.add("last");

  memory.begin();
  memory.hear(hello(kStart, 1001));

  EXPECT_EQ(memory.next(), "1001");
}

}  // namespace
}  // namespace slipway::cli
