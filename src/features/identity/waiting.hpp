// What is known of a machine that an agent waits for.
#pragma once

#include "api/gen/agents.hpp"
#include "features/identity/refusals.hpp"
#include "http/call.hpp"

namespace slipway::identity {

// Who may read the workspace is told the instance id; whoever owns it, or may change its template, also why the last proof of it was
// refused. Errors: not_found.
Task<Result<api::WorkspaceAgentIdentity>> awaited_machine(http::Call& call, const Refusals& refusals);

}  // namespace slipway::identity
