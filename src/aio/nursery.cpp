#include "aio/nursery.hpp"

#include "base/check.hpp"
#include "base/log.hpp"

#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/post.hpp>

namespace slipway::aio {

namespace {

// The loop edge: an exception that reaches here is a bug in the child, except the one that cancellation throws.
void report(const std::exception_ptr& failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) return;
    log::error("a background task failed", {{"why", error.what()}});
  } catch (const asio::multiple_exceptions& several) {
    report(several.first_exception());  // cancelled while it awaited several things at once
  } catch (const std::exception& error) {
    log::error("a background task failed", {{"why", error.what()}});
  }
}

}  // namespace

Nursery::Nursery(Executor home, std::size_t most) : home_(std::move(home)), most_(most), drained_(home_, asio::steady_timer::time_point::max()) {}

Nursery::~Nursery() { check(children_.empty(), "a Nursery was destroyed with children: await stop() first"); }

void Nursery::spawn(std::list<Child>::iterator child, Task<void> task) {
  asio::co_spawn(home_, std::move(task), asio::bind_cancellation_slot(child->cancel.slot(), [this, child](const std::exception_ptr& failure) {
                   report(failure);
                   children_.erase(child);
                   if (children_.empty()) drained_.cancel();
                 }));
}

void Nursery::cancel() {
  stopping_ = true;
  // Signalling one may end it at once, and others with it: so the next is always looked for at the front, and goes to the back.
  while (!children_.empty() && !children_.front().signalled) {
    const auto next = children_.begin();
    next->signalled = true;
    children_.splice(children_.end(), children_, next);
    next->cancel.emit(asio::cancellation_type::terminal);
  }
}

Task<void> Nursery::stop() {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  cancel();
  co_await ended();
}

Task<void> Nursery::ended() {
  while (!children_.empty()) {
    drained_.expires_at(asio::steady_timer::time_point::max());
    co_await drained_.async_wait(aio::tuple);
    if (const auto state = co_await asio::this_coro::cancellation_state; state.cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
  }
}

Task<void> at_once(std::vector<Task<void>> tasks) {
  Nursery all(co_await executor(), tasks.size());
  for (auto& task : tasks) all.spawn(all.children_.emplace(all.children_.end()), std::move(task));
  std::exception_ptr cancelled;
  try {
    co_await all.ended();
  } catch (...) {
    cancelled = std::current_exception();
  }
  if (!cancelled) co_return;  // not by stop(), which would leave the caller deaf
  // A cancelled coroutine could await nothing any more.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await all.stop();
  std::rethrow_exception(cancelled);
}

}  // namespace slipway::aio
