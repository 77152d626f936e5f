// The agent's end of its tunnel: the HTTP/2 server. It dispatches what the control plane asks to the handlers given.
// Made by the agent after it dialled; lives until run() has returned. home: own thread (the executor given).
#pragma once

#include "aio/task_fwd.hpp"
#include "base/result.hpp"
#include "tunnel/limits.hpp"
#include "tunnel/session.hpp"
#include "tunnel/transport.hpp"

#include <functional>
#include <memory>

namespace slipway::tunnel {

class Channel;

// An extended CONNECT waiting for an answer. Dropped without one, it is refused with 500.
class Opening {
 public:
  explicit Opening(std::shared_ptr<Channel> channel);
  ~Opening();
  Opening(Opening&&) noexcept;
  Opening& operator=(Opening&&) noexcept;

  const std::string& protocol() const;
  const std::string& path() const;
  const HeaderList& headers() const;
  std::string_view header(std::string_view lower_case_name) const;  // empty when absent

  // Answers 200 and gives the stream. Once.
  std::unique_ptr<net::Stream> accept();
  // Answers `status` with `reason` as its text. Once.
  void refuse(int status, std::string reason);

 private:
  std::shared_ptr<Channel> channel_;
};

struct AgentRequest {
  std::string method;
  std::string path;  // with its query
  HeaderList headers;
  std::string body;
};

// Each runs as a coroutine of its own, cancelled when its stream or the session ends.
struct Handlers {
  // CONNECT localhost:port: dials and gives what it dialled; the acceptor splices the two.
  std::function<Task<Result<std::unique_ptr<net::Stream>>>(std::uint16_t port)> connect;
  // Extended CONNECT; runs for as long as it serves the stream.
  std::function<Task<void>(Opening)> open;
  std::function<Task<net::Response>(AgentRequest)> request;
};

class Acceptor {
 public:
  Acceptor(asio::any_io_executor home, std::unique_ptr<Transport> transport, Handlers handlers, Limits limits = {});
  ~Acceptor();  // run() has returned, or was never called
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  // Serves until the tunnel ends: ok after stop() or the control plane's orderly goodbye, else why it broke.
  Task<Result<void>> run();
  Task<void> stop();
  Task<void> closed();
  bool is_open() const;
  std::chrono::microseconds latency() const;
  std::size_t streams() const;

 private:
  std::shared_ptr<Http2> http2_;
};

}  // namespace slipway::tunnel
