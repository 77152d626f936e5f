// What this feature's rows are to the policy: an agent is its workspace.
#pragma once

#include "features/reach/gen/reach_sql.hpp"
#include "store/workspace_target.hpp"

namespace slipway::reach::sql {

inline store::Target object_of(const Found& row) {
  return store::workspace_target(row.workspace_id, row.owner_id, row.organization_id, row.dormant, row.user_acl.text, row.group_acl.text);
}

inline store::Target object_of(const Shareable& row) {
  return store::workspace_target(row.workspace_id, row.owner_id, row.organization_id, row.dormant, row.user_acl.text, row.group_acl.text);
}

}  // namespace slipway::reach::sql
