#include "aio/task.hpp"
#include "net/client.hpp"
#include "net/websocket.hpp"
#include "tunnel/relay.hpp"

namespace slipway::tunnel {

namespace {

constexpr Milliseconds kApiLimit{35'000};

std::string url_of(std::string_view base_url, std::string_view target) {
  if (base_url.ends_with('/')) base_url.remove_suffix(1);
  return std::string(base_url).append(target);
}

}  // namespace

Task<Result<std::unique_ptr<net::Stream>>> relay_open(net::Client& client, std::string_view base_url, const RelayKey& key, RelayAsk ask, Time now) {
  const std::string target = relay_target(ask);
  net::Headers headers;
  key.sign(headers, target, now);
  auto socket = co_await client.connect_websocket(url_of(base_url, target), headers);
  if (!socket) {
    Error error = std::move(socket).error();
    if (!error.detail.empty()) error.say = std::exchange(error.detail, {});
    co_return std::unexpected(std::move(error));
  }
  co_return std::make_unique<WebSocketStream>(std::move(*socket));
}

Task<Result<net::Response>> relay_request(net::Client& client, std::string_view base_url, const RelayKey& key, RelayAsk ask, std::string body,
                                          Time now) {
  const std::string target = relay_target(ask);
  net::Headers headers;
  key.sign(headers, target, now);
  co_return co_await client.request("POST", url_of(base_url, target), std::move(headers), std::move(body), kApiLimit);
}

}  // namespace slipway::tunnel
