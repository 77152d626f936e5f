// All features of this server: the one place that lists them. A new one is its line here (and its #include).
#include "base/version.hpp"
#include "features/accounts/accounts.hpp"
#include "features/agents/agents.hpp"
#include "features/app_sharing/app_sharing.hpp"
#include "features/apps/redirect.hpp"
#include "features/audit/audit.hpp"
#include "features/chats/chats.hpp"
#include "features/connections/connections.hpp"
#include "features/deployment/deployment.hpp"
#include "features/files/files.hpp"
#include "features/groups/groups.hpp"
#include "features/identity/identity.hpp"
#include "features/inbox/inbox.hpp"
#include "features/jobs/jobs.hpp"
#include "features/monitors/monitors.hpp"
#include "features/organizations/organizations.hpp"
#include "features/prebuilds/claims.hpp"
#include "features/prebuilds/membership.hpp"
#include "features/prebuilds/prebuilds.hpp"
#include "features/prebuilds/settings.hpp"
#include "features/proxies/proxies.hpp"
#include "features/quotas/quotas.hpp"
#include "features/reach/reach.hpp"
#include "features/reports/reports.hpp"
#include "features/retention/retention.hpp"
#include "features/rights/rights.hpp"
#include "features/sessions/sessions.hpp"
#include "features/users/users.hpp"
#include "features/workspaces/workspaces.hpp"
#include "server/assets.hpp"
#include "server/parts.hpp"

