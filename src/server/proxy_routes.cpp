// What a workspace proxy answers besides hosts of apps: path apps, terminals, agents that were called, and whoever looks how it is.
#include "api/gen/deployment.hpp"
#include "base/version.hpp"
#include "features/deployment/deployment.hpp"
#include "features/proxies/proxies.hpp"
#include "features/reach/reach.hpp"
#include "http/routes.hpp"
#include "server/proxy_parts.hpp"

namespace slipway::server {

namespace {

Task<Result<http::Raw>> healthz(http::Call&) { co_return http::Raw{deployment::alive()}; }
Task<Result<http::Raw>> latency_check(http::Call&) { co_return http::Raw{proxies::latency_answer()}; }

Task<Result<http::Raw>> to_dashboard(http::Call&, const std::string& primary) {
  co_return http::Raw{{.status = 307, .headers = {{"Location", primary}}, .body = {}}};
}

Task<Result<api::BuildInfoResponse>> build_info(http::Call& call, const std::string& primary) {
  api::BuildInfoResponse info;
  info.version = std::string(kVersion);
  info.dashboard_url = primary;
  info.external_url = call.home().site->build_url;
  info.workspace_proxy = true;
  co_return info;
}

}  // namespace

http::Routes proxy_routes(Proxy::Parts& parts) {
  using http::Audit, http::Auth, http::Rate;
  http::Routes routes;
  const std::string& primary = parts.config.primary_url;
  apps::add_routes(routes, parts.apps->doors);
  reach::add_terminal_route(routes, parts.apps->doors);
  routes.get<Auth::none, Audit::none, Rate::none>("/api/v2/workspaceagents/me/tunnel",
                                                  [tunnels = parts.tunnels.get()](http::Call& call) { return tunnels->welcome(call); });
  routes.get<Auth::none, Audit::none, Rate::none>("/healthz", healthz);
  routes.get<Auth::none, Audit::none, Rate::none>("/latency-check", latency_check);
  routes.get<Auth::none, Audit::none, Rate::none>("/api/v2/buildinfo", [&primary](http::Call& call) { return build_info(call, primary); });
  routes.get<Auth::none, Audit::none, Rate::none>("/", [&primary](http::Call& call) { return to_dashboard(call, primary); });
  return routes;
}

}  // namespace slipway::server
