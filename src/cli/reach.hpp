// How a command gets to a workspace's agent: the name it was given, the workspace started, its agent connected.
#pragma once

#include "api/gen/agents.hpp"
#include "cli/config_ssh.hpp"
#include "cli/lookup.hpp"

namespace slipway::cli {

class Command;

struct ReachOptions {
  bool no_start = false, no_wait = false;
  std::int64_t wait_seconds = 600;

  void add_to(Command& command);  // --no-start, --no-wait, --wait-seconds
};

// The workspace (owner/name, name.agent ...) that such a host stands for; a plain name is itself.
std::string workspace_of_host(std::string name, const HostName& host);

// The agent, ready to be talked to; `target` becomes the workspace as it is then. Starts it and waits, as the options allow.
Result<api::WorkspaceAgent> reach(Session& session, Target& target, const ReachOptions& options);

// What became of a connection that broke: that the workspace was stopped, if it was, else `error` itself.
Error why_it_ended(Session& session, const api::Workspace& workspace, Error error);

// Set for the ssh that we start, so that we, inside it again, leave the words to the one outside.
inline constexpr const char* kInsideSsh = "SLIPWAY_INSIDE_SSH";
bool inside_our_ssh();

}  // namespace slipway::cli
