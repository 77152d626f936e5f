#include "aio/blocking.hpp"

#include "aio/blocking_drain.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <latch>
#include <mutex>

namespace slipway::aio {

namespace {

constexpr std::ptrdiff_t kThreads = 4;

}  // namespace

Executor blocking_pool() {
  static asio::thread_pool pool(kThreads);
  return pool.get_executor();
}

void drain_blocking_pool() {
  static std::mutex one_at_a_time;  // two drains at once would each hold threads that the other waits for
  const std::lock_guard lock(one_at_a_time);
  const auto all_here = std::make_shared<std::latch>(kThreads);
  for (std::ptrdiff_t i = 1; i < kThreads; ++i)
    asio::post(blocking_pool(), [all_here] { all_here->arrive_and_wait(); });
  // The last one lets the caller go too: when it runs, every thread has left what it did before.
  const auto done = std::make_shared<std::latch>(1);
  asio::post(blocking_pool(), [all_here, done] {
    all_here->arrive_and_wait();
    done->count_down();
  });
  done->wait();
}

}  // namespace slipway::aio
