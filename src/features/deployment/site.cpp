// What the dashboard asks of the deployment. Whatever is served is part of every deployment: there is no licence to buy.
#include "api/gen/deployment.hpp"
#include "features/deployment/deployment.hpp"
#include "features/deployment/gen/deployment_sql.hpp"
#include "http/audit.hpp"
#include "store/store.hpp"

namespace slipway::deployment {

namespace {

using rbac::Action, rbac::Resource;

// A feature is on when what serves it is there: the route named, or, for what is no route of its own, always or never.
struct FeatureRow {
  std::string_view name, route;
};
constexpr std::string_view kServed = "served", kNowhere = "";
constexpr FeatureRow kFeatures[] = {{"access_control", kServed},
                                    {"advanced_template_scheduling", kServed},
                                    {"agent_runtime_hours", kNowhere},
                                    {"ai_governance_user_limit", kNowhere},
                                    {"aibridge", "/api/v2/aibridge/sessions"},
                                    {"appearance", "/api/v2/appearance"},
                                    {"audit_log", "/api/v2/audit"},
                                    {"boundary", kNowhere},
                                    {"browser_only", kNowhere},
                                    {"connection_log", "/api/v2/connectionlog"},
                                    {"control_shared_ports", "/api/v2/workspaces/{workspace}/port-share"},
                                    {"custom_roles", "/api/v2/organizations/{organization}/members/roles/{roleName}"},
                                    {"external_provisioner_daemons", "/api/v2/organizations/{organization}/provisionerkeys"},
                                    {"external_token_encryption", kNowhere},
                                    {"high_availability", kServed},
                                    {"managed_agent_limit", kNowhere},
                                    {"multiple_external_auth", "/api/v2/external-auth/{externalauth}"},
                                    {"multiple_organizations", "/api/v2/organizations"},
                                    {"scim", "/scim/v2/Users"},
                                    {"service_accounts", kServed},
                                    {"task_batch_actions", "/api/v2/tasks"},
                                    {"template_rbac", "/api/v2/templates/{template}/acl"},
                                    {"user_limit", kNowhere},
                                    {"user_role_management", "/api/v2/users/{user}/roles"},
                                    {"workspace_batch_actions", kServed},
                                    {"workspace_external_agent", "/api/v2/workspaces/{workspace}/external-agent/{agent}/credentials"},
                                    {"workspace_prebuilds", "/api/v2/prebuilds/settings"},
                                    {"workspace_proxy", "/api/v2/workspaceproxies"}};

bool has_route(const http::Routes& routes, std::string_view pattern) {
  return std::ranges::any_of(routes.all(), [&](const auto& route) { return route->pattern == pattern; });
}

std::map<std::string, bool> features_of(const http::Routes& routes) {
  std::map<std::string, bool> out;
  for (const auto& [name, route] : kFeatures) out[std::string(name)] = route == kServed || has_route(routes, route);
  return out;
}

Task<Result<api::Entitlements>> entitlements(http::Call& call, const std::map<std::string, bool>& features) {
  api::Entitlements out;
  for (const auto& [name, served] : features) {
    api::Feature feature;
    feature.entitlement = served ? api::Entitlement::entitled : api::Entitlement::not_entitled;
    feature.enabled = served;
    out.features.emplace(name, std::move(feature));
  }
  out.has_license = true;
  out.refreshed_at = call.now();
  co_return out;
}

Task<Result<std::vector<std::string>>> experiments(http::Call&) { co_return std::vector<std::string>(); }
Task<Result<api::AvailableExperiments>> available_experiments(http::Call&) { co_return api::AvailableExperiments{}; }

Task<Result<api::UpdateCheckResponse>> update_check(http::Call& call) {
  api::UpdateCheckResponse out;
  out.current = true;
  out.version = call.home().site->version;
  out.url = call.home().site->build_url;
  co_return out;
}

Task<Result<api::AppearanceConfig>> read_appearance(http::Call& call, const Options& options) {
  auto open = call.db().open(call.cost());
  CO_TRY(rows, co_await sql::settings(open));
  api::AppearanceConfig out;
  out.docs_url = options.docs_url;
  if (auto links = api::from_json<std::vector<api::LinkConfig>>(options.support_links.empty() ? "[]" : options.support_links))
    out.support_links = std::move(*links);
  for (const auto& row : rows) {
    if (row.key == "appearance.application_name") out.application_name = row.value;
    if (row.key == "appearance.logo_url") out.logo_url = row.value;
    if (row.key == "appearance.announcement_banners")
      if (auto banners = api::from_json<std::vector<api::BannerConfig>>(row.value)) out.announcement_banners = std::move(*banners);
  }
  if (!out.announcement_banners.empty()) out.service_banner = out.announcement_banners.front();
  co_return out;
}

Task<Result<api::UpdateAppearanceConfig>> set_appearance(http::Call& call, api::UpdateAppearanceConfig ask) {
  auto banners = ask.announcement_banners;
  if (banners.empty() && (ask.service_banner.enabled || ask.service_banner.message)) banners.push_back(ask.service_banner);
  CO_TRY(old, co_await read_appearance(call, {}));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::deployment_config>(rbac::all_of(Resource::deployment_config))));
    const auto shown = [](const std::string& name, const std::string& logo, const std::vector<api::BannerConfig>& announcements) {
      return http::AuditObject{.type = "appearance",
                               .target = "appearance",
                               .fields = {{"application_name", name}, {"logo_url", logo}, {"announcement_banners", announcements}}};
    };
    tx.trace(
        http::audit_change(shown(old.application_name, old.logo_url, old.announcement_banners), shown(ask.application_name, ask.logo_url, banners)));
    CO_CHECK(co_await sql::set_setting(tx, may, "appearance.application_name", ask.application_name));
    CO_CHECK(co_await sql::set_setting(tx, may, "appearance.logo_url", ask.logo_url));
    co_return co_await sql::set_setting(tx, may, "appearance.announcement_banners", api::to_json(banners));
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return ask;
}

