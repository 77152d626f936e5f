#include "support/chaos.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include <optional>

namespace slipway::test {

namespace {

using Socket = asio::generic::stream_protocol::socket;

struct Link {
  explicit Link(const asio::any_io_executor& home) : client(home), server(home) {}
  Socket client, server;
  void close() {
    boost::system::error_code ignored;
    client.close(ignored);
    server.close(ignored);
  }
};

}  // namespace

struct Chaos::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::any_io_executor home, Target where) : target(std::move(where)), nursery(home), acceptor(home, {asio::ip::address_v4::loopback(), 0}) {}

  static Task<void> accept(std::shared_ptr<Impl> self) {
    for (;;) {
      auto link = std::make_shared<Link>(self->nursery.home());
      auto [error, peer] = co_await self->acceptor.async_accept(aio::tuple);
      if (error) co_return;
      link->client = std::move(peer);
      boost::system::error_code refused;
      if (!self->target.path.empty()) {
        link->server.connect(asio::local::stream_protocol::endpoint(self->target.path), refused);
      } else {
        link->server.connect(asio::ip::tcp::endpoint(asio::ip::make_address(self->target.host), self->target.port), refused);
      }
      if (refused) continue;
      ++self->accepted;
      self->links.push_back(link);
      self->nursery.start(forward, self, link, true);
      self->nursery.start(forward, self, link, false);
    }
  }

  static Task<void> forward(std::shared_ptr<Impl> self, std::shared_ptr<Link> link, bool to_client) {
    Socket& from = to_client ? link->server : link->client;
    Socket& to = to_client ? link->client : link->server;
    std::array<char, 16384> buffer;
    for (;;) {
      const std::size_t most = self->piece == 0 ? buffer.size() : std::min(self->piece, buffer.size());
      auto [error, size] = co_await from.async_read_some(asio::buffer(buffer.data(), most), aio::tuple);
      if (error) break;
      while (self->stalled) co_await aio::sleep(Milliseconds(2));
      if (to_client && self->left && size >= *self->left) {
        co_await asio::async_write(to, asio::buffer(buffer.data(), *self->left), aio::tuple);
        self->left.reset();
        for (auto& one : self->links) one->close();
        co_return;
      }
      if (to_client && self->left) *self->left -= size;
      auto [failed, written] = co_await asio::async_write(to, asio::buffer(buffer.data(), size), aio::tuple);
      if (failed) break;
    }
    link->close();
  }

  Target target;
  aio::Nursery nursery;
  asio::ip::tcp::acceptor acceptor;
  std::vector<std::shared_ptr<Link>> links;
  std::optional<std::size_t> left;
  std::size_t piece = 0;
  std::size_t accepted = 0;
  bool stalled = false;
};

Chaos::Chaos(asio::any_io_executor home, Target target) : impl_(std::make_shared<Impl>(std::move(home), std::move(target))) {
  impl_->nursery.start(Impl::accept, impl_);
}
Chaos::~Chaos() = default;

unsigned short Chaos::port() const { return impl_->acceptor.local_endpoint().port(); }
std::size_t Chaos::accepted() const { return impl_->accepted; }
void Chaos::slice(std::size_t bytes) { impl_->piece = bytes; }
void Chaos::stall() { impl_->stalled = true; }
void Chaos::resume() { impl_->stalled = false; }
void Chaos::cut_after(std::size_t bytes) { impl_->left = bytes; }

Task<void> Chaos::stop() {
  auto impl = impl_;
  co_await impl->nursery.stop();
  for (auto& link : std::exchange(impl->links, {})) link->close();
}

}  // namespace slipway::test
