// What this feature's rows are to the policy: a group may read itself.
#pragma once

#include "features/groups/gen/groups_sql.hpp"
#include "store/target.hpp"

namespace slipway::groups::sql {

inline store::Target object_of(const Group& row) {
  return rbac::Object{.type = rbac::Resource::group, .id = row.id.uuid, .organization = row.organization_id, .read_by_own_group = true};
}

}  // namespace slipway::groups::sql
