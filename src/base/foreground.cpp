#include "base/foreground.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace slipway {
namespace {

volatile std::sig_atomic_t running = 0, early = 0;  // early: told before we knew whom to pass it on to

extern "C" void pass_on_to_foreground(int number) {
  if (running > 0)
    ::kill(static_cast<pid_t>(running), number);
  else
    early = number;
}

// Ours while the other runs; as they were afterwards.
class Handlers {
 public:
  Handlers() {
    for (std::size_t i = 0; i < kNumbers.size(); ++i) {
      struct sigaction action{};
      action.sa_handler = i < 2 ? pass_on_to_foreground : SIG_IGN;
      ::sigaction(kNumbers[i], &action, &before_[i]);
    }
  }
  ~Handlers() {
    for (std::size_t i = 0; i < kNumbers.size(); ++i) ::sigaction(kNumbers[i], &before_[i], nullptr);
  }
  Handlers(const Handlers&) = delete;
  Handlers& operator=(const Handlers&) = delete;

  static constexpr std::array<int, 4> kNumbers{SIGTERM, SIGHUP, SIGINT, SIGQUIT};

 private:
  std::array<struct sigaction, kNumbers.size()> before_{};
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Result<int> run_in_foreground(std::vector<std::string> argv, const std::string& directory, std::vector<std::string> environment) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  if (!directory.empty()) posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
  sigset_t usual, none;
  sigemptyset(&usual);
  sigemptyset(&none);
  for (const int number : Handlers::kNumbers) sigaddset(&usual, number);
  sigaddset(&usual, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  const auto words = pointers(argv), variables = pointers(environment);
  early = 0;
  const Handlers handlers;
  pid_t child = 0;
  const int failed = posix_spawnp(&child, words[0], &actions, &attributes, words.data(), environment.empty() ? environ : variables.data());
  running = failed == 0 ? child : 0;
  if (running > 0 && early > 0) ::kill(child, early);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) return fail(Code::not_found, fmt::format("Cannot run {}.", argv[0]), std::strerror(failed));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  running = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace slipway
