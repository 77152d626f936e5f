// What Prometheus scrapes: the text that everything which counts writes into, and the gauges that only the database knows. A
// scrape runs no statement: one background collection per server reads them, and only while somebody scrapes.
#pragma once

#include "aio/event.hpp"
#include "base/metric.hpp"
#include "http/home.hpp"
#include "net/exchange.hpp"

#include <atomic>
#include <functional>
#include <mutex>

namespace slipway::http {
class Routes;
}

namespace slipway::metrics {

struct Snapshot;

struct Options {
  Seconds interval{30};      // between two collections; 0: each scrape sees a new one
  bool agent_stats = false;  // series per agent of what it reported
};

// One a server. text() and serve() work from any loop; collect() belongs to the loop of its Home.
class Metrics {
 public:
  using Source = std::function<Task<void>(metric::Text&)>;

  // The sources write on the loop of the scrape; one that must look elsewhere goes there and comes back.
  Metrics(asio::any_io_executor home, Options options, std::vector<Source> sources);
  ~Metrics();

  // Keeps the database's gauges; runs until cancelled. `home` is on the loop given above.
  Task<void> collect(http::Home& home);

  Task<std::string> text();
  // The listener for Prometheus alone: GET / and /metrics.
  Task<void> serve(net::Exchange& exchange);

 private:
  Task<void> refresh(http::Home& home);
  Task<int> freshen();
  std::shared_ptr<const Snapshot> current() const;

  asio::any_io_executor home_;
  Options options_;
  std::vector<Source> sources_;
  aio::Event wanted_, made_;                                      // home: home_
  std::uint64_t begun_ = 0, ended_ = 0;                           // home: home_
  std::optional<std::chrono::steady_clock::time_point> read_at_;  // of current_; home: home_
  mutable std::mutex mutex_;                                      // current_ only, never held over an await
  std::shared_ptr<const Snapshot> current_;
};

// GET /api/v2/debug/metrics, for who may read debug_info.
void add_routes(http::Routes& routes, Metrics& metrics);

}  // namespace slipway::metrics
