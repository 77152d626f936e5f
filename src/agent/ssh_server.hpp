// The SSH server inside a workspace: exec, shells with a terminal, sftp, port and agent forwarding, for whoever reached it.
// It asks for no password: reaching it through the control plane is the authorization (decision 0003).
// home: own thread; one object serves any number of connections at a time, each in the coroutine of its caller.
#pragma once

#include "agent/command_env.hpp"
#include "agent/session_watch.hpp"
#include "aio/task_fwd.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace slipway::net {
class Stream;
}

namespace slipway::agent {

struct SshOptions {
  std::string host_key_seed;  // 32 bytes, as from ssh_host_key_seed
  CommandEnvironmentSource environment;
  // Reaches host:port from inside the workspace, for `ssh -L` and `-D`.
  std::function<Task<Result<std::unique_ptr<net::Stream>>>(std::string host, std::uint16_t port)> dial;
  std::function<Task<std::string>()> greeting = {};  // what a shell with a terminal shows first: message of the day, banners
  std::size_t most_connections = 64;
  std::size_t most_channels = 128;       // of one connection
  std::size_t most_idle_turns = 10'000;  // of a connection's loop, in a row and without a byte: more is a spin, and ends it
};

// What is told of one connection while it is served.
struct SshVisit {
  std::function<void(SessionKind)> kind = {};  // each time something is begun in it
  std::function<void()> jetbrains = {};        // a port leads to such an editor's server
  std::function<void(int code)> exited = {};   // a command of it
};

// The same names give the same host key, also after a rebuild on another machine.
std::string ssh_host_key_seed(std::string_view owner, std::string_view workspace, std::string_view agent);

class SshServer {
 public:
  SshServer(asio::any_io_executor home, SshOptions options);
  ~SshServer();  // connections under way keep what they need
  SshServer(const SshServer&) = delete;
  SshServer& operator=(const SshServer&) = delete;

  // Serves one connection until either side ends it. Cancelling it hangs up on what it started.
  Task<void> serve(std::unique_ptr<net::Stream> stream, SshVisit visit = {});
  std::size_t connections() const;
  // "ssh-ed25519 AAAA...", as in a known_hosts file.
  std::string host_key() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace slipway::agent
