#include "rbac/duties.hpp"
#include "base/check.hpp"
#include "rbac/role_tables.hpp"

#include <string>

namespace slipway::rbac {
namespace {

using A = Action;
using R = Resource;

struct DutyRole {
  std::string_view name;
  std::string_view shown_as;
};
// In the order of Duty.
constexpr DutyRole kNames[] = {
    {"provisionerd", "Provisioner Daemon"},
    {"autostart", "Autostart"},
    {"jobreaper", "Job Reaper"},
    {"keyrotator", "Key Rotator"},
    {"keyreader", "Key Reader"},
    {"notifier", "Notifier"},
    {"resourcemonitor", "Resource Monitor"},
    {"tunnelkeeper", "Tunnel Keeper"},
    {"machinereader", "Machine Reader"},
    {"metricsreader", "Metrics Reader"},
    {"auditrecorder", "Audit Recorder"},
    {"metadatakeeper", "Metadata Keeper"},
    {"connectionkeeper", "Connection Keeper"},
    {"lastuse", "Last Use"},
    {kSignInName, "Sign-in"},
    {"recovery", "Password Recovery"},
    {"founder", "Founder"},
    {"rolekeeper", "Role Keeper"},
    {"system-read-provisioner-daemons", "System Read Provisioner Daemons"},
    {"prebuilds-orchestrator", "Prebuilds Orchestrator"},
    {"dbpurge", "DB Purge"},
    {"file-reader", "File Reader"},
    {"usage-publisher", "Usage Publisher"},
    {"aibridged", "AI Bridge Daemon"},
    {"boundary-usage-tracker", "Boundary Usage Tracker"},
    {"chatkeeper", "Chat Keeper"},
    {"proxykeeper", "Proxy Keeper"},
};
static_assert(std::size(kNames) == kDuties.size());

// Everything at site level. `kEvery` is the wildcard, `*` in duties_test.cpp and in the golden list.
void grant(Duty duty, Permissions& site) {
  switch (duty) {
    case Duty::provisioner_daemon:
      return add(site, {{R::file, A::read},
                        {R::system, kEvery},
                        {R::template_, {A::read, A::update}},
                        {R::user, {A::read, A::read_personal, A::update_personal}},
                        {R::workspace, {A::read, A::update, A::delete_, A::start, A::stop, A::create_agent}},
                        {R::workspace_dormant, {A::read, A::update, A::delete_, A::stop}},
                        {R::prebuilt_workspace, {A::update, A::delete_}},
                        {R::api_key, kEvery},
                        {R::organization, A::read},
                        {R::group, A::read},
                        {R::provisioner_jobs, {A::create, A::read, A::update}},
                        {R::notification_message, {A::create, A::read}},
                        {R::workspace_agent_resource_monitor, A::create},
                        {R::workspace_agent_devcontainers, A::create},
                        {R::usage_event, A::create}});
    case Duty::autostart:
      return add(site, {{R::system, kEvery},
                        {R::template_, {A::read, A::update}},
                        {R::user, A::read},
                        {R::organization_member, A::read},
                        {R::workspace, {A::read, A::update, A::delete_, A::start, A::stop}},
                        {R::workspace_dormant, {A::read, A::update, A::delete_, A::stop}},
                        {R::notification_message, {A::create, A::read}}});
    case Duty::job_reaper:
      return add(site,
                 {{R::system, kEvery}, {R::template_, A::read}, {R::workspace, {A::read, A::update}}, {R::provisioner_jobs, {A::read, A::update}}});
    case Duty::key_rotator: return add(site, {{R::crypto_key, kEvery}});
    case Duty::key_reader: return add(site, {{R::crypto_key, A::read}});
    case Duty::notifier:
      return add(site, {{R::notification_message, kCrud},
                        {R::inbox_notification, {A::create, A::read}},
                        {R::webpush_subscription, {A::create, A::read, A::delete_}}});
    case Duty::resource_monitor: return add(site, {{R::workspace_agent_resource_monitor, A::update}});
    case Duty::tunnel_keeper: return add(site, {{R::system, kCrud}, {R::workspace, A::read}, {R::workspace_dormant, A::read}});
    case Duty::machine_reader: return add(site, {{R::system, A::read}});
    case Duty::metrics_reader:
      return add_read(site, {R::system, R::user, R::template_, R::workspace, R::workspace_dormant, R::provisioner_jobs, R::notification_message});
    case Duty::audit_recorder: return add(site, {{R::audit_log, A::create}});
    case Duty::metadata_keeper: return add(site, {{R::system, {A::read, A::update}}});
    case Duty::connection_keeper: return add(site, {{R::system, A::read}, {R::connection_log, {A::create, A::update, A::delete_}}});
    case Duty::last_use:
      return add(site, {{R::api_key, {A::read, A::update}},
                        {R::user, {A::read, A::update}},
                        {R::system, {A::create, A::read, A::update}},
                        {R::workspace, {A::read, A::update}},
                        {R::workspace_dormant, {A::read, A::update}}});
    case Duty::sign_in:
      return add(site, {{R::user, {A::create, A::read, A::update, A::update_personal}},
                        {R::api_key, A::delete_},
                        {R::organization_member, {A::create, A::read}},
                        {R::group, {A::create, A::read}}});
    case Duty::recovery: return add(site, {{R::user, {A::read, A::update_personal}}});
    case Duty::founder: return add(site, {{R::user, {A::create, A::read, A::update, A::update_personal}}, {R::organization_member, A::create}});
    case Duty::role_keeper: return add(site, {{R::organization, A::read}, {R::assign_org_role, {A::create, A::read, A::update}}});
    case Duty::read_provisioner_daemons: return add(site, {{R::provisioner_daemon, A::read}});
    case Duty::prebuilds:
      return add(site, {{R::template_, {A::read, A::update, A::use}},
                        {R::workspace, kCrud | ActionSet{A::start, A::stop}},
                        {R::prebuilt_workspace, {A::update, A::delete_}},
                        {R::organization, A::read},
                        {R::user, A::read},
                        {R::file, A::read},
                        {R::organization_member, {A::create, A::read}},
                        {R::assign_org_role, A::assign},
                        {R::group, {A::create, A::read, A::update}},
                        {R::group_member, A::read}});
    case Duty::db_purge: return add(site, {{R::boundary_log, A::delete_}, {R::system, A::delete_}});
    case Duty::file_reader: return add(site, {{R::file, A::read}});
    case Duty::usage_publisher: return add(site, {{R::license, A::read}, {R::usage_event, {A::read, A::update}}});
    case Duty::aibridge_daemon:
      return add(site, {{R::aibridge_interception, {A::create, A::read, A::update}}, {R::user, A::read_personal}, {R::api_key, A::read}});
    case Duty::boundary_usage_tracker: return add(site, {{R::boundary_usage, {A::read, A::update, A::delete_}}});
    case Duty::chat_keeper: return add(site, {{R::chat, {A::read, A::delete_}}, {R::user, A::read}});
    case Duty::proxy_keeper: return add(site, {{R::workspace_proxy, {A::read, A::update}}, {R::system, {A::create, A::update, A::delete_}}});
  }
}

SubjectPtr subject_with(UserId id, Role role, OrganizationId organization, std::string label) {
  std::vector<HeldRole> held{{share(std::move(role)), organization}};
  return *Subject::make({.id = id, .roles = std::move(held), .scope = scope_all(), .label = std::move(label)});
}

SubjectPtr make(Duty duty) {
  auto names = kNames[static_cast<std::size_t>(duty)];
  Role role{.name = std::string(names.name), .display_name = std::string(names.shown_as)};
  grant(duty, role.site);
  UserId id = duty == Duty::prebuilds ? kPrebuildsUser : UserId{};
  return subject_with(id, std::move(role), {}, std::string(names.shown_as));
}

}  // namespace

std::string_view name_of(Duty duty) { return kNames[static_cast<std::size_t>(duty)].name; }

SubjectPtr duty_subject(Duty duty) {
  static const auto subjects = [] {
    std::array<SubjectPtr, kDuties.size()> made;
    for (auto each : kDuties) made[static_cast<std::size_t>(each)] = make(each);
    return made;
  }();
  return subjects[static_cast<std::size_t>(duty)];
}

SubjectPtr sub_agent_subject(UserId workspace_owner, OrganizationId organization) {
  check(!workspace_owner.is_nil() && !organization.is_nil(), "a sub-agent acts for an owner, inside an organization");
  Role role{.name = "subagentapi", .display_name = "Sub Agent API"};
  add(role.member, {{R::workspace, {A::read, A::create_agent, A::delete_agent}}});
  return subject_with(workspace_owner, std::move(role), organization, "Sub Agent API");
}

}  // namespace slipway::rbac
