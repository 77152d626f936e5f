#include "net/pipe.hpp"

#include "aio/task.hpp"

#include <cstring>

namespace slipway::net {

namespace {

Error closed_here() { return {.code = Code::cancelled, .say = "The connection was closed."}; }

// One direction. Its timer never fires by itself: cancelling it wakes whoever waits on either side.
struct Lane {
  Lane(const aio::Executor& home, std::size_t most) : room(most), changed(home, asio::steady_timer::time_point::max()) {}

  Task<void> wait() { co_await changed.async_wait(aio::tuple); }

  std::string bytes;
  std::size_t room;
  bool ended = false, broken = false;
  asio::steady_timer changed;
};

class PipeEnd final : public Stream {
 public:
  PipeEnd(std::shared_ptr<Lane> in, std::shared_ptr<Lane> out) : in_(std::move(in)), out_(std::move(out)) {}
  ~PipeEnd() override { close(); }

  Task<Result<std::size_t>> read_some(std::span<char> into) override {
    const auto in = in_;
    while (in->bytes.empty() && !in->ended && !in->broken) co_await in->wait();
    if (closed_) co_return std::unexpected(closed_here());
    const std::size_t n = std::min(into.size(), in->bytes.size());
    std::memcpy(into.data(), in->bytes.data(), n);
    in->bytes.erase(0, n);
    in->changed.cancel();
    co_return n;
  }

  Task<Result<void>> write(std::string_view bytes, std::string_view more) override {
    const auto out = out_;
    for (std::string_view part : {bytes, more}) {
      while (!part.empty()) {
        while (out->bytes.size() >= out->room && !out->broken && !out->ended) co_await out->wait();
        if (out->broken || out->ended) {
          if (closed_) co_return std::unexpected(closed_here());
          co_return fail(Code::bad_gateway, "The connection was lost. Try again.");
        }
        const std::size_t n = std::min(part.size(), out->room - out->bytes.size());
        out->bytes.append(part.substr(0, n));
        part.remove_prefix(n);
        out->changed.cancel();
      }
    }
    co_return Result<void>();
  }

  Task<Result<void>> shutdown_send() override {
    out_->ended = true;
    out_->changed.cancel();
    co_return Result<void>();
  }

  void close() noexcept override {
    closed_ = true;
    for (Lane* lane : {in_.get(), out_.get()}) {
      (lane == in_.get() ? lane->broken : lane->ended) = true;
      lane->changed.cancel();
    }
  }

 private:
  std::shared_ptr<Lane> in_, out_;
  bool closed_ = false;
};

}  // namespace

std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>> make_pipe(const asio::any_io_executor& home, std::size_t room) {
  auto there = std::make_shared<Lane>(home, room), back = std::make_shared<Lane>(home, room);
  return {std::make_unique<PipeEnd>(back, there), std::make_unique<PipeEnd>(there, back)};
}

}  // namespace slipway::net
