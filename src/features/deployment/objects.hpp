// Settings of the deployment have no rows that are judged one by one.
#pragma once

#include "http/audit.hpp"

namespace slipway::deployment {

// What the audit trail shows of them, column by column.
inline const http::Trail kAppearanceTrail({.type = "appearance",
                                           .shown = "application_name logo_url announcement_banners",
                                           .routes = "/api/v2/appearance"});
inline const http::Trail kHealthTrail({.type = "health_settings", .shown = "dismissed_healthchecks"});

}  // namespace slipway::deployment
