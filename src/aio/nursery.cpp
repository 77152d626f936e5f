#include "aio/nursery.hpp"

#include "base/check.hpp"
#include "base/log.hpp"

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
  } catch (const std::exception& error) {
    log::error("a background task failed", {{"why", error.what()}});
  }
}

}  // namespace

Nursery::Nursery(Executor home, std::size_t most) : home_(std::move(home)), most_(most), drained_(home_, asio::steady_timer::time_point::max()) {}

Nursery::~Nursery() { check(children_.empty(), "a Nursery was destroyed with children: await stop() first"); }

void Nursery::adopt(Task<void> task) {
  const auto child = children_.emplace(children_.end());
  asio::co_spawn(home_, std::move(task), asio::bind_cancellation_slot(child->cancel.slot(), [this, child](const std::exception_ptr& failure) {
                   report(failure);
                   children_.erase(child);
                   if (children_.empty()) drained_.cancel();
                 }));
}

Task<void> Nursery::stop() {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  stopping_ = true;
  // Emitting may end a child at once and so change the list: each is signalled from a turn of its own.
  std::vector<Child*> alive;
  for (auto& child : children_) alive.push_back(&child);
  for (Child* one : alive) {
    const bool still = std::any_of(children_.begin(), children_.end(), [one](const Child& c) { return &c == one; });
    if (still) one->cancel.emit(asio::cancellation_type::terminal);
  }
  while (!children_.empty()) {
    drained_.expires_at(asio::steady_timer::time_point::max());
    co_await drained_.async_wait(aio::tuple);
  }
}

}  // namespace slipway::aio
