// The environment of every Terraform process: built from nothing, from the job and an allow-list of what the server
// has.
#pragma once

#include "aio/subprocess.hpp"
#include "provisioner/job.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::provisioner {

using EnvironmentEntries = std::vector<std::pair<std::string, std::string>>;

// What this process was started with.
EnvironmentEntries own_environment();

// Whether a variable of the server may be seen by templates: search path, proxies, cloud credentials, `extra` prefixes.
// Never a CODER_ or SLIPWAY_ one, nor one that steers the tool (TF_CLI_CONFIG_FILE, TF_DATA_DIR, TF_LOG, ...).
bool may_pass(std::string_view name, const std::vector<std::string>& extra);

// Errors: invalid when a value is too long for an environment.
Result<aio::Environment> environment_of(const JobInput& input, const EnvironmentEntries& own, const std::vector<std::string>& extra);

// The provider's name for a parameter's value: CODER_PARAMETER_ and the SHA-256 of its name.
std::string parameter_variable(std::string_view name);

}  // namespace slipway::provisioner
