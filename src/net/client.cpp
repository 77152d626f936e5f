#include "net/client.hpp"

#include "aio/blocking.hpp"
#include "aio/nursery.hpp"
#include "base/check.hpp"
#include "net/resolve.hpp"
#include "net/status.hpp"
#include "net/tcp.hpp"
#include "net/url.hpp"
#include "net/websocket_core.hpp"

#include <openssl/crypto.h>

namespace slipway::net {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr Milliseconds kLongestAttempt{4000};  // at one address while others are left to try
constexpr std::size_t kErrorBody = 4096;

bool is_secure(const Url& url) { return url.scheme == "https" || url.scheme == "wss"; }

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

Task<Result<void>> connect_to(asio::ip::tcp::socket& socket, asio::ip::tcp::endpoint endpoint) {
  auto [ec] = co_await socket.async_connect(endpoint, aio::tuple);
  if (ec) co_return std::unexpected(stream_error(ec));
  co_return Result<void>();
}

// Of a refused handshake only what its caller can do something about; everything else is a peer that does not do its part.
Code code_of_refusal(int status) {
  static constexpr int kTelling[] = {401, 403, 404, 409, 410};
  return std::ranges::find(kTelling, status) == std::end(kTelling) ? Code::bad_gateway : code_of(status);
}

}  // namespace

struct Client::State : std::enable_shared_from_this<State> {
  struct Idle {
    std::unique_ptr<Http1> connection;
    SteadyClock::time_point since;
  };

  State(const aio::Executor& executor, ClientOptions asked) : options(std::move(asked)), home(executor), sockets(executor), sweep(executor) {}

  Task<Result<std::unique_ptr<Stream>>> dial(std::string host, std::uint16_t port, bool secure);
  Task<Result<std::unique_ptr<Stream>>> dial_tcp(const std::string& host, std::uint16_t port);
  Task<Result<std::unique_ptr<Http1>>> dial_http(const Url& url);
  Task<Result<Response>> exchange(const std::string& method, const Url& url, const Headers& headers, const std::string& body);
  Task<Result<Response>> once(Http1& http, const std::string& method, const Url& url, const Headers& headers, const std::string& body);
  Task<Result<std::string>> read_body(Http1& http, std::size_t most);
  Task<Result<std::unique_ptr<WebSocket>>> handshake(const Url& url, Headers headers, const WebSocketOptions& asked);
  Task<Result<std::shared_ptr<TlsContext>>> tls_context();
  void complete(const Url& url, Headers& headers) const;
  std::unique_ptr<Http1> take_idle(const std::string& origin);
  void keep(const std::string& origin, std::unique_ptr<Http1> connection);
  void drop_expired();

  ClientOptions options;
  aio::Executor home;
  aio::Nursery sockets;
  std::shared_ptr<TlsContext> tls;  // made at the first need: reading the roots takes a while
  std::map<std::string, std::vector<Idle>> idle;
  asio::steady_timer sweep;  // drops what expires, while there is something
  bool sweeping = false;
  bool stopped = false;
};

// Of two first connections at once both read the roots, and the first to be done counts.
Task<Result<std::shared_ptr<TlsContext>>> Client::State::tls_context() {
  if (tls) co_return tls;
  const auto read_roots = [trust = options.tls] {
    auto made = make_tls_client(trust);
    OPENSSL_thread_stop();  // what it keeps for each thread it would not give back when a pool ends with the process
    return made;
  };
  CO_TRY(made, co_await aio::blocking(read_roots));
  if (!tls) tls = std::move(made);
  co_return tls;
}

void Client::State::complete(const Url& url, Headers& headers) const {
  headers.set("Host", url.authority());
  if (!headers.has("User-Agent")) headers.add("User-Agent", options.user_agent);
}

// --- connecting

