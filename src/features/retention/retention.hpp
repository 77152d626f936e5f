// Tables that shrink by themselves. What each keeps, and for how long, is said beside its statements on a line `-- kept:`, and
// tools/lint asks it of every table.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "store/store.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace slipway::store {
class Db;
}

namespace slipway::retention {

// 0: for ever.
struct Kept {
  Seconds audit_logs{0}, connection_logs{0};
  Seconds api_keys{0};    // after they have expired
  Seconds agent_logs{0};  // after their agent was last connected
};

struct Purge {
  using Handle = store::DutyStore<rbac::Duty::db_purge>;

  std::string_view what;  // for the log
  Seconds kept{0};
  // Deletes what is older, at most so many rows; how many went. By an index: it is asked often and mostly finds nothing.
  std::function<Task<Result<std::int64_t>>(Handle&, Time before, std::int32_t most)> batch;
};

std::vector<Purge> purges(const Kept& kept);
// Batches until one finds nothing; how many rows went in all.
Task<Result<std::int64_t>> purge_one(store::Db& db, const Purge& purge, std::int32_t most = 1000);
// All of them every ten minutes, until cancelled. Start it once a process.
Task<void> keep_purged(store::Db& db, Kept kept);

}  // namespace slipway::retention
