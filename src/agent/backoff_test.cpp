// How the agents of a whole deployment come back, in a model: every agent knocks by its own pauses at a server that takes so many
// in each second, one after another, and turns nobody away. A person's request waits behind those who have knocked already.
#include "agent/backoff.hpp"

#include "tunnel/farewell.hpp"

#include <gtest/gtest.h>

#include <queue>
#include <random>

namespace slipway::agent {
namespace {

constexpr int kAgents = 5000;
constexpr double kTakenASecond = 300;  // connections that a server with two slow cores takes in
constexpr double kPatience = 20;       // seconds that an agent waits for an answer

struct Return {
  double all_back = 0, longest_wait = 0;  // seconds; the first from the server's return on
};

struct Knock {
  double at;
  int agent;
  bool operator>(const Knock& other) const { return at > other.at; }
};

double in_seconds(Milliseconds span) { return static_cast<double>(span.count()) / 1000; }

// The server is lost at 0 and back after `down` seconds.
Return come_back(double down, bool announced) {
  std::minstd_rand random(7);
  const auto chance = [&] { return std::uniform_real_distribution<double>(0, 1)(random); };
  const auto asked = tunnel::reconnect_within(tunnel::stopping_words(kAgents));
  std::vector<Pauses> pauses(kAgents);
  std::priority_queue<Knock, std::vector<Knock>, std::greater<>> knocks;
  for (int i = 0; i < kAgents; ++i) {
    auto& own = pauses[static_cast<std::size_t>(i)];
    knocks.push({in_seconds(announced ? own.as_asked(*asked, chance()) : own.after(RoundEnd::broken, Seconds(3600), chance())), i});
  }
  Return out;
  for (double free = down; !knocks.empty();) {
    const auto knock = knocks.top();
    knocks.pop();
    const double begins = std::max(free, knock.at), waits = begins - knock.at;
    const bool refused = knock.at < down, gives_up = !refused && waits > kPatience;
    if (!refused) out.longest_wait = std::max(out.longest_wait, waits);
    if (refused || gives_up) {
      const auto pause = pauses[static_cast<std::size_t>(knock.agent)].after(RoundEnd::broken, {}, chance());
      knocks.push({knock.at + (gives_up ? kPatience : 0) + in_seconds(pause), knock.agent});
      continue;
    }
    free = begins + 1 / kTakenASecond;
    out.all_back = free - down;
  }
  return out;
}

TEST(AgentReturn, FiveThousandAreBackWithinAMinuteHoweverLongTheServerWasAway) {
  for (const double down : {0.05, 1.0, 3.0, 10.0, 300.0}) {
    const auto crashed = come_back(down, false), restarted = come_back(down, true);

    EXPECT_LT(crashed.all_back, 60) << down;
    EXPECT_LT(restarted.all_back, 60) << down;
    // Nobody gave up, so no person with the same patience did.
    EXPECT_LT(crashed.longest_wait, kPatience) << down;
  }
}

TEST(AgentReturn, APersonHardlyNoticesARestartAndIsAnsweredAfterACrash) {
  for (const double down : {1.0, 3.0, 10.0, 60.0}) {
    EXPECT_LT(come_back(down, true).longest_wait, 5) << down;
    EXPECT_LT(come_back(down, false).longest_wait, 15) << down;
  }
}

TEST(AgentReturn, OneAgentIsBackSoon) {
  Pauses pauses;

  EXPECT_LE(pauses.after(RoundEnd::broken, Seconds(3600), 1), Seconds(1));
  EXPECT_LE(pauses.as_asked(*tunnel::reconnect_within(tunnel::stopping_words(1)), 1), Seconds(1));
}

TEST(Farewell, AsksForMoreTimeTheMoreAgentsThereAre) {
  EXPECT_EQ(tunnel::stopping_words(5000), "the server is stopping; reconnect within 20 s");
  EXPECT_EQ(tunnel::reconnect_within(tunnel::stopping_words(0)), Seconds(1));
  EXPECT_EQ(tunnel::reconnect_within(tunnel::stopping_words(251)), Seconds(2));
  EXPECT_EQ(tunnel::reconnect_within(tunnel::stopping_words(1'000'000)), Seconds(30));
}

TEST(Farewell, OtherWordsAskForNothing) {
  for (const auto* words : {"", "replaced by a newer connection", "the server is stopping", "the server is stopping; reconnect within 9999 s",
                            "the server is stopping; reconnect within -1 s", "the server is stopping; reconnect within 20 s more"})
    EXPECT_FALSE(tunnel::reconnect_within(words)) << words;
}

}  // namespace
}  // namespace slipway::agent
