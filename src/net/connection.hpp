// Inside net only: one server connection, request after request. home: own thread.
#pragma once

#include "net/exchange.hpp"
#include "net/inbound.hpp"
#include "net/server.hpp"
#include "net/server_loop.hpp"

namespace slipway::net {

class Connection final : public Seated {
 public:
  // `own` cancels the coroutine that run() is awaited in.
  Connection(ServerLoop& home, asio::cancellation_signal& own, std::unique_ptr<Stream> stream, Peer peer, bool tls, const Handler& handler,
             const ServerLimits& limits);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Serves until the peer leaves, breaks a rule or is too slow. Throws nothing.
  Task<void> run();

  // After run(): the stream with what was read of it, when its ends have agreed on HTTP/2 instead; else null.
  std::unique_ptr<Stream> take_http2() { return std::move(http2_); }

  void expire(std::chrono::steady_clock::time_point now) override;
  void drain() override;

  // What Exchange offers.
  const Request& request() const { return request_; }
  const aio::Executor& home() const { return home_.executor(); }
  bool responded() const { return answer_ != Answer::none; }
  std::optional<std::uint64_t> body_length() const { return in_.body_length(); }
  const Headers& trailers() const { return in_.trailers(); }
  bool awaits_continue() const { return expects_continue_; }
  Task<Result<std::string>> body(std::size_t limit);
  Task<Result<std::size_t>> read_some(std::span<char> into);
  Task<void> caller_left();
  void watch(Milliseconds limit, std::function<Task<void>()> beside);
  Task<Cut> unwatch();
  Task<Result<void>> send(Response response);
  Task<Result<void>> begin(Response head);
  Task<Result<void>> write(std::string_view piece);
  Task<Result<void>> finish(Headers trailers);
  Task<Result<void>> interim(int status, Headers headers);
  void be_patient(Milliseconds limit) { patience_ = limit; }
  void on_stop(std::function<void()> told);
  bool wants_websocket() const;
  Task<Result<void>> judge_upgrade(const WebSocketOptions& options);
  Task<Result<std::unique_ptr<WebSocket>>> upgrade(WebSocketOptions options);
  Task<Result<std::unique_ptr<Stream>>> hijack(Response head);

 private:
  enum class Answer { none, begun, done };
  enum class Next { request, end };

  Task<void> serve_all();
  Task<Next> read_head();
  Task<Next> answer();
  Task<void> call_handler();
  Task<void> look_out();
  Task<Cut> look_once();
  Task<Next> skip_body();
  Task<void> refuse(Reject reject);
  Task<void> linger();
  Task<Result<void>> put(std::string_view bytes, std::string_view more = {});
  void start_head(const Response& response);
  void end_head(bool may_keep);
  std::unexpected<Error> too_much();
  Error lost(Error error) const;
  void due_in(Milliseconds limit) { due_ = std::chrono::steady_clock::now() + limit; }
  void never_due() { due_ = kNever; }

  static constexpr auto kNever = std::chrono::steady_clock::time_point::max();

  ServerLoop& home_;
  asio::cancellation_signal& own_;
  std::unique_ptr<Stream> stream_, http2_;
  const Handler& handler_;
  const ServerLimits& limits_;
  Inbound in_;
  Request request_;
  std::string out_;
  std::weak_ptr<WebSocketCore> socket_;
  std::function<void()> on_stop_;
  std::chrono::steady_clock::time_point due_ = kNever;
  std::chrono::steady_clock::time_point body_due_ = kNever;  // of a body that is wanted whole, or skipped
  std::chrono::steady_clock::time_point watched_from_ = kNever, watched_until_ = kNever;
  std::function<Task<void>()> beside_;     // what a watched handler is for
  std::unique_ptr<aio::Nursery> lookout_;  // of a request that takes long
  Milliseconds patience_{0};               // of this exchange, in place of the limits'; 0: theirs
  std::uint64_t owed_ = 0;                 // of an announced Content-Length
  Answer answer_ = Answer::none;
  Cut cut_ = Cut::none;
  bool first_ = true, idle_ = true, timed_out_ = false, broken_ = false, taken_ = false, keep_ = true;
  bool expects_continue_ = false, chunked_out_ = false, until_close_ = false, no_body_ = false;
};

}  // namespace slipway::net
