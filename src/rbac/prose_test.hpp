// The tables of rights once more, in words, and what reads them: the code's own tables are compared with these. The notation:
// "all except {a, b}", "workspace: every action", "x: crud", "x: DORM", "y: *", "read on a, b", "negative workspace: share".
#pragma once

#include "rbac/permission.hpp"
#include "rbac/role.hpp"

#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace slipway::rbac::prose {

using Set = std::set<std::string>;  // "type:action", "!type:action"

inline std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) {
    auto first = part.find_first_not_of(' ');
    if (first != std::string::npos) parts.push_back(part.substr(first, part.find_last_not_of(' ') - first + 1));
  }
  return parts;
}

// Which types know which actions: actions | types.
inline const std::vector<std::pair<std::string, std::string>>& type_table() {
  static const std::vector<std::pair<std::string, std::string>> rows{
      {"crud",
       "ai_gateway_key ai_provider api_key crypto_key group notification_message oauth2_app oauth2_app_secret organization "
       "organization_member provisioner_daemon system tailnet_coordinator user_secret user_skill "
       "workspace_build_orchestration workspace_proxy"},
      {"crud share", "chat chat_model_config chat_project mcp_server_config"},
      {"crud use view_insights", "template"},
      {"crud read_personal update_personal", "user"},
      {"crud assign unassign", "assign_org_role"},
      {"crud start stop ssh application_connect create_agent delete_agent update_agent share", "workspace workspace_dormant"},
      {"create read update", "aibridge_interception inbox_notification provisioner_jobs usage_event workspace_agent_resource_monitor"},
      {"create read delete", "boundary_log license oauth2_app_code_token webpush_subscription"},
      {"read update delete", "boundary_usage"},
      {"assign unassign read", "assign_role"},
      {"create read", "ai_seat audit_log file"},
      {"read update", "ai_model_price connection_log deployment_config idpsync_settings notification_preference notification_template"},
      {"update delete", "prebuilt_workspace"},
      {"read", "debug_info deployment_stats group_member replicas"},
      {"create", "workspace_agent_devcontainers"},
  };
  return rows;
}

inline Set words(const std::string& actions, const std::string& type);

// type -> its actions, from the rows above.
inline const std::map<std::string, Set>& types() {
  static const auto all = [] {
    std::map<std::string, Set> found;
    for (const auto& [actions, names] : type_table())
      for (const auto& name : split(names, ' ')) found[name] = words(actions, name);
    return found;
  }();
  return all;
}

inline Set words(const std::string& actions, const std::string& type) {
  if (actions == "every action") return types().at(type);
  Set out;
  for (const auto& word : split(actions, ' ')) {
    if (word == "crud")
      out.insert({"create", "read", "update", "delete"});
    else if (word == "DORM")
      out.insert({"read", "delete", "create", "update", "stop", "create_agent", "delete_agent", "update_agent"});
    else
      out.insert(word);
  }
  return out;
}

inline Set permissions(const std::string& text) {
  Set out;
  for (auto clause : split(text, ';')) {
    std::string sign;
    if (clause.starts_with("negative ")) {
      sign = "!";
      clause = clause.substr(9);
    }
    if (clause.starts_with("all except {")) {
      auto names = split(clause.substr(12, clause.size() - 13), ',');
      Set but(names.begin(), names.end());
      for (const auto& [type, actions] : types())
        if (!but.contains(type)) out.insert(type + ":*");
    } else if (clause.starts_with("read on ")) {
      for (const auto& type : split(clause.substr(8), ',')) out.insert(type + ":read");
    } else {
      auto colon = clause.find(':');
      for (const auto& type : split(clause.substr(0, colon), ','))
        for (const auto& action : words(clause.substr(colon + 2), type)) out.insert(sign + type + ":" + action);
    }
  }
  return out;
}

inline Set as_set(const Permissions& permissions) {
  Set out;
  for (const auto& p : permissions) out.insert(to_text(p));
  return out;
}

// One role at one level.
struct RoleRow {
  std::string role, level, text;
};

