#include "features/reach/access.hpp"

#include "features/reach/objects.hpp"
#include "store/db.hpp"

namespace slipway::reach {

Task<Result<sql::Found>> find(http::Call& call) {
  CO_TRY(id, call.path_id<AgentId>("agent"));
  CO_TRY(row, co_await sql::agent_of_workspace(call.store(), id));
  if (!row) co_return not_found();
  co_return std::move(*row);
}

Result<MayRead> may_read(store::Store& store, const sql::Found& agent) {
  return store.permit<rbac::Action::read, rbac::Resource::workspace>(sql::object_of(agent));
}

std::string_view status_of(const sql::Found& agent, Time now) {
  const resources::ConnectionTimes times{.created_at = agent.created_at,
                                         .first_connected_at = agent.first_connected_at,
                                         .last_connected_at = agent.last_connected_at,
                                         .disconnected_at = agent.disconnected_at,
                                         .timeout = Seconds(agent.connection_timeout_seconds)};
  return resources::connection_of(times, now).status;
}

http::Standing standing(http::Call& call, http::Authenticator& authenticator, AgentId agent, rbac::Action action) {
  auto right = [&call, agent, action](store::Store& now) -> Task<Result<bool>> {
    auto open = call.db().open();
    CO_TRY(row, co_await sql::agent_to_enter(open, agent));
    co_return row && row->is_latest&& now.may(action, sql::object_of(*row));
  };
  return {call, authenticator, fmt::format("agent {} {}", agent.str(), name_of(action)), std::move(right)};
}

}  // namespace slipway::reach
