#include "net/client.hpp"

#include "aio/nursery.hpp"
#include "base/check.hpp"
#include "net/dial.hpp"
#include "net/status.hpp"
#include "net/websocket_core.hpp"

namespace slipway::net {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kErrorBody = 4096;

Result<Url> parse_target(const std::string& text, bool websocket) {
  TRY(url, parse_url(text));
  const bool http = url.scheme == "http" || url.scheme == "https";
  const bool ws = websocket && (url.scheme == "ws" || url.scheme == "wss");
  if (!http && !ws) return fail(Code::invalid, "The URL must begin with http:// or https://.");
  if (url.has_userinfo) return fail(Code::invalid, "The URL must not carry a user name or password.");
  return url;
}

bool repeatable(std::string_view method) { return method != "POST" && method != "PATCH"; }

bool carries_body(std::string_view method) { return method == "POST" || method == "PUT" || method == "PATCH"; }

std::string too_slow(const Url& url, const std::optional<Proxy>& proxy) {
  if (!proxy) return "Connecting to " + url.authority() + " took too long.";
  return fmt::format("Connecting to {} by the proxy {} took too long.", url.authority(), proxy->str());
}

// Of a refused handshake only what its caller can do something about; everything else is a peer that does not do its part.
Code code_of_refusal(int status) {
  static constexpr int kTelling[] = {401, 403, 404, 409, 410};
  return std::ranges::find(kTelling, status) == std::end(kTelling) ? Code::bad_gateway : code_of(status);
}

}  // namespace

struct Client::State : std::enable_shared_from_this<State> {
  // A connection to ask on: to the server, or to a proxy that forwards each request to it.
  struct Line {
    std::unique_ptr<Http1> http;
    std::optional<Proxy> forwarder;
  };
  struct Idle {
    Line line;
    SteadyClock::time_point since;
  };

  State(const aio::Executor& executor, ClientOptions asked)
      : options(std::move(asked)), home(executor), dialer(home, options), sockets(executor), sweep(executor) {}

  Task<Result<Line>> dial_line(const Url& url, bool websocket);
  Task<Result<Response>> ask(Line& line, const std::string& method, const Url& url, const Headers& headers, const std::string& body);
  Task<Result<Response>> exchange(const std::string& method, const Url& url, const Headers& headers, const std::string& body);
  Task<Result<Response>> once(Http1& http, const std::string& method, const std::string& target, const Headers& headers, const std::string& body);
  Task<Result<std::string>> read_body(Http1& http, std::size_t most);
  Task<Result<std::unique_ptr<WebSocket>>> handshake(const Url& url, Headers headers, const WebSocketOptions& asked);
  void complete(const Url& url, Headers& headers) const;
  std::optional<Line> take_idle(const std::string& origin);
  void keep(const std::string& origin, Line line);
  void drop_expired();

  ClientOptions options;
  aio::Executor home;
  Dialer dialer;
  aio::Nursery sockets;
  std::map<std::string, std::vector<Idle>> idle;
  asio::steady_timer sweep;  // drops what expires, while there is something
  bool sweeping = false;
  bool stopped = false;
};

void Client::State::complete(const Url& url, Headers& headers) const {
  headers.set("Host", url.authority());
  if (!headers.has("User-Agent")) headers.add("User-Agent", options.user_agent);
}

// --- connecting

// A proxy forwards plain requests, and passes on everything else: many let nothing but TLS through by CONNECT.
Task<Result<Client::State::Line>> Client::State::dial_line(const Url& url, bool websocket) {
  CO_TRY(proxy, dialer.proxy_to(url));
  const bool forwards = proxy && !is_secure(url) && !websocket;
  auto way = forwards ? dialer.to_proxy(*proxy) : dialer.through(proxy, url);
  CO_TRY(stream, co_await aio::with_deadline(options.connect_timeout, too_slow(url, proxy), std::move(way)));
  if (options.on_step) options.on_step(Step::http);
  Line line{.http = std::make_unique<Http1>(std::move(stream)), .forwarder = {}};
  if (forwards) line.forwarder = std::move(proxy);
  co_return line;
}

