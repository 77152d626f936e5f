#include "tunnel/http2.hpp"

#include "base/check.hpp"
#include "base/on_exit.hpp"
#include "tunnel/memory.hpp"

#include <nghttp2/nghttp2.h>

namespace slipway::tunnel {

namespace {

constexpr std::size_t kMessage = 64 * 1024;  // our side cuts its output into messages of about this size
constexpr Milliseconds kGoodbye{2'000};      // for a GOAWAY to get out
constexpr std::size_t kLoops = 16;           // more than there are of our own

Error lost(std::string why) {
  return Error{.code = Code::bad_gateway, .say = "The connection to the workspace's agent was lost.", .why = std::move(why)};
}
Error cut(std::uint32_t code) {
  return Error{.code = Code::bad_gateway,
               .say = "The stream to the workspace was cut off.",
               .why = fmt::format("HTTP/2 stream error: {}", nghttp2_http2_strerror(code))};
}

std::vector<nghttp2_nv> to_wire(const HeaderList& headers) {
  std::vector<nghttp2_nv> fields;
  fields.reserve(headers.size());
  const auto bytes = [](const std::string& text) { return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data())); };
  for (const auto& [name, value] : headers) fields.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  return fields;
}

}  // namespace

// nghttp2 calls these while it is fed (receive) or asked for output (gather); none of them calls back into either.
struct Http2::Wire {
  static Http2& self(void* user) { return *static_cast<Http2*>(user); }
  static Channel* channel(void* user, std::int32_t id) {
    const auto found = self(user).channels_.find(id);
    return found == self(user).channels_.end() ? nullptr : found->second.get();
  }

  static ssize_t send(nghttp2_session*, const std::uint8_t* data, std::size_t length, int, void* user) {
    std::string& out = *self(user).out_;
    if (out.size() >= kMessage) return NGHTTP2_ERR_WOULDBLOCK;
    out.append(reinterpret_cast<const char*>(data), length);
    return static_cast<ssize_t>(length);
  }

