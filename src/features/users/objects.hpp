// What this feature's rows are to the policy.
#pragma once

#include "features/users/gen/users_sql.hpp"
#include "http/audit.hpp"
#include "store/target.hpp"

namespace slipway::users::sql {

inline store::Target object_of(const User& row) { return rbac::Object{.type = rbac::Resource::user, .id = row.id.uuid, .owner = row.id}; }

inline http::AuditObject audit_of(const User& row) {
  return {.type = "user",
          .id = row.id.uuid,
          .target = row.username,
          .fields = {{"email", row.email},
                     {"username", row.username},
                     {"name", row.name},
                     {"status", row.status},
                     {"login_type", row.login_type},
                     {"rbac_roles", row.rbac_roles},
                     {"is_service_account", row.is_service_account}}};
}

}  // namespace slipway::users::sql
