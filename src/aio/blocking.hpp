// Where work over a millisecond goes: files, names, key derivation, archives. One small pool for the whole process.
#pragma once

#include "aio/task.hpp"

namespace slipway::aio {

// The pool's executor; it has four threads and lives until the process ends.
Executor blocking_pool();

// Calls `work` on the pool and comes back with what it returned. Not cancellable: what it started, it ends.
template <class F>
Task<std::invoke_result_t<F>> blocking(F work) {
  auto run = [](F todo) -> Task<std::invoke_result_t<F>> { co_return todo(); };
  co_return co_await asio::co_spawn(blocking_pool(), run(std::move(work)), uncancelled());
}

}  // namespace slipway::aio
