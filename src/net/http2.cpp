#include "net/http2.hpp"

#include "base/check.hpp"
#include "base/log.hpp"

#include <nghttp2/nghttp2.h>

namespace slipway::net {

namespace {

constexpr std::uint32_t kStreams = 100;                  // at once, as the peer is told
constexpr std::size_t kServing = 2 * kStreams;           // with those whose peer has gone and whose handler has not ended yet
constexpr std::uint32_t kStreamWindow = 256 * 1024;      // of a request's body that nobody has read
constexpr std::int32_t kWindow = 1024 * 1024;            // of all bodies together
constexpr std::size_t kMessage = 64 * 1024;              // written at once
constexpr std::size_t kIdleFrames = 10'000;              // settings, pings and the like that lead to nothing
constexpr std::uint64_t kResets = 200, kResetRate = 50;  // at once, and each second: a page that is left resets what it had asked for
constexpr Milliseconds kLinger{1000};

std::string_view text_of(const std::uint8_t* bytes, std::size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }

}  // namespace

// nghttp2 calls these while it is fed or asked for output; none of them calls back into either.
struct Http2Connection::Wire {
  static Http2Connection& self(void* user) { return *static_cast<Http2Connection*>(user); }
  static Http2Request* request(void* user, std::int32_t id) {
    const auto found = self(user).requests_.find(id);
    return found == self(user).requests_.end() ? nullptr : found->second.get();
  }

  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    auto& connection = self(user);
    connection.head_due_ = std::chrono::steady_clock::now() + connection.limits_.header_timeout;
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST)
      connection.requests_.emplace(frame->hd.stream_id, std::make_shared<Http2Request>(connection.home_.executor(), frame->hd.stream_id));
    return 0;
  }

  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name_bytes, std::size_t name_size,
                    const std::uint8_t* value_bytes, std::size_t value_size, std::uint8_t, void* user) {
    Http2Request* to = request(user, frame->hd.stream_id);
    if (!to) return 0;
    to->head_bytes += name_size + value_size + 32;
    ++to->head_count;
    const auto& limits = self(user).limits_;
    // What is too much is not kept; the status says so once the head is whole.
    if (to->head_bytes > limits.header_bytes || to->head_count > limits.header_count + 8) return 0;
    const auto name = text_of(name_bytes, name_size), value = text_of(value_bytes, value_size);
    if (to->head_done)
      to->trailers.add(name, value);
    else if (name == ":method")
      to->method = value;
    else if (name == ":path")
      to->path = value;
    else if (name == ":authority")
      to->authority = value;
    else if (name == "cookie")
      to->cookie.append(to->cookie.empty() ? "" : "; ").append(value);  // sent in crumbs (RFC 9113 §8.2.3)
    else if (!name.starts_with(':'))
      to->fields.add(name, value);
    return 0;
  }

  static int data(nghttp2_session* wire, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size, void* user) {
    self(user).idle_frames_ = 0;
    Http2Request* to = request(user, id);
    if (!to || to->unwanted) {
      nghttp2_session_consume(wire, id, size);
      return 0;
    }
    to->body.append(text_of(bytes, size));
    to->arrived.notify();
    return 0;
  }

  static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    auto& connection = self(user);
    if (frame->hd.type == NGHTTP2_SETTINGS && !std::exchange(connection.greeted_, true))
      connection.idle_due_ = std::chrono::steady_clock::now() + connection.limits_.idle_timeout;
    if (++connection.idle_frames_ > kIdleFrames) nghttp2_session_terminate_session(connection.wire_, NGHTTP2_ENHANCE_YOUR_CALM);
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
    const auto found = connection.requests_.find(frame->hd.stream_id);
    if (frame->hd.type == NGHTTP2_HEADERS) connection.head_due_ = kNever;
    if (found == connection.requests_.end()) return 0;
    Http2Request& to = *found->second;
    if (frame->hd.type == NGHTTP2_HEADERS && !std::exchange(to.head_done, true)) {
      connection.idle_frames_ = 0;
      connection.arrivals_.push_back(found->second);
    }
    if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
      to.body_done = true;
      to.arrived.notify();
    }
    return 0;
  }

  static int frame_sent(nghttp2_session* wire, const nghttp2_frame* frame, void* user) {
    if (!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM) || (frame->hd.type != NGHTTP2_DATA && frame->hd.type != NGHTTP2_HEADERS)) return 0;
    if (Http2Request* of = request(user, frame->hd.stream_id)) {
      of->ended = true;
      // Answered before the request was whole: the peer need not send the rest (RFC 9113 §8.1).
      if (!of->body_done) nghttp2_submit_rst_stream(wire, NGHTTP2_FLAG_NONE, of->id, NGHTTP2_NO_ERROR);
      of->sent.notify();
    }
    return 0;
  }

  static ssize_t read_out(nghttp2_session* wire, std::int32_t id, std::uint8_t* into, std::size_t room, std::uint32_t* flags, nghttp2_data_source*,
                          void* user) {
    Http2Request* of = request(user, id);
    if (!of) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    const std::size_t count = std::min(room, of->unsent());
    if (count == 0 && !of->out_done) return NGHTTP2_ERR_DEFERRED;
    std::copy_n(of->out.data() + of->out_taken, count, reinterpret_cast<char*>(into));
    of->out_taken += count;
    if (of->unsent() == 0) {
      of->out.clear();
      of->out_taken = 0;
      if (of->out_done) *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (of->out_done && !of->answer_trailers.empty()) send_trailers(wire, *of, flags);
    }
    self(user).idle_frames_ = 0;
    of->sent.notify();
    return static_cast<ssize_t>(count);
  }

  static void send_trailers(nghttp2_session* wire, const Http2Request& of, std::uint32_t* flags) {
    const auto fields = to_wire(of.answer_trailers);
    if (nghttp2_submit_trailer(wire, of.id, fields.data(), fields.size()) == 0) *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  }

  static int stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
    const auto found = self(user).requests_.find(id);
    if (found == self(user).requests_.end()) return 0;
    const auto request = std::move(found->second);
    self(user).requests_.erase(found);
    if (!request->head_done) self(user).head_due_ = kNever;
    self(user).forget(*request);
    return 0;
  }

  // nghttp2 writes names in lower case, and copies all of it.
  static std::vector<nghttp2_nv> to_wire(const Headers& headers) {
    std::vector<nghttp2_nv> fields;
    fields.reserve(headers.size() + 1);
    for (std::size_t i = 0; i < headers.size(); ++i) fields.push_back(field(headers.at(i).first, headers.at(i).second));
    return fields;
  }
  static nghttp2_nv field(std::string_view name, std::string_view value) {
    const auto bytes = [](std::string_view text) { return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data())); };
    // What is in no table of either side is compared with nothing.
    const bool secret = iequals(name, "Set-Cookie");
    return {bytes(name), bytes(value), name.size(), value.size(),
            static_cast<std::uint8_t>(secret ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE)};
  }

  static nghttp2_session* make(Http2Connection& connection) {
    nghttp2_session_callbacks* calls = nullptr;
    nghttp2_option* options = nullptr;
    check(nghttp2_session_callbacks_new(&calls) == 0 && nghttp2_option_new(&options) == 0, "nghttp2 is out of memory");
    nghttp2_session_callbacks_set_on_begin_headers_callback(calls, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(calls, header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(calls, frame_received);
    nghttp2_session_callbacks_set_on_frame_send_callback(calls, frame_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(calls, stream_closed);
    nghttp2_option_set_no_auto_window_update(options, 1);
    nghttp2_option_set_no_closed_streams(options, 1);
    nghttp2_option_set_stream_reset_rate_limit(options, kResets, kResetRate);
    nghttp2_session* wire = nullptr;
    const int made = nghttp2_session_server_new2(&wire, calls, &connection, options);
    nghttp2_option_del(options);
    nghttp2_session_callbacks_del(calls);
    check(made == 0, "nghttp2 is out of memory");
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kStreams},
                                               {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
                                               {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, connection.limits_.header_bytes}};
    nghttp2_submit_settings(wire, NGHTTP2_FLAG_NONE, settings, std::size(settings));
    nghttp2_session_set_local_window_size(wire, NGHTTP2_FLAG_NONE, 0, kWindow);
    return wire;
  }
};

Http2Connection::Http2Connection(ServerLoop& home, std::unique_ptr<Stream> stream, Peer peer, const Handler& handler, const ServerLimits& limits)
    : home_(home),
      stream_(std::move(stream)),
      peer_(std::move(peer)),
      handler_(handler),
      limits_(limits),
      children_(home.executor(), kServing + 1),
      wake_writer_(home.executor()),
      idle_due_(std::chrono::steady_clock::now() + limits.header_timeout) {
  wire_ = Wire::make(*this);
  home_.join(*this);
}

Http2Connection::~Http2Connection() {
  home_.leave(*this);
  nghttp2_session_del(wire_);
}

Task<void> Http2Connection::run() {
  if (home_.draining()) drain();
  children_.start(write_loop, this);
  try {
    co_await read_all();
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::operation_aborted) log::error("a connection failed", {{"why", error.what()}});
  } catch (const std::exception& error) {
    log::error("a connection failed", {{"why", error.what()}});
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  end();
  co_await children_.stop();
}

Task<void> Http2Connection::read_all() {
  std::string bytes(16 * 1024, '\0');
  while (!ended_) {
    const auto n = co_await stream_->read_some(bytes);
    if (!n || *n == 0) co_return;
    if (end_due_ != kNever) continue;  // all is said; what still comes is read so that the last answer is not lost
    const auto fed = nghttp2_session_mem_recv(wire_, reinterpret_cast<const std::uint8_t*>(bytes.data()), *n);
    // What it refuses it has a GOAWAY for, but for a peer that floods it or speaks something else.
    if (fed < 0) co_return;
    welcome();
    wake_writer_.notify();
  }
}

void Http2Connection::welcome() {
  for (auto& request : std::exchange(arrivals_, {})) {
    if (request->gone) continue;
    if (*running_ >= kServing || !children_.start(serve, this, request)) reset(*request, NGHTTP2_REFUSED_STREAM);
  }
  if (!requests_.empty()) idle_due_ = kNever;
}

Task<void> Http2Connection::write_loop(Http2Connection* self) {
  while (!self->ended_) {
    const auto wrote = co_await self->write_some();
    if (!wrote) {
      self->end();
      co_return;
    }
    if (*wrote) continue;
    if (self->quiet() && self->end_due_ == kNever) {
      self->end_due_ = std::chrono::steady_clock::now() + kLinger;
      if (!co_await self->stream_->shutdown_send()) self->end();
      co_return;
    }
    co_await self->wake_writer_.wait();
  }
}

Task<Result<bool>> Http2Connection::write_some() {
  std::string out;
  while (out.size() < kMessage) {
    const std::uint8_t* bytes = nullptr;
    const auto size = nghttp2_session_mem_send(wire_, &bytes);
    if (size < 0) co_return fail(Code::bad_gateway, "The connection was lost. Try again.", nghttp2_strerror(static_cast<int>(size)));
    if (size == 0) break;
    out.append(text_of(bytes, static_cast<std::size_t>(size)));
  }
  if (out.empty()) co_return false;
  write_due_ = std::chrono::steady_clock::now() + limits_.write_timeout;
  CO_CHECK(co_await stream_->write(out));
  write_due_ = kNever;
  co_return true;
}

bool Http2Connection::quiet() const { return !nghttp2_session_want_read(wire_) && !nghttp2_session_want_write(wire_); }

void Http2Connection::respond(Http2Request& request, int status, const Headers& headers, bool empty) {
  if (request.gone) return;
  const auto number = std::to_string(status);
  auto fields = Wire::to_wire(headers);
  fields.insert(fields.begin(), Wire::field(":status", number));
  if (status < 200) {
    nghttp2_submit_headers(wire_, NGHTTP2_FLAG_NONE, request.id, nullptr, fields.data(), fields.size(), nullptr);
  } else {
    nghttp2_data_provider body{.source = {}, .read_callback = Wire::read_out};
    nghttp2_submit_response(wire_, request.id, fields.data(), fields.size(), empty ? nullptr : &body);
  }
  wake_writer_.notify();
}

void Http2Connection::reset(const Http2Request& request, std::uint32_t code) {
  if (request.gone) return;
  nghttp2_submit_rst_stream(wire_, NGHTTP2_FLAG_NONE, request.id, code);
  wake_writer_.notify();
}

// An answer that does not come, or not whole. What was not begun may be asked for again (RFC 9113 §8.7).
void Http2Connection::lost(const Http2Request& request, bool unanswered) {
  const bool again = unanswered && draining_ && (request.method == "GET" || request.method == "HEAD");
  reset(request, again ? NGHTTP2_REFUSED_STREAM : NGHTTP2_INTERNAL_ERROR);
}

void Http2Connection::taken(const Http2Request& request, std::size_t count) {
  if (ended_) return;
  if (request.gone)
    nghttp2_session_consume_connection(wire_, count);
  else
    nghttp2_session_consume(wire_, request.id, count);
  wake_writer_.notify();
}

void Http2Connection::more(const Http2Request& request) {
  if (request.gone) return;
  nghttp2_session_resume_data(wire_, request.id);
  wake_writer_.notify();
}

// The stream is no more: who serves it finds its caller gone, as one whose connection has closed.
void Http2Connection::forget(Http2Request& request) {
  request.gone = true;
  if (request.server && !request.ended) request.server->close();
  request.arrived.notify();
  request.sent.notify();
  if (requests_.empty()) idle_due_ = std::chrono::steady_clock::now() + limits_.idle_timeout;
}

void Http2Connection::end() {
  if (std::exchange(ended_, true)) return;
  for (const auto& [id, request] : std::exchange(requests_, {})) forget(*request);
  stream_->close();
  wake_writer_.notify();
}

void Http2Connection::expire(Time now) {
  if (ended_ || now < std::min({idle_due_, head_due_, write_due_, end_due_})) return;
  // Nobody leaves in here: the reader finds its stream closed.
  stream_->close();
}

// What was begun goes on; the peer asks for the rest elsewhere.
void Http2Connection::drain() {
  if (std::exchange(draining_, true) || ended_) return;
  nghttp2_submit_goaway(wire_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(wire_), NGHTTP2_NO_ERROR, nullptr, 0);
  wake_writer_.notify();
}

}  // namespace slipway::net
