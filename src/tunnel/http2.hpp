// Inside the tunnel: one HTTP/2 connection over a Transport, for both roles, and its streams. Session and Acceptor are thin
// above it; nothing outside this folder includes it. home: own thread.
// Memory: a stream holds at most its window unread - and the window grows only while its reader keeps up - and copies nothing that it sends; an idle connection holds what nghttp2
// needs and three sleeping coroutines.
#pragma once

#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "aio/task.hpp"
#include "net/stream.hpp"
#include "tunnel/limits.hpp"
#include "tunnel/session.hpp"

#include <list>

struct nghttp2_session;

namespace slipway::tunnel {

class Http2;
class SessionMemory;

// One HTTP/2 stream. It outlives the connection: then every use of it answers with the reason.
class Channel : public std::enable_shared_from_this<Channel> {
 public:
  Channel(Http2& http2, std::int32_t id);

  // The peer's header block; empty until complete.
  const HeaderList& head() const { return head_; }
  std::string_view header(std::string_view name) const;
  int status() const;

  // Waits for the head. Errors: timed_out, and why the stream failed.
  Task<Result<void>> head_arrives(Milliseconds limit);
  // As net::Stream. One reader and one writer at a time.
  Task<Result<std::size_t>> read_some(std::span<char> into);
  Task<Result<void>> write(std::string_view bytes, std::string_view more = {});
  // Reads to the end. Errors: too_large beyond `limit`.
  Task<Result<std::string>> read_all(std::size_t limit);
  // Ends our direction once what was written is out.
  void finish();
  // Nobody wants this stream any more: resets it unless both directions are through.
  void abandon();
  // Server: sends the head of an answer whose body is written afterwards; or a whole answer, which goes out also when the
  // stream is abandoned next.
  void answer(int status, const HeaderList& headers);
  void answer(int status, const HeaderList& headers, std::string body);
  bool answered() const { return answered_; }

 private:
  friend class Http2;

  void arrived(std::string_view data);
  void fail(Error reason);
  std::size_t take(std::span<char> into);
  void consumed(std::size_t count);
  std::size_t unsent() const { return pending_.size() + more_.size(); }
  void move_out(std::string& out, std::size_t count);

  Http2* http2_;  // null once the stream or the connection is over
  std::int32_t id_;
  HeaderList head_;
  std::size_t head_bytes_ = 0;
  bool head_done_ = false, peer_done_ = false, fin_ = false, fin_sent_ = false, answered_ = false, abandoned_ = false;
  std::optional<Error> failed_;
  std::string inbox_;
  std::size_t inbox_start_ = 0;
  std::span<char> waiting_;  // the reader's own buffer, while it waits
  std::size_t filled_ = 0;
  std::string_view pending_, more_;  // the writer's own bytes, while it waits, or whole_
  std::string whole_;
  std::uint32_t window_;
  std::size_t read_in_window_ = 0;
  std::chrono::steady_clock::time_point window_since_ = std::chrono::steady_clock::now();
  aio::Event readable_, writable_;
};

// What the rest of the program sees of a Channel. Destroying it abandons the stream.
class ChannelStream final : public net::Stream {
 public:
  explicit ChannelStream(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}
  ~ChannelStream() override { channel_->abandon(); }
  Task<Result<std::size_t>> read_some(std::span<char> into) override { return channel_->read_some(into); }
  Task<Result<void>> write(std::string_view bytes, std::string_view more) override { return channel_->write(bytes, more); }
  Task<Result<void>> shutdown_send() override;
  void close() noexcept override { channel_->abandon(); }

 private:
  std::shared_ptr<Channel> channel_;
};

class Http2 {
 public:
  enum class Role { client, server };
  // Server: told of each request whose head is complete.
  using Arrival = std::function<void(Http2&, std::shared_ptr<Channel>)>;

  Http2(aio::Executor home, std::unique_ptr<Transport> transport, Limits limits, Role role, Arrival arrival = {});
  ~Http2();
  Http2(const Http2&) = delete;
  Http2& operator=(const Http2&) = delete;

  Task<Result<void>> run();
  Task<void> stop();
  Task<void> closed();
  bool is_open() const { return !ended_ && !draining_; }
  // Until the peer's settings are in. Errors: timed_out, unavailable.
  Task<Result<void>> ready();
  Task<Result<std::chrono::microseconds>> ping(Milliseconds limit);

  // Client: sends a request head as soon as the peer takes one more stream; who came first is first. `headers` outlive the call. Errors:
  // too_many when none ended in time, timed_out, unavailable.
  Task<Result<std::shared_ptr<Channel>>> open(const HeaderList& headers, bool has_body);
  // Runs a handler beside the connection; it is cancelled when the connection ends.
  template <class F, class... Args>
  bool start(F function, Args... arguments) {
    return children_.start(std::move(function), std::move(arguments)...);
  }

  const Limits& limits() const { return limits_; }
  const aio::Executor& home() const { return home_; }
  std::chrono::microseconds latency() const { return latency_; }
  std::size_t streams() const { return channels_.size(); }

 private:
  friend class Channel;
  struct Wire;  // nghttp2's callbacks
  struct Ping {
    std::uint64_t id;
    std::chrono::steady_clock::time_point sent;
    bool answered;
    aio::Event done;
  };
  struct Turn {
    explicit Turn(const aio::Executor& home) : news(home) {}
    aio::Event news;
    bool come = false;
  };

  Result<std::shared_ptr<Channel>> submit(const HeaderList& headers, bool has_body);
  bool is_full() const;
  void call_next();  // as many of those who wait as have room
  void send_away();  // all of them
  static Task<void> read_loop(Http2* self);
  static Task<void> write_loop(Http2* self);
  static Task<void> ping_loop(Http2* self);
  Result<void> receive(std::string_view bytes);
  void gather(std::string& out);
  bool quiet() const;  // nothing more to say or hear
  void end(std::optional<Error> why);
  void fail_channels();
  void resume(std::int32_t id);
  void consume(std::int32_t id, std::size_t count);
  // Lets the peer of that stream send more ahead; the new window, or the old one when that is enough for one session.
  std::uint32_t widen(std::int32_t id, std::uint32_t window);
  void reset(std::int32_t id);
  Error reason() const;

  aio::Executor home_;
  std::unique_ptr<Transport> transport_;
  Limits limits_;
  Arrival arrival_;
  std::unique_ptr<SessionMemory> memory_;  // of wire_
  nghttp2_session* wire_ = nullptr;
  std::unordered_map<std::int32_t, std::shared_ptr<Channel>> channels_;
  std::vector<std::shared_ptr<Channel>> arrivals_;
  std::list<std::shared_ptr<Turn>> turns_;  // of those who wait for a stream to end
  std::size_t called_ = 0;                  // whose turn has come, and whose streams are not open yet
  std::list<std::shared_ptr<Ping>> pings_;
  std::uint64_t next_ping_ = 1;
  std::string* out_ = nullptr;  // where nghttp2's output goes, while it is asked for some
  aio::Event wake_writer_, ended_event_;
  asio::steady_timer ready_timer_, closed_timer_;
  aio::Nursery children_;
  std::chrono::microseconds latency_{0};
  std::optional<Error> why_;
  bool started_ = false, ready_ = false, draining_ = false, ended_ = false, closed_ = false;
  std::uint32_t peer_error_ = 0;
  std::size_t widened_ = 0;  // by how much all windows together have grown
};

}  // namespace slipway::tunnel
