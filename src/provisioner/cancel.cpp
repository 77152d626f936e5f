#include "provisioner/cancel.hpp"

#include "aio/task.hpp"

namespace slipway::provisioner {

// Never expires: it is only cancelled, to wake every waiter at once.
struct Cancel::Wake {
  explicit Wake(const asio::any_io_executor& home) : timer(home, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;
};

Cancel::Cancel(const asio::any_io_executor& home) : wake_(std::make_unique<Wake>(home)) {}
Cancel::~Cancel() = default;

void Cancel::ask() {
  asked_ = true;
  wake_->timer.cancel();
}

void Cancel::force() {
  forced_ = true;
  ask();
}

Task<void> Cancel::when_asked() {
  while (!asked_) co_await wake_->timer.async_wait(aio::tuple);
}

Task<void> Cancel::when_forced() {
  while (!forced_) co_await wake_->timer.async_wait(aio::tuple);
}

}  // namespace slipway::provisioner
