// Questions about rights themselves: what the caller may do, and for those who answer for rights, why somebody may or may not.
#pragma once

namespace slipway::http {
class Routes;
}
namespace slipway::sessions {
class Sessions;
}

namespace slipway::rights {

// `sessions` lives as long as the routes.
void add_routes(http::Routes& routes, sessions::Sessions& sessions);

}  // namespace slipway::rights
