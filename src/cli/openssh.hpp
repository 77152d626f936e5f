// The system's OpenSSH client, run with this program as its way to the workspace.
#pragma once

#include "cli/reach.hpp"

namespace slipway::cli {

struct OpenSsh {
  std::vector<std::string> flags;     // -N, -L ...
  std::vector<std::string> options;   // each as of -o
  std::vector<std::string> remote;    // the command and its arguments
  bool interrupt_is_the_end = false;  // Ctrl-C ends it as it should: no error
  Reconnect reconnect = {};
};

// Is there an ssh on PATH?
bool have_openssh();

// Runs ssh to that workspace and gives its exit code. Errors: precondition when there is no ssh, invalid for a name that
// could mean something else to ssh or to the shell that it starts.
Result<int> run_openssh(Session& session, const Target& target, const OpenSsh& what);

// "slipway.owner--name.agent". Errors: invalid, as above.
Result<std::string> ssh_host(const Target& target);

}  // namespace slipway::cli