Task<Result<http::Json>> config(http::Call& call, const std::string& shown) {
  if (!call.store().may(Action::read, rbac::all_of(Resource::deployment_config))) co_return forbidden();
  co_return http::Json{shown};
}

Task<Result<api::DeploymentStats>> stats(http::Call& call) {
  if (!call.store().may(Action::read, rbac::all_of(Resource::deployment_stats))) co_return forbidden();
  CO_TRY(may, (call.store().permit<Action::read, Resource::deployment_stats>(rbac::all_of(Resource::deployment_stats))));
  CO_TRY(states, co_await sql::workspace_states(call.store(), may));
  api::DeploymentStats out;
  out.aggregated_from = out.collected_at = call.now();
  out.next_update_at = call.now() + Seconds(60);
  out.workspaces.pending = states.pending;
  out.workspaces.building = states.building;
  out.workspaces.running = states.running;
  out.workspaces.failed = states.failed;
  out.workspaces.stopped = states.stopped;
  co_return out;
}

Task<Result<api::SSHConfigResponse>> ssh(http::Call&, const Options& options) {
  co_return api::SSHConfigResponse{
      .hostname_prefix = options.hostname_prefix, .hostname_suffix = options.hostname_suffix, .ssh_config_options = options.ssh_config_options};
}

Task<Result<http::Json>> external_auth(http::Call&) { co_return http::Json{R"({"providers":[],"links":[]})"}; }

}  // namespace

void add_site_routes(http::Routes& routes, const Options& options) {
  using http::Audit, http::Auth;
  routes.get<Auth::none, Audit::none>("/api/v2/entitlements",
                                      [features = features_of(routes)](http::Call& call) { return entitlements(call, features); });
  routes.get<Auth::user, Audit::none>("/api/v2/experiments", experiments);
  routes.get<Auth::user, Audit::none>("/api/v2/experiments/available", available_experiments);
  routes.get<Auth::none, Audit::none>("/api/v2/updatecheck", update_check);
  routes.get<Auth::user_or_agent, Audit::none>("/api/v2/appearance", [options](http::Call& call) { return read_appearance(call, options); });
  routes.put<Auth::user, Audit::write>("/api/v2/appearance", set_appearance);
  routes.get<Auth::user, Audit::none>("/api/v2/deployment/config", [shown = options.config](http::Call& call) { return config(call, shown); });
  routes.get<Auth::user, Audit::none>("/api/v2/deployment/stats", stats);
  routes.get<Auth::user, Audit::none>("/api/v2/deployment/ssh", [options](http::Call& call) { return ssh(call, options); });
  routes.get<Auth::user, Audit::none>("/api/v2/external-auth", external_auth);
}

}  // namespace slipway::deployment
