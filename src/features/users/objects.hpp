// What this feature's rows are to the policy.
#pragma once

#include "features/users/gen/users_sql.hpp"
#include "store/target.hpp"

namespace slipway::users::sql {

inline store::Target object_of(const User& row) {
  return rbac::Object{.type = rbac::Resource::user, .id = row.id.uuid, .owner = row.id};
}

}  // namespace slipway::users::sql
