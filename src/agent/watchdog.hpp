// Watches the agent's loop from a thread of its own. A loop that is blocked in a call or spins in one answers nobody, and
// nothing on it can say so: the watchdog does, and begins the program again in its place. Beside it, what a connection's own
// loop uses to notice that it turns without anything coming of it.
#pragma once

#include "aio/nursery.hpp"
#include "base/clock.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace slipway::agent {

// What the loop is about to do, for as long as this lives; never across an await. `what` is a literal. home: own thread.
class Doing {
 public:
  explicit Doing(const char* what) : before_(now_.exchange(what, std::memory_order_relaxed)) {}
  ~Doing() { now_.store(before_, std::memory_order_relaxed); }
  Doing(const Doing&) = delete;
  Doing& operator=(const Doing&) = delete;
  static const char* now() { return now_.load(std::memory_order_relaxed); }

 private:
  static inline std::atomic<const char*> now_ = "nothing that it names";
  const char* before_;
};

struct WatchdogTimes {
  Milliseconds beat = Seconds(1);
  int patience = 15;  // beats that may be missed in a row
};

class Watchdog {
 public:
  // On the loop that it watches. `stuck` is told, on the watchdog's thread, what the loop was doing and how (spinning or
  // waiting in the kernel); it is called again after as many more missed beats.
  Watchdog(asio::any_io_executor home, std::function<void(std::string doing)> stuck, WatchdogTimes times = {});
  ~Watchdog();  // stop() has returned
  Task<void> stop();
  unsigned looks() const { return looks_; }  // how often it has looked so far

 private:
  static Task<void> beat(Watchdog* self);
  void watch();
  std::string describe() const;

  std::function<void(std::string)> stuck_;
  WatchdogTimes times_;
  std::atomic<unsigned> beats_ = 0, looks_ = 0;
  int loop_thread_;  // as the kernel numbers it
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  aio::Nursery nursery_;
  std::thread thread_;
};

// Logs, then replaces this process by a new run of the same program with the same arguments; `state` goes on to it as the
// variable kResumes. Does not return unless the kernel refuses. From any thread.
void begin_again(const std::string& doing, std::string_view state);
inline constexpr const char* kResumes = "SLIPWAY_AGENT_RESUMES";

// Counts turns of a loop in which nothing was done. A value of that loop.
class Stall {
 public:
  explicit Stall(std::size_t most) : most_(most) {}
  // `done` is any number that grows with what is done. True when it has not changed for more than `most` turns.
  bool turned(std::uint64_t done) {
    if (std::exchange(done_, done) != done) turns_ = 0;
    return ++turns_ > most_;
  }

 private:
  std::size_t most_, turns_ = 0;
  std::uint64_t done_ = 0;
};

}  // namespace slipway::agent
