// Checks the health of the manifest's apps and reports what changed. home: own thread.
#pragma once

#include "agent/control_plane.hpp"
#include "aio/nursery.hpp"

namespace slipway::agent {

// The judgement over one app's checks: unhealthy from the failure after `threshold` failures in a row, healthy at once
// after a success. Pure.
class HealthState {
 public:
  HealthState(std::string initial, std::int64_t threshold) : health_(std::move(initial)), threshold_(threshold) {}
  // True when the health changed.
  bool observe(bool success);
  const std::string& health() const { return health_; }

 private:
  std::string health_;
  std::int64_t threshold_;
  std::int64_t failures_ = 0;
};

class AppHealth {
 public:
  explicit AppHealth(const asio::any_io_executor& home);

  // Returns only when a report is refused for good.
  Task<Result<void>> run(std::vector<api::WorkspaceApp> apps, ControlPlane& server);
  // Awaited after run() ended or was cancelled.
  Task<void> stop();

 private:
  Task<void> keep_checking(api::WorkspaceApp app);

  std::map<std::string, std::string> changed_;
  net::Client client_;
  aio::Nursery nursery_;
};

}  // namespace slipway::agent
