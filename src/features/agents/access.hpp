// Who may reach an agent, asked when a request comes and again while its stream is open.
#pragma once

#include "features/agents/gen/agents_sql.hpp"
#include "features/agents/status.hpp"
#include "http/authenticator.hpp"
#include "http/call.hpp"

namespace slipway::agents {

// The agent of the path's {agent}. Not readable is not found.
Task<Result<sql::Found>> find(http::Call& call);
// Proof that the caller may read the agent's workspace: for what hangs on the agent.
Result<store::Permit<rbac::Action::read, rbac::Resource::workspace>> may_read(store::Store& store, const sql::Found& agent);
std::string_view status_of(const sql::Found& agent, Time now);

// How often an open stream asks again. A lost permission or a newer build ends it within this and a moment.
inline constexpr Seconds kRecheck{10};

// Returns once the caller's session, the right to `action` on the agent's workspace, or the build's place as the newest
// has gone; asks with the credentials of the request, so that nothing of the old answer is believed. `read` asks for
// reading only.
Task<void> until_lost(http::Call& call, http::Authenticator& authenticator, AgentId agent, rbac::Action action);
Task<bool> still_may(http::Call& call, http::Authenticator& authenticator, AgentId agent, rbac::Action action);

}  // namespace slipway::agents
