// Coroutines: what to await. All of it runs on the caller's own loop unless it says otherwise.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>

namespace slipway::aio {

using Executor = asio::any_io_executor;

// For awaiting an Asio operation without a throw: `auto [ec, n] = co_await socket.async_read_some(buf, aio::tuple)`.
inline constexpr auto tuple = asio::as_tuple(asio::use_awaitable);

inline Task<Executor> executor() { co_return co_await asio::this_coro::executor; }

// Waits; ends early, by throwing, only when the awaiting coroutine is cancelled.
Task<void> sleep(Milliseconds duration);

// The task's outcome, or Code::timed_out with `say` once `limit` has passed; the task is then cancelled and awaited.
template <class T>
Task<Result<T>> with_deadline(Milliseconds limit, std::string_view say, Task<Result<T>> task) {
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer timer(co_await executor(), limit);
  auto outcome = co_await (std::move(task) || timer.async_wait(aio::tuple));
  if (outcome.index() == 0) co_return std::move(std::get<0>(outcome));
  co_return fail(Code::timed_out, std::string(say));
}

// For awaiting work on another thread: cancelling the caller does not reach it. Asio would pass the signal on, but that
// races with the end of the work (the signal object may be gone when the other thread looks at it).
inline constexpr struct {
  auto operator()() const { return asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable); }
} uncancelled;

// Runs `task` on another loop and comes back with its outcome. Cancelling the caller does not cancel it: the value
// it works on belongs to that other loop.
template <class T>
Task<T> on(Executor home, Task<T> task) {
  co_return co_await asio::co_spawn(home, std::move(task), uncancelled());
}

// Runs `task` to its end even when the caller is cancelled meanwhile: for commits, unlocks, closing a job.
template <class T>
Task<T> shielded(Task<T> task) {
  // In a coroutine of its own: a cancellation state belongs to the whole stack of awaits, so changing it here would
  // leave the caller deaf for good.
  co_return co_await asio::co_spawn(co_await asio::this_coro::executor, std::move(task), uncancelled());
}

}  // namespace slipway::aio
