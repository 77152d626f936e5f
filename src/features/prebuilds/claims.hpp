// Handing a member of a pool to whoever makes a workspace, and what follows once it is theirs.
#pragma once

#include "features/workspaces/workspaces.hpp"

namespace slipway::http {
class Routes;
}

namespace slipway::prebuilds {

// LISTEN channel: a workspace's claim has been built. The payload is the event that its agent is told, as JSON.
std::string claim_channel(WorkspaceId workspace);
std::string claim_event(WorkspaceId workspace, UserId owner);

// What making a workspace asks of the pools.
workspaces::Pools pools();

// A claim's build has succeeded: in the transaction that stores its end. Nothing where that claim had ended before; else what to count
// once it is committed.
struct Claimed {
  WorkspaceId workspace;
  std::string owner, organization, template_name, preset;
  Time began;
  bool replaced = false;
};
Task<Result<std::optional<Claimed>>> claimed(store::DutyTx<rbac::Duty::provisioner_daemon>& tx, BuildId build,
                                             const std::vector<provisioner::Replacement>& replacements);

// What agents in a pool wait by.
void add_agent_routes(http::Routes& routes);

}  // namespace slipway::prebuilds
