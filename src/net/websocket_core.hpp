// Inside net only: what a WebSocket shares with its keep-alive coroutine. home: own thread.
#pragma once

#include "net/inbound.hpp"
#include "net/websocket.hpp"
#include "net/websocket_frame.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace slipway::net {

enum class Side { server, client };

class WebSocketCore {
 public:
  WebSocketCore(const asio::any_io_executor& home, std::unique_ptr<Stream> stream, Side side, const WebSocketOptions& options,
                std::string subprotocol);

  Task<Result<Message>> read();
  Task<Result<void>> send(frame::Op op, std::string_view payload);
  Task<void> close(std::uint16_t code, std::string_view reason);
  void cut() noexcept;
  void on_end(std::function<void()> told);

  std::uint16_t peer_code() const { return peer_code_; }
  const std::string& peer_reason() const { return peer_reason_; }
  const std::string& subprotocol() const { return subprotocol_; }

  // Pings and watches until the socket has ended. Owned by the nursery of whoever made the socket.
  static Task<void> keep_alive(std::shared_ptr<WebSocketCore> core);
  // Of a socket on which only we speak: reads until it ends.
  static Task<void> listen(std::shared_ptr<WebSocketCore> core);
  // Server shutdown: tells the peer to come again and leaves the handler to end.
  static Task<void> go_away(std::shared_ptr<WebSocketCore> core);

 private:
  using Clock = std::chrono::steady_clock;

  Task<Result<Message>> next_message();
  Task<Result<frame::Head>> next_head();
  Task<Result<std::size_t>> fill(std::span<char> into);
  Task<Result<void>> payload(const frame::Head& head, std::string& into);
  Task<Result<void>> control(const frame::Head& head);
  Task<Result<void>> closed_by_peer(std::string_view payload);
  Task<std::unexpected<Error>> refuse(std::uint16_t code, std::string_view why);
  Task<Result<void>> flush(std::string_view head = {}, std::string_view payload = {});
  Task<Result<void>> put(std::string_view bytes, std::string_view more = {});
  void rest();
  Task<void> ping();
  std::unexpected<Error> ended() const;
  void queue(frame::Op op, std::string_view payload);
  void queue_close(std::uint16_t code, std::string_view reason);
  void cut_after(Milliseconds limit);
  Clock::time_point dead_at() const;
  void finish() noexcept;

  std::unique_ptr<Stream> stream_;
  Side side_;
  std::size_t max_message_;
  Milliseconds ping_every_, dead_after_;
  std::string subprotocol_;

  std::string in_;
  std::size_t begin_ = 0, end_ = 0;
  std::string out_, sending_;
  bool flushing_ = false, reading_ = false;
  bool close_sent_ = false, close_received_ = false, over_ = false, silent_ = false;
  std::uint16_t peer_code_ = close_code::abnormal;
  std::string peer_reason_;
  Clock::time_point heard_ = Clock::now();
  int asked_ = 0;                                               // pings since something was heard
  Clock::time_point asked_twice_;                               // the second of them
  Clock::time_point writing_since_ = Clock::time_point::max();  // of the piece that the peer has not taken yet
  std::function<void()> on_end_;
  Clock::time_point cut_at_ = Clock::time_point::max();
  asio::steady_timer pause_;    // keep_alive's sleep
  asio::steady_timer changed_;  // wakes writers that wait for room and a close() that waits for the reader
};

}  // namespace slipway::net