namespace slipway::server {

provisioning::SourceOptions source_options(Server::Parts& parts) {
  provisioning::SourceOptions options;
  options.access_url = parts.url;
  options.version = std::string(kVersion);
  options.stopping = parts.stopping;
  options.organizations = parts.config.provisioner_organizations;
  options.meter = parts.job_meter.get();
  options.claims = &parts.claim_meter;
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

// Of four kinds of route, with what the settings say of the site.
void add_deployment(http::Routes& routes, const Server::Parts& parts) {
  Config shown = parts.config;
  shown.access_url = parts.url;
  deployment::Options site = deployment_options(parts.config);
  site.config = config_json(shown);
  deployment::add_routes(routes, site);
  deployment::add_site_routes(routes, site);
  deployment::add_file_routes(
      routes,
      {.dashboard = assets::dashboard(), .bin_dir = parts.config.bin_dir, .access_url = parts.url, .policies = parts.config.content_policies});
}

void add_templates(http::Routes& routes, const Server::Parts& parts) {
  templates::add_routes(routes, *parts.examples);
  templates::add_dry_run_routes(routes, *parts.sessions);
  templates::add_acl_routes(routes);
  templates::add_version_routes(routes, *parts.examples, *parts.sessions);
}

void add_workspaces(http::Routes& routes, Server::Parts& parts) {
  workspaces::add_routes(routes, prebuilds::pools(), parts.kept_workspaces);
  workspaces::add_build_routes(routes, *parts.sessions, *parts.job_meter);
  workspaces::add_setting_routes(routes);
  workspaces::add_parameter_routes(routes, *parts.sessions);
  workspaces::add_sharing_routes(routes, parts.sessions->book());
  workspaces::add_watch_routes(routes, *parts.sessions);
}

// Where auth-redirect may lead besides this server's own hosts.
Task<Result<std::optional<apps::ProxyAddress>>> proxy_of(http::Call& call, const net::Url& asked) {
  CO_TRY(found, co_await proxies::address_of(call.home(), call.cost(), asked));
  if (!found) co_return std::optional<apps::ProxyAddress>();
  co_return apps::ProxyAddress{.url = std::move(found->url), .wildcard = std::move(found->wildcard)};
}

void add_apps(http::Routes& routes, const Server::Parts& parts) {
  apps::add_routes(routes, parts.apps->doors);
  apps::add_redirect_routes(routes, parts.apps->doors, {.longest = parts.config.session_duration, .proxy_of = proxy_of});
}

void write_apps(metric::Text& text, const Server::Parts& parts) {
  parts.apps->visits.write(text);
  parts.apps->stats.write(text);
  parts.apps->hosts.write(text);
  parts.apps->doors.lines->write(text);
}

prebuilds::Options pool_options(const Config& config) {
  auto options = config.prebuilds;
  options.members = prebuilds::take_in;
  return options;
}

retention::Kept kept(const Config& config) {
  return {.audit_logs = config.audit_logs_retention,
          .connection_logs = config.connection_logs_retention,
          .api_keys = config.api_keys_retention,
          .agent_logs = config.agent_logs_retention};
}

}  // namespace

std::vector<http::Feature> features(Server::Parts& p) {
  using http::Feature, http::Routes, http::Home;
  const auto with = [](const char* name, auto add) { return Feature{.name = name, .routes = std::move(add)}; };
  return {
      with("accounts", [&p](Routes& r) { accounts::add_routes(r, p.sessions->book()); }),
      {.name = "agents",
       .routes = [&p](Routes& r) { agents::add_routes(r, p.metadata_news, p.config.agent_stats_interval); },
       .loops = {{"metadata news", [&p](Home& home) { return p.metadata_news.keep(home); }}}},
      with("app sharing", [&p](Routes& r) { app_sharing::add_routes(r, p.sessions->book()); }),
      {.name = "apps",
       .routes = [&p](Routes& r) { add_apps(r, p); },
       .loops = {{"tokens that were taken back", [&p](Home& home) { return p.apps->revoked.keep(home); }}},
       .numbers = [&p](metric::Text& text) { write_apps(text, p); }},
      with("audit", audit::add_routes),
      {.name = "chats",
       .routes = [&p](Routes& r) { chats::add_routes(r, p.chat_news, p.chat_limits, *p.sessions); },
       .loops = {{"news of chats", [&p](Home& home) { return p.chat_news.keep(home); }},
                 {"chats of people", [&p](Home& home) { return p.chat_limits.keep(home); }},
                 {"archived chats", [&p](Home& home) { return chats::keep_purged(home, p.chat_news); }}},
       .numbers = [&p](metric::Text& text) { p.chat_news.write(text); }},
      {.name = "claims", .routes = prebuilds::add_agent_routes, .numbers = [&p](metric::Text& text) { p.claim_meter.write(text); }},
      with("connection log", audit::add_connection_routes),
      {.name = "connections",
       .routes = connections::add_routes,
       .loops = {{"sessions of lost servers", [&p](Home& home) { return p.connections->keep_ending_lost(home); }}}},
      with("files", files::add_routes),
      with("groups", groups::add_routes),
      {.name = "identity",
       .routes = [&p](Routes& r) { identity::add_routes(r, *p.identity, p.identity_meter, p.identity_refusals); },
       .numbers = [&p](metric::Text& text) { p.identity_meter.write(text); }},
      {.name = "inbox",
       .routes = [&p](Routes& r) { inbox::add_routes(r, p.inbox_news, *p.sessions, outbox::delivery_of(p.config.notifications, p.config.mail)); },
       .loops = {{"new lines of inboxes", [&p](Home& home) { return p.inbox_news.keep(home); }}}},
      {.name = "jobs", .routes = jobs::add_routes, .numbers = [&p](metric::Text& text) { p.job_meter->write(text); }},
      with("login", [&p](Routes& r) { login::add_routes(r, *p.login); }),
      {.name = "shared keys",
       .loops = {{"shared keys", [&p](Home& home) { return keys::keep(home, {&p.apps->token_keys, &p.apps->sealing_keys}); }}}},
      with("metrics", [&p](Routes& r) { metrics::add_routes(r, *p.metrics); }),
      with("monitors", monitors::add_routes),
      with("organizations", [&p](Routes& r) { organizations::add_routes(r, p.sessions->book()); }),
      {.name = "outbox",
       .loops = {{"notifications", [&p](Home& home) { return p.outbox->keep(home); }}},
       .numbers = [&p](metric::Text& text) { p.outbox->write(text); }},
      {.name = "prebuilds",
       .routes = [&p](Routes& r) { prebuilds::add_status_routes(r, p.config.prebuilds); },
       .loops = {{"pools of prebuilt workspaces", [&p](Home& home) { return prebuilds::keep(home, pool_options(p.config)); }}}},
      {.name = "prebuild settings",
       .routes = prebuilds::add_setting_routes,
       .loops = {{"numbers of prebuilt workspaces", [&p](Home& home) { return p.pool_meter->keep(home); }}},
       .numbers = [&p](metric::Text& text) { p.pool_meter->write(text); }},
      with("provisioning", [&p](Routes& r) { provisioning::add_routes(r, source_options(p)); }),
      {.name = "proxies",
       .routes = [&p](Routes& r) { proxies::add_routes(r, p.apps->doors); },
       .loops = {{"processes of workspace proxies", [](Home& home) { return proxies::keep(home); }},
                 {"agents of deleted proxies", [&p](Home& home) { return proxies::keep_parted(home, *p.tunnels); }}}},
      with("quotas", quotas::add_routes),
      with("reach", [&p](Routes& r) { reach::add_routes(r, p.apps->doors, p.config.workspace_hostname_suffix); }),
      with("recovery", [&p](Routes& r) { recovery::add_routes(r, *p.recovery, *p.sessions); }),
      {.name = "reports", .loops = {{"weekly report", [](Home& home) { return reports::keep(home); }}}},
      {.name = "retention", .loops = {{"purge", [&p](Home& home) { return retention::keep_purged(home.db, kept(p.config)); }}}},
      with("rights", [&p](Routes& r) { rights::add_routes(r, *p.sessions); }),
      {.name = "scheduling", .loops = {{"schedules", [&p](Home& home) { return scheduling::keep(home, p.config.schedules_interval); }}}},
      with("sessions", [&p](Routes& r) { sessions::add_routes(r, *p.sessions); }),
      with("keys", [&p](Routes& r) { sessions::add_key_routes(r, *p.sessions); }),
      with("templates", [&p](Routes& r) { add_templates(r, p); }),
      {.name = "tunnels",
       .routes = [&p](Routes& r) { tunnels::add_routes(r, *p.tunnels); },
       .loops = {{"heartbeats of agents", [&p](Home& home) { return p.tunnels->keep_beating(home); }}}},
      with("users", users::add_routes),
      {.name = "workspaces",
       .routes = [&p](Routes& r) { add_workspaces(r, p); },
       .numbers = [&p](metric::Text& text) { p.kept_workspaces.write(text); }},
      with("deployment", [&p](Routes& r) { add_deployment(r, p); }),  // last: it tells what the others serve
  };
}

}  // namespace slipway::server
