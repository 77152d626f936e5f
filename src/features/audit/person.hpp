// Who did what a line of the audit trail or of the connection log is about.
#pragma once

#include "features/users/users.hpp"

namespace slipway::audit {

// Of a row with the user's columns; nothing when nobody signed in did it, or the account has gone.
template <class Row>
std::optional<api::User> user_of(const Row& row) {
  if (!row.user_id || row.username.empty()) return std::nullopt;
  return users::to_wire(users::sql::User{.id = *row.user_id,
                                         .email = row.email,
                                         .username = row.username,
                                         .name = row.name,
                                         .avatar_url = row.avatar_url,
                                         .status = row.status,
                                         .login_type = row.login_type,
                                         .rbac_roles = row.rbac_roles,
                                         .is_service_account = row.is_service_account,
                                         .last_seen_at = row.last_seen_at.value_or(kUnsetTime),
                                         .created_at = row.user_created_at.value_or(kUnsetTime),
                                         .updated_at = row.user_updated_at.value_or(kUnsetTime),
                                         .organization_ids = row.organization_ids});
}

}  // namespace slipway::audit
