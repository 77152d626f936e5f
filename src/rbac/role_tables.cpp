#include "rbac/role_tables.hpp"
#include "rbac/role.hpp"

#include <algorithm>

namespace slipway::rbac {
namespace {

using A = Action;
using R = Resource;

void add_signed(Permissions& to, std::initializer_list<Line> lines, bool negate) {
  for (const auto& line : lines) for_each_action(line.actions, [&](Action action) { to.push_back({negate, line.type, action}); });
}

Role owner(const Switches& switches) {
  Role role{.name = std::string(roles::kOwner), .display_name = "Owner"};
  add_all_except(role.site, {R::workspace, R::workspace_dormant, R::prebuilt_workspace, R::user_secret, R::user_skill, R::usage_event,
                             R::boundary_usage, R::boundary_log, R::ai_seat, R::ai_gateway_key});
  auto workspace = actions_of(R::workspace);
  if (switches.no_owner_workspace_exec) workspace = workspace.without({A::ssh, A::application_connect});
  add(role.site, {{R::workspace, workspace},
                  {R::workspace_dormant, kDormant},
                  {R::prebuilt_workspace, {A::update, A::delete_}},
                  {R::user_skill, {A::read, A::delete_}},
                  {R::ai_gateway_key, {A::create, A::read, A::delete_}},
                  {R::boundary_log, A::read}});
  return role;
}

Role member(const Switches& switches) {
  Role role{.name = std::string(roles::kMember), .display_name = "Member"};
  add_read(role.site, {R::assign_role, R::oauth2_app, R::workspace_proxy});
  if (switches.no_workspace_sharing) add_negative(role.site, {{R::workspace, A::share}});
  if (switches.no_chat_sharing) add_negative(role.site, {{R::chat, A::share}, {R::chat_project, A::share}});
  add_all_except(role.user, {R::workspace, R::workspace_dormant, R::prebuilt_workspace, R::user, R::organization_member, R::boundary_usage,
                             R::boundary_log, R::aibridge_interception, R::chat, R::ai_seat});
  add(role.user, {{R::user, {A::read, A::read_personal, A::update_personal}},
                  {R::provisioner_daemon, {A::create, A::read, A::update}},
                  {R::aibridge_interception, {A::create, A::update}},
                  {R::boundary_log, A::create}});
  return role;
}

Role auditor() {
  Role role{.name = std::string(roles::kAuditor), .display_name = "Auditor"};
  add_read(role.site,
           {R::assign_org_role, R::audit_log, R::connection_log, R::user, R::group, R::group_member, R::organization, R::organization_member,
            R::deployment_stats, R::deployment_config, R::chat_model_config, R::aibridge_interception, R::boundary_log});
  add(role.site, {{R::template_, {A::read, A::view_insights}}});
  return role;
}

Role template_admin() {
  Role role{.name = std::string(roles::kTemplateAdmin), .display_name = "Template Admin"};
  add(role.site, {every_action(R::template_),
                  {R::file, {A::create, A::read}},
                  {R::provisioner_daemon, kCrud},
                  {R::prebuilt_workspace, {A::update, A::delete_}}});
  add_read(role.site,
           {R::assign_org_role, R::workspace, R::workspace_dormant, R::user, R::group, R::group_member, R::organization, R::organization_member});
  return role;
}

Role user_admin() {
  Role role{.name = std::string(roles::kUserAdmin), .display_name = "User Admin"};
  add(role.site, {{R::assign_role, {A::assign, A::unassign, A::read}},
                  {R::assign_org_role, {A::assign, A::unassign, A::read}},
                  every_action(R::user),
                  {R::group, kCrud},
                  {R::organization_member, kCrud},
                  {R::idpsync_settings, {A::read, A::update}}});
  add_read(role.site, {R::group_member, R::organization});
  return role;
}

Role organization_admin() {
  Role role{.name = std::string(roles::kOrgAdmin), .display_name = "Organization Admin"};
  add_read(role.site, {R::user});
  add_all_except(role.org, {R::workspace, R::workspace_dormant, R::prebuilt_workspace, R::assign_role, R::user_secret, R::boundary_usage,
                            R::boundary_log, R::ai_seat, R::workspace_build_orchestration});
  add(role.org, {{R::workspace, actions_of(R::workspace).without({A::ssh, A::application_connect})},
                 {R::workspace_dormant, kDormant},
                 {R::prebuilt_workspace, {A::update, A::delete_}}});
  return role;
}

Role organization_auditor() {
  Role role{.name = std::string(roles::kOrgAuditor), .display_name = "Organization Auditor"};
  add_read(role.org, {R::audit_log, R::connection_log, R::group, R::group_member, R::organization, R::organization_member, R::chat_model_config});
  add(role.org, {{R::template_, {A::read, A::view_insights}}});
  return role;
}

Role organization_user_admin() {
  Role role{.name = std::string(roles::kOrgUserAdmin), .display_name = "Organization User Admin"};
  add_read(role.site, {R::user});
  add(role.org, {{R::assign_org_role, {A::assign, A::unassign, A::read}},
                 {R::organization, A::read},
                 {R::organization_member, kCrud},
                 {R::group, kCrud},
                 {R::group_member, A::read},
                 {R::idpsync_settings, {A::read, A::update}}});
  return role;
}

Role organization_template_admin() {
  Role role{.name = std::string(roles::kOrgTemplateAdmin), .display_name = "Organization Template Admin"};
  add(role.org, {every_action(R::template_),
                 {R::file, {A::create, A::read}},
                 {R::provisioner_daemon, kCrud},
                 {R::provisioner_jobs, {A::create, A::read, A::update}},
                 {R::prebuilt_workspace, {A::update, A::delete_}}});
  add_read(role.org, {R::workspace, R::workspace_dormant, R::organization, R::organization_member, R::group, R::group_member});
  return role;
}

Role organization_workspace_creation_ban() {
  Role role{.name = std::string(roles::kOrgWorkspaceCreationBan), .display_name = "Organization Workspace Creation Ban"};
  add_negative(role.org, {{R::workspace, {A::create, A::delete_, A::create_agent, A::delete_agent}}});
  return role;
}

Role organization_workspace_access() {
  Role role{.name = std::string(roles::kOrgWorkspaceAccess), .display_name = "Organization Workspace Access"};
  add(role.member,
      {every_action(R::workspace), {R::workspace_dormant, kDormant}, {R::file, {A::create, A::read}}, {R::provisioner_daemon, {A::create, A::read}}});
  return role;
}

// organization-member and organization-service-account differ in what a person has and a service account has not.
Role system_role(Sharing mode, bool service_account) {
  Role role{.name = std::string(service_account ? roles::kOrgServiceAccount : roles::kOrgMember)};
  add_read(role.org, {R::provisioner_daemon, R::organization, R::assign_org_role});
  if (!service_account) add(role.org, {{R::chat_project, A::create}});
  if (mode != Sharing::none) add_read(role.org, {R::organization_member});
  if (mode == Sharing::everyone || (service_account && mode != Sharing::none)) add_read(role.org, {R::group});
  if (mode == Sharing::none) add_negative(role.org, {{R::workspace, A::share}});

  add_read(role.member, {R::organization_member, R::group_member});
  add(role.member, {{R::aibridge_interception, {A::create, A::update}},
                    {R::api_key, kCrud},
                    {R::notification_message, {A::read, A::update}},
                    {R::notification_preference, {A::read, A::update}},
                    {R::inbox_notification, {A::create, A::read, A::update}}});
  if (service_account) return role;
  add(role.member, {{R::chat, {A::create, A::read, A::update, A::share}}, {R::chat_project, {A::read, A::update, A::delete_, A::share}}});
  if (mode != Sharing::everyone) add_negative(role.member, {{R::workspace, A::share}});
  return role;
}

}  // namespace

void add(Permissions& to, std::initializer_list<Line> lines) { add_signed(to, lines, false); }
void add_negative(Permissions& to, std::initializer_list<Line> lines) { add_signed(to, lines, true); }

void add_read(Permissions& to, std::initializer_list<Resource> types) {
  for (auto type : types) to.push_back({false, type, Action::read});
}

void add_all_except(Permissions& to, std::initializer_list<Resource> types) {
  for_each_type([&](Resource type) {
    if (std::ranges::find(types, type) == types.end()) to.push_back({false, type, Action::any});
  });
}

RoleBook::RoleBook(Switches switches) : switches_(switches) {
  for (auto& role : {owner(switches), member(switches), auditor(), template_admin(), user_admin()}) site_.push_back(share(role));
  for (auto& role : {organization_admin(), organization_auditor(), organization_user_admin(), organization_template_admin(),
                     organization_workspace_creation_ban(), organization_workspace_access()})
    organization_.push_back(share(role));
  for (auto mode : {Sharing::everyone, Sharing::service_accounts, Sharing::none})
    for (bool service_account : {false, true}) system_.push_back(share(system_role(mode, service_account)));
}

}  // namespace slipway::rbac
