// A WebSocket (RFC 6455) over any stream, either side. Answers pings, pings on its own, and gives up on a peer that has
// been silent for too long. One coroutine reads; any number may write. home: own thread.
#pragma once

#include "base/clock.hpp"
#include "net/headers.hpp"
#include "net/stream.hpp"

#include <functional>

namespace slipway::net {

namespace close_code {
inline constexpr std::uint16_t normal = 1000, going_away = 1001, protocol_error = 1002, unsupported = 1003, none = 1005, abnormal = 1006,
                               invalid_text = 1007, policy = 1008, too_big = 1009, internal = 1011, restart = 1012, try_again = 1013;
}

struct Message {
  bool text = false;
  std::string data;
};

// Pings come more often than reverse proxies give up on a silent connection: nginx after 60 s, HAProxy as Debian sets it up after 50.
struct WebSocketOptions {
  std::size_t max_message = 4 << 20;
  Milliseconds ping_every{15000};
  Milliseconds dead_after{30000};         // nothing received for so long while read() waits, or nothing taken of what is written: gone
  bool one_way = false;                   // server: the client sends nothing, and is read here; who does breaks the protocol
  std::vector<std::string> subprotocols;  // acceptable (server) or offered (client), best first
  // Server: exact origins ("https://host[:port]") allowed besides the request's own. A request without Origin is no
  // browser's and passes; any other is refused with 403.
  std::vector<std::string> origins;
  Headers headers;  // server: added to the 101 answer
};

class WebSocketCore;

class WebSocket {
 public:
  explicit WebSocket(std::shared_ptr<WebSocketCore> core);
  ~WebSocket();  // cuts the connection if close() has not ended it
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;

  // The next whole message. Code::gone once the socket has closed in good order (then see close_code()), Code::bad_gateway
  // when it broke, Code::timed_out when the peer fell silent.
  Task<Result<Message>> read();
  // Return when the frame is queued and little lies before it; a slow peer makes them wait.
  Task<Result<void>> write_text(std::string_view text);
  Task<Result<void>> write_binary(std::string_view bytes);
  // Sends the close frame, waits up to five seconds for the peer's, closes the stream. Idempotent.
  Task<void> close(std::uint16_t code = close_code::normal, std::string_view reason = {});

  // Ends it at once, without a close frame; a pending read or write ends with an error.
  void cut() noexcept;

  // Called once, on the socket's loop, when it has ended, whoever ended it; at once if it has. Null forgets it.
  void on_end(std::function<void()> told);

  // What the peer closed with: close_code::none without a code, close_code::abnormal when it never said.
  std::uint16_t close_code() const;
  const std::string& close_reason() const;
  const std::string& subprotocol() const;

 private:
  std::shared_ptr<WebSocketCore> core_;
};

}  // namespace slipway::net
