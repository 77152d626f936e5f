// Outbound HTTP and WebSocket for server, agent and CLI: names by c-ares, so that it works in a static program; a few
// idle connections kept per origin; redirects are answers like any other, never followed. home: own thread (the one it
// was made for: a server has one per loop); stop() must have returned before it goes.
#pragma once

#include "base/clock.hpp"
#include "net/http1.hpp"
#include "net/proxy.hpp"
#include "net/tls.hpp"
#include "net/websocket.hpp"

#include <functional>

namespace slipway::net {

// What a connection goes through on its way; each is told of as it begins. With a proxy the first two are about that, and `proxy` is
// what it does for us.
enum class Step { name, tcp, proxy, tls, http };

// Where a connection goes.
struct Endpoint {
  std::string address;  // textual
  std::uint16_t port = 0;
};
// The places to try for a host and port, in order; an error refuses to connect at all.
using Lookup = std::function<Task<Result<std::vector<Endpoint>>>(std::string host, std::uint16_t port)>;

struct ClientOptions {
  TlsTrust tls;
  Proxies proxies = {};  // none: everything goes straight
  std::function<void(Step)> on_step = {};
  std::string user_agent = "slipway";
  std::size_t max_response = 16 << 20;  // request() refuses a longer body with Code::too_large
  std::size_t idle_per_origin = 4;
  Milliseconds idle_for{60000};
  Milliseconds connect_timeout{10000};  // name, TCP, proxy and TLS together
  Lookup lookup = {};                   // instead of net::resolve: what it answers is what is dialled
};

class Client {
 public:
  explicit Client(asio::any_io_executor home, ClientOptions options = {});
  ~Client();

  // Errors: Code::invalid for the URL, Code::bad_gateway when the peer cannot be reached or breaks off,
  // Code::timed_out, Code::too_large. Any status is a success. Host, Content-Length and User-Agent are added.
  Task<Result<Response>> request(std::string method, std::string url, Headers headers, std::string body, Milliseconds deadline);
  // For bodies that are streamed: the head is sent, then the caller writes, reads the head and reads. No deadline but
  // the connect timeout; the connection is not kept.
  Task<Result<std::unique_ptr<Http1>>> open(std::string method, std::string url, Headers headers);
  // ws(s):// or http(s)://. When the server answers anything but 101, the error's detail is its body (at most 4 KiB)
  // and code follows the status: 401, 403, 404, 409, 410, others Code::bad_gateway; `why` is the status in digits.
  Task<Result<std::unique_ptr<WebSocket>>> connect_websocket(std::string url, Headers headers, WebSocketOptions options = {});
  // A plain stream to host:port, with TLS when asked; never by a proxy.
  Task<Result<std::unique_ptr<Stream>>> connect(std::string host, std::uint16_t port, bool tls);

  Task<void> stop();  // drops idle connections and WebSockets

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace slipway::net
