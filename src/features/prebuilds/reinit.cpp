// Where the agent of a workspace in a pool waits until somebody has claimed it. News only wake: what an agent is told is what the tables
// say, so that one which was away meanwhile is told too, and one that has started up since is not.
#include "features/prebuilds/claims.hpp"
#include "features/prebuilds/objects.hpp"
#include "http/live.hpp"
#include "http/routes.hpp"

namespace slipway::prebuilds {

namespace {

using MayUpdate = store::Judged<rbac::Action::update_agent, rbac::Resource::workspace>;

// As which agent the caller started up: its own word, or else that it is the one it comes as.
struct Known {
  AgentId agent;
  bool told = false;
};

Task<Result<Known>> known_of(http::Call& call) {
  const auto said = call.query("agent_id").value_or("");
  if (said.empty()) co_return Known{.agent = call.principal().agent->id};
  const auto id = AgentId::parse(said);
  if (!id) co_return fail_field("Query parameters have invalid values.", "agent_id", "agent_id must be a UUID.");
  co_return Known{.agent = *id, .told = true};
}

Task<Result<sql::ReinitState>> state_of(http::Call& call, const MayUpdate& may, Known known) {
  CO_TRY(state, co_await sql::reinit_state(call.store(), may, known.agent, known.told));
  if (!state) co_return not_found();
  co_return std::move(*state);
}

Task<Result<http::Handled>> reinit(http::Call& call) {
  const auto& agent = *call.principal().agent;
  const rbac::Object workspace{
      .type = rbac::Resource::workspace, .id = agent.workspace_id.uuid, .owner = agent.owner_id, .organization = agent.organization_id};
  CO_TRY(may, (call.store().permit<rbac::Action::update_agent, rbac::Resource::workspace>(workspace)));
  CO_TRY(known, co_await known_of(call));
  http::LiveOptions options{.topics = {{claim_channel(agent.workspace_id), {}}}};
  http::Live live(call, std::nullopt, std::move(options));  // listens from here on: what comes after the look is news
  CO_TRY(state, co_await state_of(call, may, known));
  if (!state.stale && !state.awaited)
    co_return fail(Code::conflict, "This workspace is in no pool, or its agent has started up for its owner: there is nothing to wait for.");
  CO_CHECK(co_await live.open(http::Frames::events));
  bool open = co_await live.ping();  // it listens
  while (open && !state.stale && state.awaited) {
    if (co_await live.next() == http::Live::Why::over) break;
    auto now = co_await state_of(call, may, known);
    if (!now) break;
    state = std::move(*now);
  }
  if (open && state.stale) (void)co_await live.send(claim_event(agent.workspace_id, state.owner_id));
  co_await live.close();
  co_return http::Handled{};
}

}  // namespace

void add_agent_routes(http::Routes& routes) {
  using http::Audit, http::Auth, http::Rate;
  routes.get<Auth::agent, Audit::none, Rate::none>("/api/v2/workspaceagents/me/reinit", reinit);
}

}  // namespace slipway::prebuilds
