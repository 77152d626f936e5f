#include "agent/reaper.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>

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

}  // namespace slipway::agent
