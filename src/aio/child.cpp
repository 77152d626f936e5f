#include "aio/child.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace slipway::aio {

const char* name_of(ChildStep step) {
  switch (step) {
    case ChildStep::group: return "making its process group";
    case ChildStep::terminal: return "taking its terminal";
    case ChildStep::streams: return "connecting its streams";
    case ChildStep::directory: return "changing to its directory";
    case ChildStep::identity: return "changing its user";
    case ChildStep::exec: return "executing it";
    case ChildStep::namespaces: return "entering its namespaces";
    case ChildStep::view: return "arranging what it sees";
    case ChildStep::born: return "starting it";
  }
  return "starting it";
}

namespace {

[[noreturn]] void give_up(const ChildPlan& plan, ChildStep step) {
  const ChildReport report{static_cast<int>(step), errno};
  [[maybe_unused]] const auto n = ::write(plan.report, &report, sizeof report);
  ::_exit(127);
}

void reset_signals() {
  struct sigaction plain{};
  plain.sa_handler = SIG_DFL;
  for (int number = 1; number < 32; ++number) ::sigaction(number, &plain, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Everything above stderr closes on exec, whoever opened it without asking for that.
void close_the_rest(const ChildPlan& plan) {
  constexpr unsigned kCloseOnExec = 4;
  if (::syscall(SYS_close_range, 3U, ~0U, kCloseOnExec) == 0) return;
  for (int fd = 3; fd < plan.most_files; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

bool connect_streams(const ChildPlan& plan) {
  // Lift the sources above 2 first, so that placing one never overwrites another.
  int lifted[3];
  for (int i = 0; i < 3; ++i) {
    lifted[i] = plan.streams[i] < 0 ? -1 : ::fcntl(plan.streams[i], F_DUPFD_CLOEXEC, 3);
    if (plan.streams[i] >= 0 && lifted[i] < 0) return false;
  }
  for (int i = 0; i < 3; ++i)
    if (lifted[i] >= 0 && ::dup2(lifted[i], i) < 0) return false;
  return true;
}

bool change_identity(const ChildPlan& plan) {
  if (!plan.identity) return true;
  const auto& who = *plan.identity;
  if (::geteuid() == 0 && ::setgroups(plan.groups.size(), plan.groups.data()) != 0) return false;
  return ::setresgid(who.gid, who.gid, who.gid) == 0 && ::setresuid(who.uid, who.uid, who.uid) == 0;
}

// A pid namespace is entered by a child's child, made a child of our parent's at once: who started it can wait for it as usual.
void enter_namespaces(const ChildPlan& plan) {
  if (!plan.confinement->enter()) give_up(plan, ChildStep::namespaces);
  if (!plan.other_processes) return;
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (pid < 0) give_up(plan, ChildStep::namespaces);
  if (pid == 0) return;
  const ChildReport report{static_cast<int>(ChildStep::born), pid};
  [[maybe_unused]] const auto n = ::write(plan.report, &report, sizeof report);
  ::_exit(0);
}

// In another pid namespace our parent has no number: whether it still listens says whether it still lives.
bool parent_has_gone(const ChildPlan& plan) {
  if (!plan.other_processes) return ::getppid() != plan.parent;
  pollfd listener{plan.report, 0, 0};
  return ::poll(&listener, 1, 0) > 0 && (listener.revents & POLLERR) != 0;
}

[[noreturn]] void become(const ChildPlan& plan) {
  reset_signals();
  if (plan.confinement) enter_namespaces(plan);
  if (plan.reaps_by_ignoring) ::signal(SIGCHLD, SIG_IGN);
  if (plan.new_session ? ::setsid() < 0 : ::setpgid(0, 0) != 0) give_up(plan, ChildStep::group);
  if (!connect_streams(plan)) give_up(plan, ChildStep::streams);
  if (plan.terminal >= 0 && ::ioctl(0, TIOCSCTTY, 0) != 0) give_up(plan, ChildStep::terminal);
  close_the_rest(plan);
  const auto enter = [&] {
    if (plan.directory && ::chdir(plan.directory) != 0) give_up(plan, ChildStep::directory);
  };
  if (plan.confinement && !plan.confinement->arrange()) give_up(plan, ChildStep::view);
  if (plan.enter_as_ourselves) enter();
  if (!change_identity(plan)) give_up(plan, ChildStep::identity);
  if (!plan.enter_as_ourselves) enter();
  if (plan.parent_death_signal) {
    ::prctl(PR_SET_PDEATHSIG, plan.parent_death_signal);
    if (parent_has_gone(plan)) ::_exit(127);  // it went before we could ask
  }
  if (rlimit files{}; plan.files_before > 0 && ::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = plan.files_before;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  if (plan.no_new_privileges && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up(plan, ChildStep::identity);
  ::execve(plan.argv[0], plan.argv.data(), plan.environment.data());
  give_up(plan, ChildStep::exec);
}

}  // namespace

pid_t fork_quietly(const ChildPlan& plan) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) become(plan);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return pid;
}

}  // namespace slipway::aio
