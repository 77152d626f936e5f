// What tofu and terraform call their CLI configuration: each job gets one of its own, so that nothing which the server's
// environment or home happens to hold decides where providers come from.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::provisioner {

// A provider in a filesystem mirror, for this machine's platform: "registry.opentofu.org/coder/coder".
using ProviderAddress = std::string;

// What the mirror holds that this machine can run. Blocks.
std::vector<ProviderAddress> providers_in(const std::string& mirror);

bool has_coder_provider(const std::vector<ProviderAddress>& providers);

// The first folder that holds the coder/coder provider: `configured`, else beside the tool or its folder, else in the cache of
// Slipway's tools. Empty: none. Blocks.
std::string find_mirror(const std::string& configured, const std::string& tool);

// The configuration of a job. What the mirror holds is taken from there alone; everything else as the operator's own configuration
// (the text of a .tofurc, or empty) says: its installation methods, credentials and hosts stay.
struct CliSources {
  std::string mirror;
  std::vector<ProviderAddress> mirrored;
  std::string operators;
  std::string plugin_cache;
};
// Errors: invalid when the operator's configuration cannot be read as one.
Result<std::string> cli_configuration(const CliSources& sources);

// What to do about a tool that failed because of a provider or of the machine: one sentence; empty when `failure` is about something else.
std::string advice_for(std::string_view failure, bool coder_is_mirrored);

}  // namespace slipway::provisioner