Task<Result<std::unique_ptr<Stream>>> Client::State::dial_tcp(const std::string& host, std::uint16_t port) {
  CO_TRY(addresses, co_await resolve(host, options.connect_timeout));
  Result<void> last = fail(Code::bad_gateway, "The name " + host + " has no address.");
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    asio::ip::tcp::socket socket(home);
    const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(addresses[i]), port);
    const bool others = i + 1 < addresses.size();
    last = co_await aio::with_deadline(others ? kLongestAttempt : options.connect_timeout, "It did not answer.", connect_to(socket, endpoint));
    if (last) co_return make_tcp_stream(std::move(socket));
  }
  auto error = fail(Code::bad_gateway, fmt::format("Cannot connect to {}:{}.", host, port));
  error.error().why = last.error().why.empty() ? last.error().say : last.error().why;
  co_return error;
}

Task<Result<std::unique_ptr<Stream>>> Client::State::dial(std::string host, std::uint16_t port, bool secure) {
  CO_TRY(stream, co_await dial_tcp(host, port));
  if (!secure) co_return stream;
  CO_TRY(context, co_await tls_context());
  co_return co_await tls_client(std::move(context), std::move(stream), std::move(host));
}

Task<Result<std::unique_ptr<Http1>>> Client::State::dial_http(const Url& url) {
  CO_TRY(stream, co_await aio::with_deadline(options.connect_timeout, "Connecting to " + url.authority() + " took too long.",
                                             dial(url.host, url.port, is_secure(url))));
  co_return std::make_unique<Http1>(std::move(stream));
}

// --- the pool

std::unique_ptr<Http1> Client::State::take_idle(const std::string& origin) {
  const auto found = idle.find(origin);
  if (found == idle.end()) return nullptr;
  Idle newest = std::move(found->second.back());
  found->second.pop_back();
  if (found->second.empty()) idle.erase(found);
  if (SteadyClock::now() - newest.since > options.idle_for) return nullptr;
  return std::move(newest.connection);
}

void Client::State::keep(const std::string& origin, std::unique_ptr<Http1> connection) {
  if (stopped || options.idle_per_origin == 0) return;
  auto& kept = idle[origin];
  if (kept.size() >= options.idle_per_origin) kept.erase(kept.begin());
  kept.push_back({std::move(connection), SteadyClock::now()});
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

Task<Result<Response>> Client::State::once(Http1& http, const std::string& method, const Url& url, const Headers& headers, const std::string& body) {
  // A server that refuses early may stop reading: its answer still counts.
  const auto sent = co_await http.send_head(method, url.target(), headers, body);
  auto head = co_await http.read_head();
  if (!head && !sent) co_return std::unexpected(sent.error());
  if (!head) co_return head;
  CO_TRY(content, co_await read_body(http, options.max_response));
  head->body = std::move(content);
  co_return head;
}

Task<Result<Response>> Client::State::exchange(const std::string& method, const Url& url, const Headers& headers, const std::string& body) {
  const std::string origin = url.origin();
  if (auto kept = take_idle(origin)) {
    auto answer = co_await once(*kept, method, url, headers, body);
    if (answer && kept->reusable()) keep(origin, std::move(kept));
    // The server may have closed a kept connection just now; what is safe to repeat goes out again on a new one.
    const bool stale = !answer && kept && kept->unanswered() && answer.error().code == Code::bad_gateway;
    if (!stale || !repeatable(method)) co_return answer;
  }
  CO_TRY(fresh, co_await dial_http(url));
  auto answer = co_await once(*fresh, method, url, headers, body);
  if (answer && fresh->reusable()) keep(origin, std::move(fresh));
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
  CO_TRY(http, co_await dial_http(url));
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
  CO_TRY(http, co_await state->dial_http(target));
  CO_CHECK(co_await http->send_head(method, target.target(), headers));
  co_return http;
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
  co_return co_await aio::with_deadline(state->options.connect_timeout, say, state->dial(host, port, tls));
}

Task<void> Client::stop() {
  const auto state = state_;
  state->stopped = true;
  state->idle.clear();
  state->sweep.cancel();
  co_await state->sockets.stop();
}

}  // namespace slipway::net
