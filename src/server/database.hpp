// A PostgreSQL that somebody else runs may come up later than we do, as with compose or after a power cut.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "pg/pool.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace slipway::server {

// Whether a refused connection may be taken later, by libpq's words; a wrong password or a missing database stays wrong.
bool may_come_up(std::string_view why);

// Returns once it takes connections, with a line in the log every few seconds until then. Errors: unavailable after `limit`, and
// precondition at once when waiting will not help; both name what PostgreSQL said.
Task<Result<void>> await_postgres(const pg::ConnectOptions& options, Seconds limit);

// For ConnectOptions::url_now: what is in the file, which is judged as any file of a secret each time. While it cannot be used, what it held
// last, `held` at first; the log says why, once.
std::function<Result<std::string>()> url_in_file(std::string path, Secret held);

// What each loop's pool has of a server's connections. `most`: 0 is ten a loop, and at least three each. Single statements share two of
// them, or one when there are few; each transaction has one to itself. `unused`: most that may be without work, else a third.
void share_connections(pg::PoolOptions& options, std::int64_t most, std::optional<std::int64_t> unused, std::size_t loops);

}  // namespace slipway::server
