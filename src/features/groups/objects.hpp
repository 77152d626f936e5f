// What this feature's rows are to the policy: a group may read itself.
#pragma once

#include "features/groups/gen/groups_sql.hpp"
#include "http/audit.hpp"
#include "store/target.hpp"

namespace slipway::groups::sql {

// What the audit trail shows of them, column by column.
inline const http::Trail kGroupTrail({.type = "group",
                                      .table = "groups",
                                      .shown = "name display_name avatar_url quota_allowance members",
                                      .ignored = "id organization_id source created_at",
                                      .derived = "members",
                                      .routes = "/groups"});

inline store::Target object_of(const Group& row) {
  return rbac::Object{.type = rbac::Resource::group, .id = row.id.uuid, .organization = row.organization_id, .read_by_own_group = true};
}

inline http::AuditObject audit_of(const Group& row) {
  return {
      .type = "group",
      .id = row.id.uuid,
      .target = row.name,
      .organization = row.organization_id,
      .fields = {{"name", row.name}, {"display_name", row.display_name}, {"avatar_url", row.avatar_url}, {"quota_allowance", row.quota_allowance}}};
}

}  // namespace slipway::groups::sql
