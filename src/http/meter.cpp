#include "http/meter.hpp"

#include <fmt/format.h>

namespace slipway::http {

namespace {

constexpr double kLatencies[] = {0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 10, 30};
constexpr double kWebSocketDurations[] = {0.001, 1, 60, 600, 3600, 54000, 108000};

// Every status that is counted under its own number; any other is counted as the first of its hundred.
constexpr int kStatuses[] = {100, 101, 200, 201, 202, 204, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 406,
                             408, 409, 410, 411, 412, 413, 414, 415, 416, 422, 424, 426, 428, 429, 431, 499, 500, 501, 502, 503, 504};

std::size_t status_index(int status) {
  auto found = std::ranges::lower_bound(kStatuses, status);
  if (found == std::end(kStatuses) || *found != status) found = std::ranges::lower_bound(kStatuses, std::clamp(status / 100, 1, 5) * 100);
  return static_cast<std::size_t>(found - std::begin(kStatuses));
}

// Of a route for any method; the last stands for what a caller made up.
constexpr std::array<std::string_view, 8> kMethodNames = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER"};

std::size_t method_index(std::string_view method) {
  const auto found = std::ranges::find(kMethodNames, method);
  return static_cast<std::size_t>(std::min(found, kMethodNames.end() - 1) - kMethodNames.begin());
}

}  // namespace

struct Meter::Slot {
  Slot(std::string_view a_method, std::string_view a_path) : method(a_method), path(a_path) {}

  std::string_view method, path;  // of the route table, or constants
  std::array<metric::Counter, std::size(kStatuses)> processed{};
  metric::Histogram latencies{kLatencies}, websocket_durations{kWebSocketDurations};
  metric::Gauge running, websockets;
  metric::Counter statements;

  bool used() const {
    return running.value() != 0 || std::ranges::any_of(processed, [](const auto& c) { return c.value() > 0; });
  }
};

Meter::Meter(const Routes& routes) {
  static_assert(kMethodNames.size() == kMethods);
  const auto slot = [this](std::string_view path, std::string_view method) {
    auto& made = slots_[{path, method}];
    if (!made) made = std::make_unique<Slot>(method, path);
    return made.get();
  };
  const auto add = [&](const Route* route, std::string_view path, std::string_view method) {
    auto& by_method = by_route_[route];
    for (std::size_t i = 0; i < kMethods; ++i) by_method[i] = slot(path, method == "*" ? kMethodNames[i] : method);
  };
  for (const auto& route : routes.all()) add(route.get(), route->pattern, route->method);
  add(nullptr, "UNKNOWN", "*");
}

Meter::~Meter() = default;

Meter::Running::Running(Meter& meter, const Route* route, std::string_view method, bool websocket)
    : slot_(*meter.by_route_.at(route)[method_index(method)]), websocket_(websocket) {
  slot_.running.add(1);
  if (websocket_) slot_.websockets.add(1);
}

Meter::Running::~Running() {
  slot_.running.add(-1);
  if (websocket_) slot_.websockets.add(-1);
}

void Meter::Running::finished(int status, int statements) {
  slot_.processed[status_index(status)].add();
  slot_.statements.add(static_cast<std::uint64_t>(statements));
  (websocket_ ? slot_.websocket_durations : slot_.latencies).observe(std::chrono::steady_clock::now() - began_);
}

void Meter::write(metric::Text& text) const {
  using Type = metric::Text::Type;
  std::vector<const Slot*> used;
  for (const auto& [key, slot] : slots_)
    if (slot->used()) used.push_back(slot.get());

  text.family("coderd_api_requests_processed_total", Type::counter, "The total number of processed API requests");
  for (const auto* slot : used)
    for (std::size_t i = 0; i < std::size(kStatuses); ++i)
      if (const auto count = slot->processed[i].value(); count > 0)
        text.sample({{"code", fmt::format("{}", kStatuses[i])}, {"method", slot->method}, {"path", slot->path}}, static_cast<double>(count));

  text.family("coderd_api_request_latencies_seconds", Type::histogram, "Latency distribution of requests in seconds.");
  for (const auto* slot : used)
    if (const auto read = slot->latencies.read(); read.count() > 0) text.sample({{"method", slot->method}, {"path", slot->path}}, read);

  text.family("coderd_api_concurrent_requests", Type::gauge, "The number of concurrent API requests.");
  for (const auto* slot : used) text.sample({{"method", slot->method}, {"path", slot->path}}, static_cast<double>(slot->running.value()));

  text.family("slipway_api_sql_statements_total", Type::counter, "SQL statements that requests needed; divided by the requests, what one costs.");
  for (const auto* slot : used) text.sample({{"method", slot->method}, {"path", slot->path}}, static_cast<double>(slot->statements.value()));

  // A path has no method here: those of one path add up.
  std::map<std::string_view, std::pair<std::int64_t, metric::Tally>> sockets;
  for (const auto* slot : used) {
    const auto durations = slot->websocket_durations.read();
    if (durations.count() == 0 && slot->websockets.value() == 0) continue;
    auto& [open, tally] = sockets.try_emplace(slot->path, 0, metric::Tally(kWebSocketDurations)).first->second;
    open += slot->websockets.value();
    tally.add(durations);
  }
  text.family("coderd_api_concurrent_websockets", Type::gauge, "The total number of concurrent API websockets.");
  for (const auto& [path, socket] : sockets) text.sample({{"path", path}}, static_cast<double>(socket.first));
  text.family("coderd_api_websocket_durations_seconds", Type::histogram, "Websocket duration distribution of requests in seconds.");
  for (const auto& [path, socket] : sockets) text.sample({{"path", path}}, socket.second);
}

}  // namespace slipway::http
