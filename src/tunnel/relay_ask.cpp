// Both ends of a relayed stream or question, and what seals them.
#include "aio/task.hpp"
#include "crypto/seal.hpp"
#include "crypto/token.hpp"
#include "net/client.hpp"
#include "net/websocket.hpp"
#include "tunnel/across.hpp"
#include "tunnel/relay.hpp"
#include "tunnel/session.hpp"

namespace slipway::tunnel {

namespace {

constexpr Milliseconds kApiLimit{35'000};
constexpr std::size_t kNumber = 18;

std::string url_of(std::string_view base_url, std::string_view target) {
  if (base_url.ends_with('/')) base_url.remove_suffix(1);
  return std::string(base_url).append(target);
}

std::unexpected<Error> not_sealed() { return slipway::fail(Code::bad_gateway, "The other server did not answer as one of ours.", {}); }

class Sealed final : public Codec {
 public:
  Sealed(std::string outgoing, std::string incoming) : outgoing_(std::move(outgoing)), incoming_(std::move(incoming)) {}
  std::string wrap(std::string_view message) override { return outgoing_.close(message); }
  Result<std::string> unwrap(std::string message) override {
    auto opened = incoming_.open(message);
    if (!opened) return not_sealed();
    return std::move(*opened);
  }

 private:
  crypto::Seal outgoing_, incoming_;
};

// The direction is part of each key: what one end said is nothing that the other could have said.
std::unique_ptr<Codec> asker(const RelayKey& key, const std::string& numbers) {
  return std::make_unique<Sealed>(key.derive("stream there", numbers), key.derive("stream back", numbers));
}
std::unique_ptr<Codec> holder(const RelayKey& key, const std::string& numbers) {
  return std::make_unique<Sealed>(key.derive("stream back", numbers), key.derive("stream there", numbers));
}

}  // namespace

Task<Result<std::unique_ptr<net::Stream>>> relay_open(net::Client& client, std::string_view base_url, const RelayKey& key, RelayAsk ask, Time now) {
  const std::string target = relay_target(ask);
  net::Headers headers;
  const auto number = key.sign(headers, base_url, target, now);
  auto socket = co_await client.connect_websocket(url_of(base_url, target), headers);
  if (!socket) {
    Error error = std::move(socket).error();
    if (!error.detail.empty()) error.say = std::exchange(error.detail, {});
    co_return std::unexpected(std::move(error));
  }
  auto read = (*socket)->read();
  auto theirs = co_await aio::with_deadline(kApiLimit, "The other server did not answer in time.", std::move(read));
  if (!theirs) co_return std::unexpected(std::move(theirs).error());
  if (theirs->data.size() != kNumber) co_return not_sealed();
  co_return std::make_unique<WebSocketStream>(std::move(*socket), asker(key, number + theirs->data));
}

Task<Result<net::Response>> relay_request(net::Client& client, std::string_view base_url, const RelayKey& key, RelayAsk ask, std::string body,
                                          Time now) {
  const std::string target = relay_target(ask);
  net::Headers headers;
  const auto number = key.sign(headers, base_url, target, now);
  body = crypto::Seal(key.derive("question", number)).close(body);
  CO_TRY(answer, co_await client.request("POST", url_of(base_url, target), std::move(headers), std::move(body), kApiLimit));
  auto opened = crypto::Seal(key.derive("answer", number)).open(answer.body);
  if (!opened) co_return not_sealed();
  answer.body = std::move(*opened);
  co_return answer;
}

Task<Result<std::unique_ptr<net::Stream>>> relay_accept(std::shared_ptr<Session> session, RelayAsk ask) {
  const auto home = session->home();
  const bool to_port = ask.kind == "port";
  auto opened = co_await aio::on(home, to_port ? session->connect(ask.port) : session->open(ask.kind, ask.path));
  if (!opened) co_return std::unexpected(std::move(opened).error());
  co_return across(home, std::move(*opened));
}

Task<Result<net::Response>> relay_answer(std::shared_ptr<Session> session, const RelayKey& key, std::string number, RelayAsk ask, std::string body) {
  auto opened = crypto::Seal(key.derive("question", number)).open(body);
  if (!opened) co_return slipway::fail(Code::unauthenticated, "This address is for other servers of this deployment.");
  CO_TRY(answer, co_await aio::on(session->home(), session->request(ask.method, ask.path, {}, std::move(*opened))));
  answer.body = crypto::Seal(key.derive("answer", number)).close(answer.body);
  co_return answer;
}

Task<Traffic> relay_serve(const RelayKey& key, std::string number, std::unique_ptr<net::WebSocket> socket, std::unique_ptr<net::Stream> stream) {
  const auto ours = crypto::random_bytes(kNumber);
  if (!co_await socket->write_binary(ours)) co_return Traffic{};
  WebSocketStream theirs(std::move(socket), holder(key, number + ours));
  const Traffic traffic = co_await splice(theirs, *stream);
  co_await theirs.finish();
  co_return traffic;
}

}  // namespace slipway::tunnel
