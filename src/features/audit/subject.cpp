#include "features/audit/recorder.hpp"

namespace slipway::audit {

namespace {

struct Subject {
  std::string_view part;  // of a route's pattern
  std::string_view type;
};
// The first that fits.
constexpr Subject kSubjects[] = {
    {"/workspacebuilds/", "workspace_build"},
    {"/workspaces/{workspace}/builds", "workspace_build"},
    {"/members/{user}/workspaces", "workspace"},
    {"/users/{user}/workspaces", "workspace"},
    {"/workspaces/", "workspace"},
    {"/workspaceagents/", "workspace_agent"},
    {"/templateversions", "template_version"},
    {"/templates", "template"},
    {"/users/login", "api_key"},
    {"/users/logout", "api_key"},
    {"/users/oidc", "api_key"},
    {"/users/oauth2", "api_key"},
    {"/provisionerkeys", "provisioner_key"},
    {"/keys", "api_key"},
    {"/gitsshkey", "git_ssh_key"},
    {"/convert-login", "convert_login"},
    {"/members/roles", "custom_role"},
    {"/members", "organization_member"},
    {"/groups", "group"},
    {"/users", "user"},
    {"/settings/idpsync/groups", "idp_sync_settings_group"},
    {"/settings/idpsync/roles", "idp_sync_settings_role"},
    {"/settings/idpsync/organization", "idp_sync_settings_organization"},
    {"/organizations", "organization"},
    {"/appearance", "appearance"},
    {"/health/settings", "health_settings"},
    {"/prebuilds/settings", "prebuilds_settings"},
    {"/notifications/settings", "notifications_settings"},
    {"/notifications/templates", "notification_template"},
    {"/licenses", "license"},
    {"/workspaceproxies", "workspace_proxy"},
};

}  // namespace

std::string_view subject_of(std::string_view pattern) {
  for (const auto& subject : kSubjects)
    if (pattern.contains(subject.part)) return subject.type;
  return {};
}

}  // namespace slipway::audit
