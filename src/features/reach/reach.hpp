// What people read of an agent and open in it: itself, logs, metadata and ports; terminals, SSH and port streams; shared ports.
#pragma once

#include "http/authenticator.hpp"

#include <string>

namespace slipway::http {
class Routes;
}
namespace slipway::apps {
struct Doors;
}
namespace slipway::tunnels {
class Tunnels;
}
namespace slipway::connections {
class Sessions;
}

namespace slipway::reach {

// Wanted as long as the routes are. `hostname_suffix` is that of SSH names.
void add_routes(http::Routes& routes, apps::Doors& doors, std::string hostname_suffix);

// add_routes() adds these by kind: what people read; who else may reach ports; SSH and ports; terminals, which a workspace proxy has too.
void add_view_routes(http::Routes& routes, tunnels::Tunnels& tunnels, http::Authenticator& authenticator, std::string hostname_suffix);
void add_port_share_routes(http::Routes& routes);
void add_stream_routes(http::Routes& routes, tunnels::Tunnels& tunnels, connections::Sessions& sessions, http::Authenticator& authenticator);
void add_terminal_route(http::Routes& routes, apps::Doors& doors);

}  // namespace slipway::reach
