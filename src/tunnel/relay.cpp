#include "tunnel/relay.hpp"

#include "aio/task.hpp"
#include "crypto/hash.hpp"
#include "net/headers.hpp"
#include "net/message.hpp"
#include "net/url.hpp"
#include "net/websocket.hpp"
#include "tunnel/across.hpp"
#include "tunnel/session.hpp"

#include <charconv>
#include <cstring>

namespace slipway::tunnel {

namespace {

constexpr std::string_view kPrefix = "/api/v2/internal/relay/";
constexpr std::string_view kTimeHeader = "Slipway-Relay-Time", kProofHeader = "Slipway-Relay-Proof";
constexpr std::chrono::seconds kGoodFor{60};

std::unexpected<Error> wrong_proof(std::string why) {
  return std::unexpected(Error{.code = Code::unauthenticated, .say = "This address is for other servers of this deployment.", .why = std::move(why)});
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

}  // namespace

WebSocketStream::WebSocketStream(std::unique_ptr<net::WebSocket> socket) : socket_(std::move(socket)) {}
WebSocketStream::~WebSocketStream() { close(); }

Task<Result<std::size_t>> WebSocketStream::read_some(std::span<char> into) {
  while (inbox_start_ == inbox_.size() && !ended_) {
    const auto socket = socket_;
    if (closed_) co_return slipway::fail(Code::cancelled, "The stream was closed.");
    auto message = co_await socket->read();
    if (!message && closed_) co_return slipway::fail(Code::cancelled, "The stream was closed.");
    // A close without the end of data before it is a cut, however politely said.
    if (!message && message.error().code == Code::gone) co_return slipway::fail(Code::bad_gateway, "The stream was cut off.");
    if (!message) co_return std::unexpected(std::move(message).error());
    inbox_ = std::move(message->data);
    inbox_start_ = 0;
    ended_ = inbox_.empty();
  }
  const std::size_t count = std::min(into.size(), inbox_.size() - inbox_start_);
  std::memcpy(into.data(), inbox_.data() + inbox_start_, count);
  inbox_start_ += count;
  if (inbox_start_ == inbox_.size()) {
    inbox_ = {};
    inbox_start_ = 0;
  }
  co_return count;
}

Task<Result<void>> WebSocketStream::write(std::string_view bytes, std::string_view more) {
  for (const std::string_view part : {bytes, more}) {
    if (part.empty()) continue;
    const auto socket = socket_;
    if (closed_) co_return slipway::fail(Code::cancelled, "The stream was closed.");
    CO_CHECK(co_await socket->write_binary(part));
  }
  co_return Result<void>();
}

Task<Result<void>> WebSocketStream::shutdown_send() {
  const auto socket = socket_;
  if (closed_) co_return slipway::fail(Code::cancelled, "The stream was closed.");
  co_return co_await socket->write_binary({});
}

void WebSocketStream::close() noexcept {
  if (!std::exchange(closed_, true)) socket_->cut();
}

Task<void> WebSocketStream::finish() {
  const auto socket = socket_;
  if (!std::exchange(closed_, true)) co_await socket->close();
}

std::string relay_target(const RelayAsk& ask) {
  std::vector<std::pair<std::string, std::string>> query{{"kind", ask.kind}};
  if (ask.port) query.emplace_back("port", std::to_string(ask.port));
  if (!ask.path.empty()) query.emplace_back("path", ask.path);
  if (!ask.method.empty()) query.emplace_back("method", ask.method);
  return fmt::format("{}{}?{}", kPrefix, net::percent_encode(ask.agent), net::build_query(query));
}

Result<RelayAsk> parse_relay(std::string_view target) {
  const auto bad = [] { return slipway::fail(Code::invalid, "This is not a relay request."); };
  if (!target.starts_with(kPrefix)) return bad();
  target.remove_prefix(kPrefix.size());
  const std::size_t mark = target.find('?');
  if (mark == 0 || mark == std::string_view::npos) return bad();
  const auto agent = net::percent_decode(target.substr(0, mark));
  if (!agent) return bad();
  const std::string_view query = target.substr(mark + 1);
  const auto value = [&](std::string_view name) { return net::query_value(query, name).value_or(""); };
  RelayAsk ask{.agent = *agent, .kind = value("kind"), .path = value("path"), .method = value("method")};
  if (ask.kind == "port") {
    const auto port = number<std::uint16_t>(value("port"));
    if (!port || *port == 0) return bad();
    ask.port = *port;
  } else if (ask.kind.empty() || !ask.path.starts_with('/') || (ask.kind == "api" && ask.method.empty())) {
    return bad();
  }
  return ask;
}

std::string RelayKey::proof(std::string_view target, std::string_view second) const {
  return crypto::base64url(crypto::hmac_sha256(key_, fmt::format("slipway relay 1\n{}\n{}", second, target)));
}

void RelayKey::sign(net::Headers& headers, std::string_view target, Time now) const {
  const auto second = std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  headers.set(kTimeHeader, second);
  headers.set(kProofHeader, proof(target, second));
}

Result<void> RelayKey::verify(const net::Headers& headers, std::string_view target, Time now) const {
  const std::string_view second = headers.get(kTimeHeader);
  const auto made = number<std::int64_t>(second);
  if (!made) return wrong_proof("relay: no time");
  if (!crypto::equal(headers.get(kProofHeader), proof(target, second))) return wrong_proof("relay: wrong proof");
  const std::chrono::sys_seconds at{std::chrono::seconds(*made)};
  if (at < now - kGoodFor || at > now + kGoodFor) return wrong_proof("relay: the two servers' clocks differ, or a replay");
  return {};
}

Task<Result<std::unique_ptr<net::Stream>>> relay_accept(std::shared_ptr<Session> session, RelayAsk ask) {
  const auto home = session->home();
  const bool to_port = ask.kind == "port";
  auto opened = co_await aio::on(home, to_port ? session->connect(ask.port) : session->open(ask.kind, ask.path));
  if (!opened) co_return std::unexpected(std::move(opened).error());
  co_return across(home, std::move(*opened));
}

Task<Result<net::Response>> relay_answer(std::shared_ptr<Session> session, RelayAsk ask, std::string body) {
  co_return co_await aio::on(session->home(), session->request(ask.method, ask.path, {}, std::move(body)));
}

Task<Traffic> relay_serve(std::unique_ptr<net::WebSocket> socket, std::unique_ptr<net::Stream> stream) {
  WebSocketStream theirs(std::move(socket));
  const Traffic traffic = co_await splice(theirs, *stream);
  co_await theirs.finish();
  co_return traffic;
}

}  // namespace slipway::tunnel
