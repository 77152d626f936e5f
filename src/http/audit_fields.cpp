// Which fields of which object the audit trail shows. A test compares each list with the columns of its table, so that a new
// column has to be decided on.
#include "http/audit.hpp"

namespace slipway::http {

namespace {

constexpr auto shown = Tracked::shown, masked = Tracked::masked, ignored = Tracked::ignored;

const std::vector<TrackedType>& types() {
  static const std::vector<TrackedType> all{
      {"user", "users",
       {{"id", ignored}, {"email", shown}, {"username", shown}, {"name", shown}, {"avatar_url", ignored}, {"hashed_password", masked},
        {"status", shown}, {"login_type", shown}, {"rbac_roles", shown}, {"is_system", ignored}, {"is_service_account", shown},
        {"deleted", ignored}, {"last_seen_at", ignored}, {"github_com_user_id", ignored}, {"one_time_passcode_hash", masked},
        {"one_time_passcode_expires", ignored}, {"created_at", ignored}, {"updated_at", ignored}},
       {}},
      {"api_key", "api_keys",
       {{"id", ignored}, {"hashed_secret", masked}, {"user_id", shown}, {"login_type", ignored}, {"token_name", shown}, {"scopes", shown},
        {"allow_list", shown}, {"lifetime_seconds", ignored}, {"ip_address", ignored}, {"last_used", ignored}, {"expires_at", shown},
        {"created_at", ignored}, {"updated_at", ignored}},
       {}},
      {"git_ssh_key", "git_ssh_keys",
       {{"user_id", ignored}, {"public_key", shown}, {"private_key", masked}, {"created_at", ignored}, {"updated_at", ignored}},
       {}},
      {"organization", "organizations",
       {{"id", ignored}, {"name", shown}, {"display_name", shown}, {"description", shown}, {"icon", shown}, {"is_default", shown},
        {"deleted", shown}, {"default_org_member_roles", shown}, {"shareable_workspace_owners", shown}, {"created_at", ignored},
        {"updated_at", ignored}},
       {}},
      {"organization_member", "organization_members",
       {{"organization_id", ignored}, {"user_id", shown}, {"roles", shown}, {"created_at", ignored}, {"updated_at", ignored}, {"username", shown}},
       {"username"}},
      {"custom_role", "custom_roles",
       {{"organization_id", ignored}, {"name", shown}, {"display_name", shown}, {"org_permissions", shown}, {"member_permissions", shown},
        {"is_system", ignored}, {"created_at", ignored}, {"updated_at", ignored}},
       {}},
      {"group", "groups",
       {{"id", ignored}, {"organization_id", ignored}, {"name", shown}, {"display_name", shown}, {"avatar_url", shown},
        {"quota_allowance", shown}, {"source", ignored}, {"created_at", ignored}, {"members", shown}},
       {"members"}},
      {"template", "templates",
       {{"id", ignored}, {"organization_id", ignored}, {"name", shown}, {"display_name", shown}, {"description", shown}, {"icon", shown},
        {"provisioner", shown}, {"active_version_id", shown}, {"created_by", shown}, {"default_ttl_ms", shown}, {"activity_bump_ms", shown},
        {"autostop_requirement_days_of_week", shown}, {"autostop_requirement_weeks", shown}, {"autostart_block_days_of_week", shown},
        {"allow_user_autostart", shown}, {"allow_user_autostop", shown}, {"allow_user_cancel_workspace_jobs", shown},
        {"failure_ttl_ms", shown}, {"time_til_dormant_ms", shown}, {"time_til_dormant_autodelete_ms", shown},
        {"require_active_version", shown}, {"deprecated", shown}, {"max_port_sharing_level", shown}, {"cors_behavior", shown},
        {"use_classic_parameter_flow", shown}, {"disable_module_cache", shown}, {"user_acl", shown}, {"group_acl", shown},
        {"deleted", ignored}, {"created_at", ignored}, {"updated_at", ignored}},
       {}},
      {"template_version", "template_versions",
       {{"id", ignored}, {"template_id", shown}, {"organization_id", ignored}, {"name", shown}, {"message", shown}, {"readme", ignored},
        {"job_id", ignored}, {"created_by", shown}, {"archived", shown}, {"external_auth", ignored}, {"has_ai_task", ignored},
        {"has_external_agent", ignored}, {"source_example_id", ignored}, {"created_at", ignored}, {"updated_at", ignored},
        {"cancelled", shown}},
       {"cancelled"}},
      {"workspace", "workspaces",
       {{"id", ignored}, {"owner_id", shown}, {"organization_id", ignored}, {"template_id", shown}, {"name", shown},
        {"autostart_schedule", shown}, {"ttl_ms", shown}, {"next_start_at", ignored}, {"last_used_at", ignored}, {"dormant_at", shown},
        {"deleting_at", shown}, {"automatic_updates", shown}, {"user_acl", shown}, {"group_acl", shown}, {"deleted", ignored},
        {"created_at", ignored}, {"updated_at", ignored}},
       {}},
      {"workspace_build", "workspace_builds",
       {{"id", ignored}, {"workspace_id", ignored}, {"template_version_id", shown}, {"template_version_preset_id", shown},
        {"build_number", ignored}, {"transition", shown}, {"reason", ignored}, {"initiator_id", shown}, {"job_id", ignored},
        {"provisioner_state", masked}, {"deadline", shown}, {"max_deadline", ignored}, {"daily_cost", ignored}, {"has_ai_task", ignored},
        {"has_external_agent", ignored}, {"created_at", ignored}, {"updated_at", ignored}, {"cancelled", shown}},
       {"cancelled"}},
      {"appearance", "", {{"application_name", shown}, {"logo_url", shown}, {"announcement_banners", shown}}, {}},
      {"health_settings", "", {{"dismissed_healthchecks", shown}}, {}},
      {"notifications_settings", "", {{"notifier_paused", shown}}, {}},
      {"prebuilds_settings", "", {{"reconciliation_paused", shown}}, {}},
  };
  return all;
}

}  // namespace

std::span<const TrackedType> tracked_types() { return types(); }

}  // namespace slipway::http
