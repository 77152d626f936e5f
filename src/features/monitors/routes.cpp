// What an agent asks of its monitors, and what it says is in use.
#include "http/routes.hpp"
#include "api/gen/agent_v1.hpp"
#include "base/log.hpp"
#include "features/monitors/judge.hpp"
#include "features/monitors/monitors.hpp"
#include "features/monitors/objects.hpp"

#include <algorithm>

namespace slipway::monitors {

namespace {

using MayUpdate = store::Permit<rbac::Action::update_agent, rbac::Resource::workspace>;
using Points = std::vector<std::optional<bool>>;

const http::PrincipalAgent& self(const http::Call& call) { return *call.principal().agent; }

// Of a transaction to write by, of a store to read by.
auto may_update(auto& store, const http::PrincipalAgent& agent) {
  const rbac::Object workspace{
      .type = rbac::Resource::workspace, .id = agent.workspace_id.uuid, .owner = agent.owner_id, .organization = agent.organization_id};
  return store.template permit<rbac::Action::update_agent, rbac::Resource::workspace>(workspace);
}

bool is_memory(const sql::Monitor& monitor) { return monitor.path.empty(); }

Task<Result<api::AgentResourceMonitors>> show(http::Call& call) {
  CO_TRY(may, may_update(call.store(), self(call)));
  CO_TRY(rows, co_await sql::monitors(call.store(), may, self(call).id));
  api::AgentResourceMonitors out{
      .datapoints = kPoints, .collection_interval_seconds = kInterval.count(), .push_every = kPushEvery, .memory = {}, .volumes = {}};
  for (const auto& row : rows) {
    if (is_memory(row))
      out.memory = api::AgentMemoryMonitor{.enabled = row.enabled};
    else
      out.volumes.push_back({.path = row.path, .enabled = row.enabled});
  }
  co_return out;
}

std::optional<bool> point_of(const api::AgentUsagePoint& point, const sql::Monitor& monitor) {
  if (is_memory(monitor)) return point.memory ? over(point.memory->used, point.memory->total, monitor.threshold) : std::nullopt;
  const auto volume = std::ranges::find(point.volumes, monitor.path, &api::AgentVolumeUsage::path);
  return volume == point.volumes.end() ? std::nullopt : over(volume->used, volume->total, monitor.threshold);
}

Points points_of(const std::vector<api::AgentUsagePoint>& all, const sql::Monitor& monitor) {
  Points out;
  for (const auto& point : all) out.push_back(point_of(point, monitor));
  return out;
}

void tell(const http::PrincipalAgent& agent, const sql::Monitor& monitor) {
  const std::string what = is_memory(monitor) ? "memory" : "volume " + monitor.path;
  log::warn("a workspace has little room left", {{"workspace", agent.owner_name + "/" + agent.workspace_name},
                                                 {"agent", agent.name},
                                                 {"what", what},
                                                 {"threshold_percent", std::to_string(monitor.threshold)}});
}

Task<Result<void>> write(store::Tx& tx, const MayUpdate& may, AgentId agent, const sql::Monitor& monitor, const Verdict& verdict) {
  const std::string state(to_string(verdict.state));
  if (is_memory(monitor)) {
    const sql::SetMemoryArgs row{
        .state = state, .debounced_until = verdict.quiet_until, .now = tx.now(), .notice = verdict.notice, .agent_id = agent};
    CO_CHECK(co_await sql::set_memory(tx, may, row));
    co_return Result<void>();
  }
  const sql::SetVolumeArgs row{
      .state = state, .debounced_until = verdict.quiet_until, .now = tx.now(), .notice = verdict.notice, .agent_id = agent, .path = monitor.path};
  CO_CHECK(co_await sql::set_volume(tx, may, row));
  co_return Result<void>();
}

// Nothing is written as long as nothing has changed.
Task<Result<http::NoContent>> usage(http::Call& call, api::AgentResourceUsage ask) {
  const auto& agent = self(call);
  if (std::ssize(ask.datapoints) > kPoints) ask.datapoints.erase(ask.datapoints.begin(), ask.datapoints.end() - kPoints);
  CO_TRY(may_read, may_update(call.store(), agent));
  CO_TRY(monitors, co_await sql::monitors(call.store(), may_read, agent.id));
  std::vector<std::pair<const sql::Monitor*, Verdict>> changed;
  for (const auto& monitor : monitors) {
    if (!monitor.enabled) continue;
    const Known known{.state = state_of(monitor.state), .quiet_until = monitor.debounced_until};
    const auto verdict = judge(known, points_of(ask.datapoints, monitor), call.now());
    if (verdict.state != known.state) changed.emplace_back(&monitor, verdict);
  }
  if (changed.empty()) co_return http::NoContent{};
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, may_update(tx, agent));
    for (const auto& [monitor, verdict] : changed) CO_CHECK(co_await write(tx, may, agent.id, *monitor, verdict));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  for (const auto& [monitor, verdict] : changed)
    if (verdict.notice) tell(agent, *monitor);
  co_return http::NoContent{};
}

}  // namespace

void add_routes(http::Routes& routes) {
  using http::Audit, http::Auth, http::Rate;
  const std::string me = "/api/v2/workspaceagents/me";
  routes.get<Auth::agent, Audit::none, Rate::none>(me + "/resource-monitors", show);
  routes.post<Auth::agent, Audit::none, Rate::agent>(me + "/resource-usage", usage);
}

}  // namespace slipway::monitors
