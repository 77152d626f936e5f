#include "net/stream.hpp"

#include "aio/task.hpp"
#include "base/text.hpp"

#include <cstring>

namespace slipway::net {

namespace {

class Prefixed final : public Stream {
 public:
  Prefixed(std::string already_read, std::unique_ptr<Stream> rest) : prefix_(std::move(already_read)), rest_(std::move(rest)) {}

  Task<Result<std::size_t>> read_some(std::span<char> into) override {
    if (used_ == prefix_.size()) co_return co_await rest_->read_some(into);
    const std::size_t n = std::min(into.size(), prefix_.size() - used_);
    std::memcpy(into.data(), prefix_.data() + used_, n);
    used_ += n;
    if (used_ == prefix_.size()) {
      text::let_go(prefix_);
      used_ = 0;
    }
    co_return n;
  }
  Task<Result<void>> write(std::string_view bytes, std::string_view more) override { return rest_->write(bytes, more); }
  Task<Result<void>> shutdown_send() override { return rest_->shutdown_send(); }
  void close() noexcept override { rest_->close(); }

 private:
  std::string prefix_;
  std::size_t used_ = 0;
  std::unique_ptr<Stream> rest_;
};

}  // namespace

std::unique_ptr<Stream> with_prefix(std::string already_read, std::unique_ptr<Stream> rest) {
  if (already_read.empty()) return rest;
  return std::make_unique<Prefixed>(std::move(already_read), std::move(rest));
}

}  // namespace slipway::net
