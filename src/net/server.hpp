// The HTTP server, HTTP/1.1 and over TLS HTTP/2: accepts on one loop, spreads connections over all; a connection stays on its loop for life and
// runs one request after another. Timeouts are swept twice a second, so they cost a request nothing but a store.
#pragma once

#include "base/clock.hpp"
#include "net/exchange.hpp"
#include "net/tls.hpp"

namespace slipway::aio {
class Loops;
}

namespace slipway::net {

struct ServerLimits {
  std::uint32_t header_bytes = 32 * 1024;
  std::uint32_t header_count = 100;
  std::uint32_t target_bytes = 8 * 1024;
  std::size_t connections_per_loop = 20000;
  std::size_t connections_per_address = 0;  // of all loops, an IPv6 network being one; 0: any number
  Milliseconds header_timeout{10000};       // from a request's first byte to the end of its head; and for the TLS handshake
  Milliseconds idle_timeout{120000};        // between requests
  Milliseconds body_timeout{30000};         // without a byte while a handler reads
  std::size_t body_rate = 1024;             // bytes a second that a whole body must come at, after body_timeout; 0: any
  Milliseconds write_timeout{30000};        // without progress while it writes
};

struct ServerOptions {
  std::string host = "127.0.0.1";  // an address, not a name
  std::uint16_t port = 0;          // 0: the system picks one
  std::optional<TlsServing> tls;
  ServerLimits limits;
  std::function<bool(std::string_view address)> trusted = {};  // addresses of whom any number of connections is taken: proxies
  std::function<void(Request&)> received = {};                 // may change a request before its handler sees it; any loop
  std::string transport_security = {};                         // Strict-Transport-Security of every answer; empty: none
};

class Server {
 public:
  Server(aio::Loops& loops, ServerOptions options, Handler handler);
  ~Server();  // stop() must have returned

  // Binds and starts accepting. Errors: Code::invalid for a bad address or certificate, Code::unavailable when taken.
  Result<void> start();
  std::uint16_t port() const;
  // Of a server that speaks TLS: what connections from now on are shown; open ones go on with what they have. Errors: Code::invalid, and
  // then nothing has changed. Any loop.
  Result<void> show(const TlsServing& tls);
  // Accepts no more, closes idle connections, tells WebSockets 1012, lets running requests end, cuts what is left
  // after `grace`. Callable from any loop; once.
  Task<void> stop(Milliseconds grace);
  std::size_t connections() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Serves one stream that is not a socket of a Server (a tunnel's, a test's) until it ends. The carrier keeps the time.
Task<void> serve(std::unique_ptr<Stream> stream, Peer peer, Handler handler, ServerLimits limits = {});

}  // namespace slipway::net
