#include "features/jobs/jobs.hpp"
#include "features/resources/resources.hpp"
#include "features/workspaces/list.hpp"
#include "features/workspaces/workspaces.hpp"

namespace slipway::workspaces {

std::string status_of(std::string_view transition, std::string_view job_status) {
  if (job_status == "succeeded") return transition == "start" ? "running" : transition == "stop" ? "stopped" : "deleted";
  if (job_status == "running") return transition == "start" ? "starting" : transition == "stop" ? "stopping" : "deleting";
  return std::string(job_status);
}

namespace {

// Rows of workspaces and rows of builds name what a build is made of alike ({build_facts}).
template <class Row>
api::WorkspaceBuild build_of(const Row& row) {
  api::WorkspaceBuild b;
  b.id = row.build_id.uuid;
  b.created_at = row.build_created_at;
  b.updated_at = row.build_updated_at;
  b.workspace_id = row.id.uuid;
  b.workspace_name = row.name;
  b.workspace_owner_id = row.owner_id.uuid;
  b.workspace_owner_name = row.owner_name;
  b.workspace_owner_avatar_url = row.owner_avatar_url;
  b.template_version_id = row.template_version_id.uuid;
  b.template_version_name = row.template_version_name;
  b.build_number = row.build_number;
  b.transition = row.transition;
  b.initiator_id = row.initiator_id.uuid;
  b.initiator_name = row.initiator_name;
  b.reason = row.reason;
  b.deadline = row.deadline;
  b.max_deadline = row.max_deadline;
  b.daily_cost = row.daily_cost;
  if (row.template_version_preset_id) b.template_version_preset_id = row.template_version_preset_id->uuid;
  b.has_ai_task = row.has_ai_task;
  b.has_external_agent = row.has_external_agent;
  return b;
}

// What the job and the resources say of a build.
void complete(api::WorkspaceBuild& build, api::ProvisionerJob job, std::vector<api::WorkspaceResource> resources) {
  build.status = status_of(build.transition, job.status);
  build.job = std::move(job);
  build.resources = std::move(resources);
}

}  // namespace

api::WorkspaceHealth health_of(const api::WorkspaceBuild& build) {
  api::WorkspaceHealth health{.healthy = true, .failing_agents = {}};
  for (const auto& resource : build.resources)
    for (const auto& agent : resource.agents)
      if (!agent.health.healthy) {
        health.healthy = false;
        health.failing_agents.push_back(agent.id);
      }
  return health;
}

template <class Row>
api::Workspace assemble(http::Call& call, const Row& row, api::ProvisionerJob job, std::vector<api::WorkspaceResource> resources) {
  api::Workspace w;
  w.id = row.id.uuid;
  w.created_at = row.created_at;
  w.updated_at = row.updated_at;
  w.owner_id = row.owner_id.uuid;
  w.owner_name = row.owner_name;
  w.owner_avatar_url = row.owner_avatar_url;
  w.organization_id = row.organization_id.uuid;
  w.organization_name = row.organization_name;
  w.template_id = row.template_id.uuid;
  w.template_name = row.template_name;
  w.template_display_name = row.template_display_name;
  w.template_icon = row.template_icon;
  w.template_allow_user_cancel_workspace_jobs = row.allow_user_cancel_workspace_jobs;
  w.template_active_version_id = row.active_version_id.uuid;
  w.template_require_active_version = row.require_active_version;
  w.template_use_classic_parameter_flow = row.use_classic_parameter_flow;
  w.latest_build = build_of(row);
  complete(w.latest_build, std::move(job), std::move(resources));
  w.outdated = row.template_version_id != row.active_version_id;
  w.name = row.name;
  w.autostart_schedule = row.autostart_schedule.value_or("");
  w.ttl_ms = row.ttl_ms;
  w.last_used_at = row.last_used_at;
  w.deleting_at = row.deleting_at;
  w.dormant_at = row.dormant_at;
  w.health = health_of(w.latest_build);
  w.automatic_updates = row.automatic_updates;
  w.allow_renames = call.home().site->allow_renames;
  if constexpr (requires { row.favorite; }) w.favorite = row.favorite;
  w.next_start_at = row.next_start_at;
  w.is_prebuild = row.owner_id == kPrebuildsUser;
  return w;
}
template api::Workspace assemble(http::Call&, const sql::Workspace&, api::ProvisionerJob, std::vector<api::WorkspaceResource>);
template api::Workspace assemble(http::Call&, const sql::Shown&, api::ProvisionerJob, std::vector<api::WorkspaceResource>);

Task<Result<api::Workspace>> to_wire(http::Call& call, const sql::Workspace& row) {
  CO_TRY(may, (call.store().permit<rbac::Action::read, rbac::Resource::workspace>(sql::object_of(row))));
  CO_TRY(jobs, co_await jobs::load(call.store(), may, {row.job_id}));
  CO_TRY(resources, co_await resources::load_resources(call.store(), may, {row.job_id}));
  co_return assemble(call, row, std::move(jobs[row.job_id]), std::move(resources[row.job_id]));
}

Task<Result<std::vector<api::WorkspaceBuild>>> to_wire(http::Call& call, const std::vector<sql::Build>& rows) {
  std::vector<api::WorkspaceBuild> out;
  if (rows.empty()) co_return out;
  CO_TRY(may, (call.store().permit<rbac::Action::read, rbac::Resource::workspace>(sql::object_of(rows.front()))));
  std::vector<JobId> ids;
  for (const auto& row : rows) ids.push_back(row.job_id);
  CO_TRY(jobs, co_await jobs::load(call.store(), may, ids));
  CO_TRY(resources, co_await resources::load_resources(call.store(), may, ids));
  for (const auto& row : rows) {
    out.push_back(build_of(row));
    complete(out.back(), std::move(jobs[row.job_id]), std::move(resources[row.job_id]));
  }
  co_return out;
}

Task<Result<api::WorkspaceBuild>> to_wire(http::Call& call, const sql::Build& row) {
  const std::vector<sql::Build> one{row};
  CO_TRY(builds, co_await to_wire(call, one));
  auto& build = builds.front();
  if (build.job.status == api::ProvisionerJobStatus::pending) {
    CO_TRY(may, (call.store().permit<rbac::Action::read, rbac::Resource::workspace>(sql::object_of(row))));
    CO_TRY(matched, co_await jobs::matched(call.store(), may, {row.job_id}));
    if (const auto found = matched.find(row.job_id); found != matched.end()) build.matched_provisioners = found->second;
  }
  co_return std::move(build);
}

}  // namespace slipway::workspaces
