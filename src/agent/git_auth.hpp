// What Git asks the agent for: `slipway-agent gitssh -- …` runs ssh with the owner's key, and as GIT_ASKPASS the agent
// prints a user name or password from the owner's external sign-ins.
#pragma once

#include "agent/control_plane.hpp"
#include "agent/environment.hpp"

#include <string>
#include <vector>

namespace slipway::agent {

// "Username for 'https://github.com': " or "Password for 'https://me@github.com': ". Code::invalid otherwise. Pure.
struct GitPrompt {
  bool wants_password = false;
  std::string url;
};
Result<GitPrompt> read_git_prompt(const std::string& prompt);

// Exit status of the process. Both find the server by CODER_AGENT_URL and CODER_AGENT_TOKEN in `environment`.
Task<int> run_git_ssh(std::vector<std::string> arguments, Environment environment);
Task<int> run_askpass(std::string prompt, Environment environment);

}  // namespace slipway::agent
