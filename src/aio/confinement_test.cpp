// Run by root or by anybody whom the kernel lets make user namespaces.
#include "aio/loops.hpp"
#include "aio/subprocess.hpp"
#include "aio/task.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

namespace slipway::aio {
namespace {

namespace fs = std::filesystem;

struct Confined : ::testing::Test {
  Confined() {
    char pattern[] = "/tmp/slipway-confined-XXXXXX";
    root = ::mkdtemp(pattern);
    fs::create_directories(root + "/data/jobs/one");
    std::ofstream(root + "/data/secret") << "hush";
    std::ofstream(root + "/data/jobs/one/main.tf") << "mine";
    std::ofstream(root + "/key") << "hush";
  }
  ~Confined() override { fs::remove_all(root); }

  ProcessOptions shell(const std::string& script) {
    ProcessOptions options;
    options.argv = {"/bin/sh", "-c", script};
    options.environment.set("PATH", "/usr/bin:/bin");
    return options;
  }

  View view() const {
    return {.read_only = true,
            .own_processes = true,
            .hidden = {root + "/data", root + "/data/jobs", root + "/key", root + "/absent"},
            .shown = {{.path = root + "/data/jobs/one", .writable = true}}};
  }

  // What the script writes, run beside a sleeper whose namespaces it joins.
  std::string inside(const std::string& script, const std::function<void(View&)>& change = {}) {
    Loops loops(1);
    std::string out;
    auto seen = view();
    if (change) change(seen);
    const auto main = [this, &out, &seen](const std::string* text) -> Task<int> {
      auto sleeper = shell("");
      sleeper.argv = {"/bin/sleep", "1000"};
      sleeper.confinement = Confinement{.new_namespaces = true};
      auto first = Process::start(co_await executor(), sleeper);
      if (!first) {
        out = first.error().why;
        co_return 1;
      }
      const auto open = [&](const char* name) { return ::open(fmt::format("/proc/{}/ns/{}", first->pid(), name).c_str(), O_RDONLY | O_CLOEXEC); };
      const int user = open("user"), pids = open("pid");
      auto joined = shell(*text);
      joined.confinement = Confinement{.user_namespace = user, .pid_namespace = pids, .view = seen};
      joined.parent_death_signal = SIGKILL;
      joined.no_new_privileges = true;
      auto done = co_await run(joined);
      out = done ? done->output + done->errors : done.error().why;
      ::close(user);
      ::close(pids);
      co_return 0;
    };
    loops.run(main(&script));
    return out;
  }

  std::string root;
};

TEST_F(Confined, WhatIsHiddenIsGoneAndWhatIsShownCanBeUsed) {
  EXPECT_EQ(
      inside("cat " + root + "/data/jobs/one/main.tf && ls " + root + "/data && cat " + root + "/key && echo new > " + root + "/data/jobs/one/out"),
      "minejobs\n");
  EXPECT_TRUE(fs::exists(root + "/data/jobs/one/out"));
}

TEST_F(Confined, NothingElseCanBeWritten) { EXPECT_NE(inside("echo x > " + root + "/other").find("Read-only file system"), std::string::npos); }

TEST_F(Confined, OtherProcessesAreOutOfReach) {
  EXPECT_EQ(inside("kill -0 " + std::to_string(::getpid()) + " 2>/dev/null && echo reached; set -- /proc/[0-9]*; echo $#"),
            "2\n");  // sleep, sh
  EXPECT_EQ(inside("tr '\\0' ' ' < /proc/1/cmdline"), "/bin/sleep 1000 ");
}

TEST_F(Confined, ItsExitIsSeenAsUsual) {
  Loops loops(1);
  const auto main = [this]() -> Task<int> {
    auto options = shell("exit 7");
    options.confinement = Confinement{.new_namespaces = true};

    const auto done = co_await run(options);

    EXPECT_EQ(done.has_value() ? done->exit.describe() : done.error().why, "exit status 7");
    co_return 0;
  };
  loops.run(main());
}

// Beneath a folder that is seen at another's place, and in a hidden one below that: all on the way is made.
TEST_F(Confined, WhatIsShownBelowAnotherFoldersPlaceIsThere) {
  fs::create_directories(root + "/own");
  const auto at_root = [this](View& view) { view.shown.insert(view.shown.begin(), {.path = root + "/own", .writable = true, .at = "/tmp"}); };

  EXPECT_EQ(inside("cat " + root + "/data/jobs/one/main.tf; ls " + root + "/data; ls /tmp | wc -l", at_root), "minejobs\n1\n");
}

TEST_F(Confined, AViewThatCannotBeMadeIsSaid) {
  Loops loops(1);
  const auto main = [this]() -> Task<int> {
    auto options = shell("true");
    options.confinement = Confinement{.new_namespaces = true, .view = View{.shown = {{.path = root + "/absent"}}}};

    const auto done = co_await run(options);

    EXPECT_NE(done.error().why.find("arranging what it sees: No such file"), std::string::npos);
    co_return 0;
  };
  loops.run(main());
}

}  // namespace
}  // namespace slipway::aio