// --- the pool

std::optional<Client::State::Line> Client::State::take_idle(const std::string& origin) {
  const auto found = idle.find(origin);
  if (found == idle.end()) return std::nullopt;
  Idle newest = std::move(found->second.back());
  found->second.pop_back();
  if (found->second.empty()) idle.erase(found);
  if (SteadyClock::now() - newest.since > options.idle_for) return std::nullopt;
  return std::move(newest.line);
}

void Client::State::keep(const std::string& origin, Line line) {
  if (stopped || options.idle_per_origin == 0) return;
  auto& kept = idle[origin];
  if (kept.size() >= options.idle_per_origin) kept.erase(kept.begin());
  kept.push_back({std::move(line), SteadyClock::now()});
  if (!sweeping) drop_expired();
}

// Looks again when the oldest of the rest expires; over at once when there is none.
void Client::State::drop_expired() {
  const auto now = SteadyClock::now();
  auto oldest = SteadyClock::time_point::max();
  for (auto entry = idle.begin(); entry != idle.end();) {
    std::erase_if(entry->second, [&](const Idle& one) { return now - one.since >= options.idle_for; });
    for (const Idle& one : entry->second) oldest = std::min(oldest, one.since);
    entry = entry->second.empty() ? idle.erase(entry) : std::next(entry);
  }
  sweeping = !idle.empty();
  if (!sweeping) return;
  sweep.expires_at(oldest + options.idle_for);
  sweep.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    if (const auto state = weak.lock(); state && !error) state->drop_expired();
  });
}

// --- whole requests

Task<Result<std::string>> Client::State::read_body(Http1& http, std::size_t most) {
  constexpr std::size_t kPiece = 32 * 1024;
  std::string body;
  while (true) {
    const std::size_t at = body.size();
    body.resize(at + kPiece);
    CO_TRY(n, co_await http.read_some({body.data() + at, kPiece}));
    body.resize(at + n);
    if (n == 0) break;
    if (body.size() > most) co_return fail(Code::too_large, "The answer is too large.");
  }
  co_return body;
}

Task<Result<Response>> Client::State::once(Http1& http, const std::string& method, const std::string& target, const Headers& headers,
                                           const std::string& body) {
  // A server that refuses early may stop reading: its answer still counts.
  const auto sent = co_await http.send_head(method, target, headers, body);
  auto head = co_await http.read_head();
  if (!head && !sent) co_return std::unexpected(sent.error());
  if (!head) co_return head;
  CO_TRY(content, co_await read_body(http, options.max_response));
  head->body = std::move(content);
  co_return head;
}

Task<Result<Response>> Client::State::ask(Line& line, const std::string& method, const Url& url, const Headers& headers, const std::string& body) {
  if (!line.forwarder) co_return co_await once(*line.http, method, url.target(), headers, body);
  Headers forwarded = headers;
  if (const auto told = line.forwarder->authorization(); !told.empty()) forwarded.set("Proxy-Authorization", told);
  auto answer = co_await once(*line.http, method, url.origin() + url.target(), forwarded, body);
  if (answer && answer->status == 407) co_return std::unexpected(proxy_refusal(*line.forwarder, url.authority(), 407));
  co_return answer;
}

Task<Result<Response>> Client::State::exchange(const std::string& method, const Url& url, const Headers& headers, const std::string& body) {
  const std::string origin = url.origin();
  if (auto kept = take_idle(origin)) {
    auto answer = co_await ask(*kept, method, url, headers, body);
    // The server may have closed a kept connection just now; what is safe to repeat goes out again on a new one.
    const bool stale = !answer && kept->http->unanswered() && answer.error().code == Code::bad_gateway;
    if (answer && kept->http->reusable()) keep(origin, std::move(*kept));
    if (!stale || !repeatable(method)) co_return answer;
  }
  CO_TRY(fresh, co_await dial_line(url, false));
  auto answer = co_await ask(fresh, method, url, headers, body);
  if (answer && fresh.http->reusable()) keep(origin, std::move(fresh));
  co_return answer;
}

// --- WebSocket

