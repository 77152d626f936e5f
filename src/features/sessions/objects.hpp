// What this feature's rows are to the policy and to the audit trail.
#pragma once

#include "features/sessions/gen/sessions_sql.hpp"
#include "http/audit.hpp"
#include "store/target.hpp"

namespace slipway::sessions::sql {

// What the audit trail shows of them, column by column.
inline const http::Trail kKeyTrail({.type = "api_key",
                                    .table = "api_keys",
                                    .shown = "user_id token_name scopes allow_list expires_at",
                                    .masked = "hashed_secret",
                                    .ignored = "id login_type lifetime_seconds ip_address build_id last_used created_at updated_at",
                                    .routes = "/keys /users/login /users/logout /users/oidc /users/oauth2"});

inline store::Target object_of(const Key& row) { return rbac::Object{.type = rbac::Resource::api_key, .owner = row.user_id, .text_id = row.id}; }

inline store::Target object_of(const Grantee& row) {
  return rbac::Object{.type = rbac::Resource::user, .id = row.user_id.uuid, .owner = row.user_id};
}

// The trail knows a key by its owner: its own id is no UUID.
inline http::AuditObject audit_of(const Key& row) {
  return {.type = "api_key",
          .id = row.user_id.uuid,
          .target = row.token_name.empty() ? row.id : row.token_name,
          .fields = {{"user_id", row.user_id},
                     {"token_name", row.token_name},
                     {"scopes", row.scopes},
                     {"allow_list", row.allow_list},
                     {"expires_at", row.expires_at},
                     {"hashed_secret", std::string("kept")}}};
}

}  // namespace slipway::sessions::sql
