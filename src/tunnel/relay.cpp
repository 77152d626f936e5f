#include "tunnel/relay.hpp"

#include "aio/task.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "crypto/token.hpp"
#include "net/headers.hpp"
#include "net/url.hpp"
#include "net/websocket.hpp"

#include <cstring>

namespace slipway::tunnel {

namespace {

constexpr std::string_view kPrefix = "/api/v2/internal/relay/";
constexpr std::string_view kTimeHeader = "Slipway-Relay-Time", kProofHeader = "Slipway-Relay-Proof";
constexpr std::string_view kNumberHeader = "Slipway-Relay-Number";
constexpr std::chrono::seconds kGoodFor{60};
constexpr std::size_t kNumber = 18, kNumberLetters = 24;

std::unexpected<Error> wrong_proof(std::string why) {
  return std::unexpected(Error{.code = Code::unauthenticated, .say = "This address is for other servers of this deployment.", .why = std::move(why)});
}

}  // namespace

WebSocketStream::WebSocketStream(std::unique_ptr<net::WebSocket> socket, std::unique_ptr<Codec> codec)
    : socket_(std::move(socket)), codec_(std::move(codec)) {}
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
    if (codec_) {
      CO_TRY(unwrapped, codec_->unwrap(std::move(message->data)));
      message->data = std::move(unwrapped);
    }
    inbox_ = std::move(message->data);
    inbox_start_ = 0;
    ended_ = inbox_.empty();
  }
  const std::size_t count = std::min(into.size(), inbox_.size() - inbox_start_);
  std::memcpy(into.data(), inbox_.data() + inbox_start_, count);
  inbox_start_ += count;
  if (inbox_start_ == inbox_.size()) {
    text::let_go(inbox_);
    inbox_start_ = 0;
  }
  co_return count;
}

Task<Result<void>> WebSocketStream::say(std::string_view message) {
  const auto socket = socket_;
  if (closed_) co_return slipway::fail(Code::cancelled, "The stream was closed.");
  if (!codec_) co_return co_await socket->write_binary(message);
  const auto wrapped = codec_->wrap(message);
  co_return co_await socket->write_binary(wrapped);
}

Task<Result<void>> WebSocketStream::write(std::string_view bytes, std::string_view more) {
  for (const std::string_view part : {bytes, more})
    if (!part.empty()) CO_CHECK(co_await say(part));
  co_return Result<void>();
}

Task<Result<void>> WebSocketStream::shutdown_send() { return say({}); }

void WebSocketStream::close() noexcept {
  if (!std::exchange(closed_, true)) socket_->cut();
}

Task<void> WebSocketStream::finish(std::uint16_t close_code) {
  const auto socket = socket_;
  if (!std::exchange(closed_, true)) co_await socket->close(close_code);
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
    const auto port = text::number<std::uint16_t>(value("port"));
    if (!port || *port == 0) return bad();
    ask.port = *port;
  } else if (ask.kind.empty() || !ask.path.starts_with('/') || (ask.kind == "api" && ask.method.empty())) {
    return bad();
  }
  return ask;
}

namespace {

std::string proof(std::string_view key, std::string_view to, std::string_view target, std::string_view second, std::string_view number) {
  while (to.ends_with('/')) to.remove_suffix(1);
  return crypto::base64url(crypto::hmac_sha256(key, fmt::format("slipway relay 2\n{}\n{}\n{}\n{}", second, number, to, target)));
}

}  // namespace

std::string RelayKey::sign(net::Headers& headers, std::string_view to, std::string_view target, Time now) const {
  const auto second = std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  auto number = crypto::base64url(crypto::random_bytes(kNumber));
  headers.set(kTimeHeader, second);
  headers.set(kNumberHeader, number);
  headers.set(kProofHeader, proof(key_, to, target, second, number));
  return number;
}

Result<std::string> RelayKey::verify(const net::Headers& headers, std::string_view here, std::string_view target, Time now) {
  const std::string_view second = headers.get(kTimeHeader);
  std::string used(headers.get(kNumberHeader));
  const auto made = text::number<std::int64_t>(second);
  if (!made || used.size() != kNumberLetters) return wrong_proof("relay: no time, or no number");
  if (!crypto::equal(headers.get(kProofHeader), proof(key_, here, target, second, used)))
    return wrong_proof("relay: wrong proof, or made for another address than this server's --relay-address");
  const std::chrono::sys_seconds at{std::chrono::seconds(*made)};
  if (at < now - kGoodFor || at > now + kGoodFor) return wrong_proof("relay: the two servers' clocks differ, or a replay");
  if (!first_use(used, now)) return wrong_proof("relay: a replay");
  return used;
}

bool RelayKey::first_use(const std::string& number, Time now) {
  const std::lock_guard lock(mutex_);
  std::erase_if(used_, [&](const auto& one) { return one.second < now - 2 * kGoodFor; });
  return used_.emplace(number, now).second;
}

std::string RelayKey::derive(std::string_view use, std::string_view numbers) const {
  return crypto::hmac_sha256(key_, fmt::format("slipway relay 2 {}\n{}", use, numbers));
}

}  // namespace slipway::tunnel
