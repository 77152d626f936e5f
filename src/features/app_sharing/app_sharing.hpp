// Apps and ports of a workspace that are shared with people and groups by name. Whether a visitor stands on a list is a question of the
// database (app_shared_with, port_shared_with), so that whoever opens an app asks it in one statement with all else.
#pragma once

namespace slipway::http {
class Routes;
}
namespace slipway::rbac {
class RoleBook;
}

namespace slipway::app_sharing {

// `book` is wanted as long as the routes are: it knows whether the deployment allows sharing at all.
void add_routes(http::Routes& routes, const rbac::RoleBook& book);

}  // namespace slipway::app_sharing
