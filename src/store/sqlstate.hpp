// The one table from what PostgreSQL refused to what the caller reads.
#pragma once

#include "base/result.hpp"
#include "pg/error.hpp"

namespace slipway::store {

Error worded(const pg::SqlFailure& failure);

}  // namespace slipway::store
