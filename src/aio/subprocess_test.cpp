#include "aio/subprocess.hpp"
#include "aio/loops.hpp"
#include "aio/nursery.hpp"
#include "aio/task.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace slipway::aio {
namespace {

int run_here(Task<void> (*body)()) {
  Loops loops(1);
  const auto main = [](Task<void> (*inner)()) -> Task<int> {
    co_await inner();
    co_return 0;
  };
  return loops.run(main(body));
}

ProcessOptions shell(std::string script) {
  ProcessOptions options;
  options.argv = {"/bin/sh", "-c", std::move(script)};
  options.environment.set("PATH", "/usr/bin:/bin");
  return options;
}

bool alive(int pid) { return ::kill(pid, 0) == 0; }

// Polls a state that another process reaches; never a fixed wait.
template <class Claim>
Task<bool> becomes(Claim claim) {
  for (int i = 0; i < 500; ++i) {
    if (claim()) co_return true;
    co_await sleep(Milliseconds(10));
  }
  co_return false;
}

TEST(Subprocess, OutputErrorsAndStatusAreCollected) {
  run_here([]() -> Task<void> {
    auto options = shell("cat; echo oops >&2; exit 3");

    auto done = co_await run(options, "hello");

    EXPECT_TRUE(done.has_value());
    EXPECT_EQ(done->output, "hello");
    EXPECT_EQ(done->errors, "oops\n");
    EXPECT_EQ(done->exit.describe(), "exit status 3");
  });
}

TEST(Subprocess, EnvironmentIsBuiltNotInherited) {
  ::setenv("SLIPWAY_SECRET_OF_THE_SERVER", "x", 1);
  run_here([]() -> Task<void> {
    ProcessOptions options;
    options.argv = {"/usr/bin/env"};
    options.environment.set("A", "1");
    options.environment.set("A", "2");

    auto done = co_await run(options);

    EXPECT_EQ(done.value().output, "A=2\n");
  });
}

TEST(Subprocess, DescriptorsOfOursDoNotReachTheChild) {
  const int leak = ::open("/dev/zero", O_RDONLY);  // on purpose without O_CLOEXEC
  ASSERT_GE(leak, 3);
  run_here([]() -> Task<void> {
    auto done = co_await run(shell("ls -l /proc/self/fd | grep -c /dev/zero"));

    EXPECT_EQ(done.value().output, "0\n");
  });
  ::close(leak);
}

TEST(Subprocess, MissingProgramAndBadDirectoryAreNamed) {
  run_here([]() -> Task<void> {
    ProcessOptions options;
    options.argv = {"/nonexistent/tofu"};
    auto missing = co_await run(options);
    auto placed = shell("true");
    placed.directory = "/nonexistent";
    auto lost = co_await run(placed);

    EXPECT_EQ(missing.error().code, Code::not_found);
    EXPECT_EQ(missing.error().say, "The program /nonexistent/tofu could not be started: No such file or directory.");
    EXPECT_NE(lost.error().why.find("changing to its directory"), std::string::npos);
  });
}

TEST(Subprocess, LinesArriveInOrderAndLongOnesAreCut) {
  run_here([]() -> Task<void> {
    auto process = Process::start(co_await executor(), shell("printf 'one\\r\\ntwo\\n\\nabcdefghij'; echo err >&2"));
    std::vector<std::string> lines;
    std::vector<std::string> errors;
    const LineSink sink = [&](Channel c, std::string_view line) { (c == Channel::output ? lines : errors).emplace_back(line); };

    const auto exit = co_await follow(*process, sink, {}, 4);

    EXPECT_TRUE(exit.ok());
    EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", "", "abcd", "efgh", "ij"}));
    EXPECT_EQ(errors, std::vector<std::string>{"err"});
  });
}

TEST(Subprocess, StopIsGracefulFirstAndHardAfterTheGrace) {
  run_here([]() -> Task<void> {
    auto polite = Process::start(co_await executor(), shell("trap 'exit 7' INT; echo up; while :; do sleep 0.02; done"));
    auto deaf = Process::start(co_await executor(), shell("trap '' INT; echo up; while :; do sleep 0.02; done"));
    char up[8];
    EXPECT_TRUE((co_await polite->read_output(up)).has_value());
    EXPECT_TRUE((co_await deaf->read_output(up)).has_value());

    const auto first = co_await polite->stop(SIGINT, Seconds(10));
    const auto second = co_await deaf->stop(SIGINT, Milliseconds(50));

    EXPECT_EQ(first.code, 7);
    EXPECT_EQ(second.signal, SIGKILL);
  });
}

TEST(Subprocess, DeadlineEndsTheWholeGroup) {
  run_here([]() -> Task<void> {
    auto process = Process::start(co_await executor(), shell("sleep 1000 & echo $!; sleep 1000"));
    char text[32];
    const auto got = co_await process->read_output(text);
    const int grandchild = std::stoi(std::string(text, *got));
    const int leader = process->pid();
    EXPECT_TRUE(alive(grandchild));

    {
      auto gone = std::move(*process);
    }

    EXPECT_TRUE(co_await becomes([=] { return !alive(leader); }));
    // The grandchild is a zombie until init collects it: ask for its state, not for its number.
    const auto ended = [=] {
      auto* file = ::fopen(("/proc/" + std::to_string(grandchild) + "/stat").c_str(), "r");
      if (!file) return true;
      char state = '?';
      const int fields = ::fscanf(file, "%*d %*s %c", &state);
      ::fclose(file);
      return fields == 1 && state == 'Z';
    };
    EXPECT_TRUE(co_await becomes(ended));
  });
}

TEST(Subprocess, CancelledCoroutineStopsItsProcess) {
  run_here([]() -> Task<void> {
    auto pid = std::make_shared<int>(0);
    auto seen = std::make_shared<std::string>();
    Nursery nursery(co_await executor());
    const auto body = [](std::shared_ptr<int> id, std::shared_ptr<std::string> out) -> Task<void> {
      auto process = Process::start(co_await executor(), shell("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.02; done"));
      *id = process->pid();
      const LineSink sink = [out](Channel, std::string_view line) { *out += line; };
      co_await follow(*process, sink, {SIGTERM, Seconds(5)});
    };
    nursery.start(body, pid, seen);
    EXPECT_TRUE(co_await becomes([&] { return *seen == "up"; }));

    co_await nursery.stop();

    EXPECT_FALSE(alive(*pid));
  });
}

TEST(Subprocess, KeptGroupOutlivesItsLeader) {
  run_here([]() -> Task<void> {
    auto options = shell("sleep 1000 >/dev/null 2>&1 & echo $!");
    options.keep_group = true;
    auto process = Process::start(co_await executor(), options);
    std::string text;
    const LineSink sink = [&](Channel, std::string_view line) { text += line; };

    co_await follow(*process, sink);

    EXPECT_TRUE(alive(std::stoi(text)));
    ::kill(std::stoi(text), SIGKILL);
  });
}

TEST(Subprocess, MayOutliveItsReader) {
  run_here([]() -> Task<void> {
    std::string file = (std::filesystem::temp_directory_path() / "slipway-said-XXXXXX").string();
    ::close(::mkstemp(file.data()));
    for (const bool outlives : {false, true}) {
      auto options = shell("read line; echo one; echo two; echo said > " + file);
      options.input = Pipe::open;
      options.outlives_reader = outlives;
      auto process = Process::start(co_await executor(), options);
      const auto pid = process->pid();
      process->release();
      *process = Process::start(co_await executor(), shell("true")).value();  // our ends close, as when we die

      ::waitpid(pid, nullptr, 0);
      EXPECT_EQ(std::filesystem::file_size(file), outlives ? 5u : 0u);
    }
    std::filesystem::remove(file);
  });
}

TEST(Subprocess, RunsAsAnotherUserWhenAsked) {
  if (::geteuid() != 0) return;  // only root can drop
  run_here([]() -> Task<void> {
    auto options = shell("id -u; id -g; id -G");
    options.identity = ProcessIdentity{65534, 65534, {}};

    auto done = co_await run(options);

    EXPECT_EQ(done.value().output, "65534\n65534\n65534\n");
  });
}

TEST(FindProgram, SearchesOnlyTheListGiven) {
  EXPECT_EQ(find_program("sh", "/nonexistent:/bin"), "/bin/sh");
  EXPECT_FALSE(find_program("sh", "/nonexistent"));
  EXPECT_EQ(find_program("/bin/sh"), "/bin/sh");
  EXPECT_FALSE(find_program("/etc/passwd"));
}

}  // namespace
}  // namespace slipway::aio
