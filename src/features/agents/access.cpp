#include "features/agents/access.hpp"

#include "features/agents/objects.hpp"
#include "http/credentials.hpp"
#include "store/db.hpp"

namespace slipway::agents {

Task<Result<sql::Found>> find(http::Call& call) {
  CO_TRY(id, call.path_id<AgentId>("agent"));
  CO_TRY(row, co_await sql::agent_of_workspace(call.store(), id));
  if (!row) co_return not_found();
  co_return std::move(*row);
}

Result<store::Permit<rbac::Action::read, rbac::Resource::workspace>> may_read(store::Store& store, const sql::Found& agent) {
  return store.permit<rbac::Action::read, rbac::Resource::workspace>(sql::object_of(agent));
}

std::string_view status_of(const sql::Found& agent, Time now) {
  const ConnectionTimes times{.created_at = agent.created_at, .first_connected_at = agent.first_connected_at, .last_connected_at = agent.last_connected_at,
                              .disconnected_at = agent.disconnected_at, .timeout = Seconds(agent.connection_timeout_seconds)};
  return connection_of(times, now).status;
}

Task<bool> still_may(http::Call& call, http::Authenticator& authenticator, AgentId agent, rbac::Action action) {
  const auto broken = [](const Error& error) { return error.code == Code::internal || error.code == Code::unavailable || error.code == Code::timed_out; };
  auto cost = std::make_shared<store::Cost>();
  auto principal = co_await authenticator.user(call.home(), http::credentials(call.request()).token, cost);
  // A database that cannot be asked takes no right away.
  if (!principal) co_return broken(principal.error());
  auto store = call.db().store_for((*principal)->actor, cost);
  auto row = co_await sql::agent_of_workspace(store, agent);
  if (!row) co_return broken(row.error());
  co_return *row && (*row)->is_latest && (action == rbac::Action::read || store.may(action, sql::object_of(**row)));
}

Task<void> until_lost(http::Call& call, http::Authenticator& authenticator, AgentId agent, rbac::Action action) {
  do {
    co_await aio::sleep(kRecheck);
  } while (co_await still_may(call, authenticator, agent, action));
}

}  // namespace slipway::agents
