// The one statement that writes the audit trail. Inside store only.
#pragma once

#include "pg/pool.hpp"
#include "store/trail.hpp"

namespace slipway::store {

pg::Command trail_insert(const std::vector<TrailLine>& lines);

}  // namespace slipway::store
