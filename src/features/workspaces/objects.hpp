// What this feature's rows are to the policy and to the audit trail.
#pragma once

#include "features/workspaces/gen/workspaces_sql.hpp"
#include "http/audit.hpp"
#include "store/workspace_target.hpp"

namespace slipway::workspaces::sql {

// What the audit trail shows of them, column by column.
inline const http::Trail kWorkspaceTrail(
    {.type = "workspace",
     .table = "workspaces",
     .shown = "owner_id template_id name autostart_schedule ttl_ms dormant_at deleting_at automatic_updates user_acl "
              "group_acl",
     .ignored = "id organization_id autostart_set_by next_start_at last_used_at due_at deleted created_at updated_at",
     .routes = "/workspaces/ /users/{user}/workspaces /members/{user}/workspaces"});
inline const http::Trail kBuildTrail(
    {.type = "workspace_build",
     .table = "workspace_builds",
     .shown = "template_version_id template_version_preset_id transition initiator_id deadline cancelled",
     .masked = "provisioner_state",
     .ignored = "id workspace_id build_number reason job_id max_deadline notified_deadline daily_cost has_ai_task has_external_agent "
                "created_at updated_at",
     .derived = "cancelled",
     .routes = "/workspacebuilds/ /workspaces/{workspace}/builds"});

inline store::Target object_of(const Workspace& row) {
  return store::workspace_target(row.id, row.owner_id, row.organization_id, row.dormant_at.has_value(), row.user_acl.text, row.group_acl.text);
}
inline store::Target object_of(const Shown& row) {
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
