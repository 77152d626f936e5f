// The shell text that brings an agent to life on a bare machine: the provisioner hands it to the `coder` provider, which
// makes it a template's `init_script`. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace slipway::api {

struct AgentPlatform {
  std::string_view os;
  std::string_view arch;
};

// What there is an agent for.
std::span<const AgentPlatform> agent_platforms();

// POSIX sh. The provider replaces ${ACCESS_URL} (ends in "/") and ${AUTH_TYPE}; no other ${...} of these names is in it.
// Empty for a platform without an agent.
std::string init_script(std::string_view os, std::string_view arch);

// The name under which the provider looks for it: CODER_AGENT_SCRIPT_<os>_<arch>.
std::string init_script_variable(std::string_view os, std::string_view arch);

}  // namespace slipway::api
