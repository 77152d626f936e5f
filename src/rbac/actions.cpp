#include "rbac/actions.hpp"

#include <algorithm>

namespace slipway::rbac {
namespace {

constexpr std::array<std::string_view, kResources> kResourceNames{"ai_gateway_key",
                                                                  "ai_model_price",
                                                                  "ai_provider",
                                                                  "ai_seat",
                                                                  "aibridge_interception",
                                                                  "api_key",
                                                                  "assign_org_role",
                                                                  "assign_role",
                                                                  "audit_log",
                                                                  "boundary_log",
                                                                  "boundary_usage",
                                                                  "chat",
                                                                  "chat_model_config",
                                                                  "chat_project",
                                                                  "connection_log",
                                                                  "crypto_key",
                                                                  "debug_info",
                                                                  "deployment_config",
                                                                  "deployment_stats",
                                                                  "file",
                                                                  "group",
                                                                  "group_member",
                                                                  "idpsync_settings",
                                                                  "inbox_notification",
                                                                  "license",
                                                                  "mcp_server_config",
                                                                  "notification_message",
                                                                  "notification_preference",
                                                                  "notification_template",
                                                                  "oauth2_app",
                                                                  "oauth2_app_code_token",
                                                                  "oauth2_app_secret",
                                                                  "organization",
                                                                  "organization_member",
                                                                  "prebuilt_workspace",
                                                                  "provisioner_daemon",
                                                                  "provisioner_jobs",
                                                                  "replicas",
                                                                  "system",
                                                                  "tailnet_coordinator",
                                                                  "template",
                                                                  "usage_event",
                                                                  "user",
                                                                  "user_secret",
                                                                  "user_skill",
                                                                  "webpush_subscription",
                                                                  "workspace",
                                                                  "workspace_agent_devcontainers",
                                                                  "workspace_agent_resource_monitor",
                                                                  "workspace_build_orchestration",
                                                                  "workspace_dormant",
                                                                  "workspace_proxy"};
static_assert(std::ranges::is_sorted(kResourceNames));
static_assert(kResourceNames[static_cast<std::size_t>(Resource::license)] == "license");
static_assert(kResourceNames[static_cast<std::size_t>(Resource::template_)] == "template");
static_assert(kResourceNames[static_cast<std::size_t>(Resource::workspace)] == "workspace");

constexpr std::array<std::string_view, kActions> kActionNames{
    "create",          "read",        "update",   "delete", "share", "use", "view_insights",       "read_personal",
    "update_personal", "assign",      "unassign", "start",  "stop",  "ssh", "application_connect", "create_agent",
    "delete_agent",    "update_agent"};
static_assert(kActionNames[static_cast<std::size_t>(Action::ssh)] == "ssh");
static_assert(kActionNames[static_cast<std::size_t>(Action::update_agent)] == "update_agent");

}  // namespace

std::string_view name_of(Resource type) {
  if (type == Resource::any) return "*";
  return type < Resource::any ? kResourceNames[static_cast<std::size_t>(type)] : std::string_view();
}

std::string_view name_of(Action action) {
  if (action == Action::any) return "*";
  return action < Action::any ? kActionNames[static_cast<std::size_t>(action)] : std::string_view();
}

Resource resource_named(std::string_view name) {
  if (name == "*") return Resource::any;
  auto found = std::ranges::lower_bound(kResourceNames, name);
  if (found == kResourceNames.end() || *found != name) return Resource::unknown;
  return static_cast<Resource>(found - kResourceNames.begin());
}

Action action_named(std::string_view name) {
  if (name == "*") return Action::any;
  auto found = std::ranges::find(kActionNames, name);
  return found == kActionNames.end() ? Action::unknown : static_cast<Action>(found - kActionNames.begin());
}

}  // namespace slipway::rbac
