// The gauges that only the database knows, as of one moment. Immutable once loaded.
#pragma once

#include "base/metric.hpp"
#include "features/metrics/gen/metrics_sql.hpp"
#include "http/home.hpp"

namespace slipway::metrics {

struct Snapshot {
  Time at;
  std::vector<sql::Users> users;
  std::vector<sql::Builds> builds;
  std::vector<sql::Agent> agents;
  std::vector<sql::App> apps;
  std::vector<sql::Outbox> outbox;
  std::vector<sql::AgentStats> agent_stats;  // empty unless wanted
};

// Never more rows of a kind than this, whatever the deployment's size.
inline constexpr std::int32_t kMostRows = 20000;

Task<Result<Snapshot>> load(http::Home& home, bool agent_stats);

// Names and labels are those of existing dashboards.
void write(const Snapshot& snapshot, metric::Text& text);

}  // namespace slipway::metrics
