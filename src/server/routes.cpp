// All routes of all features: the one place that lists them.
#include "base/version.hpp"
#include "features/apps/apps.hpp"
#include "features/audit/audit.hpp"
#include "features/deployment/deployment.hpp"
#include "features/files/files.hpp"
#include "features/groups/groups.hpp"
#include "features/jobs/jobs.hpp"
#include "features/organizations/organizations.hpp"
#include "features/quotas/quotas.hpp"
#include "features/sessions/sessions.hpp"
#include "features/users/users.hpp"
#include "features/workspaces/workspaces.hpp"
#include "server/assets.hpp"
#include "server/parts.hpp"

namespace slipway::server {

provisioning::SourceOptions source_options(const Server::Parts& parts) {
  provisioning::SourceOptions options;
  options.access_url = parts.url;
  options.version = std::string(kVersion);
  options.stopping = parts.stopping;
  options.organizations = parts.config.provisioner_organizations;
  options.meter = parts.job_meter.get();
  return options;
}

namespace {

deployment::Options deployment_options(const Config& config) {
  deployment::Options options;
  options.docs_url = config.docs_url;
  options.support_links = config.support_links;
  options.upgrade_message = config.cli_upgrade_message;
  options.hostname_prefix = config.ssh_hostname_prefix;
  options.hostname_suffix = config.workspace_hostname_suffix;
  options.ssh_config_options = config.ssh_config_options;
  return options;
}

}  // namespace

http::Routes make_routes(Server::Parts& parts) {
  http::Routes routes;
  sessions::add_routes(routes, *parts.sessions);
  sessions::add_key_routes(routes, *parts.sessions);
  login::add_routes(routes, *parts.login);
  recovery::add_routes(routes, *parts.recovery, *parts.sessions);
  users::add_routes(routes, *parts.sessions);
  organizations::add_routes(routes, parts.sessions->book());
  groups::add_routes(routes);
  quotas::add_routes(routes);
  jobs::add_routes(routes);
  provisioning::add_routes(routes, source_options(parts));
  files::add_routes(routes);
  templates::add_routes(routes, *parts.examples);
  templates::add_dry_run_routes(routes, *parts.sessions);
  templates::add_acl_routes(routes);
  templates::add_version_routes(routes, *parts.examples, *parts.sessions);
  workspaces::add_routes(routes);
  workspaces::add_build_routes(routes, *parts.sessions, *parts.job_meter);
  workspaces::add_setting_routes(routes);
  workspaces::add_parameter_routes(routes, *parts.sessions);
  workspaces::add_sharing_routes(routes, parts.sessions->book());
  workspaces::add_watch_routes(routes, *parts.sessions);
  agents::add_routes(routes, *parts.tunnels, *parts.sessions,
                     {.stats_interval = parts.config.agent_stats_interval, .hostname_suffix = parts.config.workspace_hostname_suffix});
  apps::add_routes(
      routes, *parts.tunnels, *parts.sessions,
      {.path_apps = !parts.config.disable_path_apps, .dangers = parts.config.path_app_dangers, .answer_limit = parts.config.app_answer_limit});
  metrics::add_routes(routes, *parts.metrics);
  audit::add_routes(routes);
  audit::add_connection_routes(routes);
  Config shown = parts.config;
  shown.access_url = parts.url;
  deployment::Options site = deployment_options(parts.config);
  site.config = config_json(shown);
  deployment::add_routes(routes, site);
  deployment::add_site_routes(routes, site);
  deployment::add_file_routes(routes, {.dashboard = assets::dashboard(), .bin_dir = parts.config.bin_dir, .policies = parts.config.content_policies});
  return routes;
}

}  // namespace slipway::server
