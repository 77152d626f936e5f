#include "provisioner/runner.hpp"
#include "provisioner/log_buffer.hpp"
#include "provisioner/test_sink.hpp"

#include "aio/event.hpp"
#include "provisioner/holdings.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>

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
  Task<Result<Orders>> heartbeat(const JobId& job, Milliseconds) override {
    ++beats;
    ++beats_of[job];
    if (throws) throw std::runtime_error("a bug");
    co_return orders;
  }
  Task<Result<void>> begin(std::vector<JobId> jobs) override {
    held = std::move(jobs);
    co_return Result<void>{};
  }
  Task<Result<void>> logs(const JobId&, std::vector<LogLine> batch) override {
    batches.push_back(batch.size());
    for (auto& line : batch) lines.push_back(std::move(line));
    if (on_logs) on_logs();
    co_return Result<void>{};
  }
  Task<Result<Verdict>> commit_quota(const JobId&, std::int64_t daily_cost) override {
    costs.push_back(daily_cost);
    co_return verdict;
  }
  Task<Result<void>> complete(const JobId& job, Outcome outcome) override {
    if (refusals-- > 0) co_return slipway::fail(Code::unavailable, "The database is away.");
    if (refused.contains(job)) co_return slipway::fail(refused[job], "No.");
    completed.emplace_back(job, std::move(outcome));
    co_return Result<void>{};
  }
  Task<Result<void>> fail(const JobId& job, Failure failure, Outcome partial) override {
    if (refused_for_good.contains(job)) co_return slipway::fail(refused_for_good[job], "No.");
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
  std::vector<std::int64_t> costs;
  Result<Verdict> verdict;
  std::map<JobId, Code> refused, refused_for_good;  // what complete(), and fail(), say of these
  std::map<JobId, int> beats_of;
  std::vector<JobId> held;
  bool throws = false;
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

// A folder of a provisioner, removed at the end.
struct Folder {
  Folder() {
    char name[] = "/tmp/slipway-holdings-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string file(const JobId& job, const std::string& name) const {
    std::ifstream in(fmt::format("{}/unsent/{}/{}", path, job.str(), name));
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string path;
};

template <class Claim>
Task<bool> becomes(Claim claim) {
  for (int i = 0; i < 1000; ++i) {
    if (claim()) co_return true;
    co_await aio::sleep(Milliseconds(5));
  }
  co_return false;
}

template <class Inner>
void with_runner(RunnerOptions options, Inner body) {
  aio::Loops loops(1);
  const auto main = [](RunnerOptions how, Inner& inner) -> Task<int> {
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

JobInput costly_job() {
  auto input = job_of(JobKind::build, archive_of({{"replay/import.json", R"({"format_version":"1.2","planned_values":{"root_module":{"resources":[
    {"address":"b.b","mode":"managed","type":"b","name":"b","values":{"id":"1"}},
    {"address":"coder_metadata.m","mode":"managed","type":"coder_metadata","name":"m","values":{"resource_id":"1","daily_cost":7}}]}},
    "configuration":{"root_module":{"resources":[{"address":"coder_metadata.m","mode":"managed","type":"coder_metadata","name":"m",
    "expressions":{"resource_id":{"references":["b.b.id","b.b"]}}}]}}})"},
                                                  {"replay/options.json", "{}"}}));
  input.engine = "replay";
  input.check_plan = true;
  return input;
}

TEST(Runner, WhatIsSaidOfACostIsLoggedAndARefusalEndsTheJob) {
  with_runner(quick(), [](FakeSource& source, Runner& runner) -> Task<void> {
    source.verdict = Verdict{.failure = Failure{"insufficient quota", std::string(kInsufficientQuota), false},
                             .lines = {{Time(Seconds(1)), LogSource::provisioner_daemon, LogLevel::warn, "Commit quota", "Too dear."}}};
    auto free = replay_job("{}");
    free.check_plan = true;
    source.queue.push_back(std::move(free));
    source.queue.push_back(costly_job());

    runner.start();

    EXPECT_TRUE(co_await becomes([&] { return source.failed.size() == 1 && source.completed.size() == 1; }));
    EXPECT_EQ(source.costs, std::vector<std::int64_t>{7}) << "what costs nothing is not asked about";
    EXPECT_EQ(source.failed[0].second.say, "insufficient quota");
    EXPECT_EQ(source.failed[0].second.code, kInsufficientQuota);
    EXPECT_EQ(std::ranges::count(source.lines, "Too dear.", &LogLine::output), 1);
  });
}

