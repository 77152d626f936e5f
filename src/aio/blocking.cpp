#include "aio/blocking.hpp"

#include "aio/blocking_drain.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <latch>
#include <mutex>
#include <optional>

namespace slipway::aio {

namespace {

constexpr std::ptrdiff_t kThreads = 4, kWaiting = 2;

void drain(const Executor& pool, std::ptrdiff_t threads) {
  const auto all_here = std::make_shared<std::latch>(threads);
  for (std::ptrdiff_t i = 1; i < threads; ++i) asio::post(pool, [all_here] { all_here->arrive_and_wait(); });
  // The last one lets the caller go too: when it runs, every thread has left what it did before.
  const auto done = std::make_shared<std::latch>(1);
  asio::post(pool, [all_here, done] {
    all_here->arrive_and_wait();
    done->count_down();
  });
  done->wait();
}

// Together, so that whoever used one of them before it was made itself may still drain both when it ends. Most processes never
// wait for others here, and have no threads for it.
struct Pools {
  asio::thread_pool blocking{kThreads};
  std::once_flag first;
  std::optional<asio::thread_pool> waiting;
  std::atomic<bool> waited = false;
};
Pools& pools() {
  static Pools both;
  return both;
}

}  // namespace

Executor blocking_pool() { return pools().blocking.get_executor(); }

Executor waiting_pool() {
  auto& all = pools();
  std::call_once(all.first, [&all] {
    all.waiting.emplace(kWaiting);
    all.waited = true;
  });
  return all.waiting->get_executor();
}

void drain_blocking_pools() {
  static std::mutex one_at_a_time;  // two drains at once would each hold threads that the other waits for
  const std::lock_guard lock(one_at_a_time);
  drain(blocking_pool(), kThreads);
  if (pools().waited) drain(waiting_pool(), kWaiting);
}

}  // namespace slipway::aio
