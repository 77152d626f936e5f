#include "features/metrics/metrics.hpp"

#include "aio/blocking.hpp"
#include "base/log.hpp"
#include "features/metrics/snapshot.hpp"
#include "http/routes.hpp"

namespace slipway::metrics {

namespace {

constexpr Milliseconds kCollectLimit{10000};
// A scrape that finds old gauges asks for new ones and waits no longer than this for them.
constexpr Milliseconds kPatience{2000};

constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

net::Response answer(int status, std::string_view type, std::string body) {
  return {.status = status, .headers = {{"Content-Type", std::string(type)}, {"Cache-Control", "no-store"}}, .body = std::move(body)};
}

Task<Result<http::Raw>> show(http::Call& call, Metrics& metrics) {
  if (!call.store().may(rbac::Action::read, rbac::all_of(rbac::Resource::debug_info))) co_return forbidden();
  auto text = co_await metrics.text();
  co_return http::Raw{answer(200, kContentType, std::move(text))};
}

}  // namespace

Metrics::Metrics(asio::any_io_executor home, Options options, std::vector<Source> sources)
    : home_(home), options_(options), sources_(std::move(sources)), wanted_(home), made_(home) {}
Metrics::~Metrics() = default;

std::shared_ptr<const Snapshot> Metrics::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Task<void> Metrics::refresh(http::Home& home) {
  ++begun_;
  const auto began = std::chrono::steady_clock::now();
  auto loaded = co_await aio::with_deadline(kCollectLimit, "The database took too long.", load(home, options_.agent_stats));
  if (loaded) {
    read_at_ = began;
    auto fresh = std::make_shared<const Snapshot>(std::move(*loaded));
    const std::lock_guard lock(mutex_);
    current_ = std::move(fresh);
  } else {
    log::warn("the gauges of the database could not be read; the last ones are kept", {{"why", loaded.error().why}, {"say", loaded.error().say}});
  }
  ++ended_;
  made_.notify();
}

// A server that nobody scrapes reads nothing.
Task<void> Metrics::collect(http::Home& home) {
  for (;;) {
    co_await wanted_.wait();
    co_await refresh(home);
    co_await aio::sleep(options_.interval);
  }
}

Task<int> Metrics::freshen() {
  wanted_.notify();
  const auto now = std::chrono::steady_clock::now();
  if (read_at_ && now - *read_at_ < 2 * options_.interval) co_return 0;
  const auto next = begun_ + 1;  // one that runs already may have read before the caller asked
  const auto until = now + kPatience;
  while (ended_ < next && std::chrono::steady_clock::now() < until)
    co_await made_.wait_for(std::chrono::ceil<Milliseconds>(until - std::chrono::steady_clock::now()));
  co_return 0;
}

Task<std::string> Metrics::text() {
  co_await aio::on(home_, freshen());
  metric::Text text;
  for (auto& source : sources_) co_await source(text);
  const auto snapshot = current();
  if (snapshot) write(*snapshot, text);
  const double at = snapshot ? static_cast<double>(snapshot->at.time_since_epoch().count()) / 1e6 : 0;
  text.one("slipway_metrics_collected_seconds", metric::Text::Type::gauge,
           "When the gauges of the database were read, in seconds since unix epoch; 0 before the first time.", at);
  co_return text.take();
}

Task<void> Metrics::serve(net::Exchange& exchange) {
  const auto& request = exchange.request();
  net::Response response;
  if (request.path != "/metrics" && request.path != "/")
    response = answer(404, "text/plain; charset=utf-8", "Metrics are at /metrics.\n");
  else if (request.method != "GET" && request.method != "HEAD")
    response = answer(405, "text/plain; charset=utf-8", "Only GET.\n");
  else
    response = answer(200, kContentType, co_await text());
  if (auto sent = co_await exchange.send(std::move(response)); !sent) log::debug("a scraper went away before its answer");
}

void add_routes(http::Routes& routes, Metrics& metrics) {
  const auto answer_metrics = [&metrics](http::Call& call) { return show(call, metrics); };
  routes.get<http::Auth::user, http::Audit::none>("/api/v2/debug/metrics", answer_metrics);
}

}  // namespace slipway::metrics
