// How an agent gets to its control plane - by a proxy that wants a password, and not at all with the wrong one - and how both
// notice that the way between them is gone.
#include "agent/fake_server.hpp"
#include "net/proxy_test.hpp"
#include "support/chaos.hpp"
#include "tunnel/acceptor.hpp"
#include "tunnel/measuring.hpp"

namespace slipway::agent {
namespace {

using namespace testing_support;

// A variable for as long as a test lasts.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

Options by_name(const Bench& bench) {
  auto options = bench.options();
  options.url = "http://server.test" + options.url.substr(options.url.rfind(':'));
  return options;
}

TEST(AgentWay, LeadsThroughAProxyThatWantsAPassword) {
  test::ProxyServer proxy({.wants = "Basic YW5hOnNlY3JldA=="});
  const Variable variable("HTTP_PROXY", proxy.url("ana:secret"));
  on_loop([&]() -> Task<void> {
    Bench bench(manifest());
    bench.start(co_await aio::executor(), by_name(bench));

    const auto ready = [&] { return bench.server.states().size() == 2 && bench.server.session(); };
    EXPECT_TRUE(co_await until(ready));
    const auto answer = co_await bench.ask("/ping");

    EXPECT_TRUE(answer && answer->status == 200);
    co_await bench.agent->shut_down();
  });
  EXPECT_TRUE(proxy.passed().front().starts_with("CONNECT server.test:"));
}

TEST(AgentWay, IsSaidToFailAtTheProxyAndItsPasswordNever) {
  test::ProxyServer proxy({.wants = "Basic YW5hOnNlY3JldA=="});
  const Variable variable("HTTP_PROXY", proxy.url("ana:hunter2"));
  testing::internal::CaptureStderr();
  on_loop([&]() -> Task<void> {
    Bench bench(manifest());
    bench.start(co_await aio::executor(), by_name(bench));

    const auto waits = [&] { return bench.agent->pause() > Milliseconds(0); };
    EXPECT_TRUE(co_await until(waits));

    co_await bench.agent->shut_down();
  });
  const auto log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("does not accept the user name and password in HTTP_PROXY (407)"), std::string::npos) << log;
  EXPECT_EQ(log.find("hunter2"), std::string::npos);
}

TEST(AgentWay, CanBeMeasured) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest());
    bench.start(co_await aio::executor());
    const auto connected = [&] { return bench.server.session() != nullptr; };
    EXPECT_TRUE(co_await until(connected));
    auto session = bench.server.session();
    auto measure = [](std::shared_ptr<tunnel::Session> through) -> Task<Result<std::chrono::microseconds>> {
      CO_TRY(stream, co_await through->open(std::string(tunnel::kMeasuring), "/"));
      CO_CHECK(co_await tunnel::begin_echo(*stream));
      co_return co_await tunnel::round_trip(*stream);
    };

    const auto took = co_await aio::on(session->home(), measure(session));

    EXPECT_TRUE(took) << took.error().say;
    session.reset();
    co_await bench.agent->shut_down();
  });
}

TEST(AgentWay, PingsComeSoonerThanReverseProxiesHangUpAndTheDeadAreNoticedInHalfAMinute) {
  constexpr Milliseconds kHaproxy = Seconds(50), kHalfAMinute = Seconds(30);  // timeout client and server of Debian's haproxy.cfg; nginx: 60 s
  const net::WebSocketOptions socket;
  const tunnel::Limits limits;

  EXPECT_LT(2 * socket.ping_every, kHaproxy);
  EXPECT_LT(2 * limits.ping_every, kHaproxy);
  EXPECT_LE(socket.dead_after, kHalfAMinute);
  EXPECT_GE(socket.dead_after, 2 * socket.ping_every);
  EXPECT_LE(limits.ping_every + limits.ping_limit, kHalfAMinute);
}

// A server that opens WebSockets, or tunnels on /tunnel; `ended` is how the last one did.
class Peer {
 public:
  explicit Peer(const aio::Executor& home)
      : server_(loops_, {}, [this](net::Exchange& exchange) { return handle(exchange); }),
        wire_(home, {.path = {}, .host = "127.0.0.1", .port = start()}) {}
  ~Peer() {
    auto end = [](net::Server* server) -> Task<int> {
      co_await server->stop(Milliseconds(0));
      co_return 0;
    };
    loops_.run(end(&server_));
  }

