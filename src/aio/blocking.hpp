// Where work over a millisecond goes: files, names, archives. One small pool for the whole process; a smaller one for what waits for
// other machines, so that a slow one of those holds up nothing else; and one for passwords alone, so that a flood of them does not.
#pragma once

#include "aio/task.hpp"

namespace slipway::aio {

// The pools' executors; they have four threads, two and two, and live until the process ends.
Executor blocking_pool();
Executor waiting_pool();
Executor hashing_pool();

// Calls `work` on a pool and comes back with what it returned. Not cancellable: what it started, it ends.
template <class F>
Task<std::invoke_result_t<F>> on_pool(Executor pool, F work) {
  auto run = [](F todo) -> Task<std::invoke_result_t<F>> { co_return todo(); };
  co_return co_await asio::co_spawn(std::move(pool), run(std::move(work)), uncancelled());
}
template <class F>
Task<std::invoke_result_t<F>> blocking(F work) {
  return on_pool(blocking_pool(), std::move(work));
}
template <class F>
Task<std::invoke_result_t<F>> waiting(F work) {
  return on_pool(waiting_pool(), std::move(work));
}

// At most this many passwords are looked at or wait for it; each takes tens of milliseconds and megabytes.
inline constexpr int kMostHashing = 128;
class HashingPlace {
 public:
  HashingPlace();
  ~HashingPlace();
  HashingPlace(const HashingPlace&) = delete;
  HashingPlace& operator=(const HashingPlace&) = delete;
  explicit operator bool() const { return taken_; }

 private:
  bool taken_;
};
// Errors: unavailable when too many wait.
template <class F>
Task<Result<std::invoke_result_t<F>>> hashing(F work) {
  const HashingPlace place;
  if (!place) co_return fail(Code::unavailable, "Too many people sign in at this moment. Try again in a few seconds.");
  co_return co_await on_pool(hashing_pool(), std::move(work));
}

}  // namespace slipway::aio
