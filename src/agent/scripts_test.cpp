#include "agent/scripts.hpp"

#include "agent/test_support.hpp"

#include <sys/stat.h>

namespace slipway::agent {
namespace {

using namespace testing_support;

struct Bench {
  Folder folder;
  Commands commands{test_user(folder), "/opt/slipway-agent", "http://server", folder / "data/coder-script-data/bin"};
  std::vector<std::pair<Uuid, LogLine>> lines;
  std::vector<ScriptTiming> timings;
  Scripts scripts;

  explicit Bench(const asio::any_io_executor& home, ScriptLimits limits = {})
      : scripts(home, {.log_dir = folder / "logs", .data_dir = folder / "data"}, commands,
                {.log = [this](const Uuid& source, LogLine line) { lines.emplace_back(source, std::move(line)); },
                 .completed = [this](const ScriptTiming& timing) { timings.push_back(timing); }},
                limits) {}

  std::string text(LogLevel level) const {
    std::string out;
    for (const auto& [source, line] : lines)
      if (line.level == level) out += line.output + "\n";
    return out;
  }
};

api::AgentScript script(const std::string& text, std::int64_t timeout_ms = 0) {
  api::AgentScript out;
  out.id = Uuid::random();
  out.log_source_id = Uuid::random();
  out.script = text;
  out.run_on_start = true;
  out.timeout = timeout_ms * 1'000'000;
  return out;
}

TEST(ScriptArguments, FollowTheFirstLine) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(script_arguments("/bin/sh", "echo"), (Words{"/bin/sh", "-c", "echo"}));
  EXPECT_EQ(script_arguments("/bin/sh", "\n#!/usr/bin/env python3\nx"), (Words{"/usr/bin/env", "python3", "-c", "\n#!/usr/bin/env python3\nx"}));
  EXPECT_EQ(script_arguments("/bin/sh", "#!\nx"), (Words{"/bin/sh", "-c", "#!\nx"}));
}

TEST(Motd, HasTerminalLineEndsAndCanBeHushed) {
  const Folder folder;
  folder.write("motd", "Hello\nthere");

  EXPECT_EQ(message_of_the_day(folder / "motd", folder.path()), "Hello\r\nthere\r\n");
  EXPECT_EQ(message_of_the_day(folder / "absent", folder.path()), "");
  folder.write(".hushlogin", "");
  EXPECT_EQ(message_of_the_day(folder / "motd", folder.path()), "");
}

TEST(Scripts, RunInParallelAndTellOutcomeLevelsAndFile) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor());
    // Each waits for the other's file: one after the other they would hang.
    auto one = script("touch $HOME/a; while [ ! -e $HOME/b ]; do sleep 0.01; done; echo out; echo err >&2; echo \"$CODER_SCRIPT_DATA_DIR\"");
    auto two = script("while [ ! -e $HOME/a ]; do sleep 0.01; done; touch $HOME/b; exit 3");
    one.log_path = "$HOME/one.log";

    const auto outcome = co_await bench.scripts.run_all({one, two}, Stage::start);

    EXPECT_TRUE(outcome.failed);
    EXPECT_FALSE(outcome.timed_out);
    EXPECT_EQ(bench.text(LogLevel::info), "out\n" + (bench.folder / "data/coder-script-data/") + one.log_source_id.str() + "\n");
    EXPECT_EQ(bench.text(LogLevel::error), "err\n");
    EXPECT_NE(bench.folder.read("one.log").find("out\n"), std::string::npos);
    EXPECT_NE(bench.folder.read("one.log").find("err\n"), std::string::npos);
    struct stat info{};
    EXPECT_EQ(::stat((bench.folder / "one.log").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
    EXPECT_EQ(::stat((bench.folder / ("logs/coder-script-" + two.log_source_id.str() + ".log")).c_str(), &info), 0);
    EXPECT_EQ(::stat((bench.folder / ("data/coder-script-data/" + one.log_source_id.str())).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0700U);
    EXPECT_EQ(bench.timings.size(), 2U);
    for (const auto& timing : bench.timings) {
      const bool first = timing.script == one.id;
      EXPECT_EQ(timing.status, first ? ScriptStatus::ok : ScriptStatus::exit_failure);
      EXPECT_EQ(timing.exit_code, first ? 0 : 3);
      EXPECT_LE(timing.started_at, timing.ended_at);
    }
    co_await bench.scripts.stop();
  });
}

