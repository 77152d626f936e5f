// What this feature's rows are to the policy.
#pragma once

#include "features/sessions/gen/sessions_sql.hpp"
#include "store/target.hpp"

namespace slipway::sessions::sql {

inline store::Target object_of(const Key& row) {
  return rbac::Object{.type = rbac::Resource::api_key, .owner = row.user_id, .text_id = row.id};
}

inline store::Target object_of(const Grantee& row) {
  return rbac::Object{.type = rbac::Resource::user, .id = row.user_id.uuid, .owner = row.user_id};
}

}  // namespace slipway::sessions::sql
