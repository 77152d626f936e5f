// All routes of all features: the one place that lists them.
#include "features/apps/apps.hpp"
#include "features/audit/audit.hpp"
#include "features/deployment/deployment.hpp"
#include "features/files/files.hpp"
#include "features/jobs/jobs.hpp"
#include "features/organizations/organizations.hpp"
#include "features/sessions/sessions.hpp"
#include "features/users/users.hpp"
#include "features/workspaces/workspaces.hpp"
#include "server/assets.hpp"
#include "server/parts.hpp"

namespace slipway::server {

http::Routes make_routes(Server::Parts& parts) {
  http::Routes routes;
  sessions::add_routes(routes, *parts.sessions);
  sessions::add_key_routes(routes, *parts.sessions);
  users::add_routes(routes, *parts.sessions);
  organizations::add_routes(routes, parts.sessions->book());
  jobs::add_routes(routes);
  files::add_routes(routes);
  templates::add_routes(routes, *parts.examples);
  templates::add_version_routes(routes, *parts.examples);
  workspaces::add_routes(routes);
  workspaces::add_build_routes(routes);
  workspaces::add_setting_routes(routes);
  workspaces::add_watch_routes(routes);
  agents::add_routes(routes, *parts.tunnels, *parts.sessions, {.stats_interval = parts.config.agent_stats_interval});
  apps::add_routes(routes, *parts.tunnels, *parts.sessions, {.path_apps = !parts.config.disable_path_apps});
  audit::add_routes(routes);
  audit::add_connection_routes(routes);
  deployment::add_routes(routes);
  deployment::add_site_routes(routes);
  deployment::add_file_routes(routes, {.dashboard = assets::dashboard(), .bin_dir = parts.config.bin_dir});
  return routes;
}

}  // namespace slipway::server
