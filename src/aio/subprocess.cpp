#include "aio/subprocess.hpp"
#include "base/open_files.hpp"

#include "aio/blocking.hpp"
#include "aio/task.hpp"
#include "base/descriptor.hpp"

#include <fmt/format.h>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace slipway::aio {
namespace {

struct Ends {
  Descriptor read;
  Descriptor write;
};

Result<Ends> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return fail_internal(fmt::format("pipe2: {}", std::strerror(errno)));
  return Ends{Descriptor(fds[0]), Descriptor(fds[1])};
}

// Steps of the child between fork and exec, told to the parent over a pipe when one fails.
// `born` is no failure: its number is the pid of the process in the new pid namespace, which takes the first one's place.
enum class Step : int { group = 1, terminal, streams, directory, identity, exec, namespaces, view, born };

const char* name_of(Step step) {
  switch (step) {
    case Step::group: return "making its process group";
    case Step::terminal: return "taking its terminal";
    case Step::streams: return "connecting its streams";
    case Step::directory: return "changing to its directory";
    case Step::identity: return "changing its user";
    case Step::exec: return "executing it";
    case Step::namespaces: return "entering its namespaces";
    case Step::view: return "arranging what it sees";
    case Step::born: return "starting it";
  }
  return "starting it";
}

struct Report {
  int step;
  int number;
};

// All that the child needs, prepared before fork: after it only async-signal-safe calls are allowed.
struct Plan {
  const ConfinementPlan* confinement = nullptr;
  bool other_processes = false;
  bool reaps_by_ignoring = false;
  bool no_new_privileges = false;
  bool enter_as_ourselves = false;
  std::vector<char*> argv;
  std::vector<char*> environment;
  const char* directory = nullptr;
  int streams[3] = {-1, -1, -1};  // -1: leave as inherited
  int terminal = -1;
  bool new_session = false;
  int parent_death_signal = 0;
  pid_t parent = 0;
  const ProcessIdentity* identity = nullptr;
  std::vector<gid_t> groups;
  int report = -1;
  int most_files = 1024;
  rlim_t files_before = 0;  // 0: as ours
};

[[noreturn]] void give_up(const Plan& plan, Step step) {
  const Report report{static_cast<int>(step), errno};
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
void close_the_rest(const Plan& plan) {
  constexpr unsigned kCloseOnExec = 4;
  if (::syscall(SYS_close_range, 3U, ~0U, kCloseOnExec) == 0) return;
  for (int fd = 3; fd < plan.most_files; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

bool connect_streams(const Plan& plan) {
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

bool change_identity(const Plan& plan) {
  if (!plan.identity) return true;
  const auto& who = *plan.identity;
  if (::geteuid() == 0 && ::setgroups(plan.groups.size(), plan.groups.data()) != 0) return false;
  return ::setresgid(who.gid, who.gid, who.gid) == 0 && ::setresuid(who.uid, who.uid, who.uid) == 0;
}

// A pid namespace is entered by a child's child, made a child of our parent's at once: who started it can wait for it as usual.
void enter_namespaces(const Plan& plan) {
  if (!plan.confinement->enter()) give_up(plan, Step::namespaces);
  if (!plan.other_processes) return;
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (pid < 0) give_up(plan, Step::namespaces);
  if (pid == 0) return;
  const Report report{static_cast<int>(Step::born), pid};
  [[maybe_unused]] const auto n = ::write(plan.report, &report, sizeof report);
  ::_exit(0);
}

// In another pid namespace our parent has no number: whether it still listens says whether it still lives.
bool parent_has_gone(const Plan& plan) {
  if (!plan.other_processes) return ::getppid() != plan.parent;
  pollfd listener{plan.report, 0, 0};
  return ::poll(&listener, 1, 0) > 0 && (listener.revents & POLLERR) != 0;
}

[[noreturn]] void become(const Plan& plan) {
  reset_signals();
  if (plan.confinement) enter_namespaces(plan);
  if (plan.reaps_by_ignoring) ::signal(SIGCHLD, SIG_IGN);
  if (plan.new_session ? ::setsid() < 0 : ::setpgid(0, 0) != 0) give_up(plan, Step::group);
  if (!connect_streams(plan)) give_up(plan, Step::streams);
  if (plan.terminal >= 0 && ::ioctl(0, TIOCSCTTY, 0) != 0) give_up(plan, Step::terminal);
  close_the_rest(plan);
  const auto enter = [&] {
    if (plan.directory && ::chdir(plan.directory) != 0) give_up(plan, Step::directory);
  };
  if (plan.confinement && !plan.confinement->arrange()) give_up(plan, Step::view);
  if (plan.enter_as_ourselves) enter();
  if (!change_identity(plan)) give_up(plan, Step::identity);
  if (!plan.enter_as_ourselves) enter();
  if (plan.parent_death_signal) {
    ::prctl(PR_SET_PDEATHSIG, plan.parent_death_signal);
    if (parent_has_gone(plan)) ::_exit(127);  // it went before we could ask
  }
  if (rlimit files{}; plan.files_before > 0 && ::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = plan.files_before;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  if (plan.no_new_privileges && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up(plan, Step::identity);
  ::execve(plan.argv[0], plan.argv.data(), plan.environment.data());
  give_up(plan, Step::exec);
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (const auto& s : strings) out.push_back(const_cast<char*>(s.c_str()));
  out.push_back(nullptr);
  return out;
}

// A write to a pipe whose reader has gone must be an error, not the end of this process.
void ignore_broken_pipes() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction now{};
    if (::sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) ::signal(SIGPIPE, SIG_IGN);
  });
}

// Forks with every signal blocked, so that no handler of ours runs in the child.
pid_t fork_quietly(const Plan& plan) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) become(plan);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return pid;
}

Exit exit_of(const siginfo_t& info) {
  Exit out;
  out.exited = info.si_code == CLD_EXITED;
  (out.exited ? out.code : out.signal) = info.si_status;
  return out;
}

void reap(pid_t pid) {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED) != 0 && errno == EINTR) {
  }
}

