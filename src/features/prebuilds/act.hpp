// What a pass does to one pool, each act in a transaction of its own that looks again. Only this feature includes it.
#pragma once

#include "features/prebuilds/snapshot.hpp"

namespace slipway::prebuilds {

// Of one pass; it outlives what it is given to.
struct Work {
  store::Db& db;
  const Options& options;
  std::shared_ptr<store::Cost> cost;
  std::set<OrganizationId> closed;  // where nothing is added: their membership could not be seen to
  Pass out = {};
};

// What became of one pool.
struct Done {
  sql::Pool row;
  pg::Json decision = {"{}"};
  std::string error;  // the first of it; empty: none
};

// Plans `done.row` and does what the plan says. What goes wrong is logged and in `done.error`.
Task<void> act_on(Work& work, Done& done);

// In a transaction of its own: adds one member while the plan of that moment wants one. False: it does not.
Task<Result<bool>> add_one(Work& work, PresetId preset);
// In a transaction of its own: deletes the member while the plan of that moment still says so and nobody took or built it meanwhile. False: not.
Task<Result<bool>> remove_one(Work& work, PresetId preset, const Member& seen);

}  // namespace slipway::prebuilds
