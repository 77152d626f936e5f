// What a tunnel runs over: whole messages, in order, each way. Slicing carries no meaning; the bytes are one stream.
// home: the tunnel's thread. One read and one write may be under way at a time.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/result.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace slipway::net {
class WebSocket;
}

namespace slipway::tunnel {

// What the control plane closes an agent's tunnel with when another one comes with the same token.
inline constexpr std::string_view kReplaced = "replaced by a newer connection";

class Transport {
 public:
  virtual ~Transport() = default;
  // The next message. Errors: Code::gone when the peer closed in good order, Code::bad_gateway when the wire broke.
  virtual Task<Result<std::string>> read() = 0;
  // Returns once the message is on its way; slow when the peer is slow.
  virtual Task<Result<void>> write(std::string message) = 0;
  // Says goodbye within a short limit. Neither read nor write is under way when it is called.
  virtual Task<void> close() = 0;
};

// How a WebSocket is closed when the tunnel over it has ended; without it, in good order and without words.
using Goodbye = std::function<Task<void>(net::WebSocket&)>;
// A WebSocket as a transport, one binary message each.
std::unique_ptr<Transport> over_websocket(std::shared_ptr<net::WebSocket> socket, Goodbye goodbye = {});

}  // namespace slipway::tunnel
