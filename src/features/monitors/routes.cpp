// What an agent asks of its monitors, and what it says is in use.
#include "http/routes.hpp"
#include "api/gen/agent_v1.hpp"
#include "base/log.hpp"
#include "features/monitors/judge.hpp"
#include "features/monitors/monitors.hpp"
#include "features/monitors/objects.hpp"
#include "features/notifications/notifications.hpp"

#include <algorithm>
#include <boost/json.hpp>

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

using Changed = std::vector<std::pair<const sql::Monitor*, Verdict>>;

std::string percent(const sql::Monitor& monitor) { return std::to_string(monitor.threshold) + "%"; }

notifications::Event about(const store::Tx& tx, const http::PrincipalAgent& agent, notifications::Kind kind) {
  return {.kind = kind,
          .to = {.users = {agent.owner_id}},
          .organization = agent.organization_id,
          .labels = {{"workspace", agent.workspace_name}},
          .targets = {agent.workspace_id.uuid, agent.owner_id.uuid, agent.template_id.uuid, agent.organization_id.uuid},
          .created_by = "monitors",
          .key = agent.id.str() + "/" + notifications::minute_of(tx.now())};
}

// The owner: of memory, and of all volumes that are too full now, in one message each.
void tell_owner(store::Tx& tx, const http::PrincipalAgent& agent, const Changed& news) {
  boost::json::array volumes;
  std::string paths;
  for (const auto& [monitor, verdict] : news) {
    if (is_memory(*monitor)) {
      auto event = about(tx, agent, notifications::Kind::workspace_out_of_memory);
      event.labels["threshold"] = percent(*monitor);
      notifications::raise(tx, std::move(event));
    } else {
      volumes.push_back({{"path", monitor->path}, {"threshold", percent(*monitor)}});
      paths += "/" + monitor->path;
    }
  }
  if (volumes.empty()) return;
  auto event = about(tx, agent, notifications::Kind::workspace_out_of_disk);
  event.data = boost::json::serialize(boost::json::object{{"volumes", std::move(volumes)}});
  event.key += paths;
  notifications::raise(tx, std::move(event));
}

void log_notice(const http::PrincipalAgent& agent, const sql::Monitor& monitor) {
  const std::string what = is_memory(monitor) ? "memory" : "volume " + monitor.path;
  log::warn("a workspace has little room left", {{"workspace", agent.owner_name + "/" + agent.workspace_name},
                                                 {"agent", agent.name},
                                                 {"what", what},
                                                 {"threshold_percent", std::to_string(monitor.threshold)}});
}

// How many it was new to: one, or none.
Task<Result<std::int64_t>> write(store::Tx& tx, const MayUpdate& may, AgentId agent, const sql::Monitor& monitor, const Verdict& verdict) {
  const std::string state(to_string(verdict.state));
  if (is_memory(monitor)) {
    const sql::SetMemoryArgs row{
        .state = state, .debounced_until = verdict.quiet_until, .now = tx.now(), .notice = verdict.notice, .agent_id = agent};
    co_return co_await sql::set_memory(tx, may, row);
  }
  const sql::SetVolumeArgs row{
      .state = state, .debounced_until = verdict.quiet_until, .now = tx.now(), .notice = verdict.notice, .agent_id = agent, .path = monitor.path};
  co_return co_await sql::set_volume(tx, may, row);
}

// Nothing is written as long as nothing has changed.
Task<Result<http::NoContent>> usage(http::Call& call, api::AgentResourceUsage ask) {
  const auto& agent = self(call);
  if (std::ssize(ask.datapoints) > kPoints) ask.datapoints.erase(ask.datapoints.begin(), ask.datapoints.end() - kPoints);
  CO_TRY(may_read, may_update(call.store(), agent));
  CO_TRY(monitors, co_await sql::monitors(call.store(), may_read, agent.id));
  Changed changed;
  for (const auto& monitor : monitors) {
    if (!monitor.enabled) continue;
    const Known known{.state = state_of(monitor.state), .quiet_until = monitor.debounced_until};
    const auto verdict = judge(known, points_of(ask.datapoints, monitor), call.now());
    if (verdict.state != known.state) changed.emplace_back(&monitor, verdict);
  }
  if (changed.empty()) co_return http::NoContent{};
  Changed told;
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, may_update(tx, agent));
    Changed news;
    for (const auto& [monitor, verdict] : changed) {
      CO_TRY(written, co_await write(tx, may, agent.id, *monitor, verdict));
      if (written > 0 && verdict.notice) news.emplace_back(monitor, verdict);
    }
    tell_owner(tx, agent, news);
    told = std::move(news);
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  for (const auto& [monitor, verdict] : told) log_notice(agent, *monitor);
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
