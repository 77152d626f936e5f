// The tunnels of a workspace proxy: an agent comes when it is wanted, because the primary asks it to, and proves itself by the ticket that
// was made for it. What is open then needs the primary no more. One a process; any loop.
#pragma once

#include "features/tunnels/tunnels.hpp"

#include <functional>
#include <map>

namespace slipway::server {

class ProxyTunnels final : public tunnels::Tunnels {
 public:
  // Has an agent come with a ticket; on the loop of that number.
  using CallHere = std::function<Task<Result<void>>(std::size_t loop, AgentId agent, std::string ticket)>;
  static constexpr Seconds kTicketLife{30};

  ProxyTunnels(std::vector<asio::any_io_executor> loops, tunnels::Replicas& nobody, CallHere call_here, Milliseconds arrival = Seconds(15));
  ~ProxyTunnels() override;

  // GET /workspaceagents/me/tunnel: an agent that was called comes. Errors: unauthenticated.
  Task<Result<http::Handled>> welcome(http::Call& call);

 protected:
  Task<Result<void>> accepted(http::Home& home, const http::PrincipalAgent& agent, Uuid connection) override;
  void arrived(AgentId agent) override;
  Task<void> ended(http::Home& home, const http::PrincipalAgent& agent, Uuid connection) override;
  Task<Result<std::unique_ptr<net::Stream>>> dial_elsewhere(http::Home& home, AgentId agent, tunnels::Target target) override;
  Task<Result<net::Response>> request_elsewhere(http::Home& home, AgentId agent, std::string path) override;

 private:
  struct Waiter;
  using WaiterPtr = std::shared_ptr<Waiter>;
  struct Ticket {
    AgentId agent;
    Time until;
  };

  Task<Result<void>> fetch(http::Home& home, AgentId agent);
  Task<Result<void>> call(http::Home& home, AgentId agent);
  bool wait_for(AgentId agent, WaiterPtr waiter);  // true: the first who waits
  void leave(AgentId agent, const WaiterPtr& waiter);
  std::string ticket_for(AgentId agent, Time now);
  std::optional<AgentId> take(const std::string& ticket, Time now);

  CallHere call_here_;
  Milliseconds arrival_;
  std::mutex mutex_;  // what follows; never held over an await
  std::map<AgentId, std::vector<WaiterPtr>> waiting_;
  std::map<std::string, Ticket> tickets_;
};

}  // namespace slipway::server
