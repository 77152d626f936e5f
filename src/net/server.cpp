#include "net/server.hpp"

#include "aio/loops.hpp"
#include "aio/task.hpp"
#include "base/check.hpp"
#include "base/log.hpp"
#include "base/on_exit.hpp"
#include "net/connection.hpp"
#include "net/crowd.hpp"
#include "net/http2.hpp"
#include "net/server_loop.hpp"
#include "net/tcp.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

namespace slipway::net {

namespace {

constexpr Milliseconds kAcceptPause{50};

Peer peer_of(const asio::ip::tcp::socket& socket) {
  boost::system::error_code ec;
  const auto end = socket.remote_endpoint(ec);
  if (ec) return {};
  return {end.address().to_string(), end.port()};
}

// Timeouts are kept to within a quarter of the shortest, at most half a second.
Milliseconds tick_for(const ServerLimits& limits) {
  const auto shortest = std::min({limits.header_timeout, limits.idle_timeout, limits.body_timeout, limits.write_timeout});
  return std::clamp(shortest / 4, Milliseconds(5), Milliseconds(500));
}

}  // namespace

struct Server::State {
  State(aio::Loops& all, ServerOptions asked, Handler answer)
      : options(std::move(asked)),
        handler(std::move(answer)),
        first(all.at(0)),
        acceptor(first),
        accepting(first),
        crowd(options.limits.connections_per_address) {
    const Manners manners{.received = options.received, .transport_security = options.transport_security};
    for (std::size_t i = 0; i < all.size(); ++i)
      homes.push_back(std::make_unique<ServerLoop>(all.at(i), options.limits.connections_per_loop, manners));
  }

  Task<void> accept();
  std::shared_ptr<TlsContext> tls_now() {
    const std::lock_guard lock(tls_mutex);
    return tls;
  }
  void welcome(ServerLoop& home, asio::ip::tcp::socket socket);
  Task<void> serve_one(ServerLoop* home, asio::cancellation_signal& own, std::unique_ptr<Stream> stream, Peer peer, bool counted);
  Task<void> stop_accepting();

