// What this feature's rows are to the policy: a session is its workspace.
#pragma once

#include "features/connections/gen/connections_sql.hpp"
#include "store/workspace_target.hpp"

namespace slipway::connections::sql {

inline store::Target object_of(const Place& row) {
  return store::workspace_target(row.id, row.owner_id, row.organization_id, row.dormant, row.user_acl.text, row.group_acl.text);
}

}  // namespace slipway::connections::sql
