// A PostgreSQL that somebody else runs may come up later than we do, as with compose or after a power cut.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "pg/pool.hpp"

#include <string_view>

namespace slipway::server {

// Whether a refused connection may be taken later, by libpq's words; a wrong password or a missing database stays wrong.
bool may_come_up(std::string_view why);

// Returns once it takes connections, with a line in the log every few seconds until then. Errors: unavailable after `limit`, and
// precondition at once when waiting will not help; both name what PostgreSQL said.
Task<Result<void>> await_postgres(const pg::ConnectOptions& options, Seconds limit);

}  // namespace slipway::server
