// Who opened what: a line of the connection log for each visit, not for each request. A visit is one person (or nobody who is known) at
// one app from one address with one browser and one outcome; it goes on while they come back within the hour. One a process; any loop.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace slipway::http {
struct Home;
}
namespace slipway::metric {
class Text;
}

namespace slipway::apps {

// What makes two visits one.
struct VisitKey {
  AgentId agent;
  AppId app;    // nil: a port or a terminal
  UserId user;  // nil: nobody who is known
  std::string ip, user_agent;
  std::string what;  // slug, port or "terminal"
  std::int32_t status = 0;

  auto operator<=>(const VisitKey&) const = default;
};

struct Seen {
  VisitKey key;
  Time at{};
  OrganizationId organization;
  UserId owner;
  WorkspaceId workspace;
  std::string workspace_name, agent_name;
  std::string type;  // of the connection log
};

class Visits {
 public:
  static constexpr std::string_view kApp = "workspace_app", kPort = "port_forwarding";

  // A visit is over after `stale` without anybody.
  explicit Visits(Seconds stale = std::chrono::hours(1)) : stale_(stale) {}

  // Whoever waits for an answer waits a moment at the most: what does not fit then is counted and forgotten.
  Task<void> note(Seen seen);
  // Writes down what was noted and forgets what is over; runs until cancelled.
  Task<void> keep(http::Home& home);
  // All that is left, at the end.
  Task<void> write_all(http::Home& home);
  void write(metric::Text& text) const;

 private:
  using Pending = std::map<VisitKey, Seen>;
  bool add(Seen& seen);
  Pending take();
  static Task<Result<void>> store(http::Home& home, const Pending& some, Seconds stale);
  Task<void> forget(http::Home& home);

  Seconds stale_;
  std::mutex mutex_;  // pending_ only, never held over an await
  Pending pending_;
  std::atomic<std::uint64_t> dropped_ = 0, written_ = 0;
};

}  // namespace slipway::apps
