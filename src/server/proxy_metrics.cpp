// What a workspace proxy counts, for Prometheus, on a listener of its own.
#include "aio/blocking.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "server/proxy_parts.hpp"

namespace slipway::server {

namespace {

using metric::Text;
constexpr std::size_t kScrapers = 64;

Task<std::string> text_of(Proxy::Parts& parts) {
  Text text;
  text.family("coderd_build_info", Text::Type::gauge, "Describes the current build/version of the server. Value is always 1.");
  text.sample({{"version", kVersion}, {"revision", ""}}, 1);
  auto process = [&text] {
    metric::write_process(text);
    return 0;
  };
  co_await aio::blocking(std::move(process));
  text.family("slipway_proxy_questions_total", Text::Type::counter,
              "Visitors that the primary was asked about, by what came of it: a token, what the visitor was shown instead, or no answer.");
  text.sample({{"outcome", "token"}}, static_cast<double>(parts.asked.tokens.value()));
  text.sample({{"outcome", "instead"}}, static_cast<double>(parts.asked.instead.value()));
  text.sample({{"outcome", "no_answer"}}, static_cast<double>(parts.asked.no_answer.value()));
  if (http::App* app = parts.ready.load()) {
    app->meter().write(text);
    parts.apps->stats.write(text);
    parts.apps->hosts.write(text);
    parts.apps->doors.lines->write(text);
    parts.list.write(text);
  }
  co_return text.take();
}

net::Response answer(int status, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", status == 200 ? "text/plain; version=0.0.4; charset=utf-8" : "text/plain; charset=utf-8"},
                      {"Cache-Control", "no-store"}},
          .body = std::move(body)};
}

Task<void> serve(Proxy::Parts& parts, net::Exchange& exchange) {
  const auto& request = exchange.request();
  net::Response response = answer(404, "Metrics are at /metrics.\n");
  if (request.path == "/metrics" || request.path == "/") {
    if (request.method == "GET" || request.method == "HEAD")
      response = answer(200, co_await text_of(parts));
    else
      response = answer(405, "Only GET.\n");
  }
  if (const auto sent = co_await exchange.send(std::move(response)); !sent) log::debug("a scraper went away before its answer");
}

Result<void> start(Proxy::Parts& parts) {
  const auto& address = parts.config.base.prometheus_address;
  if (address.empty()) return {};
  net::ServerOptions options{.host = host_of(address), .port = port_of(address)};
  options.limits.connections_per_loop = kScrapers;
  auto reach = [&parts](net::Exchange& exchange) { return serve(parts, exchange); };
  parts.metrics_net = std::make_unique<net::Server>(parts.loops, std::move(options), reach);
  auto listening = parts.metrics_net->start();
  if (listening) return {};
  parts.metrics_net.reset();
  listening.error().say = "--prometheus-address: " + listening.error().say;
  return listening;
}

Task<Result<void>> begin(Proxy::Parts& parts) { co_return start(parts); }

Task<void> end(Proxy::Parts& parts) {
  if (parts.metrics_net) co_await parts.metrics_net->stop(Seconds(1));
}

}  // namespace

Part proxy_metrics_part(Proxy::Parts& parts) {
  return {.name = "metrics", .start = [&parts] { return begin(parts); }, .take_no_more = [&parts](Until) { return end(parts); }};
}

}  // namespace slipway::server
