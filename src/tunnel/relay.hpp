// Streams between replicas: a server that does not hold an agent's tunnel opens one WebSocket per stream to the one that
// does, proves with the deployment's shared key that it is one of us, and both splice bytes, sealed whatever lies between them
// (decision 0026). `slipway ssh` uses the same stream over a WebSocket, unsealed: SSH does that. home: each object its own thread.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/stream.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace slipway::net {
class Client;
class Headers;
class WebSocket;
struct Response;
}  // namespace slipway::net

namespace slipway::tunnel {

class Session;

// What becomes of a stream's messages on the wire.
class Codec {
 public:
  virtual ~Codec() = default;
  virtual std::string wrap(std::string_view message) = 0;
  virtual Result<std::string> unwrap(std::string message) = 0;
};

// A byte stream over a WebSocket: binary messages are bytes, an empty binary message is the end of one direction.
class WebSocketStream final : public net::Stream {
 public:
  explicit WebSocketStream(std::unique_ptr<net::WebSocket> socket, std::unique_ptr<Codec> codec = nullptr);
  ~WebSocketStream() override;

  Task<Result<std::size_t>> read_some(std::span<char> into) override;
  Task<Result<void>> write(std::string_view bytes, std::string_view more = {}) override;
  Task<Result<void>> shutdown_send() override;
  void close() noexcept override;
  // Closes the socket in good order once all that was written is out. Without it, destroying the stream cuts it.
  Task<void> finish(std::uint16_t close_code = 1000);

 private:
  Task<Result<void>> say(std::string_view message);

  std::shared_ptr<net::WebSocket> socket_;  // also held by each operation under way
  std::unique_ptr<Codec> codec_;
  std::string inbox_;
  std::size_t inbox_start_ = 0;
  bool ended_ = false, closed_ = false;
};

struct Traffic {
  std::uint64_t there = 0;  // bytes from the first to the second
  std::uint64_t back = 0;
};
// Copies both ways until both directions have ended or one has failed; an end is passed on as an end (half-close), a
// failure closes both. Idle for any time is fine. Cancelling it closes both.
Task<Traffic> splice(net::Stream& first, net::Stream& second);

// What one replica asks of another about the agent whose tunnel that one holds.
struct RelayAsk {
  std::string agent;        // the agent's id
  std::string kind;         // "port", or an extended CONNECT's protocol ("pty", "ssh", "measure"), or "api"
  std::uint16_t port = 0;   // of kind "port"
  std::string path = {};    // of the others: what the agent's handler reads
  std::string method = {};  // of kind "api"
};
// "/api/v2/internal/relay/{agent}?kind=..." and back. Errors: invalid.
std::string relay_target(const RelayAsk& ask);
Result<RelayAsk> parse_relay(std::string_view target);

// Proof of the shared key: HMAC-SHA256 over the holder's address, the target, the second it was made in and a number that is used
// once; good for 60 seconds either way, and for one request. Any loop.
class RelayKey {
 public:
  explicit RelayKey(std::string key) : key_(std::move(key)) {}

  // `to` is the relay address of the server asked. The number used.
  std::string sign(net::Headers& headers, std::string_view to, std::string_view target, Time now) const;
  // `here` is this server's relay address. Compares in constant time. The number used. Errors: unauthenticated.
  Result<std::string> verify(const net::Headers& headers, std::string_view here, std::string_view target, Time now);
  // A key of 32 bytes for one use that both ends know and nobody else.
  std::string derive(std::string_view use, std::string_view numbers) const;

 private:
  bool first_use(const std::string& number, Time now);

  std::string key_;
  std::mutex mutex_;                  // used_ only
  std::map<std::string, Time> used_;  // numbers of proofs that may still be good
};

// Asking side: a stream is a GET that upgrades, a question of kind "api" a POST with its body. `base_url` is the holder's relay
// address (http or https). Errors: as Session::connect, and unauthenticated.
Task<Result<std::unique_ptr<net::Stream>>> relay_open(net::Client& client, std::string_view base_url, const RelayKey& key, RelayAsk ask, Time now);
Task<Result<net::Response>> relay_request(net::Client& client, std::string_view base_url, const RelayKey& key, RelayAsk ask, std::string body,
                                          Time now);

// Holding side, with what RelayKey::verify gave. First the stream (an error is answered before the upgrade), then, upgraded, the
// splice; for kind "api" just the answer, to the body as it came. All from any loop.
Task<Result<std::unique_ptr<net::Stream>>> relay_accept(std::shared_ptr<Session> session, RelayAsk ask);
Task<Result<net::Response>> relay_answer(std::shared_ptr<Session> session, const RelayKey& key, std::string number, RelayAsk ask, std::string body);
Task<Traffic> relay_serve(const RelayKey& key, std::string number, std::unique_ptr<net::WebSocket> socket, std::unique_ptr<net::Stream> stream);

}  // namespace slipway::tunnel
