// Connections to apps that wait for their next request, and what is known of who may keep a stream open: what carry() leaves behind for
// the next exchange. A connection is kept for its agent, port and scheme alone. One a process; each loop has its own share. stop() must
// have returned before the loops go.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/metric.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace slipway::http {
struct Home;
}
namespace slipway::net {
class Http1;
class TlsContext;
}  // namespace slipway::net

namespace slipway::apps {

struct LinesLimits {
  std::size_t kept_each = 6;    // of one app and loop
  std::size_t kept_all = 2000;  // of one loop
  Milliseconds kept_for{600'000};
};

// What is known of one right on one loop.
struct Right;
// Whether it holds, by an answer that is no older than `since`; one asks for all who wait. `ask` lives as long as its caller waits.
Task<bool> holds(std::shared_ptr<Right> right, std::chrono::steady_clock::time_point since, std::function<Task<bool>()> ask);

class Lines {
 public:
  struct Key {
    AgentId agent;
    std::uint16_t port = 0;
    bool tls = false;
    auto place() const { return std::tuple(agent.str(), port, tls); }
    bool operator<(const Key& other) const { return place() < other.place(); }
  };

  explicit Lines(LinesLimits limits = {});
  ~Lines();
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  // The connection that was used last; null when there is none. On the loop that it was kept on.
  std::unique_ptr<net::Http1> take(http::Home& home, const Key& key);
  // One whose exchange is whole.
  void keep(http::Home& home, const Key& key, std::unique_ptr<net::Http1> line);
  std::size_t kept() const { return static_cast<std::size_t>(kept_.value()); }
  void write(metric::Text& text) const;
  // Drops them all, each on its loop, and keeps none any more.
  Task<void> stop();

  // The right of that name, which whoever stands on it holds as long: so they share what is known of it.
  std::shared_ptr<Right> right(http::Home& home, const std::string& name);

  // Of connections to apps, which show what certificate they like. Null when there can be no TLS at all.
  const std::shared_ptr<net::TlsContext>& tls() const { return tls_; }

 private:
  struct Share;
  Share& share_of(http::Home& home);

  LinesLimits limits_;
  std::shared_ptr<net::TlsContext> tls_;
  metric::Gauge kept_;
  metric::Counter reused_;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;  // the map only; what is in it belongs to its loop
  std::map<std::size_t, std::shared_ptr<Share>> shares_;
};

}  // namespace slipway::apps
