#include "net/connection.hpp"

#include "aio/task.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "net/websocket_core.hpp"

namespace slipway::net {

namespace {

constexpr std::size_t kSkipMost = 64 * 1024;  // of a body no handler read, to keep the connection
constexpr std::size_t kLingerMost = 256 * 1024;
constexpr std::size_t kIdleBuffer = 512;  // of the last answer's head, kept while the next request is awaited
constexpr Milliseconds kLingerLimit{1000}, kSkipLimit{5000};
constexpr Milliseconds kBodyPoll{250};
constexpr Milliseconds kMoment{200};  // how long a request runs before anybody looks whether its caller is still there

std::string message_json(std::string_view message) { return R"({"message":")" + std::string(message) + R"("})"; }

Response plain_answer(int status, std::string_view message) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json; charset=utf-8");
  response.body = message_json(message);
  return response;
}

}  // namespace

Connection::Connection(ServerLoop& home, asio::cancellation_signal& own, std::unique_ptr<Stream> stream, Peer peer, bool tls, const Handler& handler,
                       const ServerLimits& limits)
    : home_(home),
      own_(own),
      stream_(std::move(stream)),
      handler_(handler),
      limits_(limits),
      in_({.header_bytes = limits.header_bytes, .header_count = limits.header_count, .target_bytes = limits.target_bytes}) {
  request_.peer = std::move(peer);
  request_.tls = tls;
  home_.join(*this);
}

Connection::~Connection() { home_.leave(*this); }

void Connection::expire(std::chrono::steady_clock::time_point now) {
  if (watched_from_ != kNever && !lookout_ && now >= std::min(watched_from_ + kMoment, watched_until_)) {
    lookout_ = std::make_unique<aio::Nursery>(home_.executor(), 1);
    lookout_->start([](Connection* self) { return self->look_out(); }, this);
  }
  if (now < due_ || !stream_) return;
  timed_out_ = true;
  stream_->close();
}

void Connection::watch(Milliseconds limit, std::function<Task<void>()> beside) {
  const auto now = std::chrono::steady_clock::now();
  watched_until_ = now + limit;
  if (watched_from_ != kNever) return;
  watched_from_ = now;
  beside_ = std::move(beside);
}

Task<Cut> Connection::look_once() {
  using namespace asio::experimental::awaitable_operators;
  auto late = [](Connection* self) -> Task<void> {
    for (auto until = kNever; until != self->watched_until_;) {
      until = self->watched_until_;
      co_await aio::sleep(std::max(std::chrono::ceil<Milliseconds>(until - std::chrono::steady_clock::now()), Milliseconds(0)));
    }
  };
  if (!beside_) {
    const auto ended = co_await (caller_left() || late(this));
    co_return ended.index() == 0 ? Cut::caller_left : Cut::too_late;
  }
  const auto ended = co_await (caller_left() || late(this) || beside_());
  co_return ended.index() == 0 ? Cut::caller_left : ended.index() == 1 ? Cut::too_late : Cut::ended;
}

// Beside the handler, once that has run for a while.
Task<void> Connection::look_out() {
  cut_ = co_await look_once();
  own_.emit(asio::cancellation_type::terminal);
}

Task<Cut> Connection::unwatch() {
  watched_from_ = watched_until_ = kNever;
  if (!lookout_) {
    beside_ = nullptr;
    co_return Cut::none;
  }
  const auto state = co_await asio::this_coro::cancellation_state;
  const bool cancelled = state.cancelled() != asio::cancellation_type::none;
  co_await lookout_->stop();
  lookout_.reset();
  beside_ = nullptr;
  co_await asio::this_coro::reset_cancellation_state();
  const auto cut = std::exchange(cut_, Cut::none);
  if (cancelled && cut == Cut::none) throw boost::system::system_error(asio::error::operation_aborted);  // the server ends us
  co_return cut;
}

void Connection::drain() {
  if (idle_ && stream_) stream_->close();
  if (auto socket = socket_.lock()) home_.background().start(WebSocketCore::go_away, std::move(socket));
  if (auto told = std::exchange(on_stop_, nullptr)) told();
}

