// A wake-up between coroutines of one loop: who waits sleeps until notify() or the time limit.
// home: own thread. A notification with nobody waiting is kept for the next waiter.
#pragma once

#include "aio/task.hpp"

namespace slipway::aio {

class Event {
 public:
  explicit Event(Executor home) : timer_(std::move(home), asio::steady_timer::time_point::max()) {}

  void notify() {
    pending_ = true;
    timer_.cancel();
  }
  // True when notified, false when `limit` passed first.
  Task<bool> wait_for(Milliseconds limit) {
    if (!pending_) {
      timer_.expires_after(limit);
      co_await timer_.async_wait(aio::tuple);
      // The timer answers "cancelled" both for notify() and for a cancelled coroutine; only the latter must unwind.
      if (const auto state = co_await asio::this_coro::cancellation_state; state.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
    }
    co_return std::exchange(pending_, false);
  }
  Task<void> wait() {
    while (!co_await wait_for(std::chrono::hours(24))) {
    }
  }

 private:
  asio::steady_timer timer_;
  bool pending_ = false;
};

}  // namespace slipway::aio
