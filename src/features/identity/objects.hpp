// What this feature's rows are to the policy: an agent that waits is its workspace, and concerns those who may change its template. Whoever
// proves to be a machine is no actor yet: its rows are read by the system, under one decision about the whole of it.
#pragma once

#include "features/identity/gen/identity_sql.hpp"
#include "store/workspace_target.hpp"

namespace slipway::identity::sql {

inline store::Target object_of(const Awaited& row) {
  return store::workspace_target(row.id, row.owner_id, row.organization_id, row.dormant, row.user_acl.text, row.group_acl.text);
}

inline store::Target template_of(const Awaited& row) {
  const rbac::Object object{.type = rbac::Resource::template_, .id = row.template_id.uuid, .organization = row.organization_id};
  return {object, store::parse_acl(row.template_user_acl.text, store::AclShape::flat),
          store::parse_acl(row.template_group_acl.text, store::AclShape::flat)};
}

}  // namespace slipway::identity::sql
