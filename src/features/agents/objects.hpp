// What this feature's rows are to the policy: an agent is its workspace.
#pragma once

#include "features/agents/gen/agents_sql.hpp"
#include "store/target.hpp"

namespace slipway::agents::sql {

inline store::Target object_of(const Found& row) {
  rbac::Object object{.type = row.dormant ? rbac::Resource::workspace_dormant : rbac::Resource::workspace,
                      .id = row.workspace_id.uuid,
                      .owner = row.owner_id,
                      .organization = row.organization_id};
  if (row.dormant) return object;  // access lists sleep with the workspace
  return {object, store::parse_acl(row.user_acl.text, store::AclShape::nested), store::parse_acl(row.group_acl.text, store::AclShape::nested)};
}

inline store::Target object_of(const Shareable& row) {
  rbac::Object object{.type = row.dormant ? rbac::Resource::workspace_dormant : rbac::Resource::workspace,
                      .id = row.workspace_id.uuid,
                      .owner = row.owner_id,
                      .organization = row.organization_id};
  if (row.dormant) return object;
  return {object, store::parse_acl(row.user_acl.text, store::AclShape::nested), store::parse_acl(row.group_acl.text, store::AclShape::nested)};
}

}  // namespace slipway::agents::sql
