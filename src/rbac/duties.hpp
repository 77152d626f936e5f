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
  system,
  read_provisioner_daemons,
  prebuilds,
  db_purge,
  file_reader,
  usage_publisher,
  aibridge_daemon,
  boundary_usage_tracker,
};
inline constexpr std::array kDuties{Duty::provisioner_daemon, Duty::autostart,       Duty::job_reaper,
                                    Duty::key_rotator,        Duty::key_reader,      Duty::notifier,
                                    Duty::resource_monitor,   Duty::system,          Duty::read_provisioner_daemons,
                                    Duty::prebuilds,          Duty::db_purge,        Duty::file_reader,
                                    Duty::usage_publisher,    Duty::aibridge_daemon, Duty::boundary_usage_tracker};

// "provisionerd", "autostart", ...
std::string_view name_of(Duty duty);
// Made once; nil id but for prebuilds.
SubjectPtr duty_subject(Duty duty);
// `subagentapi`: acts as the workspace's owner inside one organization, for an agent that manages its sub-agents.
SubjectPtr sub_agent_subject(UserId workspace_owner, OrganizationId organization);

}  // namespace slipway::rbac