  static ssize_t read_source(nghttp2_session*, std::int32_t id, std::uint8_t*, std::size_t length, std::uint32_t* flags, nghttp2_data_source*,
                             void* user) {
    Channel* stream = channel(user, id);
    if (!stream) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    const std::size_t count = std::min(length, stream->unsent());
    if (count == 0 && !stream->fin_) return NGHTTP2_ERR_DEFERRED;
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (stream->fin_ && count == stream->unsent()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  }

  static int send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* head, std::size_t length, nghttp2_data_source*, void* user) {
    std::string& out = *self(user).out_;
    out.append(reinterpret_cast<const char*>(head), 9);
    if (Channel* stream = channel(user, frame->hd.stream_id)) stream->move_out(out, length);
    // PAUSE: this frame is out, and that is enough for one message.
    return out.size() >= kMessage ? NGHTTP2_ERR_PAUSE : 0;
  }

  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM) || (frame->hd.type != NGHTTP2_DATA && frame->hd.type != NGHTTP2_HEADERS)) return 0;
    if (Channel* stream = channel(user, frame->hd.stream_id)) {
      stream->fin_sent_ = true;
      if (stream->abandoned_ && !stream->peer_done_) self(user).reset(frame->hd.stream_id);
    }
    return 0;
  }

  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2& http2 = self(user);
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
      http2.channels_.emplace(frame->hd.stream_id, std::make_shared<Channel>(http2, frame->hd.stream_id));
    return 0;
  }

  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_length, const std::uint8_t* value,
                    std::size_t value_length, std::uint8_t, void* user) {
    Channel* stream = channel(user, frame->hd.stream_id);
    if (!stream) return 0;
    stream->head_bytes_ += name_length + value_length + 32;
    if (stream->head_bytes_ > self(user).limits_.header_bytes) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (!stream->head_done_)
      stream->head_.emplace_back(std::string(reinterpret_cast<const char*>(name), name_length),
                                 std::string(reinterpret_cast<const char*>(value), value_length));
    return 0;
  }

  static int data_chunk(nghttp2_session* wire, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t length, void* user) {
    // The connection's window is handed back on arrival, so that a stream nobody reads takes nothing from the others.
    nghttp2_session_consume_connection(wire, length);
    Channel* stream = channel(user, id);
    if (stream && !stream->abandoned_) stream->arrived({reinterpret_cast<const char*>(data), length});
    return 0;
  }

  static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2& http2 = self(user);
    switch (frame->hd.type) {
      case NGHTTP2_SETTINGS:
        if (!(frame->hd.flags & NGHTTP2_FLAG_ACK) && !std::exchange(http2.ready_, true)) http2.ready_timer_.cancel();
        break;
      case NGHTTP2_PING:
        if (frame->hd.flags & NGHTTP2_FLAG_ACK) pong(http2, frame->ping.opaque_data);
        break;
      case NGHTTP2_GOAWAY:
        http2.draining_ = true;
        http2.send_away();
        http2.peer_error_ = frame->goaway.error_code;
        break;
      case NGHTTP2_HEADERS:
      case NGHTTP2_DATA:
        if (const auto found = http2.channels_.find(frame->hd.stream_id); found != http2.channels_.end()) advance(http2, found->second, frame->hd);
        break;
      default: break;
    }
    return 0;
  }

  static void advance(Http2& http2, const std::shared_ptr<Channel>& stream, const nghttp2_frame_hd& frame) {
    if (frame.type == NGHTTP2_HEADERS && !stream->head_done_) {
      if (stream->status() >= 100 && stream->status() < 200) {
        stream->head_.clear();
        return;
      }
      stream->head_done_ = true;
      if (http2.arrival_) http2.arrivals_.push_back(stream);
    }
    if (frame.flags & NGHTTP2_FLAG_END_STREAM) stream->peer_done_ = true;
    stream->readable_.notify();
  }

  static void pong(Http2& http2, const std::uint8_t* opaque) {
    std::uint64_t id = 0;
    std::copy_n(opaque, sizeof id, reinterpret_cast<std::uint8_t*>(&id));
    for (const auto& ping : http2.pings_) {
      if (ping->id != id) continue;
      http2.latency_ = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - ping->sent);
      ping->answered = true;
      ping->done.notify();
    }
  }

  static int stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
    const auto found = self(user).channels_.find(id);
    if (found == self(user).channels_.end()) return 0;
    const auto stream = std::move(found->second);
    self(user).channels_.erase(found);
    self(user).call_next();
    stream->http2_ = nullptr;
    self(user).widened_ -= stream->window_ - self(user).limits_.stream_window;
    if (code != NGHTTP2_NO_ERROR || !stream->fin_sent_ || !stream->peer_done_) stream->fail(cut(code));
    stream->readable_.notify();
    stream->writable_.notify();
    return 0;
  }

  static nghttp2_session* make(Http2& http2, Role role) {
    nghttp2_session_callbacks* calls = nullptr;
    nghttp2_option* options = nullptr;
    check(nghttp2_session_callbacks_new(&calls) == 0 && nghttp2_option_new(&options) == 0, "nghttp2 is out of memory");
    nghttp2_session_callbacks_set_send_callback(calls, send);
    nghttp2_session_callbacks_set_send_data_callback(calls, send_data);
    nghttp2_session_callbacks_set_on_frame_send_callback(calls, frame_sent);
    nghttp2_session_callbacks_set_on_begin_headers_callback(calls, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(calls, header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, data_chunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(calls, frame_received);
    nghttp2_session_callbacks_set_on_stream_close_callback(calls, stream_closed);
    nghttp2_option_set_no_auto_window_update(options, 1);
    nghttp2_option_set_no_closed_streams(options, 1);
    nghttp2_option_set_max_deflate_dynamic_table_size(options, 0);
    nghttp2_option_set_peer_max_concurrent_streams(options, http2.limits_.streams);
    // A browser that goes away resets its stream; a thousand of them in a second are no attack on the workspace.
    nghttp2_option_set_stream_reset_rate_limit(options, 100'000, 10'000);
    nghttp2_session* wire = nullptr;
    nghttp2_mem memory = http2.memory_->calls();
    const int made = role == Role::client ? nghttp2_session_client_new3(&wire, calls, &http2, options, &memory)
                                          : nghttp2_session_server_new3(&wire, calls, &http2, options, &memory);
    nghttp2_option_del(options);
    nghttp2_session_callbacks_del(calls);
    check(made == 0, "nghttp2 is out of memory");
    return wire;
  }

  static void greet(Http2& http2, Role role) {
    const Limits& limits = http2.limits_;
    std::vector<nghttp2_settings_entry> settings{
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.stream_window},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.header_bytes},
        {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 0},
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, role == Role::server ? limits.streams : 0},
    };
    if (role == Role::server)
      settings.push_back({NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1});
    else
      settings.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
    nghttp2_submit_settings(http2.wire_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    nghttp2_session_set_local_window_size(http2.wire_, NGHTTP2_FLAG_NONE, 0, static_cast<std::int32_t>(limits.connection_window));
  }
};

