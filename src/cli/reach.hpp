// How a command gets to a workspace's agent: the name it was given, the workspace started, its agent connected.
#pragma once

#include "api/gen/agents.hpp"
#include "cli/config_ssh.hpp"
#include "cli/lookup.hpp"

#include <optional>

namespace slipway::cli {

class Command;

struct ReachOptions {
  bool no_start = false, no_wait = false;
  std::int64_t wait_seconds = 600;
  std::string start_reason;  // of the build that starts it; empty: the program's own

  void add_to(Command& command);  // --no-start, --no-wait, --wait-seconds
};

// What becomes of a connection that breaks.
struct Reconnect {
  static constexpr std::int64_t kUsual = 60;
  std::int64_t minutes = kUsual;  // of trying to get it back

  void add_to(Command& command);  // --reconnect-minutes
};

// The workspace (owner/name, name.agent ...) that such a host stands for; a plain name is itself.
std::string workspace_of_host(std::string name, const HostName& host);

// The agent, ready to be talked to; `target` becomes the workspace as it is then. Starts it and waits, as the options allow.
Result<api::WorkspaceAgent> reach(Session& session, Target& target, const ReachOptions& options);

// What became of a connection that broke: that the workspace was stopped, if it was, else `error` itself.
Error why_it_ended(Session& session, const api::Workspace& workspace, Error error);
// The same for who has asked already: nothing when `now` is still what `before` was, or could not be asked for.
std::optional<Error> what_changed(const api::Workspace& before, const Result<api::Workspace>& now);

// Set for the ssh that we start, so that we, inside it again, leave the words to the one outside.
inline constexpr const char* kInsideSsh = "SLIPWAY_INSIDE_SSH";
bool inside_our_ssh();

}  // namespace slipway::cli
