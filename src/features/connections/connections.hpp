// Sessions of people inside workspaces that this server carries: shells, editors and forwarded ports. The connection log is told
// when one begins and when it ends, and who may use SSH in a workspace reads who is there now. One a process; any loop.
#pragma once

#include "http/call.hpp"
#include "net/stream.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace slipway::http {
class Routes;
}

namespace slipway::connections {

inline constexpr std::string_view kShell = "ssh", kTerminal = "reconnecting_pty", kPort = "port_forwarding";

// What somebody opens, and by which right: ssh, or application_connect for a port.
struct Opening {
  store::Target workspace;
  rbac::Action by = rbac::Action::ssh;
  std::string workspace_name, agent_name;
  std::string type;
  std::string port = {};  // of kPort
  Uuid stream = {};       // what the caller calls a stream that one connection after another carries: they are one session
};

// What a session carried, as the log counts it: rx into the workspace, tx out of it.
struct Carried {
  std::int64_t rx = 0, tx = 0;
};

// A stream into a workspace whose bytes are counted, for as long as it lives.
std::unique_ptr<net::Stream> counted(std::unique_ptr<net::Stream> into_workspace, std::shared_ptr<Carried> carried);

// A session that the log knows of. `connection` is what the agent is told to call it.
struct Begun {
  Uuid connection;
  WorkspaceId workspace;
  std::string agent_name;
  std::string key = {};  // of ports and named streams: what has one key is one session
};

class Sessions {
 public:
  explicit Sessions(ReplicaId replica) : replica_(replica) {}

  // The caller of `call` goes in. Errors: the right is not there, or the log cannot be written; then the session must not be.
  Task<Result<Begun>> begin(http::Call& call, const Opening& opening);
  // It is over, and why in words; empty when either side simply closed it. What cannot be written is left to end_lost().
  Task<void> end(http::Home& home, Begun session, std::string why, Carried carried);
  // Ends what servers left open that are gone; runs until cancelled.
  Task<void> keep_ending_lost(http::Home& home);

 private:
  struct Held {
    std::size_t streams = 0;
    Carried carried;
    Uuid connection;
  };
  std::optional<Carried> leave(const Begun& session, Carried carried);
  bool came_back(const Begun& session);
  Task<Result<Begun>> write(http::Call& call, const Opening& opening, Begun session);

  ReplicaId replica_;
  std::mutex mutex_;                  // open_ only, never held over an await
  std::map<std::string, Held> open_;  // here now, by key
};

// GET /workspaces/{workspace}/sessions.
void add_routes(http::Routes& routes);

}  // namespace slipway::connections
