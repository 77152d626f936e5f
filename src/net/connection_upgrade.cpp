// Leaving HTTP: WebSockets, and raw streams for proxied upgrades.
#include "aio/task.hpp"
#include "base/text.hpp"
#include "net/connection.hpp"
#include "net/url.hpp"
#include "net/websocket_core.hpp"

namespace slipway::net {

namespace {

// Programs that attach their listener a little after the socket has opened would miss a frame that comes in the same packet.
constexpr Milliseconds kSettling{5};

std::string first_common(const Headers& offered, const std::vector<std::string>& accepted) {
  for (const std::string& name : accepted)
    if (offered.lists("Sec-WebSocket-Protocol", name)) return name;
  return {};
}

// Browsers always send Origin on a handshake, so a page of another origin cannot use the person's cookies here.
bool origin_allowed(const Request& request, const std::vector<std::string>& origins) {
  if (!request.headers.has("Origin")) return true;
  const auto origin = parse_url(request.headers.get("Origin"));
  if (!origin || request.headers.count("Origin") > 1) return false;
  const auto own = parse_url(std::string(request.tls ? "https://" : "http://") + std::string(request.headers.get("Host")));
  if (own && own->origin() == origin->origin()) return true;
  return std::ranges::any_of(origins, [&](const std::string& one) {
    const auto allowed = parse_url(one);
    return allowed && allowed->origin() == origin->origin();
  });
}

}  // namespace

bool Connection::wants_websocket() const { return request_.headers.lists("Connection", "upgrade") && request_.headers.lists("Upgrade", "websocket"); }

Task<Result<void>> Connection::judge_upgrade(const WebSocketOptions& options) {
  Response answer;
  const std::string_view key = request_.headers.get("Sec-WebSocket-Key");
  if (request_.method != "GET" || request_.minor_version == 0 || !wants_websocket() || !in_.body_done() || key.size() != 24 ||
      request_.headers.count("Sec-WebSocket-Key") != 1) {
    answer.status = 400;
    answer.body = R"({"message":"This address speaks WebSocket: connect with a WebSocket client."})";
  } else if (request_.headers.get("Sec-WebSocket-Version") != "13") {
    answer.status = 426;
    answer.headers.add("Sec-WebSocket-Version", "13");
    answer.body = R"({"message":"Only WebSocket version 13 is spoken here."})";
  } else if (!origin_allowed(request_, options.origins)) {
    answer.status = 403;
    answer.body = R"({"message":"This page's origin may not connect here."})";
  }
  if (answer.body.empty()) co_return Result<void>();
  answer.headers.add("Content-Type", "application/json; charset=utf-8");
  const Code code = answer.status == 403 ? Code::forbidden : Code::invalid;
  co_await send(std::move(answer));
  co_return fail(code, "The WebSocket handshake was refused.");
}

Task<Result<std::unique_ptr<WebSocket>>> Connection::upgrade(WebSocketOptions options) {
  CO_CHECK(co_await judge_upgrade(options));
  Response answer;
  const std::string_view key = request_.headers.get("Sec-WebSocket-Key");
  std::string protocol = first_common(request_.headers, options.subprotocols);
  answer.status = 101;
  answer.headers = options.headers;
  answer.headers.set("Upgrade", "websocket");
  answer.headers.set("Connection", "Upgrade");
  answer.headers.set("Sec-WebSocket-Accept", frame::accept_key(key));
  if (!protocol.empty()) answer.headers.set("Sec-WebSocket-Protocol", protocol);
  CO_TRY(stream, co_await hijack(std::move(answer)));
  co_await aio::sleep(kSettling);
  auto core = std::make_shared<WebSocketCore>(home_.executor(), std::move(stream), Side::server, options, std::move(protocol));
  socket_ = core;
  auto socket = std::make_unique<WebSocket>(core);
  if (!home_.background().start(WebSocketCore::keep_alive, core)) co_return fail(Code::unavailable, "The server is shutting down.");
  if (options.one_way) home_.background().start(WebSocketCore::listen, core);
  if (home_.draining()) drain();
  co_return socket;
}

Task<Result<std::unique_ptr<Stream>>> Connection::hijack(Response head) {
  if (answer_ != Answer::none) co_return fail_internal("a request was answered twice");
  start_head(head);
  out_ += "\r\n";
  CO_CHECK(co_await put(out_));
  text::let_go(out_);
  answer_ = Answer::done;
  taken_ = true;
  co_return with_prefix(in_.take_rest(), std::move(stream_));
}

}  // namespace slipway::net