  ServerOptions options;
  Handler handler;
  std::mutex tls_mutex;  // tls
  std::shared_ptr<TlsContext> tls;
  aio::Executor first;
  asio::ip::tcp::acceptor acceptor;
  aio::Nursery accepting;
  Crowd crowd;
  std::vector<std::unique_ptr<ServerLoop>> homes;
  std::uint16_t port = 0;
  bool started = false, stopped = false;
};

Task<void> Server::State::accept() {
  for (std::size_t turn = 0;; ++turn) {
    ServerLoop& home = *homes[turn % homes.size()];
    auto [ec, socket] = co_await acceptor.async_accept(home.executor(), aio::tuple);
    if (ec == asio::error::operation_aborted) co_return;
    if (ec) {
      // Out of descriptors, mostly: wait for some to come back instead of spinning.
      log::warn("a connection could not be accepted", {{"why", ec.message()}});
      co_await aio::sleep(kAcceptPause);
      continue;
    }
    asio::post(home.executor(), [this, &home, taken = std::move(socket)]() mutable { welcome(home, std::move(taken)); });
  }
}

void Server::State::welcome(ServerLoop& home, asio::ip::tcp::socket socket) {
  Peer peer = peer_of(socket);
  const bool counted = !options.trusted || !options.trusted(peer.ip);
  if (counted && !crowd.enter(peer.ip)) return;  // closes the socket
  auto stream = make_tcp_stream(std::move(socket));
  if (options.tls) stream = tls_server(tls_now(), std::move(stream));
  auto run = [](asio::cancellation_signal& own, State* self, ServerLoop* at, std::unique_ptr<Stream> taken, Peer from, bool one_of_many) {
    return self->serve_one(at, own, std::move(taken), std::move(from), one_of_many);
  };
  const std::string address = peer.ip;
  if (!home.connections().start_with_signal(run, this, &home, std::move(stream), std::move(peer), counted) && counted) crowd.leave(address);
}

Task<void> Server::State::serve_one(ServerLoop* home, asio::cancellation_signal& own, std::unique_ptr<Stream> stream, Peer peer, bool counted) {
  const OnExit gone([this, counted, address = peer.ip] {
    if (counted) crowd.leave(address);
  });
  std::unique_ptr<Stream> http2;
  {
    Connection connection(*home, own, std::move(stream), peer, options.tls.has_value(), handler, options.limits);
    co_await connection.run();
    http2 = connection.take_http2();
  }
  if (!http2) co_return;
  Http2Connection connection(*home, std::move(http2), std::move(peer), handler, options.limits);
  co_await connection.run();
}

Task<void> Server::State::stop_accepting() {
  boost::system::error_code ignored;
  acceptor.close(ignored);
  co_await accepting.stop();
}

Server::Server(aio::Loops& loops, ServerOptions options, Handler handler)
    : state_(std::make_unique<State>(loops, std::move(options), std::move(handler))) {}

Server::~Server() { check(!state_->started || state_->stopped, "a Server was destroyed before stop()"); }

Result<void> Server::start() {
  State& s = *state_;
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(s.options.host, ec);
  if (ec) return fail(Code::invalid, "The address to listen on is not an IP address: " + s.options.host + ".");
  if (s.options.tls) {
    TRY(context, make_tls_http2_server(*s.options.tls));
    s.tls = std::move(context);
  }
  const asio::ip::tcp::endpoint endpoint(address, s.options.port);
  s.acceptor.open(endpoint.protocol(), ec);
  if (!ec) s.acceptor.set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec) s.acceptor.bind(endpoint, ec);
  if (!ec) s.acceptor.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) return fail(Code::unavailable, fmt::format("Cannot listen on {}:{}: {}.", s.options.host, s.options.port, ec.message()));
  s.port = s.acceptor.local_endpoint().port();
  s.started = true;
  for (auto& home : s.homes) {
    const Milliseconds tick = tick_for(s.options.limits);
    auto sweep = [](ServerLoop* at, Milliseconds every) { return at->sweep(every); };
    asio::post(home->executor(), [at = home.get(), tick, sweep] { at->background().start(sweep, at, tick); });
  }
  auto accept = [](State* self) { return self->accept(); };
  asio::post(s.first, [&s, accept] { s.accepting.start(accept, &s); });
  return {};
}

std::uint16_t Server::port() const { return state_->port; }

Result<void> Server::show(const TlsServing& tls) {
  check(state_->options.tls.has_value(), "a Server without TLS was told what to show");
  TRY(context, make_tls_http2_server(tls));
  const std::lock_guard lock(state_->tls_mutex);
  state_->tls = std::move(context);
  return {};
}

std::size_t Server::connections() const {
  std::size_t sum = 0;
  for (const auto& home : state_->homes) sum += home->size();
  return sum;
}

Task<void> Server::stop(Milliseconds grace) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  State& s = *state_;
  if (!s.started || s.stopped) co_return;
  const auto until = std::chrono::steady_clock::now() + grace;
  co_await aio::on(s.first, s.stop_accepting());
  auto drain = [](ServerLoop* home) -> Task<void> {
    home->drain();
    co_return;
  };
  for (auto& home : s.homes) co_await aio::on(home->executor(), drain(home.get()));
  for (auto& home : s.homes) co_await aio::on(home->executor(), home->stop(until));
  s.stopped = true;
}

Task<void> serve(std::unique_ptr<Stream> stream, Peer peer, Handler handler, ServerLimits limits) {
  ServerLoop home(co_await aio::executor());
  auto run = [](asio::cancellation_signal& own, ServerLoop* at, std::unique_ptr<Stream> taken, Peer from, const Handler* answer,
                const ServerLimits* bounds) -> Task<void> {
    Connection connection(*at, own, std::move(taken), std::move(from), false, *answer, *bounds);
    co_await connection.run();
  };
  home.connections().start_with_signal(run, &home, std::move(stream), std::move(peer), &handler, &limits);
  std::exception_ptr cancelled;
  try {
    co_await home.connections().ended();
  } catch (...) {
    cancelled = std::current_exception();
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await home.stop({});
  if (cancelled) std::rethrow_exception(cancelled);
}

}  // namespace slipway::net