Error start_failure(const Report& report, const ProcessOptions& options) {
  const auto& program = options.argv[0];
  const auto step = static_cast<Step>(report.step);
  auto code = Code::internal;
  if (step == Step::exec && report.number == ENOENT) code = Code::not_found;
  if (report.number == EACCES || report.number == EPERM) code = Code::forbidden;
  return Error{.code = code,
               .say = fmt::format("The program {} could not be started: {}.", program, std::strerror(report.number)),
               .why = fmt::format("{} failed while {}: {}", program, name_of(step), std::strerror(report.number))};
}

}  // namespace

void Environment::remove(std::string_view name) {
  std::erase_if(entries_,
                [&](const std::string& entry) { return entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '='; });
}

void Environment::set(std::string_view name, std::string_view value) {
  remove(name);
  entries_.push_back(fmt::format("{}={}", name, value));
}

std::optional<std::string_view> Environment::get(std::string_view name) const {
  for (std::string_view entry : entries_)
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') return entry.substr(name.size() + 1);
  return std::nullopt;
}

std::string Exit::describe() const {
  if (exited) return fmt::format("exit status {}", code);
  return fmt::format("signal {} ({})", signal, ::strsignal(signal));
}

struct Process::State {
  using Descriptor = asio::posix::basic_stream_descriptor<asio::any_io_executor>;

  explicit State(const asio::any_io_executor& home) : input(home), output(home), errors(home), watch(home) {}
  ~State() { abandon(); }

  bool look();  // true once the leader has ended; reaps it
  void abandon();

  Descriptor input;
  Descriptor output;
  Descriptor errors;
  Descriptor watch;  // the pidfd, where the kernel has one
  pid_t pid = -1;
  bool keep_group = false;
  bool reaped = false;
  Exit exit;
};

bool Process::State::look() {
  if (reaped) return true;
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
    reaped = true;  // somebody reaped it behind our back: its exit is lost, its group number no longer ours
    return true;
  }
  if (info.si_pid == 0) return false;
  // The zombie still holds the group's number, so this cannot hit a stranger.
  if (!keep_group) ::kill(-pid, SIGKILL);
  ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED);
  exit = exit_of(info);
  reaped = true;
  return true;
}

