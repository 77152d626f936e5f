// What an app may answer: heads before the answer, its body in every framing, trailers. The first byte says how the bytes are sliced and
// what was asked; read at once and sliced, an answer must be the same.
#include <fmt/format.h>

#include "aio/nursery.hpp"
#include "aio/task.hpp"
#include "net/http1.hpp"
#include "net/pipe.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

using namespace slipway;

namespace {

struct Read {
  std::string text;
  bool whole = false, reusable = false;
};

Task<void> feed(std::unique_ptr<net::Stream> stream, std::string_view bytes, std::size_t slice) {
  const auto home = co_await aio::executor();
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, slice);
    if (!co_await stream->write(piece)) co_return;
    co_await asio::post(home, asio::use_awaitable);  // whoever reads takes this slice before the next comes
    bytes.remove_prefix(piece.size());
  }
  co_await stream->shutdown_send();
  char scratch[256];
  while ((co_await stream->read_some(scratch)).value_or(0) > 0) {
  }
}

Task<void> read(std::unique_ptr<net::Stream> stream, bool head_only, Read* into) {
  net::Http1 http(std::move(stream));
  if (!co_await http.send_head(head_only ? "HEAD" : "GET", "/", {{"Host", "x"}})) co_return;
  auto head = co_await http.read_any_head();
  for (int interim = 0; head && head->status < 200 && head->status != 101 && interim < 20; ++interim) head = co_await http.read_any_head();
  if (!head) co_return;
  into->text = fmt::format("{} {}", head->status, head->headers.wire());
  char piece[97];
  for (;;) {
    const auto count = co_await http.read_some(piece);
    if (!count) co_return;
    if (*count == 0) break;
    into->text.append(piece, *count);
  }
  into->text += http.trailers().wire();
  into->whole = true;
  into->reusable = http.reusable();
}

Read answer_to(std::string_view bytes, std::size_t slice, bool head_only) {
  Read out;
  asio::io_context loop;
  auto [near, far] = net::make_pipe(loop.get_executor());
  aio::Nursery nursery(loop.get_executor());
  nursery.start(read, std::move(far), head_only, &out);
  nursery.start(feed, std::move(near), bytes, slice);
  loop.run_for(std::chrono::seconds(5));
  if (nursery.size() > 0) __builtin_trap();  // somebody waits for what will never come
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const bool head_only = (data[0] & 1) != 0;
  const std::size_t slice = 1 + data[0] / 2;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto sliced = answer_to(bytes, slice, head_only), at_once = answer_to(bytes, bytes.size(), head_only);
  if (sliced.whole != at_once.whole || (sliced.whole && sliced.text != at_once.text)) __builtin_trap();
  return 0;
}
