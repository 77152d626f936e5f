// What an address leads to, as the database has it now: one statement, whatever the address is.
#pragma once

#include "features/apps/gen/apps_sql.hpp"
#include "features/apps/resolve.hpp"

#include <expected>

namespace slipway::apps {

// An agent, and what of it is asked for.
struct Goal {
  sql::Found row;     // with an agent
  std::string what;   // slug, port or "terminal"
  std::string url;    // where it listens; empty: a terminal
  std::string level;  // how far it is shared
  bool port = false;
};

enum class Miss {
  absent,   // there is no such thing
  stopped,  // the workspace does not run
  broken,   // the template, or the address, is at fault
  failed,   // the database is
};
struct NoGoal {
  Miss why = Miss::absent;
  std::string said = {};                     // for the log
  std::optional<sql::Found> workspace = {};  // where it is known
};
using Looked = std::expected<Goal, NoGoal>;

// `visitor` is who asks; nothing: nobody who is known.
Task<Looked> look_up(Visit& visit, const AppRequest& app, std::optional<UserId> visitor);
// Of rows as the database gives them. Pure.
Looked choose(std::vector<sql::Found> rows, const AppRequest& app);

}  // namespace slipway::apps
