// What this feature's rows are to the policy. A version without a template is judged as a template of its organization.
#pragma once

#include "features/templates/gen/templates_sql.hpp"
#include "http/audit.hpp"
#include "store/target.hpp"

namespace slipway::templates::sql {

// What the audit trail shows of them, column by column.
inline const http::Trail kTemplateTrail(
    {.type = "template",
     .table = "templates",
     .shown = "name display_name description icon provisioner active_version_id created_by default_ttl_ms "
              "activity_bump_ms time_til_autostop_notify_ms autostop_requirement_days_of_week autostop_requirement_weeks "
              "autostart_block_days_of_week allow_user_autostart allow_user_autostop "
              "allow_user_cancel_workspace_jobs failure_ttl_ms time_til_dormant_ms time_til_dormant_autodelete_ms "
              "require_active_version deprecated max_port_sharing_level cors_behavior use_classic_parameter_flow "
              "disable_module_cache user_acl group_acl invalidated_presets",
     .ignored = "id organization_id deleted created_at updated_at",
     .derived = "invalidated_presets",
     .routes = "/templates"});
inline const http::Trail kVersionTrail({.type = "template_version",
                                        .table = "template_versions",
                                        .shown = "template_id name message created_by archived cancelled",
                                        .ignored = "id organization_id readme job_id external_auth has_ai_task has_external_agent source_example_id "
                                                   "workspace_tags claim_replacements created_at updated_at",
                                        .derived = "cancelled",
                                        .routes = "/templateversions"});

inline store::Target object_of(const Template& row) {
  const rbac::Object object{.type = rbac::Resource::template_, .id = row.id.uuid, .organization = row.organization_id};
  return {object, store::parse_acl(row.user_acl.text, store::AclShape::flat), store::parse_acl(row.group_acl.text, store::AclShape::flat)};
}

inline store::Target object_of(const AccessList& row) {
  const rbac::Object object{.type = rbac::Resource::template_, .id = row.id.uuid, .organization = row.organization_id};
  return {object, store::parse_acl(row.user_acl.text, store::AclShape::flat), store::parse_acl(row.group_acl.text, store::AclShape::flat)};
}

inline http::AuditObject audit_of(const Template& row) {
  return {.type = "template",
          .id = row.id.uuid,
          .target = row.name,
          .organization = row.organization_id,
          .fields = {{"name", row.name},
                     {"display_name", row.display_name},
                     {"description", row.description},
                     {"icon", row.icon},
                     {"provisioner", row.provisioner},
                     {"active_version_id", row.active_version_id},
                     {"created_by", row.created_by},
                     {"default_ttl_ms", row.default_ttl_ms},
                     {"activity_bump_ms", row.activity_bump_ms},
                     {"time_til_autostop_notify_ms", row.time_til_autostop_notify_ms},
                     {"autostop_requirement_days_of_week", row.autostop_requirement_days_of_week},
                     {"autostop_requirement_weeks", row.autostop_requirement_weeks},
                     {"autostart_block_days_of_week", row.autostart_block_days_of_week},
                     {"allow_user_autostart", row.allow_user_autostart},
                     {"allow_user_autostop", row.allow_user_autostop},
                     {"allow_user_cancel_workspace_jobs", row.allow_user_cancel_workspace_jobs},
                     {"failure_ttl_ms", row.failure_ttl_ms},
                     {"time_til_dormant_ms", row.time_til_dormant_ms},
                     {"time_til_dormant_autodelete_ms", row.time_til_dormant_autodelete_ms},
                     {"require_active_version", row.require_active_version},
                     {"deprecated", row.deprecated},
                     {"max_port_sharing_level", row.max_port_sharing_level},
                     {"cors_behavior", row.cors_behavior},
                     {"use_classic_parameter_flow", row.use_classic_parameter_flow},
                     {"disable_module_cache", row.disable_module_cache},
                     {"user_acl", row.user_acl},
                     {"group_acl", row.group_acl}},
          .icon = row.icon};
}

inline http::AuditObject audit_of(const Version& row) {
  return {.type = "template_version",
          .id = row.id.uuid,
          .target = row.name,
          .organization = row.organization_id,
          .fields = {{"template_id", row.template_id},
                     {"name", row.name},
                     {"message", row.message},
                     {"created_by", row.created_by},
                     {"archived", row.archived}}};
}

inline store::Target object_of(const Version& row) {
  rbac::Object object{.type = rbac::Resource::template_, .organization = row.organization_id};
  if (!row.template_id) return object;
  object.id = row.template_id->uuid;
  return {object, store::parse_acl(row.user_acl ? row.user_acl->text : "", store::AclShape::flat),
          store::parse_acl(row.group_acl ? row.group_acl->text : "", store::AclShape::flat)};
}

// A dry run is somebody's workspace that is never made.
inline store::Target object_of(const DryRun& row) {
  return rbac::Object{.type = rbac::Resource::workspace, .owner = row.initiator_id, .organization = row.organization_id};
}

}  // namespace slipway::templates::sql
