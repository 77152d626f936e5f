#include "net/tcp.hpp"

#include "aio/task.hpp"

namespace slipway::net {

namespace {

class TcpStream final : public Stream {
 public:
  explicit TcpStream(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
    boost::system::error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.set_option(asio::socket_base::keep_alive(true), ignored);
    socket_.non_blocking(true, ignored);
  }

  Task<Result<std::size_t>> read_some(std::span<char> into) override {
    auto [ec, n] = co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), aio::tuple);
    if (ec == asio::error::eof) co_return std::size_t{0};
    if (ec) co_return std::unexpected(stream_error(ec));
    co_return n;
  }

  // Tries at once, and goes to the loop only when the kernel's buffer is full: most answers fit.
  Task<Result<void>> write(std::string_view bytes, std::string_view more) override {
    while (!bytes.empty() || !more.empty()) {
      const std::array<asio::const_buffer, 2> both{asio::buffer(bytes), asio::buffer(more)};
      boost::system::error_code ec;
      const std::size_t n = socket_.write_some(both, ec);
      if (ec == asio::error::would_block || ec == asio::error::try_again) {
        auto [waited] = co_await socket_.async_wait(asio::socket_base::wait_write, aio::tuple);
        if (waited) co_return std::unexpected(stream_error(waited));
        continue;
      }
      if (ec) co_return std::unexpected(stream_error(ec));
      const std::size_t first = std::min(n, bytes.size());
      bytes.remove_prefix(first);
      more.remove_prefix(n - first);
    }
    co_return Result<void>();
  }

  Task<Result<void>> shutdown_send() override {
    boost::system::error_code ec;
    socket_.shutdown(asio::socket_base::shutdown_send, ec);
    if (ec) co_return std::unexpected(stream_error(ec));
    co_return Result<void>();
  }

  void close() noexcept override {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

 private:
  asio::ip::tcp::socket socket_;
};

}  // namespace

Error stream_error(const boost::system::error_code& ec) {
  if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor)
    return {.code = Code::cancelled, .say = "The connection was closed."};
  return {.code = Code::bad_gateway, .say = "The connection was lost. Try again.", .why = ec.message()};
}

std::unique_ptr<Stream> make_tcp_stream(asio::ip::tcp::socket socket) { return std::make_unique<TcpStream>(std::move(socket)); }

}  // namespace slipway::net
