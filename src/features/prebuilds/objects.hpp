// No row of this feature is judged by itself: a pool follows its template, and its members are workspaces.
#pragma once

#include "features/prebuilds/gen/prebuilds_sql.hpp"
#include "http/audit.hpp"
#include "store/permit.hpp"

namespace slipway::prebuilds {

// What the audit trail shows of the switch that stops all pools.
inline const http::Trail kSettingsTrail({.type = "prebuilds_settings", .shown = "reconciliation_paused", .routes = "/prebuilds/settings"});

}  // namespace slipway::prebuilds
