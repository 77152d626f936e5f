// What this feature's rows are to the policy: an app or a port is its workspace.
#pragma once

#include "features/app_sharing/gen/app_sharing_sql.hpp"
#include "store/workspace_target.hpp"

namespace slipway::app_sharing::sql {

inline store::Target object_of(const Shareable& row) {
  return store::workspace_target(row.workspace_id, row.owner_id, row.organization_id, row.dormant, row.user_acl.text, row.group_acl.text);
}
inline store::Target object_of(const Shared& row) {
  return store::workspace_target(row.id, row.owner_id, row.organization_id, row.dormant_at.has_value(), row.user_acl.text, row.group_acl.text);
}

}  // namespace slipway::app_sharing::sql
