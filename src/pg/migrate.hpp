// Brings a database to this release's schema: forward only, one transaction a migration, under an advisory lock so that
// replicas that start together apply each migration once.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/result.hpp"
#include "pg/pool.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace slipway::pg {

struct Migration {
  int number = 0;
  std::string name;  // as in NNNN_name.sql
  std::string text;
};

// Dotted numbers ("1.4.0"). `oldest` is the oldest release that still works on the schema this one makes.
struct Release {
  std::string name;
  std::string oldest;
};

// Applies what is missing. Errors: unavailable; precondition when a newer release has changed the schema so that this one no
// longer works on it (the message names the release needed) or when the history differs; internal when a migration fails.
// Returns how many were applied.
Task<Result<int>> migrate(ConnectOptions options, std::vector<Migration> migrations, Release release);

// The NNNN_name.sql files of a folder, in order of number. Errors: internal on a gap, a duplicate or an unreadable file.
Result<std::vector<Migration>> read_migrations(const std::filesystem::path& folder);

}  // namespace slipway::pg
