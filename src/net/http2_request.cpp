// One request of an HTTP/2 connection, from its fields to HTTP/1.1 in memory and back.
#include "aio/task.hpp"
#include "base/on_exit.hpp"
#include "net/connection.hpp"
#include "net/http2.hpp"
#include "net/pipe.hpp"

#include <nghttp2/nghttp2.h>

namespace slipway::net {

namespace {

constexpr std::size_t kRoom = 32 * 1024;   // between a request and its Connection, and of an answer that the peer has not taken
constexpr std::size_t kPiece = 16 * 1024;  // a frame
constexpr int kMostInterim = 10;
// Of one connection: there is another one on either side.
constexpr std::string_view kOwn[] = {"Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "HTTP2-Settings"};

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() &&
         std::ranges::all_of(text, [&](unsigned char c) { return std::isalnum(c) || kMarks.find(static_cast<char>(c)) != kMarks.npos; });
}

// Nothing that ends a line or a word of it.
bool is_one_word(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c != 0x7f; });
}

// What nghttp2 has not looked at, looked at once more where it would end a line: the head goes on as text.
bool is_sound(const Http2Request& request) {
  const bool host_differs = !request.authority.empty() && request.fields.has("Host") && request.fields.get("Host") != request.authority;
  return is_token(request.method) && !request.path.empty() && is_one_word(request.path) && is_one_word(request.authority) && !host_differs &&
         request.fields.count("Host") <= 1;
}

Headers to_http1(const Http2Request& request) {
  Headers headers{{"Host", request.authority.empty() ? request.fields.get("Host") : std::string_view(request.authority)}};
  for (std::size_t i = 0; i < request.fields.size(); ++i) {
    const auto [name, value] = request.fields.at(i);
    const bool ours = iequals(name, "Host") || std::ranges::any_of(kOwn, [&](auto own) { return iequals(name, own); });
    if (!ours) headers.add(name, value);
  }
  if (!request.cookie.empty()) headers.add("Cookie", request.cookie);
  if (!request.body_done && !request.fields.has("Content-Length")) headers.add("Transfer-Encoding", "chunked");
  headers.add("Connection", "close");
  return headers;
}

Headers to_http2(const Headers& answer) {
  Headers headers;
  for (std::size_t i = 0; i < answer.size(); ++i) {
    const auto [name, value] = answer.at(i);
    if (!std::ranges::any_of(kOwn, [&](auto own) { return iequals(name, own); })) headers.add(name, value);
  }
  return headers;
}

Task<void> run_inner(asio::cancellation_signal& own, ServerLoop* home, std::unique_ptr<Stream> stream, Peer peer, const Handler* handler,
                     const ServerLimits* limits, std::shared_ptr<std::size_t> running, std::shared_ptr<Http2Request> request) {
  const OnExit done([running, request] {
    --*running;
    request->served = true;
    request->sent.notify();
  });
  Connection connection(*home, own, std::move(stream), std::move(peer), true, *handler, *limits);
  co_await connection.run();
}

}  // namespace

std::unique_ptr<Stream> Http2Connection::open_inner(RequestPtr request) {
  auto [ours, theirs] = make_pipe(home_.executor(), kRoom);
  ++*running_;
  if (home_.connections().start_with_signal(run_inner, &home_, std::move(theirs), peer_, &handler_, &limits_, running_, std::move(request)))
    return std::move(ours);
  --*running_;
  return nullptr;
}

Task<void> Http2Connection::serve(Http2Connection* self, RequestPtr request) {
  const auto& limits = self->limits_;
  const bool long_path = request->path.size() > limits.target_bytes;
  if (request->method == "CONNECT") co_return self->reset(*request, NGHTTP2_HTTP_1_1_REQUIRED);
  if (request->head_bytes > limits.header_bytes || request->fields.size() > limits.header_count || long_path) {
    request->unwanted = true;
    co_return self->respond(*request, long_path ? 414 : 431, {}, true);
  }
  if (!is_sound(*request)) co_return self->reset(*request, NGHTTP2_PROTOCOL_ERROR);
  auto stream = self->open_inner(request);
  if (!stream) co_return self->reset(*request, NGHTTP2_REFUSED_STREAM);
  Http1 server(std::move(stream));
  request->server = &server;
  const OnExit left([&request] { request->server = nullptr; });
  co_await self->serve_by(*request, server);
}

Task<void> Http2Connection::serve_by(Http2Request& request, Http1& server) {
  using namespace asio::experimental::awaitable_operators;
  const auto headers = to_http1(request);
  const auto begun = co_await server.send_head(request.method, request.path, headers);
  if (!begun) co_return lost(request, true);
  co_await (pass_body(request, server) && pass_answer(request, server));
  co_await stay_until_taken(request);
  if (request.gone && !request.ended) co_return;
  // The handler may have more to do than to answer: it is not told that its caller has left.
  request.server = nullptr;
  const auto rest = server.release();
  std::string scratch(64, '\0');
  while (true) {
    const auto n = co_await rest->read_some(scratch);
    if (!n || *n == 0) co_return;
  }
}

Task<void> Http2Connection::pass_body(Http2Request& request, Http1& server) {
  while (!request.gone && !request.unwanted) {
    if (request.body.empty() && request.body_done) {
      const auto trailers = std::move(request.trailers);
      (void)co_await server.finish(trailers);
      co_return;
    }
    if (request.body.empty()) {
      co_await request.arrived.wait();
      continue;
    }
    const std::string piece = std::exchange(request.body, {});
    const auto written = co_await server.write(piece);
    taken(request, piece.size());
    if (!written) break;
  }
  request.unwanted = true;
  taken(request, std::exchange(request.body, {}).size());
}

Task<void> Http2Connection::pass_answer(Http2Request& request, Http1& server) {
  for (int count = 0; count <= kMostInterim; ++count) {
    auto head = co_await server.read_any_head();
    if (!head) {
      lost(request, server.unanswered());
      break;
    }
    const auto headers = to_http2(head->headers);
    if (head->status == 101 || (head->status < 200 && count == kMostInterim)) {
      reset(request, NGHTTP2_HTTP_1_1_REQUIRED);
      break;
    }
    const bool empty = head->status >= 200 && server.ended();
    respond(request, head->status, headers, empty);
    if (head->status < 200) continue;
    if (!empty) co_await pass_answer_body(request, server);
    break;
  }
  // Whoever sends a body that nobody waits for is not listened to any more.
  request.unwanted = true;
  request.arrived.notify();
}

Task<void> Http2Connection::pass_answer_body(Http2Request& request, Http1& server) {
  std::string piece(kPiece, '\0');
  while (true) {
    const auto n = co_await server.read_some(piece);
    if (!n) co_return lost(request, false);
    if (*n == 0) break;
    request.out.erase(0, std::exchange(request.out_taken, 0));
    request.out.append(piece, 0, *n);
    more(request);
    // How long the peer may take nothing is up to the Connection, whose writes wait behind this; what it has left is not much.
    while (!request.gone && !request.served && request.unsent() >= kRoom) co_await request.sent.wait();
    if (request.gone) co_return;
  }
  request.answer_trailers = server.trailers();
  request.out_done = true;
  more(request);
}

// The end of an answer is with us alone: nobody else looks whether the peer takes it.
Task<void> Http2Connection::stay_until_taken(Http2Request& request) {
  while (!request.gone && !request.ended) {
    if (!co_await request.sent.wait_for(limits_.idle_timeout)) co_return reset(request, NGHTTP2_CANCEL);
  }
}

}  // namespace slipway::net
