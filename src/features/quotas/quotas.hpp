// Quotas: what a person's workspaces may cost a day in one organization. A build's plan is weighed before it is applied.
#pragma once

#include "http/home.hpp"

#include <optional>
#include <string_view>

namespace slipway::http {
class Routes;
}
namespace slipway::provisioner {
struct Verdict;
}

namespace slipway::quotas {

// Whether a template may give its resources a cost at all: only then is its plan read before it is applied. False only when no
// file of a tar archive can say so, itself or by a module from elsewhere. Pure.
bool may_cost(std::string_view archive);

// What is known when a cost is weighed, all of one owner in one organization and per day.
struct Standing {
  std::int64_t consumed = 0;           // by the other workspaces
  std::int64_t budget = 0;             // what the groups allow together
  std::optional<std::int64_t> before;  // what this workspace's build before this one cost; empty: there is none
};
// A build that costs less than the one before it passes even beyond the budget. Pure.
bool affordable(const Standing& standing, std::int64_t cost);

// How long a build waits for others of its owner to be weighed.
inline constexpr Milliseconds kTurn{30'000};

// Reserves the daily cost that a build's job planned, or says, group by group, why it is too much. Errors: the turn did not come within `wait`.
Task<Result<provisioner::Verdict>> commit(http::Home& home, JobId job, std::int64_t daily_cost, Milliseconds wait = kTurn);

// Whether the permit's owner could take over a workspace that costs so much. Until the transaction ends no other cost of that owner is weighed, so what
// it makes of the answer counts before the next asks. False also when the turn does not come.
Task<Result<bool>> may_take_over(store::Tx& tx, const store::Permit<rbac::Action::create, rbac::Resource::workspace>& may, std::int64_t cost);

void add_routes(http::Routes& routes);

}  // namespace slipway::quotas