TEST(Runner, ACostThatCannotBeWeighedEndsTheJob) {
  with_runner(quick(), [](FakeSource& source, Runner& runner) -> Task<void> {
    source.verdict = slipway::fail(Code::unavailable, "timed out after 30s waiting for workspace quota lock");
    source.queue.push_back(costly_job());

    runner.start();

    EXPECT_TRUE(co_await becomes([&] { return source.failed.size() == 1; }));
    EXPECT_EQ(source.failed[0].second.say, "commit quota: timed out after 30s waiting for workspace quota lock");
    const auto said =
        std::ranges::find(source.lines, "Failed to commit quota: timed out after 30s waiting for workspace quota lock", &LogLine::output);
    EXPECT_NE(said, source.lines.end());
    if (said != source.lines.end()) EXPECT_EQ(said->level, LogLevel::error);
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

// A lost lease may be the server's fault: what runs is asked to end, and brings what it has made.
TEST(Runner, JobThatIsNoLongerOursIsAskedFirstAndBringsItsState) {
  with_runner(quick(), [](FakeSource& source, Runner& runner) -> Task<void> {
    source.queue.push_back(replay_job(R"({"delay_ms":3600000})"));
    runner.start();
    EXPECT_TRUE(co_await becomes([&] { return source.beats > 0; }));

    source.orders = Orders::abandon;

    EXPECT_TRUE(co_await becomes([&] { return source.failed.size() == 1; }));
    EXPECT_EQ(source.last_state, "before");
  });
}

TEST(Runner, DeafJobThatIsNoLongerOursIsForcedAfterItsTime) {
  auto options = quick();
  options.abandon_limit = Milliseconds(100);
  with_runner(options, [](FakeSource& source, Runner& runner) -> Task<void> {
    source.queue.push_back(replay_job(R"({"delay_ms":3600000,"ignore_cancel":true})"));
    runner.start();
    EXPECT_TRUE(co_await becomes([&] { return source.beats > 0; }));
    const auto begun = std::chrono::steady_clock::now();

    source.orders = Orders::abandon;

    EXPECT_TRUE(co_await becomes([&] { return runner.busy() == 0; }));
    EXPECT_GE(std::chrono::steady_clock::now() - begun, Milliseconds(100));
  });
}

TEST(Runner, ResultThatIsNotTakenHoldsNoDaemonAndKeepsItsLease) {
  with_runner(quick(), [](FakeSource& source, Runner& runner) -> Task<void> {
    const auto first = replay_job("{}"), second = replay_job("{}");
    source.queue.push_back(first);
    source.queue.push_back(second);
    source.refused[first.id] = Code::unavailable;

    runner.start();

    EXPECT_TRUE(co_await becomes([&] { return source.completed.size() == 1; }));
    EXPECT_EQ(source.completed[0].first, second.id);
    const int beats = source.beats_of[first.id];
    EXPECT_TRUE(co_await becomes([&] { return source.beats_of[first.id] > beats + 3; }));
    source.refused.clear();
    EXPECT_TRUE(co_await becomes([&] { return source.completed.size() == 2; }));
    EXPECT_EQ(source.completed[1].first, first.id);
  });
}

TEST(Runner, RefusedResultFailsTheJobWithItsState) {
  with_runner(quick(), [](FakeSource& source, Runner& runner) -> Task<void> {
    runner.start();
    for (const auto code : {Code::invalid, Code::too_large, Code::internal}) {
      source.failed.clear();
      source.last_state.clear();
      auto job = replay_job("{}");
      source.refused[job.id] = code;
      source.queue.push_back(job);
      source.wake.notify();
      EXPECT_TRUE(co_await becomes([&] { return source.failed.size() == 1; })) << static_cast<int>(code);
      EXPECT_NE(source.failed.at(0).second.say.find("No."), std::string::npos);
      EXPECT_FALSE(source.last_state.empty());
    }
  });
}

// The process ends before the server is back: the next one on the same folder hands over what this one had.
TEST(Runner, ResultOutlivesItsProcess) {
  const Folder folder;
  const auto job = replay_job("{}");
  {
    auto holdings = Holdings::open(folder.path).value();
    auto options = quick();
    options.holdings = holdings.get();
    auto body = [&](FakeSource& source, Runner& runner) -> Task<void> {
      source.queue.push_back(job);
      source.refused[job.id] = Code::unavailable;
      runner.start();
      EXPECT_TRUE(co_await becomes([&] { return !folder.file(job.id, "result.json").empty(); }));
    };
    with_runner(options, body);
  }
  EXPECT_NE(folder.file(job.id, "terraform.tfstate"), "");

  auto holdings = Holdings::open(folder.path).value();
  auto options = quick();
  options.holdings = holdings.get();
  auto body = [&](FakeSource& source, Runner& runner) -> Task<void> {
    runner.start();
    EXPECT_TRUE(co_await becomes([&] { return source.completed.size() == 1; }));
    EXPECT_EQ(source.held, std::vector{job.id});
    EXPECT_EQ(source.completed.at(0).first, job.id);
    EXPECT_EQ(source.completed.at(0).second.resources.size(), 1U);
    EXPECT_FALSE(source.completed.at(0).second.state.empty());
    EXPECT_TRUE(co_await becomes([&] { return holdings->waiting().empty(); }));
  };
  with_runner(options, body);
}

TEST(Runner, ResultThatNobodyWantsIsLeftBehindAndOfferedAgain) {
  const Folder folder;
  auto holdings = Holdings::open(folder.path).value();
  auto options = quick();
  options.holdings = holdings.get();
  const auto job = replay_job("{}");
  auto body = [&](FakeSource& source, Runner& runner) -> Task<void> {
    source.queue.push_back(job);
    source.refused[job.id] = Code::not_found;
    runner.start();
    EXPECT_TRUE(co_await becomes([&] { return holdings->waiting() == std::vector{job.id} && runner.busy() == 0; }));
  };
  with_runner(options, body);

  auto again = [&](FakeSource& source, Runner& runner) -> Task<void> {
    runner.start();
    EXPECT_TRUE(co_await becomes([&] { return source.completed.size() == 1 && holdings->waiting().empty(); }));
  };
  with_runner(options, again);
}

TEST(Runner, SourceThatThrowsCostsNeitherJobNorDaemon) {
  with_runner(quick(), [](FakeSource& source, Runner& runner) -> Task<void> {
    source.throws = true;
    source.queue.push_back(replay_job(R"({"delay_ms":50})"));
    source.queue.push_back(replay_job("{}"));

    runner.start();

    EXPECT_TRUE(co_await becomes([&] { return source.completed.size() == 2; }));
    EXPECT_TRUE(co_await becomes([&] { return runner.busy() == 0; }));
  });
}

TEST(Holdings, AFolderIsHeldByOneProcessAndKeepsItsName) {
  const Folder folder;
  Uuid name;
  {
    const auto first = Holdings::open(folder.path);
    ASSERT_TRUE(first);
    name = (*first)->id();
    const auto second = Holdings::open(folder.path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::conflict);
  }
  EXPECT_EQ(Holdings::open(folder.path).value()->id(), name);
}

TEST(Runner, ShutdownLetsRunningJobsEndByThemselvesFirst) {
  auto options = quick();
  options.drain = std::chrono::seconds(20);
  with_runner(options, [](FakeSource& source, Runner& runner) -> Task<void> {
    source.queue.push_back(replay_job(R"({"delay_ms":300})"));
    source.queue.push_back(replay_job("{}"));
    runner.start();
    EXPECT_TRUE(co_await becomes([&] { return runner.busy() == 1; }));

    co_await runner.stop();

    EXPECT_EQ(source.completed.size(), 1U);
    EXPECT_EQ(source.queue.size(), 1U);
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
