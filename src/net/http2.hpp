// Inside net only: one HTTP/2 connection (RFC 9113) of a browser. Each of its streams is a request of HTTP/1.1 in memory, served by a
// Connection like any other: so the one reading of a message, the limits and the time limits of requests are the same here. This side
// keeps what only a connection with many requests needs. home: own thread.
#pragma once

#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "net/http1.hpp"
#include "net/server_loop.hpp"

#include <map>

struct nghttp2_session;

namespace slipway::net {

// One stream, from its head to its end. Lives as long as either nghttp2 or the coroutine that serves it knows it.
struct Http2Request {
  explicit Http2Request(const aio::Executor& home, std::int32_t stream) : id(stream), arrived(home), sent(home) {}

  std::int32_t id;
  std::string method, path, authority, cookie;
  Headers fields, trailers;
  std::size_t head_bytes = 0, head_count = 0;
  bool head_done = false;

  std::string body;        // arrived, and not yet passed on
  bool body_done = false;  // the peer has sent its last byte
  bool unwanted = false;   // nobody reads the rest of it
  std::string out;         // of the answer, not yet taken by the peer
  std::size_t out_taken = 0;
  bool out_done = false;  // all of the answer is in `out`
  bool ended = false;     // our last frame is out
  bool served = false;    // its Connection has ended
  bool gone = false;      // the stream is no more: reset by either side, or complete
  Headers answer_trailers;
  Http1* server = nullptr;  // while it is served
  aio::Event arrived, sent;

  std::size_t unsent() const { return out.size() - out_taken; }
};

class Http2Connection final : public Seated {
 public:
  Http2Connection(ServerLoop& home, std::unique_ptr<Stream> stream, Peer peer, const Handler& handler, const ServerLimits& limits);
  ~Http2Connection() override;
  Http2Connection(const Http2Connection&) = delete;
  Http2Connection& operator=(const Http2Connection&) = delete;

  // Serves until the peer leaves, breaks a rule or is too slow, or the server stops. Throws nothing.
  Task<void> run();

  void expire(std::chrono::steady_clock::time_point now) override;
  void drain() override;

 private:
  struct Wire;
  using RequestPtr = std::shared_ptr<Http2Request>;
  using Time = std::chrono::steady_clock::time_point;
  static constexpr auto kNever = Time::max();

  Task<void> read_all();
  static Task<void> write_loop(Http2Connection* self);
  Task<Result<bool>> write_some();  // false: there was nothing to write
  static Task<void> serve(Http2Connection* self, RequestPtr request);
  Task<void> serve_by(Http2Request& request, Http1& server);
  Task<void> pass_body(Http2Request& request, Http1& server);
  Task<void> pass_answer(Http2Request& request, Http1& server);
  Task<void> pass_answer_body(Http2Request& request, Http1& server);
  Task<void> stay_until_taken(Http2Request& request);

  void welcome();
  // A Connection of its own for one request: our end of it. Null when the server is full.
  std::unique_ptr<Stream> open_inner(RequestPtr request);
  void lost(const Http2Request& request, bool unanswered);
  void taken(const Http2Request& request, std::size_t count);  // of its body
  void more(const Http2Request& request);                      // of its answer
  void respond(Http2Request& request, int status, const Headers& headers, bool empty);
  void reset(const Http2Request& request, std::uint32_t code);
  void forget(Http2Request& request);
  void end();
  bool quiet() const;

  ServerLoop& home_;
  std::unique_ptr<Stream> stream_;
  Peer peer_;
  const Handler& handler_;
  const ServerLimits& limits_;
  nghttp2_session* wire_ = nullptr;
  std::map<std::int32_t, RequestPtr> requests_;
  std::vector<RequestPtr> arrivals_;  // since the last look: nghttp2 is not called back into
  aio::Nursery children_;
  aio::Event wake_writer_;
  std::shared_ptr<std::size_t> running_ = std::make_shared<std::size_t>(0);  // requests, also of streams that are gone
  std::size_t idle_frames_ = 0;                                              // since something was asked or answered
  Time idle_due_, head_due_ = kNever, write_due_ = kNever, end_due_ = kNever;
  bool greeted_ = false, draining_ = false, ended_ = false;
};

}  // namespace slipway::net
