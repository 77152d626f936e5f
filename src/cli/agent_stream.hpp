// A stream through the server to an agent: its SSH server, or a terminal of its own.
#pragma once

#include "api/gen/agents.hpp"
#include "api/gen/workspaces.hpp"
#include "cli/session.hpp"

#include <functional>
#include <memory>

namespace slipway::cli {

// What went through so far, in bytes; read beside the stream, on the session's loop.
struct StreamCount {
  std::uint64_t up = 0, down = 0;
};
struct StreamOptions {
  Milliseconds try_for = std::chrono::hours(1);  // to get a lost connection back; the agent keeps its end for an hour
  bool tells = false;                            // on stderr, of a connection that was lost and came back
  // Run beside the stream, on the session's loop, from when it stands; cancelled when it ends. What it fails with ends the stream.
  std::function<Task<Result<void>>(std::shared_ptr<const StreamCount>)> beside;
};
// Copies stdin to the agent's SSH server and back to stdout until that has ended; the end of stdin is passed on. For
// OpenSSH's ProxyCommand. A connection that breaks is begun again and goes on where it was, where the agent can do that. Errors:
// precondition when the workspace has changed (as of why_it_ended); gone, forbidden and what else the server or the agent refuses it
// with; bad_gateway when it was cut.
Result<void> stream_ssh(Session& session, const api::Workspace& workspace, const Uuid& agent, const StreamOptions& options);

// A shell in this terminal without any SSH client: raw mode, window size and all. A connection that breaks is begun again and goes on
// where it was; a shell that is gone is not begun again. The exit code is not known: 0. Errors: as stream_ssh, and cancelled when the
// person left while the connection was lost.
Result<int> run_terminal(Session& session, const api::Workspace& workspace, const Uuid& agent, const std::string& command,
                         const StreamOptions& options);

}  // namespace slipway::cli
