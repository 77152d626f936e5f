// Owner of background coroutines: the only place (with task.hpp) that spawns. It bounds how many run, and on stop() it
// cancels them all and waits until each has ended. home: own thread; lives until stop() has returned.
#pragma once

#include "aio/task.hpp"

#include <list>
#include <vector>

namespace slipway::aio {

class Nursery {
 public:
  explicit Nursery(Executor home, std::size_t most = 100000);
  ~Nursery();
  Nursery(const Nursery&) = delete;
  Nursery& operator=(const Nursery&) = delete;

  // Starts function(arguments...) on this nursery's loop. Arguments are moved into the coroutine: pass values or
  // shared_ptr, never a reference to something that may go first. False when full or stopping.
  template <class F, class... Args>
  bool start(F function, Args... arguments) {
    if (stopping_ || children_.size() >= most_) return false;
    spawn(children_.emplace(children_.end()), function(std::move(arguments)...));
    return true;
  }
  // As start(); the function's first argument is the signal that cancels its coroutine, and lives as long as that runs.
  template <class F, class... Args>
  bool start_with_signal(F function, Args... arguments) {
    if (stopping_ || children_.size() >= most_) return false;
    const auto child = children_.emplace(children_.end());
    spawn(child, function(child->cancel, std::move(arguments)...));
    return true;
  }
  std::size_t size() const { return children_.size(); }
  Executor home() const { return home_; }

  // Takes no more children and cancels those there are, without waiting for them.
  void cancel();
  // Cancels every child, then waits for the last one. Idempotent.
  Task<void> stop();
  // Waits until every child has ended by itself; throws when the waiting coroutine is cancelled.
  Task<void> ended();

 private:
  friend Task<void> at_once(std::vector<Task<void>> tasks);
  struct Child {
    asio::cancellation_signal cancel;
    bool signalled = false;
  };
  void spawn(std::list<Child>::iterator child, Task<void> task);

  Executor home_;
  std::size_t most_;
  std::list<Child> children_;
  asio::steady_timer drained_;
  bool stopping_ = false;
};

// Awaits all of `tasks`, which run on the caller's loop at the same time. What one throws is logged. Cancelled: so is each of them.
Task<void> at_once(std::vector<Task<void>> tasks);

}  // namespace slipway::aio