void Connection::on_stop(std::function<void()> told) {
  if (home_.draining() && told) return told();
  on_stop_ = std::move(told);
}

Task<void> Connection::run() {
  try {
    co_await serve_all();
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::operation_aborted) log::error("a connection failed", {{"why", error.what()}});
  } catch (const std::exception& error) {
    log::error("a connection failed", {{"why", error.what()}});
  }
  if (stream_) stream_->close();
}

Task<void> Connection::serve_all() {
  due_in(limits_.header_timeout);
  while (co_await read_head() == Next::request) {
    if (co_await answer() == Next::end) break;
    in_.trim();
    if (in_.has_bytes()) continue;
    if (out_.capacity() > kIdleBuffer) text::let_go(out_);
    due_in(limits_.idle_timeout);
  }
  if (stream_ && !broken_ && !taken_ && !timed_out_) co_await stream_->shutdown_send();
}

Task<Connection::Next> Connection::read_head() {
  bool started = false;
  while (true) {
    const auto whole = in_.request(request_);
    if (!whole) {
      co_await refuse(whole.error());
      co_return Next::end;
    }
    if (*whole) break;
    if (in_.has_bytes() && !started) {
      started = true;
      due_in(limits_.header_timeout);
    }
    if (!started && home_.draining()) co_return Next::end;
    idle_ = !started;
    const auto n = co_await in_.fill(*stream_);
    idle_ = false;
    if (!n || *n == 0) {
      broken_ = !n;
      co_return Next::end;
    }
    if (first_ && request_.tls && speaks_http2(*stream_)) {
      taken_ = true;
      http2_ = with_prefix(in_.take_rest(), std::move(stream_));
      co_return Next::end;
    }
    first_ = false;
  }
  never_due();
  body_due_ = kNever;
  answer_ = Answer::none;
  patience_ = Milliseconds(0);
  keep_ = in_.keep_alive();
  no_body_ = request_.method == "HEAD";
  if (const auto& received = home_.manners().received) received(request_);
  expects_continue_ = request_.minor_version == 1 && !in_.body_done() && iequals(request_.headers.get("Expect"), "100-continue");
  co_return Next::request;
}

Task<Connection::Next> Connection::answer() {
  co_await call_handler();
  if (taken_ || broken_ || timed_out_) co_return Next::end;
  if (answer_ == Answer::none) co_await send(plain_answer(500, "An internal error occurred."));
  if (answer_ == Answer::begun || broken_) {
    broken_ = true;  // half an answer: end without the final chunk, so that nobody takes it for whole
    co_return Next::end;
  }
  if (!keep_ || home_.draining()) {
    if (!in_.body_done()) co_await linger();
    co_return Next::end;
  }
  co_return co_await skip_body();
}

// The panic barrier: whatever a handler throws ends its request, never the connection's loop.
Task<void> Connection::call_handler() {
  Exchange exchange(*this);
  std::string failure;
  co_await asio::this_coro::reset_cancellation_state();  // whatever the last one did to it
  try {
    co_await handler_(exchange);
    if (answer_ == Answer::none && !broken_ && !taken_) failure = "the handler gave no answer";
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    failure = error.what();
  } catch (const std::exception& error) {
    failure = error.what();
  }
  if (!failure.empty()) log::error("a request failed", {{"method", request_.method}, {"path", std::string(request_.path)}, {"why", failure}});
}

Task<Connection::Next> Connection::skip_body() {
  if (in_.body_done()) co_return Next::request;
  // Whoever waits for "100 Continue" will send nothing now.
  if (expects_continue_) co_return Next::end;
  std::string scratch(8 * 1024, '\0');
  body_due_ = std::chrono::steady_clock::now() + kSkipLimit;
  for (std::size_t seen = 0; seen <= kSkipMost;) {
    const auto n = co_await read_some(scratch);
    if (!n) co_return Next::end;
    if (*n == 0) co_return Next::request;
    seen += *n;
  }
  co_await linger();
  co_return Next::end;
}

