// From a queued job to what its engine is given. Only this feature includes it.
#pragma once

#include "api/gen/versions.hpp"
#include "features/jobs/jobs.hpp"
#include "features/provisioning/provisioning.hpp"

namespace slipway::provisioning {

using Handle = store::DutyHandle<rbac::Duty::provisioner_daemon>;

// What a job was posted with.
struct Input {
  TemplateVersionId version;
  BuildId build;
  std::vector<api::VariableValue> variables;
  std::vector<provisioner::NamedValue> parameters;  // of a dry run
  std::string workspace_name;
  std::string log_level;
  provisioner::Prebuild stage = provisioner::Prebuild::none;
};
Input read_input(const std::string& text);

Task<Result<provisioner::JobInput>> gather(Handle& duty, const SourceOptions& options, const jobs::sql::Acquired& job);

}  // namespace slipway::provisioning
