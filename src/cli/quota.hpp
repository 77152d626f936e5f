// What workspaces may cost, said before one is built.
#pragma once

#include "api/gen/quotas.hpp"
#include "cli/session.hpp"

namespace slipway::cli {

// "10 of 30 credits a day are spent, 20 are left."
std::string words_of(const api::WorkspaceQuota& quota);

// Tells what a workspace of this version costs a day and what is left of `owner`'s budget in the organization; nothing when it costs nothing, or
// when that cannot be known: the build itself will say.
void tell_cost(Session& session, const Uuid& version, const Uuid& organization, const std::string& owner);

}  // namespace slipway::cli