TEST(Scripts, ATalkativeOnesLogIsTurnedOverAndNoMoreThanTwoFilesAreKept) {
  on_loop([]() -> Task<void> {
    ScriptLimits limits;
    limits.log_bytes = 100;
    Bench bench(co_await aio::executor(), limits);
    auto talks = script("for i in $(seq 1 40); do echo line-$i-is-twenty-long; done");
    talks.log_path = "talk.log";

    co_await bench.scripts.run_all({talks}, Stage::start);

    const auto last = bench.folder.read("logs/talk.log"), before = bench.folder.read("logs/talk.log.1");
    EXPECT_NE(last.find("line-40-is"), std::string::npos);
    EXPECT_LE(last.size(), 100U);
    EXPECT_LE(before.size(), 100U);
    EXPECT_FALSE(std::filesystem::exists(bench.folder / "logs/talk.log.2"));
    EXPECT_NE(bench.text(LogLevel::info).find("line-1-is"), std::string::npos) << "the server gets all of it";
    co_await bench.scripts.stop();
  });
}

TEST(Scripts, OnlyThoseOfTheStageRun) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor());
    auto stop = script("echo stopping");
    stop.run_on_start = false;
    stop.run_on_stop = true;

    const auto start = co_await bench.scripts.run_all({stop}, Stage::start);
    EXPECT_TRUE(bench.timings.empty());
    const auto end = co_await bench.scripts.run_all({stop}, Stage::stop);

    EXPECT_FALSE(start.failed || end.failed);
    EXPECT_EQ(bench.timings.size(), 1U);
    EXPECT_EQ(bench.timings.at(0).stage, Stage::stop);
    co_await bench.scripts.stop();
  });
}

// How one ends that takes too long, when it has so long from the interrupt to the kill.
Task<void> expect_end(std::string text, Milliseconds grace, int exit_code, std::string last_words) {
  Bench bench(co_await aio::executor(), {.interrupt_grace = grace, .pipe_grace = grace});
  const auto one = script(std::move(text), 1000);  // enough to come to its trap on a busy machine

  const auto outcome = co_await bench.scripts.run_all({one}, Stage::start);

  EXPECT_TRUE(outcome.timed_out);
  EXPECT_NE(bench.text(LogLevel::info).find(last_words), std::string::npos);
  EXPECT_EQ(bench.timings.size(), 1U);
  EXPECT_EQ(bench.timings.at(0).status, ScriptStatus::timed_out);
  EXPECT_EQ(bench.timings.at(0).exit_code, exit_code);
  co_await bench.scripts.stop();
}

TEST(Scripts, AreInterruptedWhenTheyTakeTooLong) {
  on_loop([] { return expect_end("trap 'echo bye; exit 9' INT; while :; do sleep 0.01; done", Seconds(50), 9, "bye\n"); });
}

TEST(Scripts, AreKilledWhenTheyDoNotHearTheInterrupt) {
  on_loop([] { return expect_end("trap '' INT; while :; do sleep 0.01; done", Milliseconds(200), 255, ""); });
}

TEST(Scripts, AnInterruptIsEnoughForMostAndNothingIsWaitedForAfterIt) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor(), {.interrupt_grace = Seconds(50), .pipe_grace = Seconds(50)});
    auto slow = script("echo begun; sleep 100", 500);

    const auto outcome = co_await bench.scripts.run_all({slow}, Stage::start);

    EXPECT_TRUE(outcome.timed_out);
    EXPECT_EQ(bench.timings.at(0).status, ScriptStatus::timed_out);
    EXPECT_LT(bench.timings.at(0).ended_at - bench.timings.at(0).started_at, Seconds(40));
    co_await bench.scripts.stop();
  });
}

