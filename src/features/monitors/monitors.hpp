// Memory and volumes of an agent's machine that its template asks to be watched: kept when a build makes the agent, reported by the
// agent, judged here.
#pragma once

#include "provisioner/job.hpp"
#include "store/store.hpp"

#include <vector>

namespace slipway::http {
class Routes;
}

namespace slipway::monitors {

struct OfAgent {
  AgentId id;
  const provisioner::Agent& agent;
};
// Keeps what these agents' templates ask for; two statements whatever their number, none when nothing is asked.
Task<Result<void>> keep(store::DutyTx<rbac::Duty::provisioner_daemon>& tx, const std::vector<OfAgent>& agents);

// /workspaceagents/me/resource-monitors and /resource-usage.
void add_routes(http::Routes& routes);

}  // namespace slipway::monitors