void Process::State::abandon() {
  if (pid < 0 || reaped) return;
  ::kill(-pid, SIGKILL);
  reaped = true;
  asio::post(blocking_pool(), [pid = pid] { reap(pid); });
}

Process::Process(std::unique_ptr<State> state) : state_(std::move(state)) {}
Process::Process(Process&&) noexcept = default;
Process& Process::operator=(Process&&) noexcept = default;
Process::~Process() = default;

int Process::pid() const { return state_->pid; }
bool Process::running() const { return !state_->look(); }
void Process::release() { state_->reaped = true; }

namespace {

// The child's three descriptors and our ends of those that are pipes.
struct Wiring {
  Descriptor child[3];
  Descriptor ours[3];
  int number[3] = {-1, -1, -1};
};

constexpr int kRoom = 1 << 20;

// A pipe that is opened for both never lacks a reader: what is written to it waits there, and is gone with it.
void open_for_both(Descriptor& write) {
  Descriptor both(::open(fmt::format("/proc/self/fd/{}", write.get()).c_str(), O_RDWR | O_CLOEXEC));
  if (both.get() < 0) return;
  ::fcntl(both.get(), F_SETPIPE_SZ, kRoom);  // less is granted where this is too much
  write = std::move(both);
}

Result<void> wire(Wiring& wiring, int index, Pipe kind, bool outlives_reader) {
  if (kind == Pipe::inherit) return {};
  if (kind == Pipe::null) {
    wiring.child[index] = Descriptor(::open("/dev/null", (index == 0 ? O_RDONLY : O_WRONLY) | O_CLOEXEC));
    if (wiring.child[index].get() < 0) return fail_internal(fmt::format("/dev/null: {}", std::strerror(errno)));
  } else {
    TRY(ends, make_pipe());
    if (index > 0 && outlives_reader) open_for_both(ends.write);
    wiring.child[index] = std::move(index == 0 ? ends.read : ends.write);
    wiring.ours[index] = std::move(index == 0 ? ends.write : ends.read);
  }
  wiring.number[index] = wiring.child[index].get();
  return {};
}

Result<Wiring> wire_all(const ProcessOptions& options) {
  Wiring wiring;
  if (options.terminal >= 0) {
    std::ranges::fill(wiring.number, options.terminal);
    return wiring;
  }
  TRY_OK(wire(wiring, 0, options.input, false));
  TRY_OK(wire(wiring, 1, options.output, options.outlives_reader));
  if (options.errors_to_output)
    wiring.number[2] = wiring.number[1];
  else
    TRY_OK(wire(wiring, 2, options.errors, options.outlives_reader));
  return wiring;
}

// Nothing once the program runs, or its starting child has died.
std::optional<Report> next_report(const Descriptor& from) {
  Report report{};
  ssize_t got = 0;
  while ((got = ::read(from.get(), &report, sizeof report)) < 0 && errno == EINTR) {
  }
  return got == sizeof report ? std::optional(report) : std::nullopt;
}

}  // namespace

