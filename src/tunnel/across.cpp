#include "tunnel/across.hpp"

#include "aio/task.hpp"
#include "net/stream.hpp"

#include <boost/asio/post.hpp>

namespace slipway::tunnel {

namespace {

// Awaits `task` on its home. A cancelled caller does not cancel it - Asio's own way of doing that across threads races with
// the task's end - but closes the stream there, which ends the task at once.
template <class T>
Task<Result<T>> hop(asio::any_io_executor home, std::shared_ptr<net::Stream> inner, Task<Result<T>> task) {
  struct Watched {
    asio::cancellation_slot slot;
    ~Watched() {
      if (slot.is_connected()) slot.clear();
    }
  } watched{(co_await asio::this_coro::cancellation_state).slot()};
  if (watched.slot.is_connected()) watched.slot.assign([home, inner](asio::cancellation_type) { asio::post(home, [inner] { inner->close(); }); });
  co_return co_await aio::on(home, std::move(task));
}

class Across final : public net::Stream {
 public:
  Across(asio::any_io_executor home, std::shared_ptr<net::Stream> inner) : home_(std::move(home)), inner_(std::move(inner)) {}
  // The last reference may be dropped by an operation on its own loop; ours never drops it here.
  ~Across() override {
    asio::post(home_, [inner = std::move(inner_)] { inner->close(); });
  }
  Across(const Across&) = delete;
  Across& operator=(const Across&) = delete;

  Task<Result<std::size_t>> read_some(std::span<char> into) override { return hop<std::size_t>(home_, inner_, inner_->read_some(into)); }
  Task<Result<void>> write(std::string_view bytes, std::string_view more) override { return hop<void>(home_, inner_, inner_->write(bytes, more)); }
  Task<Result<void>> shutdown_send() override { return hop<void>(home_, inner_, inner_->shutdown_send()); }
  void close() noexcept override {
    asio::post(home_, [inner = inner_] { inner->close(); });
  }

 private:
  asio::any_io_executor home_;
  std::shared_ptr<net::Stream> inner_;
};

}  // namespace

std::unique_ptr<net::Stream> across(asio::any_io_executor its_home, std::unique_ptr<net::Stream> inner) {
  return std::make_unique<Across>(std::move(its_home), std::shared_ptr<net::Stream>(std::move(inner)));
}

}  // namespace slipway::tunnel
