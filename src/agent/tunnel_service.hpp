// What the agent offers inside its tunnel: ports of this machine, terminals, SSH, and a few questions about itself.
// Lives as long as the agent, across connections. home: own thread.
#pragma once

#include "agent/banners.hpp"
#include "agent/commands.hpp"
#include "agent/held_streams.hpp"
#include "agent/listening_ports.hpp"
#include "agent/meetings.hpp"
#include "agent/outbox.hpp"
#include "agent/ssh_server.hpp"
#include "agent/terminals.hpp"
#include "agent/traffic.hpp"
#include "tunnel/acceptor.hpp"

namespace slipway::agent {

class TunnelService {
 public:
  TunnelService(const asio::any_io_executor& home, const Commands& commands, Outbox& outbox, std::shared_ptr<Traffic> traffic,
                const Clock& clock = system_clock(), Banners* banners = nullptr, HeldLimits held = {});
  ~TunnelService();

  // SSH is refused until the manifest has told these: its host key is made from them.
  void set_names(std::string_view owner, std::string_view workspace, std::string_view agent);
  tunnel::Handlers handlers();
  // What a workspace proxy may ask for: ports, terminals, and which ports are listened on.
  tunnel::Handlers handlers_for_proxies();
  // Hangs up every terminal and every connection that is held; new ones are refused from then on.
  Task<void> stop();
  // Hangs up as stop() does; new ones may come.
  void hang_up();

 private:
  // Who a session of SSH is of, as the server says.
  struct SessionOf {
    std::string connection, ip;
  };

  Task<Result<std::unique_ptr<net::Stream>>> dial(std::uint16_t port);
  Task<void> open(tunnel::Opening opening);
  Task<void> open_terminal(tunnel::Opening opening);
  Task<void> open_ssh(tunnel::Opening opening);
  Task<void> serve_ssh(std::unique_ptr<net::Stream> stream, SessionOf of);
  Task<void> open_for_proxy(tunnel::Opening opening);
  Task<net::Response> answer(tunnel::AgentRequest request);
  Task<net::Response> answer_proxy(tunnel::AgentRequest request);
  net::Response meet(std::string_view target);
  net::Response part(std::string_view target);
  Task<std::string> listening_ports();
  Task<std::string> announcements();
  Task<std::string> greeting();

  asio::any_io_executor home_;
  const Commands& commands_;
  Outbox& outbox_;
  std::shared_ptr<Traffic> traffic_;
  const Clock& clock_;
  Banners* banners_;
  net::Client client_;
  Terminals terminals_;
  HeldStreams held_;
  Meetings meetings_;
  std::unique_ptr<SshServer> ssh_;
  std::string ssh_names_;
  std::string ports_json_;
  std::chrono::steady_clock::time_point ports_until_{};
};

// The reconnect id, size and command that a "pty" stream was opened with. Code::invalid for a bad id. Pure.
Result<TerminalRequest> read_terminal_request(std::string_view id, std::string_view height, std::string_view width, std::string_view command);
// Who a viewer that comes back by itself is and how far it has seen; nothing unless both are told well. Pure.
std::optional<TerminalRequest::Viewer> read_viewer(std::string_view name, std::string_view received);

}  // namespace slipway::agent
