// What happens to a workspace without a person, and when: pure, so that all of its rules are tested without a database.
#pragma once

#include "features/scheduling/gen/scheduling_sql.hpp"
#include "features/workspaces/schedule.hpp"

#include <optional>
#include <string_view>

namespace slipway::scheduling {

using Snapshot = sql::Due;

struct Plan {
  std::string_view transition;                 // of the build to make now: start, stop or delete; empty: none
  std::string_view reason;                     // why, as the build keeps it
  bool dormant = false;                        // to be put aside now, before the build
  bool remind = false;                         // its owner is to be told that its deadline comes
  std::optional<workspaces::Lifetime> limits;  // the running build's new deadlines
  std::optional<Time> next_start;              // what the workspace shows
  Time look_at;                                // nothing needs doing before; always later than now, unless something is done now

  bool acts() const { return !transition.empty() || dormant || remind || limits; }
};

// What to do with `workspace` at `now`.
//
// A deadline that has passed stops; a schedule starts what is stopped, on the days its template allows, for an owner who
// may sign in; a failed start is cleaned up after the template's failure time; what nobody used for the template's
// dormancy time is put aside and stopped, and deleted after its deletion time. A stop or deletion of ours that failed is
// tried again, ever more rarely. Whoever has not used their workspace lately is reminded of its deadline, once of each. Nothing is started, put aside or deleted for an owner who is suspended or dormant.
Plan plan(const Snapshot& workspace, Time now);

// How long after its `failures`th failure in a row a build is tried again.
Seconds retry_after(std::int64_t failures);

}  // namespace slipway::scheduling
