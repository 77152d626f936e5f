// From a job's outcome to rows: every table is written by one statement.
#include "base/text.hpp"
#include "features/monitors/monitors.hpp"
#include "features/resources/objects.hpp"
#include "features/resources/resources.hpp"

#include <set>

namespace slipway::resources {

namespace {

// What all resources hold, flat, with the ids that their rows get.
struct Rows {
  sql::InsertResourcesArgs resources;
  sql::InsertResourceMetadataArgs resource_metadata;
  sql::InsertAgentsArgs agents;
  sql::InsertScriptsArgs scripts;
  sql::InsertMetadataArgs metadata;
  sql::InsertAppsArgs apps;
  sql::InsertDevcontainersArgs devcontainers;
  std::vector<monitors::OfAgent> monitored;
};

// An id of the state, unless it is none or an older build's rows have it.
class Ids {
 public:
  explicit Ids(std::set<Uuid> taken) : taken_(std::move(taken)) {}
  Uuid take(std::string_view text) {
    const auto id = Uuid::parse(text);
    if (id && !id->is_nil() && taken_.insert(*id).second) return *id;
    return Uuid::random();
  }

 private:
  std::set<Uuid> taken_;
};

std::string environment_json(const std::vector<provisioner::NamedValue>& values) {
  std::map<std::string, std::string> members;
  for (const auto& value : values) members[value.name] = value.value;
  return api::to_json(members);
}

// How a template says that an app asks who visits: behind its address, where what stands is never sent to any server. An external app is
// not visited through this one.
constexpr std::string_view kAsksVisitor = "#slipway:visitor";

void add_app(sql::InsertAppsArgs& rows, AppId id, AgentId agent, const provisioner::App& app) {
  const auto check = app.healthcheck.value_or(provisioner::Healthcheck{});
  const bool asks = !app.external && app.url.ends_with(kAsksVisitor);
  rows.app_ids.push_back(id);
  rows.agent_ids.push_back(agent);
  rows.slugs.push_back(app.slug);
  rows.display_names.push_back(app.display_name);
  rows.icons.push_back(app.icon);
  rows.commands.push_back(app.command);
  rows.urls.push_back(asks ? app.url.substr(0, app.url.size() - kAsksVisitor.size()) : app.url);
  rows.externals.push_back(app.external);
  rows.subdomains.push_back(app.subdomain);
  rows.sharing_levels.push_back(app.share);
  rows.check_urls.push_back(check.url);
  rows.check_intervals.push_back(check.interval);
  rows.check_thresholds.push_back(check.threshold);
  rows.display_orders.push_back(static_cast<std::int32_t>(app.order));
  rows.display_groups.push_back(app.group);
  rows.hiddens.push_back(app.hidden);
  rows.open_ins.push_back(app.open_in);
  rows.tooltips.push_back(app.tooltip);
  rows.asks_visitors.push_back(asks);
}

void add_script(sql::InsertScriptsArgs& rows, AgentId agent, const provisioner::Script& script) {
  rows.script_ids.push_back(ScriptId::random());
  rows.agent_ids.push_back(agent);
  rows.log_source_ids.push_back(LogSourceId::random());
  rows.display_names.push_back(script.display_name);
  rows.icons.push_back(script.icon);
  rows.log_paths.push_back(script.log_path);
  rows.scripts.push_back(script.script);
  rows.crons.push_back(script.cron);
  rows.blocks_logins.push_back(script.start_blocks_login);
  rows.on_starts.push_back(script.run_on_start);
  rows.on_stops.push_back(script.run_on_stop);
  rows.timeouts.push_back(static_cast<std::int32_t>(script.timeout_seconds));
}

void add_agent_row(sql::InsertAgentsArgs& rows, AgentId id, ResourceId resource, const provisioner::Agent& agent) {
  rows.agent_ids.push_back(id);
  rows.resource_ids.push_back(resource);
  rows.names.push_back(agent.name);
  rows.architectures.push_back(agent.architecture);
  rows.operating_systems.push_back(agent.operating_system);
  rows.auth_tokens.push_back(Uuid::parse(agent.token.reveal()).value_or(Uuid::random()));
  rows.auth_instance_ids.push_back(agent.auth == "token" ? std::string() : agent.instance_id);
  rows.environments.push_back(environment_json(agent.environment));
  rows.directories.push_back(agent.directory);
  rows.troubleshooting_urls.push_back(agent.troubleshooting_url);
  rows.motd_files.push_back(agent.motd_file);
  rows.connection_timeouts.push_back(agent.connection_timeout_seconds);
  rows.display_orders.push_back(static_cast<std::int32_t>(agent.order));
  rows.display_apps.push_back(text::joined(agent.display_apps, ","));
  rows.api_key_scopes.push_back(agent.api_key_scope == "no_user_data" ? "no_user_data" : "all");
}

void add_agent(Rows& rows, Ids& ids, ResourceId resource, const provisioner::Agent& agent) {
  const AgentId id{ids.take(agent.id)};
  add_agent_row(rows.agents, id, resource, agent);
  rows.monitored.push_back({id, agent});
  for (const auto& script : agent.scripts) add_script(rows.scripts, id, script);
  for (const auto& app : agent.apps) add_app(rows.apps, AppId{ids.take(app.id)}, id, app);
  for (const auto& item : agent.metadata) {
    rows.metadata.agent_ids.push_back(id);
    rows.metadata.keys.push_back(item.key);
    rows.metadata.display_names.push_back(item.display_name);
    rows.metadata.scripts.push_back(item.script);
    rows.metadata.timeouts.push_back(item.timeout_seconds);
    rows.metadata.intervals.push_back(item.interval_seconds);
    rows.metadata.display_orders.push_back(static_cast<std::int32_t>(item.order));
  }
  for (const auto& container : agent.devcontainers) {
    rows.devcontainers.devcontainer_ids.push_back(ids.take(container.id));
    rows.devcontainers.agent_ids.push_back(id);
    rows.devcontainers.names.push_back(container.name);
    rows.devcontainers.workspace_folders.push_back(container.workspace_folder);
    rows.devcontainers.config_paths.push_back(container.config_path);
  }
}

void add_resource(Rows& rows, Ids& ids, const provisioner::Resource& resource) {
  const auto id = ResourceId::random();
  rows.resources.resource_ids.push_back(id);
  rows.resources.types.push_back(resource.type);
  rows.resources.names.push_back(resource.name);
  rows.resources.hides.push_back(resource.hide);
  rows.resources.icons.push_back(resource.icon);
  rows.resources.instance_types.push_back(resource.instance_type);
  rows.resources.daily_costs.push_back(resource.daily_cost);
  std::int32_t position = 0;
  for (const auto& item : resource.metadata) {
    rows.resource_metadata.resource_ids.push_back(id);
    rows.resource_metadata.positions.push_back(position++);
    rows.resource_metadata.keys.push_back(item.key);
    rows.resource_metadata.values.push_back(item.value);
    rows.resource_metadata.sensitives.push_back(item.sensitive);
  }
  for (const auto& agent : resource.agents) add_agent(rows, ids, id, agent);
}

// Every UUID that the state gives to agents, apps and dev containers.
struct Claimed {
  std::vector<AgentId> agents;
  std::vector<AppId> apps;
  std::vector<Uuid> devcontainers;
};

Claimed claimed_ids(const std::vector<provisioner::Resource>& resources) {
  Claimed claimed;
  for (const auto& resource : resources)
    for (const auto& agent : resource.agents) {
      if (const auto id = AgentId::parse(agent.id)) claimed.agents.push_back(*id);
      for (const auto& app : agent.apps)
        if (const auto id = AppId::parse(app.id)) claimed.apps.push_back(*id);
      for (const auto& container : agent.devcontainers)
        if (const auto id = Uuid::parse(container.id)) claimed.devcontainers.push_back(*id);
    }
  return claimed;
}

}  // namespace

Task<Result<void>> store_resources(store::DutyTx<rbac::Duty::provisioner_daemon>& tx, JobId job, std::string transition,
                                   const std::vector<provisioner::Resource>& resources) {
  if (resources.empty()) co_return Result<void>();
  const Claimed claimed = claimed_ids(resources);
  CO_TRY(taken, co_await sql::taken_ids(tx, claimed.agents, claimed.apps, claimed.devcontainers));
  Ids ids(std::set<Uuid>(taken.begin(), taken.end()));
  Rows rows;
  for (const auto& resource : resources) add_resource(rows, ids, resource);

  const Time now = tx.now();
  rows.resources.job_id = job;
  rows.resources.transition = std::move(transition);
  rows.resources.now = rows.agents.now = rows.scripts.now = rows.apps.now = rows.devcontainers.now = now;
  CO_CHECK(co_await sql::insert_resources(tx, rows.resources));
  if (!rows.resource_metadata.resource_ids.empty()) CO_CHECK(co_await sql::insert_resource_metadata(tx, rows.resource_metadata));
  if (rows.agents.agent_ids.empty()) co_return Result<void>();
  CO_CHECK(co_await sql::free_tokens(tx, rows.agents.auth_tokens, job));
  CO_CHECK(co_await sql::insert_agents(tx, rows.agents));
  if (!rows.scripts.script_ids.empty()) CO_CHECK(co_await sql::insert_scripts(tx, rows.scripts));
  if (!rows.metadata.agent_ids.empty()) CO_CHECK(co_await sql::insert_metadata(tx, rows.metadata));
  if (!rows.apps.app_ids.empty()) CO_CHECK(co_await sql::insert_apps(tx, rows.apps));
  if (!rows.devcontainers.devcontainer_ids.empty()) CO_CHECK(co_await sql::insert_devcontainers(tx, rows.devcontainers));
  co_return co_await monitors::keep(tx, rows.monitored);
}

}  // namespace slipway::resources
