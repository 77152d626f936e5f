// What this feature's rows are to the policy and to the audit trail.
#pragma once

#include "features/workspaces/gen/workspaces_sql.hpp"
#include "http/audit.hpp"
#include "store/workspace_target.hpp"

namespace slipway::workspaces::sql {

inline store::Target object_of(const Workspace& row) {
  return store::workspace_target(row.id, row.owner_id, row.organization_id, row.dormant_at.has_value(), row.user_acl.text, row.group_acl.text);
}
inline store::Target object_of(const AccessList& row) {
  return store::workspace_target(row.id, row.owner_id, row.organization_id, row.dormant_at.has_value(), row.user_acl.text, row.group_acl.text);
}

inline http::AuditObject audit_of(const Workspace& row) {
  return {.type = "workspace",
          .id = row.id.uuid,
          .target = row.name,
          .organization = row.organization_id,
          .fields = {{"owner_id", row.owner_id},
                     {"template_id", row.template_id},
                     {"name", row.name},
                     {"autostart_schedule", row.autostart_schedule},
                     {"ttl_ms", row.ttl_ms},
                     {"dormant_at", row.dormant_at},
                     {"deleting_at", row.deleting_at},
                     {"automatic_updates", row.automatic_updates},
                     {"user_acl", row.user_acl},
                     {"group_acl", row.group_acl}},
          .icon = row.template_icon};
}

inline store::Target object_of(const Build& row) {
  return store::workspace_target(row.id, row.owner_id, row.organization_id, row.dormant_at.has_value(), row.user_acl.text, row.group_acl.text);
}

}  // namespace slipway::workspaces::sql
