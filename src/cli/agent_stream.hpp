// A stream through the server to an agent: its SSH server, or a terminal of its own.
#pragma once

#include "api/gen/agents.hpp"
#include "cli/session.hpp"

namespace slipway::cli {

// Copies stdin to the agent's SSH server and back to stdout until that has ended; the end of stdin is passed on. For
// OpenSSH's ProxyCommand. Errors: bad_gateway when the connection was cut.
Result<void> stream_ssh(Session& session, const Uuid& agent);

// How long the agent's SSH server takes to greet.
Result<Milliseconds> greeting_time(Session& session, const Uuid& agent);

// A shell in this terminal without any SSH client: raw mode, window size and all. The exit code is not known: 0.
Result<int> run_terminal(Session& session, const Uuid& agent, const std::string& command);

}  // namespace slipway::cli
