#include "provisioner/runner.hpp"
#include "provisioner/log_buffer.hpp"
#include "provisioner/test_sink.hpp"

#include "aio/event.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace slipway::provisioner {
namespace {

// The outside world of a runner: a queue in memory, and notes of all that it was told.
struct FakeSource : JobSource {
  explicit FakeSource(const asio::any_io_executor& home) : wake(home) {}

  Task<Result<std::optional<JobInput>>> acquire(const std::string&, Milliseconds patience) override {
    ++acquires;
    if (down > 0) {
      --down;
      co_return slipway::fail(Code::unavailable, "The database is away.");
    }
    if (queue.empty() && !closed) co_await wake.wait_for(patience);
    if (queue.empty()) co_return std::nullopt;
    auto job = std::move(queue.front());
    queue.pop_front();
    co_return std::optional(std::move(job));
  }
  Task<Result<Orders>> heartbeat(const JobId&) override {
    ++beats;
    co_return orders;
  }
  Task<Result<void>> logs(const JobId&, std::vector<LogLine> batch) override {
    batches.push_back(batch.size());
    for (auto& line : batch) lines.push_back(std::move(line));
    if (on_logs) on_logs();
    co_return Result<void>{};
  }
  Task<Result<std::optional<Failure>>> commit_quota(const JobId&, std::int64_t) override { co_return std::nullopt; }
  Task<Result<void>> complete(const JobId& job, Outcome outcome) override {
    if (refusals-- > 0) co_return slipway::fail(Code::unavailable, "The database is away.");
    completed.emplace_back(job, std::move(outcome));
    co_return Result<void>{};
  }
  Task<Result<void>> fail(const JobId& job, Failure failure, Outcome partial) override {
    failed.emplace_back(job, std::move(failure));
    last_state = partial.state;
    co_return Result<void>{};
  }
  void stop_waiting() override {
    closed = true;
    wake.notify();
  }

