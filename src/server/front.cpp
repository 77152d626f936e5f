#include "server/front.hpp"

#include "base/log.hpp"
#include "features/deployment/deployment.hpp"
#include "http/answer.hpp"
#include "http/credentials.hpp"

namespace slipway::server {

namespace {

Task<void> send(net::Exchange& exchange, net::Response response) {
  auto sent = co_await exchange.send(std::move(response));
  if (!sent) log::debug("a caller went away before its answer");
}

net::Response wait_a_moment() {
  auto response = http::json(503, R"({"message":"The server is starting. Try again in a moment."})");
  response.headers.set("Retry-After", "2");
  return response;
}

// By the access URL, or where servers and probes ask each other by address.
bool comes_right(const Server::Parts& parts, const http::Site& site, const net::Request& request) {
  if (request.path == "/healthz" || request.path.starts_with("/api/v2/internal/")) return true;
  return http::is_addressed(request, site, parts.config.tls());
}

Task<void> redirect(net::Exchange& exchange, const http::Site& site) {
  net::Response response{
      .status = 307, .headers = {{"Location", http::right_address(exchange.request(), site) + exchange.request().target}}, .body = {}};
  http::complete(response.headers, site, RequestId::random());
  co_await send(exchange, std::move(response));
}

bool trusts_only_the_usual(const std::vector<std::string>& headers) { return headers.size() == 1 && headers.front() == "X-Forwarded-For"; }

}  // namespace

std::function<void(net::Request&)> client_from(const Config& config) {
  if (trusts_only_the_usual(config.trusted_headers) || config.trusted_proxies.empty()) return {};
  return [headers = config.trusted_headers, proxies = config.trusted_proxies](net::Request& request) {
    if (!http::in_networks(request.peer.ip, proxies)) return;
    const auto named = std::ranges::find_if(headers, [&](const auto& header) { return request.headers.has(header); });
    if (named == headers.end()) return request.headers.remove("X-Forwarded-For");
    if (*named == "X-Forwarded-For") return;
    const std::string client(request.headers.get(*named));
    request.headers.set("X-Forwarded-For", client);
  };
}

Task<void> receive(Server::Parts& parts, net::Exchange& exchange) {
  const auto path = exchange.request().path;
  http::App* app = parts.ready.load();
  const bool of_app = app && http::names_app(exchange.request(), *app->home(0).site);  // which may have pages of these names
  if (path == "/readyz" && !of_app) co_return co_await send(exchange, parts.readiness.answer());
  if (app) {
    const auto& site = *app->home(0).site;
    if (parts.config.redirect_to_access_url && !comes_right(parts, site, exchange.request())) co_return co_await redirect(exchange, site);
    co_return co_await app->serve(exchange);
  }
  co_await send(exchange, path == "/healthz" ? deployment::alive() : wait_a_moment());
}

}  // namespace slipway::server
