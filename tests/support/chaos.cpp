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
  bool closed = false;
  void close(bool with_reset = false) {
    closed = true;
    boost::system::error_code ignored;
    for (auto* end : {&client, &server}) {
      if (with_reset) end->set_option(asio::socket_base::linger(true, 0), ignored);
      end->close(ignored);
    }
  }
};

// What is done to the bytes that go one way.
struct Lane {
  bool stalled = false;
  std::optional<std::size_t> left;
  std::size_t held = 0, carried = 0;
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
      std::erase_if(self->links, [](const auto& one) { return one->closed; });
      self->links.push_back(link);
      self->nursery.start(forward, self, link, Way::to_client);
      self->nursery.start(forward, self, link, Way::to_server);
    }
  }

  static Task<void> forward(std::shared_ptr<Impl> self, std::shared_ptr<Link> link, Way way) {
    Socket& from = way == Way::to_client ? link->server : link->client;
    Socket& to = way == Way::to_client ? link->client : link->server;
    Lane& lane = self->lane(way);
    std::array<char, 16384> buffer;
    while (!link->closed) {
      const std::size_t most = self->piece == 0 ? buffer.size() : std::min(self->piece, buffer.size());
      auto [error, size] = co_await from.async_read_some(asio::buffer(buffer.data(), most), aio::tuple);
      if (error) break;
      if (self->late > Milliseconds(0)) co_await aio::sleep(self->late);
      lane.held += size;
      while (lane.stalled && !link->closed) co_await aio::sleep(Milliseconds(2));
      lane.held -= size;
      if (link->closed) break;
      const bool last = lane.left && size >= *lane.left;
      const std::size_t goes = last ? *lane.left : size;
      if (lane.left) *lane.left -= goes;
      auto [failed, written] = co_await asio::async_write(to, asio::buffer(buffer.data(), goes), aio::tuple);
      lane.carried += written;
      if (last) {
        lane.left.reset();
        self->end_all(false);
      }
      if (failed) break;
    }
    link->close();
  }

  void end_all(bool with_reset) {
    for (auto& link : std::exchange(links, {})) link->close(with_reset);
  }
  Lane& lane(Way way) { return lanes[static_cast<std::size_t>(way)]; }

  Target target;
  aio::Nursery nursery;
  asio::ip::tcp::acceptor acceptor;
  std::vector<std::shared_ptr<Link>> links;
  std::array<Lane, 2> lanes;
  std::size_t piece = 0;
  Milliseconds late{0};
  std::size_t accepted = 0;
};

Chaos::Chaos(asio::any_io_executor home, Target target) : impl_(std::make_shared<Impl>(std::move(home), std::move(target))) {
  impl_->nursery.start(Impl::accept, impl_);
}
Chaos::~Chaos() = default;

unsigned short Chaos::port() const { return impl_->acceptor.local_endpoint().port(); }
std::size_t Chaos::accepted() const { return impl_->accepted; }
void Chaos::slice(std::size_t bytes) { impl_->piece = bytes; }
void Chaos::delay(Milliseconds by) { impl_->late = by; }
void Chaos::stall(Way way) { impl_->lane(way).stalled = true; }
void Chaos::stall() {
  for (auto& lane : impl_->lanes) lane.stalled = true;
}
void Chaos::resume() {
  for (auto& lane : impl_->lanes) lane.stalled = false;
}
std::size_t Chaos::held(Way way) const { return impl_->lane(way).held; }
std::size_t Chaos::carried(Way way) const { return impl_->lane(way).carried; }
void Chaos::cut_after(std::size_t bytes, Way way) { impl_->lane(way).left = bytes; }
void Chaos::cut() { impl_->end_all(false); }
void Chaos::reset() { impl_->end_all(true); }

Task<void> Chaos::stop() {
  auto impl = impl_;
  co_await impl->nursery.stop();
  impl->end_all(false);
}

}  // namespace slipway::test
