// Tells who follows an agent's metadata, on every replica, that some of it is new: of many agents at once, and twice a second at
// most. Transactions that notify wait for one another when they commit, so that a report has none of its own. One a process.
#pragma once

#include "http/home.hpp"

#include <mutex>
#include <set>

namespace slipway::agents {

class MetadataNews {
 public:
  // Any loop.
  void add(AgentId agent);
  // Tells what was added; runs until cancelled.
  Task<void> keep(http::Home& home);

 private:
  Task<Result<void>> tell(http::Home& home, const std::set<AgentId>& agents);

  std::mutex mutex_;  // pending_ only, never held over an await
  std::set<AgentId> pending_;
};

}  // namespace slipway::agents
