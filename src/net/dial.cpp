#include "net/dial.hpp"

#include "aio/blocking.hpp"
#include "net/resolve.hpp"
#include "net/tcp.hpp"

#include <openssl/crypto.h>

namespace slipway::net {

namespace {

constexpr Milliseconds kLongestAttempt{4000};  // at one address while others are left to try

Task<Result<void>> connect_to(asio::ip::tcp::socket& socket, asio::ip::tcp::endpoint endpoint) {
  auto [ec] = co_await socket.async_connect(endpoint, aio::tuple);
  if (ec) co_return std::unexpected(stream_error(ec));
  co_return Result<void>();
}

std::string host_and_port(const Url& url) {
  return fmt::format("{}:{}", url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]", url.port);
}

Error about_proxy(const Proxy& proxy, Error error) {
  error.say = fmt::format("The proxy {} ({}) cannot be used. {}", proxy.str(), proxy.named, error.say);
  return error;
}

}  // namespace

bool is_secure(const Url& url) { return url.scheme == "https" || url.scheme == "wss"; }

Error proxy_refusal(const Proxy& proxy, std::string_view target, int status) {
  Error error{.code = Code::bad_gateway, .say = {}};
  const bool told = !proxy.authorization().empty();
  if (status == 407 && !told)
    error.say = fmt::format("The proxy {} wants a password (407). Write it into {} as http://user:password@host:port.", proxy.str(), proxy.named);
  else if (status == 407)
    error.say = fmt::format("The proxy {} does not accept the user name and password in {} (407).", proxy.str(), proxy.named);
  else if (status >= 500)
    error.say = fmt::format("The proxy {} cannot reach {} ({} {}).", proxy.str(), target, status, reason_phrase(status));
  else
    error.say = fmt::format("The proxy {} does not let us through to {} ({} {}). Ask whoever keeps it, or name the host in NO_PROXY.", proxy.str(),
                            target, status, reason_phrase(status));
  return error;
}

// Of two first connections at once both read the roots, and the first to be done counts.
Task<Result<std::shared_ptr<TlsContext>>> Dialer::context() {
  if (context_) co_return context_;
  const auto read_roots = [trust = options_.tls] {
    auto made = make_tls_client(trust);
    OPENSSL_thread_stop();  // what it keeps for each thread it would not give back when a pool ends with the process
    return made;
  };
  CO_TRY(made, co_await aio::blocking(read_roots));
  if (!context_) context_ = std::move(made);
  co_return context_;
}

Task<Result<std::vector<Endpoint>>> Dialer::look_up(const std::string& host, std::uint16_t port) {
  if (options_.lookup) co_return co_await options_.lookup(host, port);
  CO_TRY(addresses, co_await resolve(host, options_.connect_timeout));
  std::vector<Endpoint> places;
  for (auto& address : addresses) places.push_back({.address = std::move(address), .port = port});
  co_return places;
}

Task<Result<std::unique_ptr<Stream>>> Dialer::tcp(const std::string& host, std::uint16_t port) {
  reached(Step::name);
  CO_TRY(places, co_await look_up(host, port));
  reached(Step::tcp);
  Result<void> last = fail(Code::bad_gateway, "The name " + host + " has no address.");
  for (std::size_t i = 0; i < places.size(); ++i) {
    asio::ip::tcp::socket socket(home_);
    const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(places[i].address), places[i].port);
    const bool others = i + 1 < places.size();
    last = co_await aio::with_deadline(others ? kLongestAttempt : options_.connect_timeout, "It did not answer.", connect_to(socket, endpoint));
    if (last) co_return make_tcp_stream(std::move(socket));
  }
  auto error = fail(Code::bad_gateway, fmt::format("Cannot connect to {}:{}.", host, port));
  error.error().why = last.error().why.empty() ? last.error().say : last.error().why;
  co_return error;
}

Task<Result<std::unique_ptr<Stream>>> Dialer::tls(std::unique_ptr<Stream> carrier, std::string host) {
  CO_TRY(trust, co_await context());
  co_return co_await tls_client(std::move(trust), std::move(carrier), std::move(host));
}

Task<Result<std::unique_ptr<Stream>>> Dialer::straight(std::string host, std::uint16_t port, bool secure) {
  CO_TRY(stream, co_await tcp(host, port));
  if (!secure) co_return stream;
  reached(Step::tls);
  co_return co_await tls(std::move(stream), std::move(host));
}

Result<std::optional<Proxy>> Dialer::proxy_to(const Url& url) const { return options_.proxies.on_the_way_to(is_secure(url), url.host, url.port); }

Task<Result<std::unique_ptr<Stream>>> Dialer::to_proxy(const Proxy& proxy) {
  auto stream = co_await tcp(proxy.host, proxy.port);
  reached(Step::proxy);
  if (stream && proxy.secure) stream = co_await tls(std::move(*stream), proxy.host);
  if (!stream) co_return std::unexpected(about_proxy(proxy, std::move(stream).error()));
  co_return stream;
}

Task<Result<std::unique_ptr<Stream>>> Dialer::passed_on(const Proxy& proxy, std::string target) {
  CO_TRY(stream, co_await to_proxy(proxy));
  Http1 http(std::move(stream));
  Headers headers{{"Host", target}, {"User-Agent", options_.user_agent}};
  if (const auto told = proxy.authorization(); !told.empty()) headers.set("Proxy-Authorization", told);
  auto sent = co_await http.send_head("CONNECT", target, headers);
  if (!sent) co_return std::unexpected(about_proxy(proxy, std::move(sent).error()));
  auto head = co_await http.read_head();
  if (!head) co_return std::unexpected(about_proxy(proxy, std::move(head).error()));
  if (head->status < 200 || head->status > 299) co_return std::unexpected(proxy_refusal(proxy, target, head->status));
  co_return http.release();
}

Task<Result<std::unique_ptr<Stream>>> Dialer::through(const std::optional<Proxy>& proxy, const Url& url) {
  if (!proxy) co_return co_await straight(url.host, url.port, is_secure(url));
  CO_TRY(stream, co_await passed_on(*proxy, host_and_port(url)));
  if (!is_secure(url)) co_return stream;
  reached(Step::tls);
  co_return co_await tls(std::move(stream), url.host);
}

}  // namespace slipway::net