Task<void> Connection::refuse(Reject reject) {
  answer_ = Answer::none;
  keep_ = false;
  no_body_ = false;
  request_.minor_version = 1;
  co_await send(plain_answer(reject.status, "The request could not be understood: " + std::string(reject.why) + "."));
  co_await linger();
}

// Closing over unread bytes makes the kernel reset the connection, and the peer may lose the answer: read on a little.
Task<void> Connection::linger() {
  if (broken_) co_return;
  broken_ = true;
  due_in(kLingerLimit);
  if (!co_await stream_->shutdown_send()) co_return;
  std::string scratch(8 * 1024, '\0');
  for (std::size_t seen = 0; seen < kLingerMost;) {
    const auto n = co_await stream_->read_some(scratch);
    if (!n || *n == 0) break;
    seen += *n;
  }
}

Error Connection::lost(Error error) const {
  if (timed_out_) return {.code = Code::timed_out, .say = "The connection was too slow.", .where = error.where};
  if (error.code == Code::invalid) return error;
  error.code = Code::cancelled;
  return error;
}

Task<Result<std::size_t>> Connection::read_some(std::span<char> into) {
  if (in_.body_done()) co_return std::size_t{0};
  if (broken_) co_return fail(Code::cancelled, "The connection was closed.");
  const bool waits = std::exchange(expects_continue_, false) && !in_.has_bytes() && answer_ == Answer::none;
  if (waits) CO_CHECK(co_await put("HTTP/1.1 100 Continue\r\n\r\n"));
  due_in(patience_ > Milliseconds(0) ? patience_ : limits_.body_timeout);
  due_ = std::min(due_, body_due_);
  auto n = co_await in_.body(*stream_, into);
  never_due();
  if (n) co_return *n;
  keep_ = false;
  // Who is cancelled has not been left, and may have an answer to give yet.
  const auto state = co_await asio::this_coro::cancellation_state;
  const bool left = timed_out_ || state.cancelled() == asio::cancellation_type::none;
  broken_ = broken_ || (left && n.error().code != Code::invalid);
  co_return std::unexpected(lost(std::move(n).error()));
}

Task<void> Connection::caller_left() {
  constexpr std::size_t kMostPipelined = 64 * 1024;
  // Before that, whoever reads the body sees it leave.
  while (!in_.body_done() && !broken_ && !taken_) co_await aio::sleep(kBodyPoll);
  while (!broken_ && !taken_ && in_.buffered() < kMostPipelined) {
    const auto n = co_await in_.fill(*stream_);
    // Who is cancelled has not been left: returning would say so.
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) throw boost::system::system_error(asio::error::operation_aborted);
    broken_ = !n || *n == 0;
  }
  if (broken_) co_return;
  asio::steady_timer never(home_.executor(), asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::use_awaitable);
}

Task<Result<std::string>> Connection::body(std::size_t limit) {
  const auto announced = in_.body_length();
  std::string whole;
  if (announced.value_or(0) > limit) {
    keep_ = false;
    co_return fail(Code::too_large, "The request body is too large.", fmt::format("At most {} bytes are accepted.", limit));
  }
  constexpr std::size_t kPiece = 64 * 1024;
  // One byte past the limit is room enough to notice that there is more.
  const std::uint64_t most = announced.value_or(std::uint64_t{limit} + 1);
  const auto began = std::chrono::steady_clock::now();
  while (!in_.body_done()) {
    const std::size_t at = whole.size();
    // A body that trickles has an end, unless its handler is patient.
    if (limits_.body_rate > 0 && patience_ == Milliseconds(0)) body_due_ = began + limits_.body_timeout + Milliseconds(at * 1000 / limits_.body_rate);
    whole.resize(static_cast<std::size_t>(std::min<std::uint64_t>(at + kPiece, most)));
    CO_TRY(n, co_await read_some({whole.data() + at, whole.size() - at}));
    whole.resize(at + n);
    if (n == 0) break;
    if (whole.size() > limit) {
      keep_ = false;
      co_return fail(Code::too_large, "The request body is too large.", fmt::format("At most {} bytes are accepted.", limit));
    }
  }
  co_return whole;
}

}  // namespace slipway::net
