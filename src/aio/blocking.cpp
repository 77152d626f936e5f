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

constexpr std::ptrdiff_t kThreads = 4, kWaiting = 2, kHashing = 2;

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

// A pool whose threads come with its first use: most processes never wait for others here, nor look at a password.
struct LatePool {
  explicit LatePool(std::ptrdiff_t count) : threads(count) {}
  Executor executor() {
    std::call_once(first, [this] {
      pool.emplace(static_cast<std::size_t>(threads));
      used = true;
    });
    return pool->get_executor();
  }
  void drain_if_used() {
    if (used) drain(executor(), threads);
  }

  std::ptrdiff_t threads;
  std::once_flag first;
  std::optional<asio::thread_pool> pool;
  std::atomic<bool> used = false;
};

// Together, so that whoever used one of them before it was made itself may still drain all when it ends.
struct Pools {
  asio::thread_pool blocking{kThreads};
  LatePool waiting{kWaiting}, hashing{kHashing};
};
Pools& pools() {
  static Pools both;
  return both;
}

}  // namespace

Executor blocking_pool() { return pools().blocking.get_executor(); }

Executor waiting_pool() { return pools().waiting.executor(); }
Executor hashing_pool() { return pools().hashing.executor(); }

namespace {
std::atomic<int> hashing_now = 0;
}

HashingPlace::HashingPlace() : taken_(hashing_now.fetch_add(1) < kMostHashing) {
  if (!taken_) hashing_now.fetch_sub(1);
}
HashingPlace::~HashingPlace() {
  if (taken_) hashing_now.fetch_sub(1);
}

void drain_blocking_pools() {
  static std::mutex one_at_a_time;  // two drains at once would each hold threads that the other waits for
  const std::lock_guard lock(one_at_a_time);
  drain(blocking_pool(), kThreads);
  pools().waiting.drain_if_used();
  pools().hashing.drain_if_used();
}

}  // namespace slipway::aio
