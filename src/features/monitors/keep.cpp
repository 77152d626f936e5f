#include "features/monitors/monitors.hpp"
#include "features/monitors/objects.hpp"

#include <algorithm>

namespace slipway::monitors {

namespace {

struct MemoryRows {
  std::vector<AgentId> agents;
  std::vector<bool> enabled;
  std::vector<std::int32_t> thresholds;
};

}  // namespace

Task<Result<void>> keep(store::DutyTx<rbac::Duty::provisioner_daemon>& tx, const std::vector<OfAgent>& agents) {
  MemoryRows memory;
  sql::InsertVolumesArgs volumes{.now = tx.now()};
  for (const auto& [id, agent] : agents) {
    if (agent.memory_monitor) {
      memory.agents.push_back(id);
      memory.enabled.push_back(agent.memory_monitor->enabled);
      memory.thresholds.push_back(std::clamp(agent.memory_monitor->threshold, 0, 100));
    }
    for (const auto& volume : agent.volume_monitors) {
      if (volume.path.empty()) continue;
      volumes.agent_ids.push_back(id);
      volumes.paths.push_back(volume.path);
      volumes.enableds.push_back(volume.enabled);
      volumes.thresholds.push_back(std::clamp(volume.threshold, 0, 100));
    }
  }
  if (!memory.agents.empty()) CO_CHECK(co_await sql::insert_memory(tx, tx.now(), memory.agents, memory.enabled, memory.thresholds));
  if (!volumes.agent_ids.empty()) CO_CHECK(co_await sql::insert_volumes(tx, volumes));
  co_return Result<void>();
}

}  // namespace slipway::monitors
