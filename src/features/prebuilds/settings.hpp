// What administrators do to the pools: pause them all, build a template's anew.
#pragma once

namespace slipway::http {
class Routes;
}

namespace slipway::prebuilds {

// GET and PUT /api/v2/prebuilds/settings, POST /api/v2/templates/{template}/prebuilds/invalidate.
void add_setting_routes(http::Routes& routes);

}  // namespace slipway::prebuilds
