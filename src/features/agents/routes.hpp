// The routes of this feature.
#pragma once

#include "features/agents/tunnels.hpp"
#include "http/authenticator.hpp"

namespace slipway::http {
class Routes;
}

namespace slipway::agents {

struct RouteOptions {
  Seconds stats_interval{30};             // how often agents report statistics
  std::string hostname_suffix = "coder";  // of SSH names
};

// Both are wanted as long as the routes are.
void add_routes(http::Routes& routes, Tunnels& tunnels, http::Authenticator& authenticator, RouteOptions options = {});

// add_routes() adds these by kind.
void add_agent_routes(http::Routes& routes, Tunnels& tunnels, RouteOptions options);  // /workspaceagents/me/…
// What people read.
void add_view_routes(http::Routes& routes, Tunnels& tunnels, http::Authenticator& authenticator, const RouteOptions& options);
void add_port_share_routes(http::Routes& routes);                                                    // who else may reach ports
void add_stream_routes(http::Routes& routes, Tunnels& tunnels, http::Authenticator& authenticator);  // terminals, SSH, ports

}  // namespace slipway::agents