Result<Process> Process::start(const asio::any_io_executor& home, const ProcessOptions& options) {
  if (options.argv.empty()) return fail_internal("a process needs a program");
  ignore_broken_pipes();
  TRY(wiring, wire_all(options));
  TRY(report, make_pipe());

  Plan plan;
  plan.argv = pointers(options.argv);
  plan.environment = pointers(options.environment.entries());
  plan.directory = options.directory.empty() ? nullptr : options.directory.c_str();
  std::ranges::copy(wiring.number, plan.streams);
  plan.terminal = options.terminal;
  plan.new_session = options.new_session || options.terminal >= 0;
  plan.parent_death_signal = options.parent_death_signal;
  plan.parent = ::getpid();
  plan.report = report.write.get();
  if (options.identity) {
    plan.identity = &*options.identity;
    plan.enter_as_ourselves = options.enter_as_ourselves;
    plan.groups.assign(options.identity->groups.begin(), options.identity->groups.end());
  }
  plan.files_before = open_files_before();
  if (rlimit files{}; ::getrlimit(RLIMIT_NOFILE, &files) == 0) plan.most_files = static_cast<int>(std::min<rlim_t>(files.rlim_cur, 65536));

  std::optional<ConfinementPlan> confinement;
  if (options.confinement) {
    plan.confinement = &confinement.emplace(*options.confinement);
    plan.other_processes = options.confinement->other_processes();
    plan.reaps_by_ignoring = options.confinement->new_namespaces;
  }
  plan.no_new_privileges = options.no_new_privileges;

  auto state = std::make_unique<State>(home);
  const pid_t pid = fork_quietly(plan);
  if (pid < 0) return fail_internal(fmt::format("fork: {}", std::strerror(errno)));
  if (!plan.new_session) ::setpgid(pid, pid);  // whoever of the two comes first
  state->pid = pid;
  state->keep_group = options.keep_group;

  report.write.reset();
  // To the end, for a child may fail before its birth is told: both numbers must be known, or one of them is never waited for.
  std::optional<Report> failure;
  while (const auto told = next_report(report.read)) {
    if (told->step != static_cast<int>(Step::born)) {
      failure = told;
      continue;
    }
    reap(state->pid);
    state->pid = told->number;
  }
  if (failure) return std::unexpected(start_failure(*failure, options));

  if (const int fd = static_cast<int>(::syscall(SYS_pidfd_open, state->pid, 0)); fd >= 0) state->watch.assign(fd);
  State::Descriptor* ours[] = {&state->input, &state->output, &state->errors};
  for (int i = 0; i < 3; ++i)
    if (wiring.ours[i].get() >= 0) ours[i]->assign(wiring.ours[i].release());
  return Process(std::move(state));
}

namespace {

template <class Descriptor>
Task<Result<std::size_t>> read_from(Descriptor& from, std::span<char> out) {
  if (!from.is_open()) co_return 0;
  auto [failed, count] = co_await from.async_read_some(asio::buffer(out.data(), out.size()), aio::tuple);
  if (!failed) co_return count;
  if (failed == asio::error::eof) co_return 0;
  if (failed == asio::error::operation_aborted) co_return fail(Code::cancelled, "The read was cancelled.");
  co_return fail_internal("reading from a process: " + failed.message());
}

}  // namespace

Task<Result<std::size_t>> Process::read_output(std::span<char> out) { return read_from(state_->output, out); }
Task<Result<std::size_t>> Process::read_errors(std::span<char> out) { return read_from(state_->errors, out); }

Task<Result<void>> Process::write_input(std::string_view bytes) {
  if (!state_->input.is_open()) co_return fail_internal("the process has no open input");
  auto [failed, count] = co_await asio::async_write(state_->input, asio::buffer(bytes.data(), bytes.size()), aio::tuple);
  if (failed == asio::error::operation_aborted) co_return fail(Code::cancelled, "The write was cancelled.");
  if (failed) co_return fail_internal("writing to a process: " + failed.message());
  co_return Result<void>{};
}

void Process::close_input() {
  boost::system::error_code ignored;
  state_->input.close(ignored);
}

Task<Exit> Process::wait() {
  asio::steady_timer pause(co_await executor());
  while (!state_->look()) {
    if (state_->watch.is_open()) {
      auto [failed] = co_await state_->watch.async_wait(State::Descriptor::wait_read, aio::tuple);
      if (!failed) continue;
      if (failed == asio::error::operation_aborted) throw boost::system::system_error(failed);
    }
    pause.expires_after(Milliseconds(10));
    co_await pause.async_wait(asio::use_awaitable);
  }
  co_return state_->exit;
}

bool Process::signal(int number) { return !state_->look() && ::kill(-state_->pid, number) == 0; }

Task<Exit> Process::stop(int first, Milliseconds grace) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  using namespace asio::experimental::awaitable_operators;
  if (signal(first)) {
    asio::steady_timer limit(co_await executor(), grace);
    auto first_of_both = co_await (wait() || limit.async_wait(aio::tuple));
    if (first_of_both.index() == 1) signal(SIGKILL);
  }
  co_return co_await wait();
}

void LineSplitter::feed(std::string_view bytes, const Sink& sink) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto piece = bytes.substr(0, end);
    const auto room = most_ - std::min(most_, rest_.size());
    rest_.append(piece.substr(0, room));
    if (piece.size() > room) {
      sink(rest_);
      rest_.clear();
      bytes.remove_prefix(room);
      continue;
    }
    if (end == std::string_view::npos) return;
    if (rest_.ends_with('\r')) rest_.pop_back();
    sink(rest_);
    rest_.clear();
    bytes.remove_prefix(end + 1);
  }
}

