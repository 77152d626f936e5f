#include "cli/openssh.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "base/clock.hpp"
#include "cli/command.hpp"
#include "cli/config_ssh.hpp"
#include "cli/print.hpp"

namespace slipway::cli {
namespace {

constexpr int kCannotRun = 127;  // of our own child before it is ssh
constexpr int kSshFailed = 255;

volatile std::sig_atomic_t child_pid = 0;
volatile std::sig_atomic_t interrupted = 0;

extern "C" void pass_on(int number) {
  if (child_pid > 0) kill(static_cast<pid_t>(child_pid), number);
}
// From the terminal it reaches ssh too, which decides.
extern "C" void note(int) { interrupted = 1; }

// Ours while ssh runs; its own are the usual ones again.
class Signals {
 public:
  Signals() {
    set(SIGINT, note);
    set(SIGQUIT, note);
    set(SIGTERM, pass_on);
    set(SIGHUP, pass_on);
  }
  ~Signals() {
    for (const int number : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) std::signal(number, SIG_DFL);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  static void set(int number, void (*handler)(int)) {
    struct sigaction action{};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigaction(number, &action, nullptr);
  }
};

// In the child of a program with threads: nothing that takes memory.
[[noreturn]] void become(char* const* words) {
  for (const int number : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) std::signal(number, SIG_DFL);
  prctl(PR_SET_PDEATHSIG, SIGHUP);
  execvp("ssh", words);
  _exit(kCannotRun);
}

// Whoever stops and continues all of us does so one after the other: that ssh stopped may be news of before, when it runs again already.
bool stays_stopped(pid_t child) {
  constexpr Milliseconds kOneAfterTheOther{50};
  std::this_thread::sleep_for(kOneAfterTheOther);
  siginfo_t since{};
  return waitid(P_PID, static_cast<id_t>(child), &since, WCONTINUED | WEXITED | WNOHANG | WNOWAIT) != 0 || since.si_pid == 0;
}

// Its exit code as a shell tells it. When ssh stops itself (~^Z), so do we: the shell shows it as one job.
int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, WUNTRACED) < 0 || WIFSTOPPED(status)) {
    if (WIFSTOPPED(status) && stays_stopped(child)) {
      raise(SIGSTOP);
      kill(child, SIGCONT);
    }
    status = 0;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string_view search_path() { return std::getenv("PATH") ? std::getenv("PATH") : "/usr/bin:/bin"; }

std::vector<std::string> command_line(Session& session, const std::string& host, const OpenSsh& what) {
  std::vector<std::string> words = {"ssh"};
  // We have waited already; the one inside must not wait again for what this one was told not to wait for.
  const auto minutes = what.reconnect.minutes == Reconnect::kUsual ? "" : fmt::format(" --reconnect-minutes {}", what.reconnect.minutes);
  const auto inside = session.face().coder ? fmt::format("ssh --stdio --disable-autostart --no-wait --ssh-host-prefix {} '%n'", HostName().prefix)
                                           : fmt::format("ssh --stdio --no-start --no-wait{} '%n'", minutes);
  const auto proxy = proxy_command(own_path(), session.config().folder().string(), inside, session.face());
  for (const auto& [name, value] : ssh_settings(proxy)) words.insert(words.end(), {"-o", name + "=" + value});
  for (const auto& one : what.options) words.insert(words.end(), {"-o", one});
  words.insert(words.end(), what.flags.begin(), what.flags.end());
  words.push_back(host);
  words.insert(words.end(), what.remote.begin(), what.remote.end());
  return words;
}

}  // namespace

bool have_openssh() {
  for (auto path = search_path(); !path.empty();) {
    const auto end = std::min(path.find(':'), path.size());
    if (access((std::string(path.substr(0, end)) + "/ssh").c_str(), X_OK) == 0) return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

Result<std::string> ssh_host(const Target& target) {
  const auto agent = target.agent.empty() ? "" : "." + target.agent;
  auto host = fmt::format("slipway.{}--{}{}", target.workspace.owner_name, target.workspace.name, agent);
  if (!is_host_text(host))
    return fail(Code::invalid, fmt::format("The name \"{}\" cannot be given to ssh.", host), "Use the built-in terminal: slipway ssh --terminal");
  return host;
}

Result<int> run_openssh(Session& session, const Target& target, const OpenSsh& what) {
  TRY(host, ssh_host(target));
  if (!have_openssh())
    return fail(Code::precondition, "There is no ssh program on this machine.",
                "Install OpenSSH's client (package openssh-client on Debian and Ubuntu, openssh-clients on Fedora, openssh-client-default on "
                "Alpine). For a shell without it: slipway ssh --terminal");
  // The one inside must find the same server: flags given to us go on through the environment. What login keeps it reads by itself,
  // and again when it reconnects.
  const bool coder = session.face().coder;
  if (const auto url = session.url(); url && session.config().read("url") != *url) setenv(coder ? "CODER_URL" : "SLIPWAY_URL", url->c_str(), 1);
  if (const auto token = session.token(); token && session.config().read("token") != *token)
    setenv(coder ? "CODER_SESSION_TOKEN" : "SLIPWAY_SESSION_TOKEN", token->c_str(), 1);
  setenv(kInsideSsh, "1", 1);
  auto words = command_line(session, host, what);
  std::vector<char*> raw;
  for (auto& word : words) raw.push_back(word.data());
  raw.push_back(nullptr);
  const Signals signals;
  std::fflush(stderr);
  const pid_t child = fork();
  if (child == 0) become(raw.data());
  if (child < 0) return fail(Code::internal, "Cannot run ssh.", std::strerror(errno));
  child_pid = child;
  const int code = wait_for(child);
  child_pid = 0;
  if (interrupted && what.interrupt_is_the_end) return 0;
  if (code == kSshFailed && !interrupted)
    if (const auto error = why_it_ended(session, target.workspace, {}); !error.say.empty()) return std::unexpected(error);
  return code;
}

}  // namespace slipway::cli
