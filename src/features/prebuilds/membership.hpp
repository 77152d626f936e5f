// Whose the pools are in each organization: the member that owns them, in the group that its quota comes from.
#pragma once

#include "features/prebuilds/prebuilds.hpp"

namespace slipway::prebuilds {

// Makes the pools' owner a member of these organizations and of their quota group, which is made with an allowance of nothing where there is
// none. Never takes anything back, writes nothing when nothing is missing, and may run beside another. Returns where it failed.
Task<Result<std::set<OrganizationId>>> take_in(store::Db& db, std::vector<OrganizationId> organizations);

}  // namespace slipway::prebuilds
