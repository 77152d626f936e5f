// What every command that the agent starts for someone needs: the agent makes it from its manifest
// and its own environment; the SSH server and the terminals ask for it each time, so that a new manifest counts at once.
// home: a value, used from any thread.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace slipway::agent {

struct CommandEnvironment {
  std::vector<std::pair<std::string, std::string>> variables;  // the whole environment, not additions to ours
  std::string directory;                                       // where to start; "/" when it cannot be entered
  std::string shell;                                           // absolute path of the login shell
};

// Called from any thread.
using CommandEnvironmentSource = std::function<CommandEnvironment()>;

}  // namespace slipway::agent