  aio::Event wake;
  std::deque<JobInput> queue;
  Orders orders = Orders::go_on;
  int acquires = 0;
  int beats = 0;
  int down = 0;
  int refusals = 0;
  bool closed = false;
  std::vector<std::size_t> batches;
  std::vector<LogLine> lines;
  std::function<void()> on_logs;
  std::vector<std::pair<JobId, Outcome>> completed;
  std::vector<std::pair<JobId, Failure>> failed;
  std::string last_state;
};

const char* kPlan =
    R"({"format_version":"1.2","planned_values":{"root_module":{"resources":[{"address":"b.b","mode":"managed","type":"b","name":"b","values":{}}]}}})";

JobInput replay_job(const std::string& options) {
  auto input = job_of(JobKind::build, archive_of({{"replay/import.json", kPlan}, {"replay/options.json", options}}));
  input.engine = "replay";
  input.state = "before";
  return input;
}

RunnerOptions quick() {
  RunnerOptions options;
  options.daemons = 1;
  options.heartbeat = Milliseconds(10);
  options.log_flush = Milliseconds(5);
  options.retry = Milliseconds(5);
  return options;
}

template <class Claim>
Task<bool> becomes(Claim claim) {
  for (int i = 0; i < 1000; ++i) {
    if (claim()) co_return true;
    co_await aio::sleep(Milliseconds(5));
  }
  co_return false;
}

using Body = Task<void> (*)(FakeSource&, Runner&);

void with_runner(RunnerOptions options, Body body) {
  aio::Loops loops(1);
  const auto main = [](RunnerOptions how, Body inner) -> Task<int> {
    const auto home = co_await aio::executor();
    FakeSource source(home);
    const auto replay = make_replay_engine();
    Runner runner(home, source, {replay.get()}, how);
    co_await inner(source, runner);
    co_await runner.stop();
    co_return 0;
  };
  loops.run(main(std::move(options), body));
}

TEST(Runner, JobIsRunLoggedInBatchesAndCompleted) {
  auto options = quick();
  options.log_batch_lines = 100;
  with_runner(options, [](FakeSource& source, Runner& runner) -> Task<void> {
    source.queue.push_back(replay_job(R"({"log_lines":1000})"));

    runner.start();

    EXPECT_TRUE(co_await becomes([&] { return source.completed.size() == 1; }));
    EXPECT_EQ(source.completed[0].second.resources.size(), 1U);
    EXPECT_GE(source.lines.size(), 1000U);
    EXPECT_LE(*std::ranges::max_element(source.batches), 100U);
    EXPECT_LT(source.batches.size(), 40U);
  });
}

TEST(Runner, AnOutageIsWaitedOut) {
  with_runner(quick(), [](FakeSource& source, Runner& runner) -> Task<void> {
    source.down = 3;
    source.refusals = 2;
    source.queue.push_back(replay_job("{}"));

    runner.start();

    EXPECT_TRUE(co_await becomes([&] { return source.completed.size() == 1; }));
    EXPECT_GE(source.acquires, 4);
  });
}

TEST(Runner, OrderToCancelReachesTheJob) {
  with_runner(quick(), [](FakeSource& source, Runner& runner) -> Task<void> {
    source.queue.push_back(replay_job(R"({"delay_ms":3600000})"));
    runner.start();
    EXPECT_TRUE(co_await becomes([&] { return source.beats > 0; }));

    source.orders = Orders::cancel;

    EXPECT_TRUE(co_await becomes([&] { return source.failed.size() == 1; }));
    EXPECT_TRUE(source.failed[0].second.cancelled);
    EXPECT_EQ(source.last_state, "before");
  });
}

TEST(Runner, AbandonedJobIsDroppedWithoutAWord) {
  with_runner(quick(), [](FakeSource& source, Runner& runner) -> Task<void> {
    source.queue.push_back(replay_job(R"({"delay_ms":3600000,"ignore_cancel":true})"));
    runner.start();
    EXPECT_TRUE(co_await becomes([&] { return source.beats > 0; }));

    source.orders = Orders::abandon;

    EXPECT_TRUE(co_await becomes([&] { return runner.busy() == 0; }));
    EXPECT_TRUE(source.failed.empty());
    EXPECT_TRUE(source.completed.empty());
  });
}

TEST(Runner, ShutdownHandsTheRunningJobBackWithItsReason) {
  with_runner(quick(), [](FakeSource& source, Runner& runner) -> Task<void> {
    source.queue.push_back(replay_job(R"({"delay_ms":3600000})"));
    runner.start();
    EXPECT_TRUE(co_await becomes([&] { return runner.busy() == 1; }));

    co_await runner.stop();

    EXPECT_EQ(source.failed.size(), 1U);
    EXPECT_EQ(source.failed[0].second.say, "The provisioner was shut down while the job ran.");
    EXPECT_FALSE(source.failed[0].second.cancelled);
  });
}

TEST(Runner, DeafJobIsForcedWhenTheGraceIsOver) {
  auto options = quick();
  options.shutdown_grace = Milliseconds(50);
  with_runner(options, [](FakeSource& source, Runner& runner) -> Task<void> {
    source.queue.push_back(replay_job(R"({"delay_ms":3600000,"ignore_cancel":true})"));
    runner.start();
    EXPECT_TRUE(co_await becomes([&] { return runner.busy() == 1; }));

    co_await runner.stop();

    EXPECT_EQ(source.failed.size(), 1U);
  });
}

TEST(Runner, SeveralDaemonsWorkAtOnceAndUnknownEnginesFail) {
  auto options = quick();
  options.daemons = 4;
  with_runner(options, [](FakeSource& source, Runner& runner) -> Task<void> {
    for (int i = 0; i < 4; ++i) source.queue.push_back(replay_job(R"({"delay_ms":200})"));
    auto odd = replay_job("{}");
    odd.engine = "pulumi";
    source.queue.push_back(odd);

    runner.start();

    EXPECT_TRUE(co_await becomes([&] { return runner.busy() == 4; }));
    EXPECT_TRUE(co_await becomes([&] { return source.completed.size() == 4 && source.failed.size() == 1; }));
    EXPECT_NE(source.failed[0].second.say.find("pulumi"), std::string::npos);
  });
}

TEST(LogBuffer, LinesAreCleanedCutAndBounded) {
  RunnerOptions options;
  options.log_longest_line = 10;
  options.log_most_bytes = 400;
  LogBuffer buffer(options);
  for (int i = 0; i < 20; ++i) buffer.add({.output = "0123456789abc"});

  const auto lines = buffer.take();

  EXPECT_EQ(lines[0].output, "0123456789 (line cut)");
  EXPECT_LT(lines.size(), 8U);
  EXPECT_NE(lines.back().output.find("left out"), std::string::npos);
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(clean_line(std::string_view("a\0b\xff\xc3\xa4", 6), 100),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd\xc3\xa4");
  EXPECT_EQ(clean_line("ää", 3), "ä (line cut)");
}

}  // namespace
}  // namespace slipway::provisioner
