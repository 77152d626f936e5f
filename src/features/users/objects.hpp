// What this feature's rows are to the policy and to the audit trail.
#pragma once

#include "features/users/gen/users_sql.hpp"
#include "http/audit.hpp"
#include "store/target.hpp"

namespace slipway::users::sql {

// What the audit trail shows of them, column by column.
inline const http::Trail kUserTrail(
    {.type = "user",
     .table = "users",
     .shown = "email username name status login_type rbac_roles is_service_account",
     .masked = "hashed_password",
     .ignored = "id avatar_url is_system deleted last_seen_at github_com_user_id quiet_hours_schedule created_at updated_at",
     .routes = "/users"});
inline const http::Trail kSshKeyTrail({.type = "git_ssh_key",
                                       .table = "git_ssh_keys",
                                       .shown = "public_key",
                                       .masked = "private_key",
                                       .ignored = "user_id created_at updated_at",
                                       .routes = "/gitsshkey"});

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