inline const std::vector<RoleRow>& role_rows() {
  static const std::vector<RoleRow> rows{
      // of the site
      {"owner", "site",
       "all except {workspace, workspace_dormant, prebuilt_workspace, user_secret, user_skill, usage_event, boundary_usage, "
       "boundary_log, ai_seat, ai_gateway_key}"},
      {"owner", "site",
       "workspace: every action; workspace_dormant: DORM; prebuilt_workspace: update delete; user_skill: read delete; "
       "ai_gateway_key: create read delete; boundary_log: read"},
      {"member", "site", "assign_role: read; oauth2_app: read; workspace_proxy: read"},
      {"member", "user",
       "all except {workspace, workspace_dormant, prebuilt_workspace, user, organization_member, boundary_usage, "
       "boundary_log, aibridge_interception, chat, ai_seat}"},
      {"member", "user",
       "user: read read_personal update_personal; provisioner_daemon: create read update; aibridge_interception: create "
       "update; boundary_log: create"},
      {"auditor", "site",
       "read on assign_org_role, audit_log, connection_log, user, group, group_member, organization, organization_member, "
       "deployment_stats, deployment_config, chat_model_config, aibridge_interception, boundary_log; template: read "
       "view_insights"},
      {"template-admin", "site",
       "template: every action; file: create read; provisioner_daemon: crud; prebuilt_workspace: update delete; read on "
       "assign_org_role, workspace, workspace_dormant, user, group, group_member, organization, organization_member"},
      {"user-admin", "site",
       "assign_role: assign unassign read; assign_org_role: assign unassign read; user: every action; group: crud; "
       "organization_member: crud; idpsync_settings: read update; read on group_member, organization"},
      // of an organization
      {"organization-admin", "site", "user: read"},
      {"organization-admin", "org",
       "all except {workspace, workspace_dormant, prebuilt_workspace, assign_role, user_secret, boundary_usage, boundary_log, "
       "ai_seat, workspace_build_orchestration}"},
      {"organization-admin", "org",
       "workspace: crud start stop create_agent delete_agent update_agent share; workspace_dormant: DORM; "
       "prebuilt_workspace: update delete"},
      {"organization-auditor", "org",
       "read on audit_log, connection_log, group, group_member, organization, organization_member, chat_model_config; "
       "template: read view_insights"},
      {"organization-user-admin", "site", "user: read"},
      {"organization-user-admin", "org",
       "assign_org_role: assign unassign read; organization: read; organization_member: crud; group: crud; group_member: "
       "read; idpsync_settings: read update"},
      {"organization-template-admin", "org",
       "template: every action; file: create read; provisioner_daemon: crud; provisioner_jobs: create read update; "
       "prebuilt_workspace: update delete; read on workspace, workspace_dormant, organization, organization_member, group, "
       "group_member"},
      {"organization-workspace-creation-ban", "org", "negative workspace: create delete create_agent delete_agent"},
      {"organization-workspace-access", "member",
       "workspace: every action; workspace_dormant: DORM; file: create read; provisioner_daemon: create read"},
  };
  return rows;
}

// The two system roles, for one mode of sharing.
inline std::vector<RoleRow> system_rows(Sharing mode) {
  bool none = mode == Sharing::none, everyone = mode == Sharing::everyone;
  std::string org = "provisioner_daemon: read; organization: read; assign_org_role: read";
  std::string member =
      "organization_member: read; group_member: read; aibridge_interception: create update; api_key: crud; "
      "notification_message: read update; notification_preference: read update; inbox_notification: create read update";
  std::string no_share = "negative workspace: share";
  std::vector<RoleRow> rows{
      {"organization-member", "org", org + "; chat_project: create"},
      {"organization-member", "member", member + "; chat: create read update share; chat_project: read update delete share"},
      {"organization-service-account", "org", org},
      {"organization-service-account", "member", member},
  };
  if (!none) {
    rows.push_back({"organization-member", "org", "organization_member: read"});
    rows.push_back({"organization-service-account", "org", "organization_member, group: read"});
  }
  if (everyone) rows.push_back({"organization-member", "org", "group: read"});
  if (none) rows.push_back({"organization-member", "org", no_share});
  if (none) rows.push_back({"organization-service-account", "org", no_share});
  if (!everyone) rows.push_back({"organization-member", "member", no_share});
  return rows;
}

// All a role has at a level, by the rows.
inline Set expected(const std::vector<RoleRow>& rows, const std::string& role, const std::string& level) {
  Set out;
  for (const auto& row : rows)
    if (row.role == role && row.level == level) out.merge(permissions(row.text));
  return out;
}

}  // namespace slipway::rbac::prose
