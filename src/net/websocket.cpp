#include "net/websocket.hpp"

#include "aio/task.hpp"
#include "base/check.hpp"
#include "base/on_exit.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "net/websocket_core.hpp"

#include <cstring>

namespace slipway::net {

namespace {

constexpr std::size_t kReadBytes = 8 * 1024;  // at most; a quiet socket waits with the least, and longer payloads are read in place
constexpr std::size_t kLeastReadBytes = 512;
constexpr std::size_t kHighWater = 256 * 1024;  // queued behind a slow peer before a writer has to wait
constexpr std::size_t kUncopied = 4 * 1024;     // a server's payload from here on is written where it lies
constexpr std::size_t kPiece = 256 * 1024;      // a peer that takes none of these for too long is gone
constexpr std::size_t kGrowth = 64 * 1024;      // a message's memory is taken as its bytes arrive, not as announced
constexpr std::size_t kDrainMost = 1 << 20;
constexpr Milliseconds kCloseLimit{5000}, kDrainLimit{1000}, kPingLimit{10000};

}  // namespace

WebSocketCore::WebSocketCore(const asio::any_io_executor& home, std::unique_ptr<Stream> stream, Side side, const WebSocketOptions& options,
                             std::string subprotocol)
    : stream_(std::move(stream)),
      side_(side),
      max_message_(options.max_message),
      ping_every_(options.ping_every),
      dead_after_(options.dead_after),
      subprotocol_(std::move(subprotocol)),
      pause_(home),
      changed_(home, Clock::time_point::max()) {}

std::unexpected<Error> WebSocketCore::ended() const {
  if (silent_) return fail(Code::timed_out, "The other side stopped answering.");
  if (close_received_ || close_sent_) return fail(Code::gone, "The connection was closed.");
  return fail(Code::bad_gateway, "The connection was lost. Try again.");
}

void WebSocketCore::finish() noexcept {
  over_ = true;
  stream_->close();
  pause_.cancel();
  changed_.cancel();
  if (auto told = std::exchange(on_end_, nullptr)) told();
}

void WebSocketCore::cut() noexcept { finish(); }

void WebSocketCore::on_end(std::function<void()> told) {
  if (over_ && told) return told();
  on_end_ = std::move(told);
}

void WebSocketCore::cut_after(Milliseconds limit) {
  cut_at_ = std::min(cut_at_, Clock::now() + limit);
  pause_.cancel();
}

// --- reading

Task<Result<std::size_t>> WebSocketCore::fill(std::span<char> into) {
  auto n = co_await stream_->read_some(into);
  if (over_) co_return ended();
  if (!n || *n == 0) {
    finish();
    co_return ended();
  }
  heard_ = Clock::now();
  asked_ = 0;
  co_return *n;
}

Task<Result<frame::Head>> WebSocketCore::next_head() {
  while (true) {
    const auto head = frame::read({in_.data() + begin_, end_ - begin_}, side_ == Side::server);
    if (!head) co_return co_await refuse(head.error(), "malformed frame");
    if (head->size > 0) {
      begin_ += head->size;
      co_return *head;
    }
    const bool filled = end_ == in_.size();
    if (begin_ > 0) {
      std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (filled) in_.resize(std::clamp(in_.size() * 2, kLeastReadBytes, kReadBytes));
    CO_TRY(n, co_await fill({in_.data() + end_, in_.size() - end_}));
    end_ += n;
  }
}

Task<Result<void>> WebSocketCore::payload(const frame::Head& head, std::string& into) {
  for (std::uint64_t done = 0; done < head.length;) {
    const std::size_t at = into.size();
    const auto left = static_cast<std::size_t>(head.length - done);
    std::size_t got = std::min(left, end_ - begin_);
    if (got > 0) {
      into.append(in_.data() + begin_, got);
      begin_ += got;
    } else {
      into.resize(at + std::min(left, std::max(kGrowth, at)));
      CO_TRY(n, co_await fill({into.data() + at, into.size() - at}));
      into.resize(at + n);
      got = n;
    }
    if (head.masked) frame::unmask(into.data() + at, got, head.mask, done);
    done += got;
  }
  co_return Result<void>();
}

Task<Result<Message>> WebSocketCore::read() {
  check(!reading_, "two coroutines read one WebSocket");
  reading_ = true;
  heard_ = Clock::now();
  asked_ = 0;
  const OnExit done([this] {
    reading_ = false;
    changed_.cancel();
  });
  co_return co_await next_message();
}

Task<Result<Message>> WebSocketCore::next_message() {
  Message message;
  bool started = false;
  while (true) {
    if (over_) co_return ended();
    CO_TRY(head, co_await next_head());
    if (head.op >= frame::Op::close) {
      CO_CHECK(co_await control(head));
      continue;
    }
    if ((head.op == frame::Op::more) != started) co_return co_await refuse(close_code::protocol_error, "bad continuation");
    if (head.length > max_message_ - message.data.size()) co_return co_await refuse(close_code::too_big, "message too big");
    if (!started) message.text = head.op == frame::Op::text;
    started = true;
    CO_CHECK(co_await payload(head, message.data));
    if (!head.final) continue;
    if (message.text && !utf8::is_valid(message.data)) co_return co_await refuse(close_code::invalid_text, "text is not UTF-8");
    co_return message;
  }
}

Task<Result<void>> WebSocketCore::control(const frame::Head& head) {
  std::string body;
  CO_CHECK(co_await payload(head, body));
  if (head.op == frame::Op::close) co_return co_await closed_by_peer(body);
  // A flood of pings from a peer that reads nothing must not fill memory: then it gets no answer.
  if (head.op == frame::Op::ping && out_.size() < kHighWater && !close_sent_) {
    queue(frame::Op::pong, body);
    CO_CHECK(co_await flush());
  }
  co_return Result<void>();
}

Task<Result<void>> WebSocketCore::closed_by_peer(std::string_view body) {
  if (body.size() == 1) co_return co_await refuse(close_code::protocol_error, "malformed close");
  std::uint16_t code = close_code::none;
  if (body.size() >= 2) {
    code = static_cast<std::uint16_t>(static_cast<unsigned char>(body[0]) << 8 | static_cast<unsigned char>(body[1]));
    if (!frame::valid_close_code(code)) co_return co_await refuse(close_code::protocol_error, "bad close code");
    if (!utf8::is_valid(body.substr(2))) co_return co_await refuse(close_code::invalid_text, "close reason is not UTF-8");
    peer_reason_ = body.substr(2);
  }
  peer_code_ = code;
  close_received_ = true;
  if (!close_sent_) {
    queue_close(code == close_code::none ? close_code::normal : code, {});
    cut_after(kCloseLimit);
    co_await flush();
  }
  finish();
  co_return ended();
}

// Says why with a close frame, then reads on for a moment: closing over unread bytes would take the frame back.
Task<std::unexpected<Error>> WebSocketCore::refuse(std::uint16_t code, std::string_view why) {
  auto error =
      code == close_code::too_big ? fail(Code::too_large, "The message is too big.") : fail(Code::bad_gateway, "The other side broke the protocol.");
  error.error().why = why;
  queue_close(code, why);
  cut_after(kDrainLimit);
  if (co_await flush() && co_await stream_->shutdown_send()) {
    std::string scratch(kReadBytes, '\0');
    for (std::size_t seen = 0; seen < kDrainMost && !over_;) {
      const auto n = co_await stream_->read_some(scratch);
      if (!n || *n == 0) break;
      seen += *n;
    }
  }
  finish();
  co_return error;
}

// --- writing

void WebSocketCore::queue(frame::Op op, std::string_view payload) {
  const bool masked = side_ == Side::client;
  frame::append(out_, op, payload, masked, masked ? frame::new_mask() : 0);
}

void WebSocketCore::queue_close(std::uint16_t code, std::string_view reason) {
  if (close_sent_ || over_) return;
  close_sent_ = true;
  std::string body{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  reason = reason.substr(0, 123);
  while (!utf8::is_valid(reason)) reason.remove_suffix(1);
  queue(frame::Op::close, body.append(reason));
}

// One coroutine writes at a time; what others queue meanwhile it takes along. `head` and `payload` go first.
Task<Result<void>> WebSocketCore::flush(std::string_view head, std::string_view payload) {
  if (flushing_) co_return Result<void>();
  flushing_ = true;
  bool whole = false;
  const OnExit done([&] {
    flushing_ = false;
    if (!whole) finish();  // a frame was cut short: nothing can follow it
    changed_.cancel();
  });
  if (!head.empty()) CO_CHECK(co_await put(head, payload));
  while (!out_.empty() && !over_) {
    std::swap(out_, sending_);
    CO_CHECK(co_await put({}, sending_));
    sending_.clear();
    if (sending_.capacity() > kHighWater) text::let_go(sending_);
    changed_.cancel();
  }
  whole = true;
  if (over_) co_return ended();
  co_return Result<void>();
}

// Piece by piece, so that a slow peer is told from one that takes nothing.
Task<Result<void>> WebSocketCore::put(std::string_view bytes, std::string_view more) {
  const OnExit done([this] { writing_since_ = Clock::time_point::max(); });
  do {
    const auto now = more.substr(0, kPiece);
    writing_since_ = Clock::now();
    const auto written = co_await stream_->write(bytes, now);
    if (over_) co_return ended();
    if (!written) co_return written;
    bytes = {};
    more.remove_prefix(now.size());
  } while (!more.empty());
  co_return Result<void>();
}

Task<Result<void>> WebSocketCore::send(frame::Op op, std::string_view payload) {
  if (over_ || close_sent_) co_return ended();
  if (side_ == Side::server && payload.size() >= kUncopied && !flushing_ && out_.empty()) {
    std::string head;
    frame::append(head, op, payload, false, 0, true);
    co_return co_await flush(head, payload);
  }
  queue(op, payload);
  while (flushing_ && out_.size() > kHighWater && !over_) co_await changed_.async_wait(aio::tuple);
  if (over_) co_return ended();
  co_return co_await flush();
}

Task<void> WebSocketCore::close(std::uint16_t code, std::string_view reason) {
  if (over_) co_return;
  queue_close(code, reason);
  cut_after(kCloseLimit);
  co_await flush();
  // Whoever reads sees the peer's answer; with nobody there it is read here and what comes before it is dropped.
  // Both may close at once: each looks anew whether the other reads.
  while (!over_) {
    if (reading_)
      co_await changed_.async_wait(aio::tuple);
    else
      co_await read();
  }
}

// --- keeping alive

// Now and then, so that a busy socket does not pay for it each time: what a burst needed is not kept until the next one.
void WebSocketCore::rest() {
  for (auto* const kept : {&out_, &sending_})
    if (!flushing_ && kept->empty() && kept->capacity() > kUncopied) text::let_go(*kept);
}

Task<void> WebSocketCore::ping() {
  rest();
  if (out_.size() >= kHighWater || close_sent_) co_return;
  queue(frame::Op::ping, {});
  if (++asked_ == 2) asked_twice_ = Clock::now();
  if (!flushing_) co_await aio::with_deadline(kPingLimit, "The other side takes nothing.", flush());
}

// Silence counts only while somebody listens: a reader held up by a slow consumer hears no pong either. And only after two questions,
// each with its time for an answer: a process that stood still has asked nothing meanwhile, and the answer to what it asked before
// may lie unread.
WebSocketCore::Clock::time_point WebSocketCore::dead_at() const {
  const auto never = Clock::time_point::max();
  const auto deaf = writing_since_ == never ? never : writing_since_ + dead_after_;
  const bool asked = reading_ && asked_ >= 2;
  return std::min(deaf, asked ? std::max(heard_ + dead_after_, asked_twice_ + ping_every_) : never);
}

Task<void> WebSocketCore::listen(std::shared_ptr<WebSocketCore> core) {
  if (!co_await core->read()) co_return;
  co_await core->close(close_code::protocol_error, "this stream takes no messages");
}

Task<void> WebSocketCore::keep_alive(std::shared_ptr<WebSocketCore> core) {
  const OnExit done([&] { core->finish(); });
  auto next_ping = Clock::now() + core->ping_every_;
  while (!core->over_) {
    core->pause_.expires_at(std::min({next_ping, core->dead_at(), core->cut_at_}));
    co_await core->pause_.async_wait(aio::tuple);
    const auto state = co_await asio::this_coro::cancellation_state;
    if (core->over_ || state.cancelled() != asio::cancellation_type::none) co_return;
    const auto now = Clock::now();
    core->silent_ = now >= core->dead_at();
    if (core->silent_ || now >= core->cut_at_) co_return;
    if (now < next_ping) continue;
    next_ping = now + core->ping_every_;
    co_await core->ping();
  }
}

Task<void> WebSocketCore::go_away(std::shared_ptr<WebSocketCore> core) {
  if (core->over_) co_return;
  core->queue_close(close_code::restart, "The server is shutting down.");
  core->cut_after(kCloseLimit);
  co_await core->flush();
}

// --- the handle

WebSocket::WebSocket(std::shared_ptr<WebSocketCore> core) : core_(std::move(core)) {}
WebSocket::~WebSocket() { core_->cut(); }

Task<Result<Message>> WebSocket::read() { return core_->read(); }
Task<Result<void>> WebSocket::write_text(std::string_view text) { return core_->send(frame::Op::text, text); }
Task<Result<void>> WebSocket::write_binary(std::string_view bytes) { return core_->send(frame::Op::binary, bytes); }
Task<void> WebSocket::close(std::uint16_t code, std::string_view reason) { return core_->close(code, reason); }
void WebSocket::cut() noexcept { core_->cut(); }
void WebSocket::on_end(std::function<void()> told) { core_->on_end(std::move(told)); }
std::uint16_t WebSocket::close_code() const { return core_->peer_code(); }
const std::string& WebSocket::close_reason() const { return core_->peer_reason(); }
const std::string& WebSocket::subprotocol() const { return core_->subprotocol(); }

}  // namespace slipway::net
