// Quotas: what a person's workspaces may cost a day in one organization. A build's plan is weighed before it is applied.
#pragma once

#include "http/home.hpp"

#include <optional>
#include <string_view>

namespace slipway::http {
class Routes;
}
namespace slipway::provisioner {
struct Failure;
}

namespace slipway::quotas {

// Whether a template may give its resources a cost at all: only then is its plan read before it is applied. False only when no
// file of a tar archive can say so, itself or by a module from elsewhere. Pure.
bool may_cost(std::string_view archive);

// Reserves the daily cost that a build's job planned, or says why it is too much. A build that costs no more than the workspace does already passes
// even beyond the budget, so that stopping always works.
Task<Result<std::optional<provisioner::Failure>>> commit(http::Home& home, JobId job, std::int64_t daily_cost);

void add_routes(http::Routes& routes);

}  // namespace slipway::quotas
