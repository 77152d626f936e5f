// A loop that is really stuck, and a program that is really begun again: the test starts itself as a child for that.
#include "agent/watchdog.hpp"

#include "agent/reaper.hpp"
#include "agent/test_support.hpp"
#include "aio/subprocess.hpp"
#include "base/log.hpp"

#include <gtest/gtest.h>

namespace slipway::agent {
namespace {

using namespace testing_support;

constexpr WatchdogTimes kQuick{.beat = Milliseconds(20), .patience = 5};

struct Told {
  std::atomic<int> times = 0;
  std::string doing;
};

void spin_until(const std::atomic<int>& changed) {
  const Doing doing("spinning for a test");
  while (changed == 0) {
  }
}

TEST(Watchdog, SaysWhatASpinningLoopDoes) {
  on_loop([]() -> Task<void> {
    Told told;
    auto stuck = [&told](std::string doing) {
      told.doing = std::move(doing);
      ++told.times;
    };
    Watchdog watchdog(co_await aio::executor(), stuck, kQuick);

    spin_until(told.times);
    co_await watchdog.stop();

    EXPECT_EQ(told.doing, "spinning for a test (spinning)");
  });
}

TEST(Watchdog, LeavesALoopInPeaceThatTurns) {
  on_loop([]() -> Task<void> {
    Told told;
    // More looks than may be in vain; the loop of a busy machine turns within these.
    constexpr WatchdogTimes kOften{.beat = Milliseconds(2), .patience = 300};
    Watchdog watchdog(co_await aio::executor(), [&told](std::string) { ++told.times; }, kOften);

    auto looked_often = [&] { return watchdog.looks() > 400; };
    EXPECT_TRUE(co_await until(looked_often));
    co_await watchdog.stop();

    EXPECT_EQ(told.times, 0);
  });
}

TEST(Stall, IsOnlyWhatTurnsInARowWithoutProgress) {
  Stall stall(3);

  for (std::uint64_t done = 0; done < 20; ++done) EXPECT_FALSE(stall.turned(done / 3));
  EXPECT_FALSE(stall.turned(7));
  EXPECT_FALSE(stall.turned(7));
  EXPECT_FALSE(stall.turned(7));
  EXPECT_TRUE(stall.turned(7));
  EXPECT_FALSE(stall.turned(8));
}

// Both runs of the child are this; the first one never comes back from its spin.
Task<int> stuck_program() {
  if (const char* state = std::getenv(kResumes)) {
    const auto children = inherited_children();
    std::printf("again in state %s, with %zu children of old\n", state, children.size());
    for (const int child : children) ::kill(child, SIGKILL);
    co_await reap_inherited(children);
    co_return 0;
  }
  auto options = aio::ProcessOptions{};
  options.argv = {"/bin/sleep", "30"};
  const auto child = aio::Process::start(co_await aio::executor(), options);
  Watchdog watchdog(co_await aio::executor(), [](const std::string& doing) { begin_again(doing, "ready"); }, kQuick);
  const std::atomic<int> never = 0;
  spin_until(never);
  co_return 1;
}

TEST(WatchdogChild, RunsOnlyWhenAsked) {
  if (!std::getenv("SLIPWAY_TEST_STUCK")) return;
  log::setup(log::Format::human, log::Level::info);
  int outcome = 0;
  {
    aio::Loops loops(1);
    outcome = loops.run(stuck_program());
  }
  std::fflush(stdout);
  std::_Exit(outcome);
}

TEST(Watchdog, BeginsAStuckProgramAgain) {
  on_loop([]() -> Task<void> {
    aio::ProcessOptions options;
    options.argv = {"/proc/self/exe", "--gtest_filter=WatchdogChild.*"};
    options.environment.set("SLIPWAY_TEST_STUCK", "1");

    const auto got = co_await aio::run(options);

    EXPECT_TRUE(got && got->exit.ok());
    EXPECT_NE(got->output.find("again in state ready, with 1 children of old"), std::string::npos) << got->output << got->errors;
    EXPECT_NE(got->errors.find("spinning for a test (spinning)"), std::string::npos) << got->errors;
  });
}

}  // namespace
}  // namespace slipway::agent
