#include "net/rig_test.hpp"

#include "net/tcp.hpp"

namespace slipway::net::testing {

namespace {

Task<void> answer(Exchange& x, int status, std::string body) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain");
  response.body = std::move(body);
  co_await x.send(std::move(response));
}

Task<void> echo_body(Exchange& x) {
  auto body = co_await x.body(100000);
  if (body)
    co_await answer(x, 200, std::move(*body));
  else
    co_await answer(x, body.error().code == Code::too_large ? 413 : 400, body.error().say);
}

Task<void> echo_stream(Exchange& x) {
  Response head;
  if (!co_await x.begin(std::move(head))) co_return;
  std::string piece(1000, '\0');
  while (true) {
    const auto n = co_await x.read_some(piece);
    if (!n) co_return;
    if (*n == 0) break;
    if (!co_await x.write(std::string_view(piece).substr(0, *n))) co_return;
  }
  co_await x.finish();
}

Task<void> echo_socket(Exchange& x, WebSocketOptions options) {
  auto socket = co_await x.upgrade(std::move(options));
  if (!socket) co_return;
  while (true) {
    const auto message = co_await (*socket)->read();
    if (!message) co_return;
    if (message->text && message->data == "close me") co_return co_await (*socket)->close(close_code::policy, "as you wish");
    if (message->text)
      co_await (*socket)->write_text(message->data);
    else
      co_await (*socket)->write_binary(message->data);
  }
}

Task<void> raw_echo(Exchange& x) {
  Response head;
  head.status = 101;
  head.headers.add("Connection", "Upgrade");
  head.headers.add("Upgrade", "echo");
  auto stream = co_await x.hijack(std::move(head));
  char bytes[4096];
  while (stream) {
    const auto size = co_await (*stream)->read_some(bytes);
    if (!size || *size == 0) break;
    if (!co_await (*stream)->write({bytes, *size})) co_return;
  }
  if (stream) co_await (*stream)->shutdown_send();
}

struct App {
  Gate* gate;

  Task<void> operator()(Exchange& x) const {
    const std::string_view path = x.request().path;
    if (path == "/hello") co_return co_await answer(x, 200, "hello");
    if (path == "/target") co_return co_await answer(x, 200, x.request().target);
    if (path == "/echo") co_return co_await echo_body(x);
    if (path == "/stream") co_return co_await echo_stream(x);
    if (path == "/raw") co_return co_await raw_echo(x);
    if (path == "/empty") co_return co_await answer(x, 204, "");
    if (path == "/big") co_return co_await answer(x, 200, std::string(3 << 20, 'b'));
    if (path == "/throw") throw std::runtime_error("a bug in a handler");
    if (path == "/silent") co_return;
    if (path == "/half") {
      co_await x.begin({});
      co_await x.write("half");
      co_return;
    }
    if (path == "/twice") {
      co_await answer(x, 200, "once");
      if (!co_await x.send({})) gate->reached.notify();
      co_return;
    }
    if (path == "/watch") {
      gate->reached.notify();
      co_await x.caller_left();
      gate->open.notify();
      co_return;
    }
    if (path == "/wait") {
      gate->reached.notify();
      co_await gate->open.wait();
      co_return co_await answer(x, 200, "waited");
    }
    if (path == "/ws" || path == "/ws-quick") {
      WebSocketOptions options;
      options.subprotocols = {"chat.v2", "chat.v1"};
      options.origins = {"https://friend.example"};
      options.max_message = 300000;
      if (path == "/ws-quick") options.ping_every = Milliseconds(20), options.dead_after = Milliseconds(60);
      co_return co_await echo_socket(x, std::move(options));
    }
    co_await answer(x, 404, "nothing here");
  }
};

}  // namespace

Rig::Rig(ServerOptions options, ClientOptions asked)
    : tls(options.tls.has_value()), server(loops, std::move(options), App{&gate}), client(loops.at(0), std::move(asked)) {
  const auto started = server.start();
  EXPECT_TRUE(started) << started.error().say;
}

Rig::~Rig() {
  run([](Rig& rig) -> Task<void> {
    co_await rig.client.stop();
    co_await rig.server.stop(Milliseconds(0));
  });
}

std::string Rig::url(std::string_view path) const { return fmt::format("{}://localhost:{}{}", tls ? "https" : "http", server.port(), path); }

Task<std::unique_ptr<Stream>> Rig::dial() {
  auto stream = co_await client.connect("127.0.0.1", server.port(), false);
  if (!stream) throw std::runtime_error(stream.error().say);
  co_return std::move(*stream);
}

Task<std::string> Rig::raw(std::string bytes) {
  const auto stream = co_await dial();
  co_await stream->write(bytes);
  co_return co_await read_all(*stream);
}

Task<std::string> read_all(Stream& stream) { return read_some_more(stream, std::string::npos); }

Task<std::string> read_some_more(Stream& stream, std::size_t enough) {
  std::string all, piece(4096, '\0');
  while (all.size() < enough) {
    const auto n = co_await stream.read_some(piece);
    if (!n || *n == 0) break;
    all.append(piece, 0, *n);
  }
  co_return all;
}

int status_of(std::string_view answer) {
  return answer.starts_with("HTTP/1.1 ") && answer.size() >= 12 ? std::stoi(std::string(answer.substr(9, 3))) : 0;
}

}  // namespace slipway::net::testing