TEST(Scripts, DoNotWaitForPipesLeftOpen) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor(), {.interrupt_grace = Seconds(1), .pipe_grace = Seconds(1)});
    auto one = script("sleep 300 & echo $! > $HOME/pid; echo started");

    const auto outcome = co_await bench.scripts.run_all({one}, Stage::start);

    EXPECT_FALSE(outcome.failed || outcome.timed_out);
    EXPECT_EQ(bench.timings.at(0).status, ScriptStatus::pipes_left_open);
    EXPECT_EQ(bench.text(LogLevel::info), "started\n");
    EXPECT_NE(bench.text(LogLevel::error).find("WARNING: script exited successfully, but output pipes were not closed after 1s."), std::string::npos);
    const int left_behind = std::stoi(bench.folder.read("pid"));
    EXPECT_EQ(::kill(left_behind, SIGKILL), 0) << "what the script started must live on";
    co_await bench.scripts.stop();
  });
}

TEST(Scripts, ABackgroundProcessThatLetGoOfItsOutputIsNoWarning) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor());
    auto one = script("sleep 300 >/dev/null 2>&1 & echo $! > $HOME/pid");

    co_await bench.scripts.run_all({one}, Stage::start);

    EXPECT_EQ(bench.timings.at(0).status, ScriptStatus::ok);
    EXPECT_EQ(::kill(std::stoi(bench.folder.read("pid")), SIGKILL), 0);
    co_await bench.scripts.stop();
  });
}

TEST(Scripts, OfAnyLengthAndAnyInterpreterRun) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor());
    auto lengthy = script("# " + std::string(300000, 'x') + "\necho long");
    auto python = script("#!/usr/bin/env python3\nimport os\nprint('py', os.environ['CODER'])");
    auto absent = script("#!/no/such/interpreter\n");

    const auto outcome = co_await bench.scripts.run_all({lengthy, python, absent}, Stage::start);

    EXPECT_TRUE(outcome.failed);
    EXPECT_NE(bench.text(LogLevel::info).find("long\n"), std::string::npos);
    EXPECT_NE(bench.text(LogLevel::info).find("py true\n"), std::string::npos);
    EXPECT_NE(bench.text(LogLevel::error).find("/no/such/interpreter"), std::string::npos);
    co_await bench.scripts.stop();
  });
}

TEST(Scripts, CronRunsWhenDueAndSaysWhatIsWrongWithAnExpression) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor());
    auto every_second = script("echo tick");
    every_second.run_on_start = false;
    every_second.cron = "* * * * * *";
    auto wrong = script("echo never");
    wrong.cron = "nonsense";
    bench.scripts.start_cron({every_second, wrong});

    const auto ran_twice = [&] { return bench.timings.size() >= 2; };
    EXPECT_TRUE(co_await until(ran_twice));
    EXPECT_EQ(bench.timings.at(0).stage, Stage::cron);
    EXPECT_NE(bench.text(LogLevel::error).find("This script will not run"), std::string::npos);
    co_await bench.scripts.interrupt();
    co_await bench.scripts.stop();
  });
}

TEST(Scripts, InterruptEndsWhatRuns) {
  on_loop([]() -> Task<void> {
    Bench bench(co_await aio::executor(), {.interrupt_grace = Milliseconds(300), .pipe_grace = Milliseconds(300)});
    auto stubborn = script("trap '' INT; echo on; while :; do sleep 0.01; done");
    aio::Nursery nursery(co_await aio::executor());
    auto run = [](Bench* of, api::AgentScript what) -> Task<void> { co_await of->scripts.run_all({std::move(what)}, Stage::start); };
    nursery.start(run, &bench, stubborn);
    const auto runs = [&] { return !bench.lines.empty(); };
    EXPECT_TRUE(co_await until(runs));

    co_await bench.scripts.interrupt();

    EXPECT_EQ(bench.timings.size(), 1U);
    EXPECT_EQ(bench.timings.at(0).status, ScriptStatus::exit_failure);
    co_await nursery.stop();
    co_await bench.scripts.stop();
  });
}

}  // namespace
}  // namespace slipway::agent
