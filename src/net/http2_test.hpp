// For tests of HTTP/2: a server's connection in memory, and nghttp2 as the browser at its other end.
#pragma once

#include "aio/loops.hpp"
#include "net/http2.hpp"
#include "net/pipe.hpp"

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <map>

namespace slipway::net::testing {

struct Told {
  std::map<std::string, std::string> headers, trailers;
  std::vector<int> interim;
  std::string body;
  std::uint32_t error = 0;
  bool closed = false;
  int status() const { return headers.contains(":status") ? std::stoi(headers.at(":status")) : 0; }
};

using Fields = std::vector<std::pair<std::string, std::string>>;

class Browser {
 public:
  explicit Browser(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {
    nghttp2_session_callbacks* calls = nullptr;
    nghttp2_session_callbacks_new(&calls);
    nghttp2_session_callbacks_set_on_header_callback(calls, header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, data);
    nghttp2_session_callbacks_set_on_stream_close_callback(calls, closed);
    nghttp2_session_callbacks_set_on_frame_recv_callback(calls, frame);
    nghttp2_option* options = nullptr;
    nghttp2_option_new(&options);
    nghttp2_option_set_no_auto_window_update(options, 1);
    // What a browser would not send is sent, too.
    nghttp2_option_set_no_http_messaging(options, 1);
    nghttp2_session_client_new2(&session_, calls, this, options);
    nghttp2_option_del(options);
    nghttp2_session_callbacks_del(calls);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  ~Browser() { nghttp2_session_del(session_); }

  std::int32_t ask(Fields fields, std::optional<std::string> body = {}) {
    std::vector<nghttp2_nv> wire;
    for (auto& [name, value] : fields)
      wire.push_back({reinterpret_cast<std::uint8_t*>(name.data()), reinterpret_cast<std::uint8_t*>(value.data()), name.size(), value.size(), 0});
    nghttp2_data_provider source{.source = {}, .read_callback = read};
    const auto id = nghttp2_submit_request(session_, nullptr, wire.data(), wire.size(), body ? &source : nullptr, nullptr);
    if (body) bodies_[id] = *body;
    told[id];
    return id;
  }
  std::int32_t get(std::string path) { return ask({{":method", "GET"}, {":scheme", "https"}, {":authority", "x"}, {":path", std::move(path)}}); }
  // A body whose end is yet to come.
  void hold(std::int32_t id) { held_.insert({id, true}); }
  void more(std::int32_t id, std::string piece, bool last) {
    bodies_[id] += piece;
    if (last) held_.erase(id);
    nghttp2_session_resume_data(session_, id);
  }
  void reset(std::int32_t id) { nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL); }
  void ping() { nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr); }

  // Talks until `enough` holds or the server has closed: false.
  template <class F>
  Task<bool> until(F enough) {
    std::string bytes(16 * 1024, '\0');
    while (true) {
      co_await flush();
      if (enough()) co_return true;
      const auto n = co_await stream_->read_some(bytes);
      if (!n || *n == 0) co_return enough();
      nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), *n);
    }
  }
  // Talks until the server has closed.
  Task<void> closed() {
    const auto never = [] { return false; };
    (void)co_await until(never);
  }
  Task<Told> whole(std::int32_t id) {
    const auto is_whole = [&] { return told[id].closed; };
    EXPECT_TRUE(co_await until(is_whole));
    co_return told[id];
  }
  Task<void> flush() {
    const std::uint8_t* bytes = nullptr;
    while (const auto size = nghttp2_session_mem_send(session_, &bytes)) {
      if (size < 0) co_return;
      const std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
      if (!co_await stream_->write(out)) co_return;
    }
  }
  Task<void> raw(std::string bytes) { (void)co_await stream_->write(bytes); }

  std::map<std::int32_t, Told> told;
  std::optional<std::uint32_t> goaway;
  bool takes = true;  // hands back its windows

 private:
  static Browser& self(void* user) { return *static_cast<Browser*>(user); }
  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                    std::size_t value_size, std::uint8_t, void* user) {
    auto& told = self(user).told[frame->hd.stream_id];
    const std::string key(reinterpret_cast<const char*>(name), name_size), text(reinterpret_cast<const char*>(value), value_size);
    if (key == ":status" && text.starts_with('1'))
      told.interim.push_back(std::stoi(text));
    else
      (told.body.empty() || !told.headers.contains(":status") ? told.headers : told.trailers)[key] = text;
    return 0;
  }
  static int data(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size, void* user) {
    self(user).told[id].body.append(reinterpret_cast<const char*>(bytes), size);
    if (self(user).takes) nghttp2_session_consume(session, id, size);
    return 0;
  }
  static int closed(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
    self(user).told[id].closed = true;
    self(user).told[id].error = code;
    return 0;
  }
  static int frame(nghttp2_session*, const nghttp2_frame* got, void* user) {
    if (got->hd.type == NGHTTP2_GOAWAY) self(user).goaway = got->goaway.error_code;
    return 0;
  }
  static ssize_t read(nghttp2_session*, std::int32_t id, std::uint8_t* into, std::size_t room, std::uint32_t* flags, nghttp2_data_source*,
                      void* user) {
    auto& body = self(user).bodies_[id];
    const auto count = std::min(room, body.size());
    if (count == 0 && self(user).held_.contains(id)) return NGHTTP2_ERR_DEFERRED;
    std::copy_n(body.data(), count, reinterpret_cast<char*>(into));
    body.erase(0, count);
    if (body.empty() && !self(user).held_.contains(id)) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  }

  std::unique_ptr<Stream> stream_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, std::string> bodies_;
  std::map<std::int32_t, bool> held_;
};

}  // namespace slipway::net::testing
