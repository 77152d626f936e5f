#include "http/routes.hpp"
#include "features/tunnels/tunnels.hpp"

namespace slipway::tunnels {

void add_routes(http::Routes& routes, Tunnels& tunnels) {
  using http::Audit, http::Auth, http::Rate;
  const std::string relay = "/api/v2/internal/relay/{agent}";
  routes.get<Auth::agent, Audit::none, Rate::none>("/api/v2/workspaceagents/me/tunnel", [&tunnels](http::Call& call) { return tunnels.serve(call); });
  routes.get<Auth::peer, Audit::none, Rate::none>(relay, [&tunnels](http::Call& call) { return tunnels.relay(call); });
  routes.post<Auth::peer, Audit::none, Rate::none>(relay, [&tunnels](http::Call& call) { return tunnels.relay(call); });
}

}  // namespace slipway::tunnels
