// System subjects: the server's own actors, each with the least its work needs.
#pragma once

#include "rbac/subject.hpp"

#include <array>
#include <string_view>

namespace slipway::rbac {

enum class Duty {
  provisioner_daemon,
  autostart,
  job_reaper,
  key_rotator,
  key_reader,
  notifier,
  resource_monitor,
  tunnel_keeper,
  machine_reader,
  metrics_reader,
  audit_recorder,
  metadata_keeper,
  connection_keeper,
  last_use,
  sign_in,
  recovery,
  founder,
  role_keeper,
  read_provisioner_daemons,
  prebuilds,
  db_purge,
  file_reader,
  usage_publisher,
  aibridge_daemon,
  boundary_usage_tracker,
  chat_keeper,
  proxy_keeper,
};
inline constexpr std::array kDuties{
    Duty::provisioner_daemon,       Duty::autostart,     Duty::job_reaper,     Duty::key_rotator,    Duty::key_reader,      Duty::notifier,
    Duty::resource_monitor,         Duty::tunnel_keeper, Duty::machine_reader, Duty::metrics_reader, Duty::audit_recorder,  Duty::metadata_keeper,
    Duty::connection_keeper,        Duty::last_use,      Duty::sign_in,        Duty::recovery,       Duty::founder,         Duty::role_keeper,
    Duty::read_provisioner_daemons, Duty::prebuilds,     Duty::db_purge,       Duty::file_reader,    Duty::usage_publisher, Duty::aibridge_daemon,
    Duty::boundary_usage_tracker,   Duty::chat_keeper,   Duty::proxy_keeper};

// The name of Duty::sign_in: it brings people into organizations, which give them roles (rbac/assign.cpp).
inline constexpr std::string_view kSignInName = "signin";

// "provisionerd", "autostart", ...
std::string_view name_of(Duty duty);
// Made once; nil id but for prebuilds.
SubjectPtr duty_subject(Duty duty);
// `subagentapi`: acts as the workspace's owner inside one organization, for an agent that manages its sub-agents.
SubjectPtr sub_agent_subject(UserId workspace_owner, OrganizationId organization);

}  // namespace slipway::rbac
