#include "features/resources/load.hpp"

#include "features/resources/status.hpp"

#include <unordered_map>

namespace slipway::resources {

namespace {

api::WorkspaceAppStatus to_wire(const sql::Status& row) {
  api::WorkspaceAppStatus status;
  status.id = row.id;
  status.created_at = row.created_at;
  status.workspace_id = row.workspace_id.uuid;
  status.agent_id = row.agent_id.uuid;
  status.app_id = row.app_id.uuid;
  status.state = row.state;
  status.message = row.message;
  status.uri = row.uri;
  return status;
}

api::WorkspaceApp to_wire(const sql::App& row, std::string_view host) {
  api::WorkspaceApp app;
  app.id = row.id.uuid;
  app.url = row.url;
  app.external = row.external;
  app.slug = row.slug;
  app.display_name = row.display_name;
  app.command = row.command;
  app.icon = row.icon;
  app.subdomain = row.subdomain;
  if (row.subdomain && !host.empty()) app.subdomain_name = fmt::format("{}--{}", row.slug, host);
  app.sharing_level = row.sharing_level;
  app.healthcheck = api::Healthcheck{.url = row.healthcheck_url, .interval = row.healthcheck_interval, .threshold = row.healthcheck_threshold};
  app.health = row.health;
  app.group = row.display_group;
  app.hidden = row.hidden;
  app.open_in = row.open_in;
  app.tooltip = row.tooltip;
  return app;
}

api::WorkspaceAgentScript to_wire(const sql::Script& row) {
  api::WorkspaceAgentScript script;
  script.id = row.id.uuid;
  script.log_source_id = row.log_source_id.uuid;
  script.log_path = row.log_path;
  script.script = row.script;
  script.cron = row.cron;
  script.run_on_start = row.run_on_start;
  script.run_on_stop = row.run_on_stop;
  script.start_blocks_login = row.start_blocks_login;
  script.timeout = std::int64_t{row.timeout_seconds} * 1'000'000'000;
  script.display_name = row.display_name;
  if (row.exit_code) script.exit_code = *row.exit_code;
  script.status = row.status;
  return script;
}

api::WorkspaceAgent to_wire(const sql::Agent& row, Time now) {
  const ConnectionTimes times{.created_at = row.created_at,
                              .first_connected_at = row.first_connected_at,
                              .last_connected_at = row.last_connected_at,
                              .disconnected_at = row.disconnected_at,
                              .timeout = Seconds(row.connection_timeout_seconds)};
  api::WorkspaceAgent agent;
  agent.id = row.id.uuid;
  if (row.parent_id) agent.parent_id = row.parent_id->uuid;
  agent.created_at = row.created_at;
  agent.updated_at = row.updated_at;
  agent.started_at = row.started_at;
  agent.ready_at = row.ready_at;
  agent.lifecycle_state = row.lifecycle_state;
  show_connection(agent, times, now);
  agent.name = row.name;
  agent.resource_id = row.resource_id.uuid;
  agent.instance_id = row.auth_instance_id;
  agent.architecture = row.architecture;
  agent.environment_variables = environment_of(row.environment_variables);
  agent.operating_system = row.operating_system;
  agent.logs_length = row.logs_length;
  agent.logs_overflowed = row.logs_overflowed;
  agent.directory = row.directory;
  agent.expanded_directory = row.expanded_directory;
  agent.version = row.version;
  agent.api_version = row.api_version;
  agent.connection_timeout_seconds = row.connection_timeout_seconds;
  agent.troubleshooting_url = row.troubleshooting_url;
  agent.subsystems = row.subsystems;
  agent.display_apps = row.display_apps;
  agent.startup_script_behavior = api::WorkspaceAgentStartupScriptBehavior::non_blocking;
  return agent;
}

api::WorkspaceResource to_wire(const sql::Resource& row) {
  api::WorkspaceResource resource;
  resource.id = row.id.uuid;
  resource.created_at = row.created_at;
  resource.job_id = row.job_id.uuid;
  resource.workspace_transition = row.transition;
  resource.type = row.type;
  resource.name = row.name;
  resource.hide = row.hide;
  resource.icon = row.icon;
  resource.daily_cost = row.daily_cost;
  return resource;
}

}  // namespace

std::map<std::string, std::string> environment_of(const std::optional<pg::Json>& stored) {
  if (stored)
    if (auto read = api::from_json<std::map<std::string, std::string>>(stored->text)) return std::move(*read);
  return {};
}

ResourcesByJob assemble(LoadedRows rows, Time now) {
  std::unordered_map<AppId, std::vector<api::WorkspaceAppStatus>> statuses;
  for (const auto& row : rows.statuses) statuses[row.app_id].push_back(to_wire(row));
  struct Under {
    std::vector<const sql::App*> apps;
    std::vector<const sql::Script*> scripts;
    std::vector<const sql::LogSource*> log_sources;
  };
  std::unordered_map<AgentId, Under> under;
  for (const auto& row : rows.apps) under[row.agent_id].apps.push_back(&row);
  for (const auto& row : rows.scripts) under[row.workspace_agent_id].scripts.push_back(&row);
  for (const auto& row : rows.log_sources) under[row.workspace_agent_id].log_sources.push_back(&row);

  std::unordered_map<ResourceId, std::vector<api::WorkspaceAgent>> agents;
  for (const auto& row : rows.agents) {
    auto agent = to_wire(row, now);
    const auto& its = under[row.id];
    for (const auto* app : its.apps) {
      agent.apps.push_back(to_wire(*app, row.app_host));
      if (auto found = statuses.find(app->id); found != statuses.end()) agent.apps.back().statuses = std::move(found->second);
    }
    for (const auto* script : its.scripts) {
      agent.scripts.push_back(to_wire(*script));
      if (script->run_on_start && script->start_blocks_login) agent.startup_script_behavior = api::WorkspaceAgentStartupScriptBehavior::blocking;
    }
    for (const auto* source : its.log_sources)
      agent.log_sources.push_back({.workspace_agent_id = source->workspace_agent_id.uuid,
                                   .id = source->id.uuid,
                                   .created_at = source->created_at,
                                   .display_name = source->display_name,
                                   .icon = source->icon});
    agents[row.resource_id].push_back(std::move(agent));
  }
  std::unordered_map<ResourceId, std::vector<api::WorkspaceResourceMetadata>> metadata;
  for (auto& row : rows.metadata)
    metadata[row.workspace_resource_id].push_back({.key = std::move(row.key), .value = std::move(row.value), .sensitive = row.sensitive});

  ResourcesByJob by_job;
  for (const auto& row : rows.resources) {
    auto resource = to_wire(row);
    resource.agents = std::move(agents[row.id]);
    resource.metadata = std::move(metadata[row.id]);
    by_job[row.job_id].push_back(std::move(resource));
  }
  return by_job;
}

namespace {

// One of the loads: by what `may` proves, or without it what the statement of the list lets the actor see.
template <auto ByPermit, auto OfList>
auto rows_of(store::Store& store, const MayLoad* may, const std::vector<JobId>& jobs) {
  return may ? ByPermit(store, *may, jobs) : OfList(store, jobs);
}

Task<Result<ResourcesByJob>> load(store::Store& store, const MayLoad* may, std::vector<JobId> jobs) {
  LoadedRows rows;
  if (jobs.empty()) co_return ResourcesByJob{};
  CO_TRY(resources, (co_await rows_of<sql::resources, sql::resources_of_list>(store, may, jobs)));
  rows.resources = std::move(resources);
  if (rows.resources.empty()) co_return ResourcesByJob{};
  CO_TRY(metadata, (co_await rows_of<sql::resource_metadata, sql::resource_metadata_of_list>(store, may, jobs)));
  rows.metadata = std::move(metadata);
  CO_TRY(agents, (co_await rows_of<sql::agents, sql::agents_of_list>(store, may, jobs)));
  rows.agents = std::move(agents);
  CO_TRY(apps, (co_await rows_of<sql::apps, sql::apps_of_list>(store, may, jobs)));
  rows.apps = std::move(apps);
  CO_TRY(statuses, (co_await rows_of<sql::statuses, sql::statuses_of_list>(store, may, jobs)));
  rows.statuses = std::move(statuses);
  CO_TRY(scripts, (co_await rows_of<sql::scripts, sql::scripts_of_list>(store, may, jobs)));
  rows.scripts = std::move(scripts);
  CO_TRY(log_sources, (co_await rows_of<sql::log_sources, sql::log_sources_of_list>(store, may, jobs)));
  rows.log_sources = std::move(log_sources);
  co_return assemble(std::move(rows), store.now());
}

}  // namespace

Task<Result<ResourcesByJob>> load_resources(store::Store& store, const MayLoad& may, std::vector<JobId> jobs) {
  co_return co_await load(store, &may, std::move(jobs));
}

Task<Result<ResourcesByJob>> load_resources_visible(store::Store& store, std::vector<JobId> jobs) { return load(store, nullptr, std::move(jobs)); }

Task<Result<api::WorkspaceBuildTimings>> load_timings(store::Store& store, const store::Judged<rbac::Action::read, rbac::Resource::workspace>& may,
                                                      JobId job) {
  api::WorkspaceBuildTimings out;
  CO_TRY(scripts, co_await sql::script_timings(store, may, job));
  for (const auto& t : scripts)
    out.agent_script_timings.push_back({.started_at = t.started_at,
                                        .ended_at = t.ended_at,
                                        .exit_code = t.exit_code,
                                        .stage = t.stage,
                                        .status = t.status,
                                        .display_name = t.display_name,
                                        .workspace_agent_id = t.agent_id.uuid,
                                        .workspace_agent_name = t.agent_name});
  CO_TRY(connections, co_await sql::connection_timings(store, may, job));
  for (const auto& t : connections)
    out.agent_connection_timings.push_back({.started_at = t.created_at,
                                            .ended_at = t.first_connected_at,
                                            .stage = "connect",
                                            .workspace_agent_id = t.agent_id.uuid,
                                            .workspace_agent_name = t.agent_name});
  co_return out;
}

}  // namespace slipway::resources
