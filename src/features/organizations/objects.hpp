// What this feature's rows are to the policy: an organization is in itself.
#pragma once

#include "features/organizations/gen/organizations_sql.hpp"
#include "store/target.hpp"

namespace slipway::organizations::sql {

inline store::Target object_of(const Organization& row) {
  return rbac::Object{.type = rbac::Resource::organization, .id = row.id.uuid, .organization = row.id};
}

}  // namespace slipway::organizations::sql
