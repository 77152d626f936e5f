// The whole request path of the server on a stream in memory. The first byte says how the bytes are sliced; the handler
// reads bodies, echoes, upgrades and hijacks, so parser, framing, chunks and WebSocket frames all meet the input.
#include "aio/nursery.hpp"
#include "aio/task.hpp"
#include "net/pipe.hpp"
#include "net/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

using namespace slipway;

namespace {

Task<void> echo_frames(net::Exchange& exchange) {
  const auto socket = co_await exchange.upgrade({});
  if (!socket) co_return;
  while (const auto message = co_await (*socket)->read()) co_await (*socket)->write_binary(message->data);
}

Task<void> echo_bytes(net::Stream& stream) {
  char bytes[4096];
  for (;;) {
    const auto size = co_await stream.read_some(bytes);
    if (!size || *size == 0 || !co_await stream.write({bytes, *size})) break;
  }
  co_await stream.shutdown_send();
}

Task<void> handle(net::Exchange& exchange) {
  if (exchange.wants_websocket()) co_return co_await echo_frames(exchange);
  net::Response response;
  if (exchange.request().path == "/raw") {
    response.status = 101;
    const auto stream = co_await exchange.hijack(std::move(response));
    if (stream) co_await echo_bytes(**stream);
    co_return;
  }
  if (exchange.request().path != "/unread") {
    auto body = co_await exchange.body(10000);
    if (!body)
      response.status = 400;
    else
      response.body = std::move(*body);
  }
  response.headers.add("X-Target", exchange.request().target);
  co_await exchange.send(std::move(response));
}

Task<void> drain(std::unique_ptr<net::Stream>& stream) {
  std::string scratch(4096, '\0');
  while (true) {
    const auto n = co_await stream->read_some(scratch);
    if (!n || *n == 0) co_return;
  }
}

Task<void> feed(std::unique_ptr<net::Stream>& stream, std::string_view bytes, std::size_t slice) {
  const auto home = co_await aio::executor();
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, slice);
    if (!co_await stream->write(piece)) break;
    co_await asio::post(home, asio::use_awaitable);  // whoever reads takes this slice before the next comes
    bytes.remove_prefix(piece.size());
  }
  co_await stream->shutdown_send();
}

Task<void> both(std::unique_ptr<net::Stream> stream, std::string_view bytes, std::size_t slice) {
  using namespace asio::experimental::awaitable_operators;
  co_await (feed(stream, bytes, slice) && drain(stream));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t slice = data[0] < 128 ? 1 + data[0] : 100000;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  asio::io_context loop;
  auto [near, far] = net::make_pipe(loop.get_executor());
  aio::Nursery nursery(loop.get_executor());
  auto serve = [](std::unique_ptr<net::Stream> stream) { return net::serve(std::move(stream), {}, handle); };
  nursery.start(serve, std::move(far));
  nursery.start(both, std::move(near), bytes, slice);
  loop.run_for(std::chrono::seconds(5));
  if (nursery.size() > 0) __builtin_trap();  // somebody waits for what will never come
  return 0;
}
