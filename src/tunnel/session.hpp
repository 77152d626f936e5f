// The control plane's end of an agent's tunnel: HTTP/2 inside one WebSocket with the roles turned round, so this is the
// client. Made when an agent's WebSocket is accepted; lives until run() has returned and its streams are gone.
// home: own thread (the executor given). Another loop uses it only through aio::on(session->home(), ...), and takes the
// streams it gets through tunnel::across (across.hpp). Hold it by shared_ptr across such a hop.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/result.hpp"
#include "tunnel/limits.hpp"
#include "tunnel/transport.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::net {
class Stream;
struct Response;
}  // namespace slipway::net

namespace slipway::tunnel {

class Http2;
using HeaderList = std::vector<std::pair<std::string, std::string>>;  // names in lower case

class Session {
 public:
  Session(asio::any_io_executor home, std::unique_ptr<Transport> transport, Limits limits = {});
  ~Session();  // run() has returned, or was never called
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Carries the tunnel until it ends: ok after stop() or the agent's orderly goodbye, else why it broke. Cancelling it
  // ends the session. Every stream has failed when it returns.
  Task<Result<void>> run();
  // Tells the agent goodbye (GOAWAY), fails all streams, and waits until run() is through. Idempotent.
  Task<void> stop();
  // Returns when the session has ended. Any number may wait.
  Task<void> closed();
  bool is_open() const;

  // A stream to localhost:`port` inside the workspace. When as many are open as may be, it waits for one to end, behind those who came
  // before. Errors: bad_gateway with the agent's reason (refused, no such port), too_many, timed_out, unavailable when the session has ended.
  Task<Result<std::unique_ptr<net::Stream>>> connect(std::uint16_t port);
  // A stream by RFC 8441: `protocol` is "pty", "ssh" or "measure"; `path` and `headers` are what the agent's handler reads.
  Task<Result<std::unique_ptr<net::Stream>>> open(std::string protocol, std::string path, HeaderList headers = {});
  // One question to the agent's own small API, whole answer; its status may be any.
  Task<Result<net::Response>> request(std::string method, std::string path, HeaderList headers = {}, std::string body = {});

  // Round trip of one HTTP/2 ping made now. Errors: timed_out, unavailable.
  Task<Result<std::chrono::microseconds>> ping();
  // Round trip of the latest ping, made now or by the keep-alive; zero before the first.
  std::chrono::microseconds latency() const;
  std::size_t streams() const;
  asio::any_io_executor home() const;

 private:
  std::shared_ptr<Http2> http2_;
};

}  // namespace slipway::tunnel