Task<Result<std::unique_ptr<WebSocket>>> Client::State::handshake(const Url& url, Headers headers, const WebSocketOptions& asked) {
  const std::string key = frame::new_key();
  complete(url, headers);
  headers.set("Upgrade", "websocket");
  headers.set("Connection", "Upgrade");
  headers.set("Sec-WebSocket-Version", "13");
  headers.set("Sec-WebSocket-Key", key);
  for (const std::string& protocol : asked.subprotocols) headers.add("Sec-WebSocket-Protocol", protocol);
  CO_TRY(line, co_await dial_line(url, true));
  const auto http = std::move(line.http);
  CO_CHECK(co_await http->send_head("GET", url.target(), headers));
  CO_TRY(head, co_await http->read_head());
  if (head.status != 101) {
    auto body = co_await read_body(*http, kErrorBody);
    auto error =
        fail(code_of_refusal(head.status), fmt::format("The server refused the connection ({} {}).", head.status, reason_phrase(head.status)),
             body ? std::move(*body) : std::string());
    error.error().why = std::to_string(head.status);
    co_return error;
  }
  std::string protocol(head.headers.get("Sec-WebSocket-Protocol"));
  const bool offered = protocol.empty() || std::ranges::find(asked.subprotocols, protocol) != asked.subprotocols.end();
  if (!head.headers.lists("Upgrade", "websocket") || head.headers.get("Sec-WebSocket-Accept") != frame::accept_key(key) ||
      head.headers.has("Sec-WebSocket-Extensions") || !offered)
    co_return fail(Code::bad_gateway, "The server's WebSocket handshake is wrong.");
  auto core = std::make_shared<WebSocketCore>(home, http->release(), Side::client, asked, std::move(protocol));
  auto socket = std::make_unique<WebSocket>(core);
  if (!sockets.start(WebSocketCore::keep_alive, core)) co_return fail(Code::unavailable, "The client is shutting down.");
  co_return socket;
}

// --- the handle

Client::Client(asio::any_io_executor home, ClientOptions options) : state_(std::make_shared<State>(home, std::move(options))) {}
Client::~Client() = default;

Task<Result<Response>> Client::request(std::string method, std::string url, Headers headers, std::string body, Milliseconds deadline) {
  const auto state = state_;
  CO_TRY(target, parse_target(url, false));
  state->complete(target, headers);
  if (!body.empty() || carries_body(method)) headers.set("Content-Length", std::to_string(body.size()));
  co_return co_await aio::with_deadline(deadline, target.authority() + " did not answer in time.", state->exchange(method, target, headers, body));
}

Task<Result<std::unique_ptr<Http1>>> Client::open(std::string method, std::string url, Headers headers) {
  const auto state = state_;
  CO_TRY(target, parse_target(url, false));
  state->complete(target, headers);
  CO_TRY(line, co_await state->dial_line(target, false));
  if (const auto told = line.forwarder ? line.forwarder->authorization() : std::string(); !told.empty()) headers.set("Proxy-Authorization", told);
  CO_CHECK(co_await line.http->send_head(method, line.forwarder ? target.origin() + target.target() : target.target(), headers));
  co_return std::move(line.http);
}

Task<Result<std::unique_ptr<WebSocket>>> Client::connect_websocket(std::string url, Headers headers, WebSocketOptions options) {
  const auto state = state_;
  CO_TRY(target, parse_target(url, true));
  co_return co_await aio::with_deadline(state->options.connect_timeout * 2, target.authority() + " did not answer in time.",
                                        state->handshake(target, std::move(headers), options));
}

Task<Result<std::unique_ptr<Stream>>> Client::connect(std::string host, std::uint16_t port, bool tls) {
  const auto state = state_;
  const std::string say = fmt::format("Connecting to {}:{} took too long.", host, port);
  co_return co_await aio::with_deadline(state->options.connect_timeout, say, state->dialer.straight(host, port, tls));
}

Task<void> Client::stop() {
  const auto state = state_;
  state->stopped = true;
  state->idle.clear();
  state->sweep.cancel();
  co_await state->sockets.stop();
}

}  // namespace slipway::net
