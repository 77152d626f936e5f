// How pools are kept; what the settings say.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <vector>

namespace slipway::store {
class Db;
}

namespace slipway::prebuilds {

// Takes the pools' owner into organizations that have pools. Returns those where that failed: nothing is added to their pools in this pass.
using Members = std::function<Task<Result<std::set<OrganizationId>>>(store::Db& db, std::vector<OrganizationId> organizations)>;

struct Options {
  Seconds interval{60};            // how often all pools are looked at, whatever happens
  Seconds backoff{60};             // creation waits this long for each failure
  Seconds lookback{3600};          // how far back failures count for that
  std::int64_t failure_limit = 3;  // so many failures in a row stop creation; 0: none do
  Members members = {};            // empty: who is a member is somebody else's to say
};

}  // namespace slipway::prebuilds