void LineSplitter::finish(const Sink& sink) {
  if (!rest_.empty()) sink(rest_);
  rest_.clear();
}

namespace {

Task<void> drain(Process& process, Channel channel, const std::function<void(std::string_view)>& take) {
  std::vector<char> buffer(16 << 10);
  while (true) {
    auto got = channel == Channel::output ? co_await process.read_output(buffer) : co_await process.read_errors(buffer);
    if (!got || *got == 0) co_return;
    take(std::string_view(buffer.data(), *got));
  }
}

Task<void> drain_lines(Process& process, Channel channel, const LineSink& sink, std::size_t longest) {
  LineSplitter lines(longest);
  const LineSplitter::Sink one = [&](std::string_view line) { sink(channel, line); };
  const std::function<void(std::string_view)> take = [&](std::string_view bytes) { lines.feed(bytes, one); };
  co_await drain(process, channel, take);
  lines.finish(one);
}

// Awaits `work`; when it unwinds, by cancellation or by a throw, the process is stopped first.
Task<void> or_stop(Process& process, Task<void> work, StopPolicy policy) {
  std::exception_ptr thrown;
  try {
    co_await std::move(work);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (!thrown) co_return;
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await process.stop(policy.first, policy.grace);
  std::rethrow_exception(thrown);
}

// Without keep_group nothing that the leader left behind may hold the streams open: waiting ends it.
Task<void> read_and_wait(Process& process, const LineSink& sink, std::size_t longest, Exit& exit) {
  using namespace asio::experimental::awaitable_operators;
  exit = co_await (process.wait() && drain_lines(process, Channel::output, sink, longest) && drain_lines(process, Channel::errors, sink, longest));
}

}  // namespace

Task<Exit> follow(Process& process, const LineSink& sink, StopPolicy policy, std::size_t longest_line) {
  Exit exit;
  co_await or_stop(process, read_and_wait(process, sink, longest_line, exit), policy);
  co_return exit;
}

namespace {

void take_up_to(std::string& into, std::string_view bytes, std::size_t most, bool& cut) {
  const auto room = most - std::min(most, into.size());
  into.append(bytes.substr(0, room));
  cut = cut || bytes.size() > room;
}

Task<void> feed(Process& process, std::string_view input) {
  if (!input.empty()) (void)co_await process.write_input(input);  // a program may end without reading it all
  process.close_input();
}

Task<Result<void>> collect(Process& process, std::string_view input, Collected& into, std::size_t most) {
  using namespace asio::experimental::awaitable_operators;
  const std::function<void(std::string_view)> out = [&](std::string_view b) { take_up_to(into.output, b, most, into.cut); };
  const std::function<void(std::string_view)> err = [&](std::string_view b) { take_up_to(into.errors, b, most, into.cut); };
  into.exit = co_await (process.wait() && feed(process, input) && drain(process, Channel::output, out) && drain(process, Channel::errors, err));
  co_return Result<void>{};
}

}  // namespace

Task<Result<Collected>> run(ProcessOptions options, std::string input, Milliseconds limit, std::size_t most) {
  options.input = Pipe::open;
  const auto home = co_await executor();
  CO_TRY(process, Process::start(home, options));
  Collected into;
  CO_CHECK(co_await with_deadline(limit, "The program took too long and was ended.", collect(process, input, into, most)));
  co_return into;
}

std::optional<std::string> find_program(std::string_view name, std::string_view path) {
  const auto runnable = [](const std::string& file) {
    struct stat info{};
    return ::stat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(file.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string_view::npos) {
    std::string file(name);
    return runnable(file) ? std::optional(file) : std::nullopt;
  }
  if (path.empty())
    if (const char* ours = std::getenv("PATH")) path = ours;
  while (!path.empty()) {
    const auto end = std::min(path.find(':'), path.size());
    auto file = fmt::format("{}/{}", end == 0 ? "." : path.substr(0, end), name);
    if (runnable(file)) return file;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return std::nullopt;
}

}  // namespace slipway::aio
