// WebSocket frames from a broken or hostile peer, on either side of a socket in memory. How the bytes are cut into pieces must
// change nothing; what we say must be frames that a peer may receive; and what a well-behaved peer sends in fragments, with pings
// between, arrives as it was. First byte: the side (1), bytes as messages rather than frames (2), one-way (4), the size of the
// pieces (the rest). Second byte: after how many messages the socket is closed.
#include "aio/nursery.hpp"
#include "base/utf8.hpp"
#include "net/pipe.hpp"
#include "net/websocket_core.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

using namespace slipway;
using namespace slipway::net;

namespace {

constexpr std::size_t kMost = 4096;    // the largest message that is taken
constexpr std::size_t kPieces = 1000;  // bytes come one by one only where that ends soon

void must(bool claim) {
  if (!claim) __builtin_trap();
}

struct Play {
  Side side = Side::server;
  bool one_way = false;
  std::size_t piece = 0, close_after = 0;

  std::vector<Message> messages = {};  // as they were read
  std::string said = {};               // every byte that we wrote
  Code end = Code::internal;
  std::uint16_t peer_code = 0;
  std::string peer_reason = {};
};

Task<void> feed(Stream* peer, std::string_view bytes, std::size_t piece) {
  const auto home = co_await aio::executor();
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    if (!co_await peer->write(bytes.substr(0, piece))) break;
    co_await asio::post(home, asio::use_awaitable);  // whoever reads takes this piece before the next comes
  }
  co_await peer->shutdown_send();
}

Task<void> take(Stream* peer, std::string* said) {
  std::string scratch(4096, '\0');
  while (true) {
    const auto size = co_await peer->read_some(scratch);
    if (!size || *size == 0) co_return;
    said->append(scratch, 0, *size);
  }
}

// Gives every message back, and says goodbye after some.
Task<void> use(std::shared_ptr<WebSocketCore> core, Play* play) {
  if (play->one_way) {
    co_await WebSocketCore::listen(core);
  } else {
    for (std::size_t count = 0;; ++count) {
      if (count == play->close_after) co_await core->close(close_code::going_away, "enough \xe2\x98\x83");
      auto message = co_await core->read();
      if (!message) {
        play->end = message.error().code;
        break;
      }
      play->messages.push_back(*message);
      (void)co_await core->send(message->text ? frame::Op::text : frame::Op::binary, message->data);
    }
  }
  play->peer_code = core->peer_code();
  play->peer_reason = core->peer_reason();
  core->cut();
}

void run(Play& play, std::string_view bytes) {
  play.piece = std::max(play.piece, 1 + bytes.size() / kPieces);
  asio::io_context loop;
  auto [near, far] = make_pipe(loop.get_executor());
  WebSocketOptions options;
  options.max_message = kMost;
  auto core = std::make_shared<WebSocketCore>(loop.get_executor(), std::move(near), play.side, options, "");
  {
    aio::Nursery nursery(loop.get_executor());
    nursery.start(WebSocketCore::keep_alive, core);
    nursery.start(use, std::move(core), &play);
    nursery.start(feed, far.get(), bytes, play.piece);
    nursery.start(take, far.get(), &play.said);
    while (loop.poll() > 0) continue;  // by what is ready alone: nothing here has to wait for a clock
    must(nursery.size() == 0);         // else somebody waits for what will never come
  }
}

// What we say: whole frames, masked as our side must, of no reserved bit, and nothing after a close.
void check_said(const Play& play) {
  std::string_view rest = play.said;
  bool closed = false;
  while (!rest.empty()) {
    const auto head = frame::read(rest, play.side == Side::client);
    if (head && (head->size == 0 || rest.size() - head->size < head->length)) break;  // the socket was cut over it
    must(head && !closed && head->final);
    std::string payload(rest.substr(head->size, head->length));
    if (head->masked) frame::unmask(payload.data(), payload.size(), head->mask, 0);
    if (head->op == frame::Op::text) must(utf8::is_valid(payload));
    if (head->op == frame::Op::close) {
      closed = true;
      must(payload.size() >= 2 && utf8::is_valid(std::string_view(payload).substr(2)));
      must(frame::valid_close_code(static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]))));
    }
    rest.remove_prefix(head->size + head->length);
  }
}

void check_heard(const Play& play) {
  for (const auto& message : play.messages) must(message.data.size() <= kMost && (!message.text || utf8::is_valid(message.data)));
  must(utf8::is_valid(play.peer_reason));
  must(play.peer_code == close_code::none || play.peer_code == close_code::abnormal || frame::valid_close_code(play.peer_code));
}

bool same(const std::vector<Message>& one, const std::vector<Message>& other) {
  return std::ranges::equal(one, other, [](const Message& a, const Message& b) { return a.text == b.text && a.data == b.data; });
}

// Any frames: the same bytes in pieces and at once.
void hostile(Play play, std::string_view bytes) {
  Play whole = play;
  whole.piece = bytes.size() + 1;
  run(play, bytes);
  run(whole, bytes);
  for (const auto* one : {&play, &whole}) {
    check_said(*one);
    check_heard(*one);
  }
  must(same(play.messages, whole.messages) && play.end == whole.end && play.peer_code == whole.peer_code && play.peer_reason == whole.peer_reason);
}

// A well-behaved peer: each message is a length byte and what follows, its fragments as long as that byte's low bits say.
void friendly(Play play, std::string_view bytes) {
  const bool masked = play.side == Side::server;
  std::vector<Message> sent;
  std::string wire;
  std::uint32_t mask = 0x2545f491;
  while (!bytes.empty() && sent.size() < 64) {
    const auto first = static_cast<unsigned char>(bytes[0]);
    const auto data = bytes.substr(1, first);
    bytes.remove_prefix(1 + data.size());
    sent.push_back({.text = utf8::is_valid(data), .data = std::string(data)});
    const std::size_t fragment = 1 + first % 16;
    for (std::size_t at = 0; at == 0 || at < data.size(); at += fragment) {
      const bool last = at + fragment >= data.size();
      const std::size_t head = wire.size();
      const auto op = at > 0 ? frame::Op::more : sent.back().text ? frame::Op::text : frame::Op::binary;
      frame::append(wire, op, data.substr(at, fragment), masked, mask *= 69069);
      if (!last) wire[head] = static_cast<char>(wire[head] & 0x7f);
      if (first % 3 == 0) frame::append(wire, first % 2 ? frame::Op::ping : frame::Op::pong, "between", masked, mask);
    }
  }
  frame::append(wire, frame::Op::close, "\x03\xe8", masked, mask);
  play.close_after = sent.size() + 1;
  run(play, wire);
  check_said(play);
  must(same(play.messages, sent) && play.end == Code::gone && play.peer_code == close_code::normal);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const bool as_messages = data[0] & 2;
  Play play{.side = data[0] & 1 ? Side::client : Side::server,
            .one_way = !as_messages && (data[0] & 4) != 0,
            .piece = 1U + data[0] / 8U,
            .close_after = data[1]};
  as_messages ? friendly(std::move(play), bytes) : hostile(std::move(play), bytes);
  return 0;
}
