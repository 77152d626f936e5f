// Who may reach an agent, asked when a request comes and again while its stream is open.
#pragma once

#include "features/reach/gen/reach_sql.hpp"
#include "features/resources/status.hpp"
#include "http/standing.hpp"

namespace slipway::reach {

// The agent of the path's {agent}. Not readable is not found.
Task<Result<sql::Found>> find(http::Call& call);
// Proof that the caller may read the agent's workspace: for what hangs on the agent.
using MayRead = store::Judged<rbac::Action::read, rbac::Resource::workspace>;
Result<MayRead> may_read(store::Store& store, const sql::Found& agent);
std::string_view status_of(const sql::Found& agent, Time now);

// What a stream to the agent stands on: the caller's session, the right to `action` on the agent's workspace, and the
// build's place as the newest.
http::Standing standing(http::Call& call, http::Authenticator& authenticator, AgentId agent, rbac::Action action);

}  // namespace slipway::reach
