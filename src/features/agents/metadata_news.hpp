// What agents report of their metadata: kept for half a second, then stored for all agents in one statement, and who follows them is told,
// on every replica. A transaction of its own for each report would be most of what idle agents cost. One a process.
#pragma once

#include "features/agents/report.hpp"
#include "http/home.hpp"

#include <map>
#include <mutex>
#include <set>
#include <string>

namespace slipway::agents {

class MetadataNews {
 public:
  // Any loop. Of two values of one key the later one counts. Keys that the template does not declare are dropped when it is stored.
  void add(AgentId agent, MetadataRows rows, Time now);
  // Stores and tells what was added; runs until cancelled.
  Task<void> keep(http::Home& home);

 private:
  struct Value {
    std::string value, error;
    Time collected_at{};
  };
  using Pending = std::map<std::pair<AgentId, std::string>, Value>;
  static Task<Result<void>> store(http::Home& home, const Pending& all);

  std::mutex mutex_;  // pending_ only, never held over an await
  Pending pending_;
};

}  // namespace slipway::agents
