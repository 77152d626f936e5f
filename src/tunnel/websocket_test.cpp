// The tunnel and the relay over real sockets: an agent that dials a server, and another server that asks the first one.
#include "aio/loops.hpp"
#include "aio/nursery.hpp"
#include "crypto/seal.hpp"
#include "net/client.hpp"
#include "net/pipe.hpp"
#include "net/server.hpp"
#include "tunnel/acceptor.hpp"
#include "tunnel/relay.hpp"
#include "tunnel/session.hpp"

#include <gtest/gtest.h>

#include <random>

namespace slipway::tunnel {
namespace {

using StreamPtr = std::unique_ptr<net::Stream>;

std::string noise(std::size_t size) {
  std::mt19937 random(7);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

Task<void> echo(std::shared_ptr<net::Stream> stream) {
  std::vector<char> buffer(20000);
  while (true) {
    const auto count = co_await stream->read_some(buffer);
    if (!count || *count == 0) break;
    if (!co_await stream->write({buffer.data(), *count}, {})) co_return;
  }
  (void)co_await stream->shutdown_send();
}

Task<Result<StreamPtr>> dial(aio::Nursery* nursery, std::uint16_t port) {
  if (port != 7) co_return slipway::fail(Code::bad_gateway, "Nothing listens there.");
  auto [near, far] = net::make_pipe(nursery->home());
  nursery->start(echo, std::shared_ptr<net::Stream>(std::move(far)));
  co_return std::move(near);
}

Task<net::Response> answer(AgentRequest request) {
  co_return net::Response{.status = 203, .headers = {}, .body = request.method + request.path + request.body};
}

Task<bool> echoes(net::Stream& stream, const std::string& text) {
  auto send = [](net::Stream& to, const std::string& what) -> Task<void> {
    (void)co_await to.write(what, {});
    (void)co_await to.shutdown_send();
  };
  auto receive = [](net::Stream& from) -> Task<std::string> {
    std::string all;
    std::vector<char> buffer(20000);
    while (true) {
      const auto count = co_await from.read_some(buffer);
      if (!count || *count == 0) co_return all;
      all.append(buffer.data(), *count);
    }
  };
  using namespace asio::experimental::awaitable_operators;
  co_return co_await (send(stream, text) && receive(stream)) == text;
}

// The server that holds the tunnel: /tunnel for the agent, the relay for other servers.
struct Holder {
  RelayKey key{"the deployment's own"};
  std::string base;
  std::shared_ptr<Session> session;

  Task<void> handle(net::Exchange& exchange) {
    if (exchange.request().path == "/tunnel") {
      auto socket = co_await exchange.upgrade();
      if (!socket) co_return;
      session = std::make_shared<Session>(co_await aio::executor(), over_websocket(std::move(*socket)));
      (void)co_await std::shared_ptr<Session>(session)->run();
      co_return;
    }
    const std::string target = exchange.request().target;
    auto proven =
        key.verify(exchange.request().headers, base, target, std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()));
    if (!proven) {
      co_await exchange.send({.status = 401, .headers = {}, .body = proven.error().say});
      co_return;
    }
    auto ask = parse_relay(target);
    if (ask->kind == "api") {
      auto body = co_await exchange.body(10'000);
      auto answer = co_await relay_answer(session, key, *proven, *ask, std::move(*body));
      if (answer) co_await exchange.send(std::move(*answer));
      co_return;
    }
    auto stream = co_await relay_accept(session, *ask);
    if (!stream) {
      co_await exchange.send({.status = 502, .headers = {}, .body = stream.error().say});
      co_return;
    }
    auto socket = co_await exchange.upgrade();
    if (socket) co_await relay_serve(key, *proven, std::move(*socket), std::move(*stream));
  }
};

TEST(TunnelOverWebSocket, CarriesStreamsAndRelaysThemBetweenServers) {
  aio::Loops loops(3);
  auto main = [](aio::Loops* all) -> Task<int> {
    auto home = co_await aio::executor();
    Holder holder;
    net::Server server(*all, {}, [&holder](net::Exchange& exchange) { return holder.handle(exchange); });
    EXPECT_TRUE(server.start().has_value());
    const std::string base = "http://127.0.0.1:" + std::to_string(server.port());
    holder.base = base;
    net::Client client(home);
    aio::Nursery nursery(home);
    const std::string large = noise(2'000'000);

    // The agent dials and serves.
    auto socket = co_await client.connect_websocket(base + "/tunnel", {});
    EXPECT_TRUE(socket.has_value());
    Handlers handlers;
    handlers.connect = [&nursery](std::uint16_t port) { return dial(&nursery, port); };
    handlers.request = [](AgentRequest request) { return answer(std::move(request)); };
    Acceptor acceptor(home, over_websocket(std::move(*socket)), std::move(handlers));
    auto serve = [](Acceptor* agent) -> Task<void> { (void)co_await agent->run(); };
    nursery.start(serve, &acceptor);
    while (acceptor.latency().count() == 0) co_await aio::sleep(Milliseconds(1));

    // Another server asks the one that holds the tunnel.
    const Time now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    auto stream = co_await relay_open(client, base, holder.key, {.agent = "a", .kind = "port", .port = 7}, now);
    EXPECT_TRUE(stream.has_value());
    if (stream) EXPECT_TRUE(co_await echoes(**stream, large));
    const auto refused = co_await relay_open(client, base, holder.key, {.agent = "a", .kind = "port", .port = 8}, now);
    const auto forged = co_await relay_open(client, base, RelayKey("guess"), {.agent = "a", .kind = "port", .port = 7}, now);

    EXPECT_EQ(refused.error().code, Code::bad_gateway);
    EXPECT_EQ(refused.error().say, "Nothing listens there.");
    EXPECT_EQ(forged.error().code, Code::unauthenticated);

    const auto asked =
        co_await relay_request(client, base, holder.key, {.agent = "a", .kind = "api", .path = "/ports?x=1", .method = "PUT"}, "?", now);
    EXPECT_TRUE(asked.has_value() && asked->status == 203 && asked->body == "PUT/ports?x=1?");

    // Seen from the wire: sealed both ways, good once, and nothing unsealed is taken.
    net::Headers headers;
    const std::string target = relay_target({.agent = "a", .kind = "port", .port = 7});
    const auto number = holder.key.sign(headers, base, target, now);
    auto wire = co_await client.connect_websocket(base + target, headers);
    const auto theirs = co_await (*wire)->read();
    crypto::Seal there(holder.key.derive("stream there", number + theirs->data)), back(holder.key.derive("stream back", number + theirs->data));
    (void)co_await (*wire)->write_binary(there.close("secret"));
    const auto sealed = co_await (*wire)->read();
    EXPECT_EQ(sealed->data.find("secret"), std::string::npos);
    EXPECT_EQ(back.open(sealed->data), "secret");
    (void)co_await (*wire)->write_binary("in clear, and not sealed by anybody");
    EXPECT_FALSE((co_await (*wire)->read()).has_value());
    const auto again = co_await client.connect_websocket(base + target, headers);
    EXPECT_EQ(again.error().code, Code::unauthenticated);

    // A stream that is dropped in the middle ends on the other side too.
    auto dropped = co_await relay_open(client, base, holder.key, {.agent = "a", .kind = "port", .port = 7}, now);
    (void)co_await (*dropped)->write("x", {});
    dropped->reset();
    if (stream) stream->reset();
    while (acceptor.streams() > 0) co_await aio::sleep(Milliseconds(1));

    co_await acceptor.stop();
    co_await nursery.stop();
    co_await client.stop();
    co_await server.stop(Milliseconds(2000));
    co_return 0;
  };
  EXPECT_EQ(loops.run(main(&loops)), 0);
}

}  // namespace
}  // namespace slipway::tunnel
