#include "server/front.hpp"

#include "base/log.hpp"
#include "features/deployment/deployment.hpp"

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

}  // namespace

Task<void> receive(Server::Parts& parts, net::Exchange& exchange) {
  const auto path = exchange.request().path;
  if (path == "/readyz") co_return co_await send(exchange, parts.readiness.answer());
  if (http::App* app = parts.ready.load()) co_return co_await app->serve(exchange);
  co_await send(exchange, path == "/healthz" ? deployment::alive() : wait_a_moment());
}

}  // namespace slipway::server