  static net::WebSocketOptions socket_options(Milliseconds ping_every) {
    net::WebSocketOptions options;
    options.ping_every = ping_every;
    options.dead_after = 5 * ping_every;
    return options;
  }
  static tunnel::Limits limits() {
    tunnel::Limits limits;
    limits.ping_every = limits.ping_limit = Milliseconds(50);
    return limits;
  }
  test::Chaos& wire() { return wire_; }
  std::string url(std::string_view path) const { return fmt::format("http://127.0.0.1:{}{}", wire_.port(), path); }
  bool opened() const { return opened_; }
  std::optional<Code> ended() const { return over_ ? std::optional(ended_.load()) : std::nullopt; }

 private:
  std::uint16_t start() {
    EXPECT_TRUE(server_.start());
    return server_.port();
  }
  Task<void> handle(net::Exchange& exchange) {
    const bool tunnels = exchange.request().path == "/tunnel";
    auto socket = co_await exchange.upgrade(socket_options(tunnels ? Seconds(60) : Milliseconds(50)));
    if (!socket) co_return;
    opened_ = true;
    if (tunnels) {
      tunnel::Session session(exchange.home(), tunnel::over_websocket(std::move(*socket)), limits());
      const auto end = co_await session.run();
      ended_ = end ? Code::unchanged : end.error().code;
    } else {
      const auto end = co_await (*socket)->read();
      ended_ = end ? Code::unchanged : end.error().code;
    }
    over_ = true;
  }

  std::atomic<bool> opened_ = false, over_ = false;
  std::atomic<Code> ended_ = Code::unchanged;
  aio::Loops loops_{1};
  net::Server server_;
  test::Chaos wire_;
};

TEST(AgentWay, BothEndsOfAWebSocketNoticeAWireThatSwallowsEverything) {
  on_loop([]() -> Task<void> {
    const auto home = co_await aio::executor();
    Peer peer(home);
    net::Client client(home);
    auto socket = co_await client.connect_websocket(peer.url("/"), {}, Peer::socket_options(Milliseconds(50)));
    EXPECT_TRUE(socket);

    peer.wire().stall();
    const auto end = co_await (*socket)->read();
    const auto noticed = [&] { return peer.ended().has_value(); };

    EXPECT_EQ(end.error().code, Code::timed_out);
    EXPECT_TRUE(co_await until(noticed));
    EXPECT_EQ(peer.ended(), Code::timed_out);
    co_await client.stop();
    co_await peer.wire().stop();
  });
}

Task<void> swallow_all(Peer* through) {
  const auto opened = [&] { return through->opened(); };
  EXPECT_TRUE(co_await until(opened));
  through->wire().stall();
}

TEST(AgentWay, BothEndsOfATunnelNoticeAWireThatSwallowsEverything) {
  on_loop([]() -> Task<void> {
    const auto home = co_await aio::executor();
    Peer peer(home);
    net::Client client(home);
    auto socket = co_await client.connect_websocket(peer.url("/tunnel"), {}, Peer::socket_options(Seconds(60)));
    EXPECT_TRUE(socket);
    auto transport = tunnel::over_websocket(std::move(*socket), [](net::WebSocket& ended) -> Task<void> {
      ended.cut();
      co_return;
    });
    tunnel::Acceptor acceptor(home, std::move(transport), {}, Peer::limits());
    aio::Nursery beside(home);
    beside.start(swallow_all, &peer);

    const auto end = co_await acceptor.run();
    const auto noticed = [&] { return peer.ended().has_value(); };

    EXPECT_FALSE(end);
    EXPECT_TRUE(co_await until(noticed));
    EXPECT_NE(peer.ended(), Code::unchanged);
    co_await beside.stop();
    co_await client.stop();
    co_await peer.wire().stop();
  });
}

// Each agent that idles costs the control plane its tunnel and nothing more, and reports again all the same.
TEST(AgentWay, NothingIsHeldBesideTheTunnelOnceNothingIsAsked) {
  static_assert(ControlPlane::kIdleFor < Seconds(30), "what is reported every half minute keeps no connection");
  on_loop([]() -> Task<void> {
    FakeServer server;
    server.set("report-stats", 200, R"({"report_interval":30000000000})");
    ControlPlane plane(co_await aio::executor(), server.url(), Milliseconds(20));
    auto tunnel = co_await plane.open_tunnel();
    EXPECT_TRUE(tunnel.has_value());

    for (int round = 0; round < 2; ++round) {
      const auto told = co_await plane.report_stats(std::nullopt);
      EXPECT_TRUE(told.has_value());
      const auto alone = [&] { return server.connections() == 1; };
      EXPECT_TRUE(co_await until(alone));
    }

    if (tunnel) (*tunnel)->cut();
    co_await plane.stop();
  });
}

}  // namespace
}  // namespace slipway::agent
