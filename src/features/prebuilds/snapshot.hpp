// Between the database's rows, the plan, and what is kept of it. Only this feature includes it.
#pragma once

#include "api/gen/prebuilds.hpp"
#include "features/prebuilds/objects.hpp"
#include "features/prebuilds/plan.hpp"
#include "features/prebuilds/prebuilds.hpp"

namespace slipway::prebuilds {

Pool to_pool(const sql::Pool& row);
Rules rules_of(const Options& options);

// What is stored of a decision, and answered to whoever asks: what it saw and what it wants.
api::PrebuildDecision to_wire(const Plan& plan);
api::PrebuildCounts wire_counts(const Plan& plan);

// "prebuild-" and fifteen characters of chance.
std::string member_name();

}  // namespace slipway::prebuilds
