#include "agent/reaper.hpp"

#include "agent/files.hpp"
#include "aio/task.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include <sys/wait.h>
#include <unistd.h>

namespace slipway::agent {

namespace {

constexpr int kForwarded[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

sigset_t awaited() {
  sigset_t out;
  sigemptyset(&out);
  sigaddset(&out, SIGCHLD);
  for (const int number : kForwarded) sigaddset(&out, number);
  return out;
}

}  // namespace

int reap_until(int child) {
  const sigset_t signals = awaited();
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);  // before the first look, so that no end falls between look and wait
  while (true) {
    int status = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(-1, &status, WNOHANG)) > 0) {
      if (ended != child) continue;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (ended < 0 && errno == ECHILD) return 1;
    int number = 0;
    if (::sigwait(&signals, &number) == 0 && number != SIGCHLD) ::kill(child, number);
  }
}

void become_child_of_reaper() {
  if (::getpid() != 1) return;
  const sigset_t signals = awaited();
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &signals, &before);
  const pid_t child = ::fork();
  if (child > 0) std::_Exit(reap_until(child));
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

std::vector<int> inherited_children() {
  std::vector<int> out;
  std::error_code absent;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", absent)) {
    std::istringstream list(read_small_file(thread.path() / "children").value_or(""));
    for (int child = 0; list >> child;) out.push_back(child);
  }
  return out;
}

Task<void> reap_inherited(std::vector<int> children) {
  constexpr Milliseconds kMost = Seconds(5);
  Milliseconds pause{10};
  while (true) {
    std::erase_if(children, [](int child) { return ::waitpid(child, nullptr, WNOHANG) != 0; });
    if (children.empty()) co_return;
    co_await aio::sleep(pause);
    pause = std::min(2 * pause, kMost);
  }
}

}  // namespace slipway::agent
