// Where work over a millisecond goes: files, names, key derivation, archives. One small pool for the whole process, and a smaller
// one for what waits for other machines, so that a slow one of those keeps nobody's password from being looked at.
#pragma once

#include "aio/task.hpp"

namespace slipway::aio {

// The pools' executors; they have four threads and two, and live until the process ends.
Executor blocking_pool();
Executor waiting_pool();

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

}  // namespace slipway::aio
