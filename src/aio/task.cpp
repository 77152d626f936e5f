#include "aio/task.hpp"

namespace slipway::aio {

Task<void> sleep(Milliseconds duration) {
  asio::steady_timer timer(co_await executor(), duration);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace slipway::aio