Http2::Http2(aio::Executor home, std::unique_ptr<Transport> transport, Limits limits, Role role, Arrival arrival)
    : home_(std::move(home)),
      transport_(std::move(transport)),
      limits_(limits),
      arrival_(std::move(arrival)),
      memory_(std::make_unique<SessionMemory>()),
      wake_writer_(home_),
      ended_event_(home_),
      ready_timer_(home_, asio::steady_timer::time_point::max()),
      closed_timer_(home_, asio::steady_timer::time_point::max()),
      // As many again as may be open: handlers whose streams have gone, and who do not know it yet when others have come.
      children_(home_, 2 * limits.streams + kLoops) {
  wire_ = Wire::make(*this, role);
  Wire::greet(*this, role);
}

Http2::~Http2() {
  check(!started_ || closed_, "a tunnel was destroyed while it ran");
  ended_ = true;
  fail_channels();
  nghttp2_session_del(wire_);
}

Task<Result<void>> Http2::run() {
  check(!started_, "a tunnel runs once");
  started_ = true;
  if (!ended_) {
    ready_timer_.expires_after(limits_.handshake_limit);
    children_.start(&Http2::read_loop, this);
    children_.start(&Http2::write_loop, this);
    children_.start(&Http2::ping_loop, this);
    try {
      co_await ended_event_.wait();
    } catch (const boost::system::system_error&) {
      end(Error{.code = Code::cancelled, .say = "The tunnel was stopped."});
    }
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await children_.stop();
  co_await transport_->close();
  closed_ = true;
  closed_timer_.cancel();
  if (why_ && why_->code != Code::cancelled) co_return std::unexpected(*why_);
  co_return Result<void>();
}

Task<void> Http2::stop() {
  if (!started_) {
    started_ = closed_ = true;
    end({});
    closed_timer_.cancel();
    co_return;
  }
  if (!ended_) {
    draining_ = true;
    send_away();
    nghttp2_session_terminate_session(wire_, NGHTTP2_NO_ERROR);
    wake_writer_.notify();
    // A peer that takes nothing more does not hold us up.
    auto hurry = [](Http2* self) -> Task<void> {
      co_await aio::sleep(kGoodbye);
      self->end({});
    };
    children_.start(hurry, this);
  }
  co_await closed();
}

Task<void> Http2::closed() {
  while (!closed_) co_await closed_timer_.async_wait(aio::tuple);
}

Task<Result<void>> Http2::ready() {
  while (!ready_ && !ended_) {
    const auto [ec] = co_await ready_timer_.async_wait(aio::tuple);
    if (!ec && !ready_) co_return slipway::fail(Code::timed_out, "The workspace's agent did not answer in time.");
  }
  if (ended_ || draining_) co_return std::unexpected(reason());
  co_return Result<void>();
}

Task<Result<std::chrono::microseconds>> Http2::ping(Milliseconds limit) {
  if (ended_) co_return std::unexpected(reason());
  const auto mine = std::make_shared<Ping>(Ping{next_ping_++, std::chrono::steady_clock::now(), false, aio::Event(home_)});
  const OnExit listed([this, at = pings_.insert(pings_.end(), mine)] { pings_.erase(at); });
  std::array<std::uint8_t, sizeof mine->id> opaque{};
  std::copy_n(reinterpret_cast<const std::uint8_t*>(&mine->id), opaque.size(), opaque.begin());
  nghttp2_submit_ping(wire_, NGHTTP2_FLAG_NONE, opaque.data());
  wake_writer_.notify();
  co_await mine->done.wait_for(limit);
  if (mine->answered) co_return latency_;
  if (ended_) co_return std::unexpected(reason());
  co_return slipway::fail(Code::timed_out, "The workspace's agent did not answer in time.");
}

Task<Result<std::shared_ptr<Channel>>> Http2::open(const HeaderList& headers, bool has_body) {
  CO_CHECK(co_await ready());
  if (!is_full()) co_return submit(headers, has_body);
  const auto mine = std::make_shared<Turn>(home_);
  turns_.push_back(mine);
  const OnExit leave([this, mine] {
    if (!mine->come) return void(turns_.remove(mine));
    --called_;
    call_next();  // for a place that was not taken
  });
  co_await mine->news.wait_for(limits_.turn_limit);
  if (!mine->come && is_open()) co_return slipway::fail(Code::too_many, "Too many connections to this workspace are open; close some and try again.");
  co_return submit(headers, has_body);
}

bool Http2::is_full() const {
  const std::uint32_t theirs = nghttp2_session_get_remote_settings(wire_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  return channels_.size() + called_ >= std::min(limits_.streams, theirs);
}

void Http2::call_next() {
  while (!turns_.empty() && !is_full()) {
    const auto next = std::move(turns_.front());
    turns_.pop_front();
    next->come = true;
    ++called_;
    next->news.notify();
  }
}

void Http2::send_away() {
  for (const auto& turn : turns_) turn->news.notify();
}

Result<std::shared_ptr<Channel>> Http2::submit(const HeaderList& headers, bool has_body) {
  if (!is_open()) return std::unexpected(reason());
  const auto fields = to_wire(headers);
  nghttp2_data_provider body{.source = {}, .read_callback = Wire::read_source};
  const std::int32_t id = nghttp2_submit_request(wire_, nullptr, fields.data(), fields.size(), has_body ? &body : nullptr, nullptr);
  if (id < 0) {
    // All 2^30 ids are used up, or memory is: a new tunnel is the way on.
    end(lost(fmt::format("HTTP/2 request: {}", nghttp2_strerror(id))));
    return std::unexpected(reason());
  }
  auto channel = std::make_shared<Channel>(*this, id);
  channel->fin_ = !has_body;
  channels_.emplace(id, channel);
  wake_writer_.notify();
  return channel;
}

void Channel::answer(int status, const HeaderList& headers) {
  check(!std::exchange(answered_, true), "a tunnel request was answered twice");
  if (!http2_) return;
  HeaderList all{{":status", std::to_string(status)}};
  all.insert(all.end(), headers.begin(), headers.end());
  const auto fields = to_wire(all);
  nghttp2_data_provider body{.source = {}, .read_callback = Http2::Wire::read_source};
  const bool empty = fin_ && unsent() == 0;
  nghttp2_submit_response(http2_->wire_, id_, fields.data(), fields.size(), empty ? nullptr : &body);
  http2_->wake_writer_.notify();
}

void Channel::answer(int status, const HeaderList& headers, std::string body) {
  whole_ = std::move(body);
  pending_ = whole_;
  fin_ = true;
  answer(status, headers);
}

Task<void> Http2::read_loop(Http2* self) {
  while (!self->ended_) {
    auto message = co_await self->transport_->read();
    if (self->ended_) co_return;
    if (!message) {
      const bool orderly = message.error().code == Code::gone;
      if (orderly && self->draining_) co_return self->end({});
      co_return self->end(lost(orderly ? "the peer closed the tunnel" : message.error().why));
    }
    if (auto fed = self->receive(*message); !fed) co_return self->end(std::move(fed).error());
  }
}

Result<void> Http2::receive(std::string_view bytes) {
  const auto fed = nghttp2_session_mem_recv(wire_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (fed < 0) return std::unexpected(lost(fmt::format("HTTP/2: {}", nghttp2_strerror(static_cast<int>(fed)))));
  for (auto& channel : std::exchange(arrivals_, {})) arrival_(*this, std::move(channel));
  if (nghttp2_session_want_write(wire_) || quiet()) wake_writer_.notify();
  return {};
}

bool Http2::quiet() const { return !nghttp2_session_want_read(wire_) && !nghttp2_session_want_write(wire_); }

void Http2::gather(std::string& out) {
  out_ = &out;
  if (const int failed = nghttp2_session_send(wire_); failed != 0) end(lost(fmt::format("HTTP/2: {}", nghttp2_strerror(failed))));
  out_ = nullptr;
}

Task<void> Http2::write_loop(Http2* self) {
  while (!self->ended_) {
    std::string out;
    self->gather(out);
    if (out.empty()) {
      if (self->quiet()) {
        // After a GOAWAY of either side: ours for a peer that broke the protocol, or a wanted end.
        if (self->draining_ && self->peer_error_ == NGHTTP2_NO_ERROR) co_return self->end({});
        co_return self->end(lost(self->peer_error_ ? fmt::format("HTTP/2: the peer said {}", nghttp2_http2_strerror(self->peer_error_))
                                                   : "HTTP/2: the peer broke the protocol"));
      }
      co_await self->wake_writer_.wait();
      continue;
    }
    if (auto written = co_await self->transport_->write(std::move(out)); !written) co_return self->end(lost(written.error().why));
  }
}

Task<void> Http2::ping_loop(Http2* self) {
  if (auto ready = co_await self->ready(); !ready) co_return self->end(lost("no HTTP/2 settings from the peer in time"));
  while (!self->ended_) {
    if (auto pong = co_await self->ping(self->limits_.ping_limit); !pong) co_return self->end(lost("the peer did not answer a ping in time"));
    co_await aio::sleep(self->limits_.ping_every);
  }
}

void Http2::end(std::optional<Error> why) {
  if (std::exchange(ended_, true)) return;
  why_ = std::move(why);
  fail_channels();
  send_away();
  for (const auto& ping : pings_) ping->done.notify();
  ready_timer_.cancel();
  ended_event_.notify();
}

void Http2::fail_channels() {
  for (const auto& [id, channel] : std::exchange(channels_, {})) channel->fail(reason());
}

Error Http2::reason() const {
  if (why_ && why_->code != Code::cancelled) return *why_;
  return Error{.code = Code::unavailable, .say = "The workspace's agent is not connected."};
}

void Http2::resume(std::int32_t id) {
  nghttp2_session_resume_data(wire_, id);
  wake_writer_.notify();
}

void Http2::consume(std::int32_t id, std::size_t count) {
  nghttp2_session_consume_stream(wire_, id, count);
  if (nghttp2_session_want_write(wire_)) wake_writer_.notify();
}

std::uint32_t Http2::widen(std::int32_t id, std::uint32_t window) {
  const std::uint32_t wider = std::min(window * 2, limits_.widest_window);
  if (wider <= window || widened_ + (wider - window) > limits_.widened_together) return window;
  nghttp2_session_set_local_window_size(wire_, NGHTTP2_FLAG_NONE, id, static_cast<std::int32_t>(wider));
  widened_ += wider - window;
  return wider;
}

void Http2::reset(std::int32_t id) {
  nghttp2_submit_rst_stream(wire_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  wake_writer_.notify();
}

}  // namespace slipway::tunnel
