// A state may be as large as a template makes it; whoever shares a loop with its job must not notice.
#include "provisioner/test_sink.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace slipway::provisioner {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

// A task beside the job that asks for its turn again and again: how often it came, and how long it once had to wait.
struct Turns {
  Steady::duration longest_wait{};
  std::size_t count = 0;
  bool over = false;
};
Task<void> take_turns(Turns& turns) {
  auto last = Steady::now();
  while (!turns.over) {
    co_await aio::sleep(Milliseconds(1));
    const auto now = Steady::now();
    turns.longest_wait = std::max(turns.longest_wait, now - last);
    last = now;
    ++turns.count;
  }
}
Task<void> run_until_over(Engine& engine, const JobInput& input, TestSink& sink, Turns& turns, Finished& done) {
  Cancel cancel(co_await aio::executor());
  done = co_await engine.run(input, sink, cancel);
  turns.over = true;
}
Task<int> run_beside(Engine& engine, const JobInput& input, TestSink& sink, Turns& turns, Finished& done) {
  using namespace asio::experimental::awaitable_operators;
  co_await (run_until_over(engine, input, sink, turns, done) && take_turns(turns));
  co_return 0;
}

template <class F>
Steady::duration timed(F work) {
  const auto begun = Steady::now();
  work();
  return Steady::now() - begun;
}

struct LargeState : ::testing::Test {
  LargeState() {
    char pattern[] = "/tmp/slipway-state-XXXXXX";
    folder = ::mkdtemp(pattern);
    options.binary = folder + "/tofu";
    options.cache_directory = folder + "/provisioner";
    options.isolation = Isolation::off;
    // Stands in for a tool that fails at once.
    std::ofstream(options.binary) << "#!/bin/sh\ncase $1 in version) echo 'OpenTofu v1.12.0';; *) exit 1;; esac\n";
    fs::permissions(options.binary, fs::perms::owner_all);
  }
  ~LargeState() override {
    std::error_code failed;
    while (fs::exists(folder)) fs::remove_all(folder, failed);  // the engine removes its job folders on the blocking pool
  }

  std::string folder;
  TerraformOptions options;
};

// It is unpacked before the tool runs and packed after. What one of the two takes here, on this machine and at this moment, is what a
// loop would be held up that did it itself.
TEST_F(LargeState, HoldsUpNobody) {
  constexpr std::size_t kLarge = 200 << 20;
  auto input = job_of(JobKind::build, archive_of({{"main.tf", ""}}));
  const auto packing = timed([&] { input.state = pack(std::string(kLarge, 'x')); });
  const auto unpacking = timed([&] { EXPECT_EQ(unpack(input.state).value().size(), kLarge); });
  const auto engine = make_terraform_engine(options);
  TestSink sink;
  Turns turns;
  Finished done;

  aio::Loops(1).run(run_beside(*engine, input, sink, turns, done));

  ASSERT_FALSE(done.ok());
  EXPECT_TRUE(done.outcome.state == input.state) << sink.all();
  EXPECT_LT(turns.longest_wait, std::min(packing, unpacking) / 2);
  EXPECT_GT(turns.count, 100U);
}

}  // namespace
}  // namespace slipway::provisioner
