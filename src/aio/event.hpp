// A wake-up between coroutines of one loop: who waits sleeps until notify() or the time limit; notify() wakes everyone who
// waits. home: own thread. A notification with nobody waiting is kept for the next waiter.
#pragma once

#include "aio/task.hpp"

#include <list>

namespace slipway::aio {

class Event {
 public:
  explicit Event(Executor home) : home_(std::move(home)) {}

  void notify() {
    pending_ = waiters_.empty();
    for (auto& waiter : waiters_) {
      waiter.notified = true;
      waiter.timer.cancel();
    }
  }
  // True when notified, false when `limit` passed first.
  Task<bool> wait_for(Milliseconds limit) {
    if (pending_) {
      pending_ = false;
      co_return true;
    }
    Place place(waiters_, home_, limit);
    co_await place.at->timer.async_wait(aio::tuple);
    // The timer answers "cancelled" both for notify() and for a cancelled coroutine; only the latter must unwind.
    if (const auto state = co_await asio::this_coro::cancellation_state; state.cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
    co_return place.at->notified;
  }
  Task<void> wait() {
    while (!co_await wait_for(std::chrono::hours(24))) {
    }
  }

 private:
  struct Waiter {
    asio::steady_timer timer;
    bool notified = false;
  };
  // In the list for as long as the waiting coroutine lives, however it ends.
  struct Place {
    Place(std::list<Waiter>& all, const Executor& home, Milliseconds limit)
        : waiters(all), at(all.emplace(all.end(), asio::steady_timer(home, limit))) {}
    ~Place() { waiters.erase(at); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    std::list<Waiter>& waiters;
    std::list<Waiter>::iterator at;
  };

  Executor home_;
  std::list<Waiter> waiters_;
  bool pending_ = false;
};

}  // namespace slipway::aio
