#include "agent/watchdog.hpp"

#include "agent/files.hpp"
#include "aio/task.hpp"
#include "base/check.hpp"
#include "base/log.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <sys/syscall.h>
#include <unistd.h>

namespace slipway::agent {

namespace {

constexpr Milliseconds kLogLimit = Seconds(2);

int this_thread() { return static_cast<int>(::syscall(SYS_gettid)); }

// The letter behind the name in brackets: R is running, everything else waits in the kernel.
char state_of(int thread) {
  const auto stat = read_small_file(fmt::format("/proc/self/task/{}/stat", thread)).value_or("");
  const auto bracket = stat.rfind(") ");
  return bracket == std::string::npos || bracket + 2 >= stat.size() ? '?' : stat[bracket + 2];
}

std::vector<std::string> own_arguments() {
  std::vector<std::string> out;
  const auto line = read_small_file("/proc/self/cmdline").value_or("");
  for (std::size_t from = 0; from < line.size();) {
    const auto end = std::min(line.find('\0', from), line.size());
    out.push_back(line.substr(from, end - from));
    from = end + 1;
  }
  return out;
}

// The log's lock may be held by the very thread that is stuck: the line is tried, not waited for.
void try_to_log(const std::string& doing) {
  struct Told {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
  };
  const auto told = std::make_shared<Told>();
  std::thread([told, doing] {
    log::error("the agent's loop is stuck; the agent begins again", {{"doing", doing}});
    const std::lock_guard lock(told->mutex);
    told->done = true;
    told->changed.notify_all();
  }).detach();
  std::unique_lock lock(told->mutex);
  told->changed.wait_for(lock, kLogLimit, [&] { return told->done; });
}

}  // namespace

Watchdog::Watchdog(asio::any_io_executor home, std::function<void(std::string)> stuck, WatchdogTimes times)
    : stuck_(std::move(stuck)), times_(times), loop_thread_(this_thread()), nursery_(std::move(home)) {
  nursery_.start(beat, this);
  thread_ = std::thread([this] { watch(); });
}

Watchdog::~Watchdog() { check(!thread_.joinable(), "a watchdog is stopped before it goes"); }

Task<void> Watchdog::stop() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  co_await nursery_.stop();
}

Task<void> Watchdog::beat(Watchdog* self) {
  while (true) {
    ++self->beats_;
    co_await aio::sleep(self->times_.beat);
  }
}

// Counts its own turns, not the time: a machine that slept, or a process that was stopped, has missed nothing.
void Watchdog::watch() {
  std::unique_lock lock(mutex_);
  unsigned seen = beats_;
  int missed = 0;
  while (!over_) {
    changed_.wait_for(lock, times_.beat);
    const unsigned now = beats_;
    ++looks_;
    missed = std::exchange(seen, now) == now ? missed + 1 : 0;
    if (over_ || missed <= times_.patience) continue;
    missed = 0;
    lock.unlock();
    stuck_(describe());
    lock.lock();
  }
}

std::string Watchdog::describe() const {
  const char state = state_of(loop_thread_);
  return fmt::format("{} ({})", Doing::now(), state == 'R' ? "spinning" : fmt::format("waiting in the kernel, state {}", state));
}

void begin_again(const std::string& doing, std::string_view state) {
  try_to_log(doing);
  auto arguments = own_arguments();
  std::vector<char*> raw;
  for (auto& one : arguments) raw.push_back(one.data());
  raw.push_back(nullptr);
  ::setenv(kResumes, std::string(state).c_str(), 1);
  ::execv("/proc/self/exe", raw.data());
  log::error("the agent could not be begun again", {{"why", std::strerror(errno)}});
}

}  // namespace slipway::agent
