#include "aio/subprocess.hpp"
#include "base/open_files.hpp"

#include "aio/blocking.hpp"
#include "aio/child.hpp"
#include "aio/task.hpp"
#include "base/descriptor.hpp"

#include <fmt/format.h>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
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

Error start_failure(const ChildReport& report, const ProcessOptions& options) {
  const auto& program = options.argv[0];
  const auto step = static_cast<ChildStep>(report.step);
  auto code = Code::internal;
  if (step == ChildStep::exec && report.number == ENOENT) code = Code::not_found;
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
std::optional<ChildReport> next_report(const Descriptor& from) {
  ChildReport report{};
  ssize_t got = 0;
  while ((got = ::read(from.get(), &report, sizeof report)) < 0 && errno == EINTR) {
  }
  return got == sizeof report ? std::optional(report) : std::nullopt;
}

// Points into the options, the strings that it keeps and the ends: they live until the child has begun.
struct Start {
  Start(const ProcessOptions& options, const Wiring& wiring, const Descriptor& report);
  ChildPlan plan;
  std::optional<ConfinementPlan> confinement;
};

Start::Start(const ProcessOptions& options, const Wiring& wiring, const Descriptor& report) {
  plan.argv = pointers(options.argv);
  plan.environment = pointers(options.environment.entries());
  plan.directory = options.directory.empty() ? nullptr : options.directory.c_str();
  std::ranges::copy(wiring.number, plan.streams);
  plan.terminal = options.terminal;
  plan.new_session = options.new_session || options.terminal >= 0;
  plan.parent_death_signal = options.parent_death_signal;
  plan.parent = ::getpid();
  plan.report = report.get();
  if (options.identity) {
    plan.identity = &*options.identity;
    plan.enter_as_ourselves = options.enter_as_ourselves;
    plan.groups.assign(options.identity->groups.begin(), options.identity->groups.end());
  }
  plan.files_before = open_files_before();
  if (rlimit files{}; ::getrlimit(RLIMIT_NOFILE, &files) == 0) plan.most_files = static_cast<int>(std::min<rlim_t>(files.rlim_cur, 65536));
  if (options.confinement) {
    plan.confinement = &confinement.emplace(*options.confinement);
    plan.other_processes = options.confinement->other_processes();
    plan.reaps_by_ignoring = options.confinement->new_namespaces;
  }
  plan.no_new_privileges = options.no_new_privileges;
}

// What failed, if anything did; `pid` becomes that of the process born in the child's place. To the end, for a child may fail before its
// birth is told: both numbers must be known, or one of them is never waited for.
std::optional<ChildReport> hear_of_birth(const Descriptor& from, pid_t& pid) {
  std::optional<ChildReport> failure;
  while (const auto told = next_report(from)) {
    if (told->step != static_cast<int>(ChildStep::born)) {
      failure = told;
      continue;
    }
    reap(pid);
    pid = told->number;
  }
  return failure;
}

}  // namespace

Result<Process> Process::start(const asio::any_io_executor& home, const ProcessOptions& options) {
  if (options.argv.empty()) return fail_internal("a process needs a program");
  ignore_broken_pipes();
  TRY(wiring, wire_all(options));
  TRY(report, make_pipe());
  const Start begun(options, wiring, report.write);

  auto state = std::make_unique<State>(home);
  const pid_t pid = fork_quietly(begun.plan);
  if (pid < 0) return fail_internal(fmt::format("fork: {}", std::strerror(errno)));
  if (!begun.plan.new_session) ::setpgid(pid, pid);  // whoever of the two comes first
  state->pid = pid;
  state->keep_group = options.keep_group;

  report.write.reset();
  if (const auto failure = hear_of_birth(report.read, state->pid)) return std::unexpected(start_failure(*failure, options));

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

}  // namespace slipway::aio
