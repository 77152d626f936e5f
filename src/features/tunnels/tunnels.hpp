// The agents' tunnels. This server holds those whose WebSocket it accepted; streams to any connected agent, held here or by
// another replica, are got with dial(). One a process; a session lives on the loop of its connection, dial() works from any.
#pragma once

#include "features/resources/status.hpp"
#include "features/tunnels/replicas.hpp"
#include "http/call.hpp"
#include "http/reply.hpp"
#include "net/client.hpp"
#include "tunnel/session.hpp"

#include <atomic>
#include <unordered_map>

namespace slipway::http {
class Routes;
}

namespace slipway::tunnels {

inline constexpr std::int64_t kLeastPort = 9;  // below are ports of no use here

// Where in a workspace a stream goes: a port of its loopback, or one of the agent's own services.
struct Target {
  std::string service;  // "pty", "ssh" or "measure"; empty: a port
  std::uint16_t port = 0;
  tunnel::HeaderList headers = {};  // what the service is told

  static Target to_port(std::uint16_t port) { return {.service = {}, .port = port}; }
  static Target to_service(std::string name, tunnel::HeaderList headers) { return {.service = std::move(name), .headers = std::move(headers)}; }
};

struct TunnelTimes {
  Milliseconds heartbeat = resources::kHeartbeat;
  Milliseconds inactive = resources::kInactive;
};

class Tunnels {
 public:
  Tunnels(std::vector<asio::any_io_executor> loops, Replicas& replicas, TunnelTimes times = {});
  virtual ~Tunnels();

  // GET /workspaceagents/me/tunnel: carries the agent's tunnel until it ends, and says so in the agent's row.
  Task<Result<http::Handled>> serve(http::Call& call);
  // GET and POST /internal/relay/{agent}: another replica wants a stream, or an answer, of an agent held here.
  Task<Result<http::Handled>> relay(http::Call& call);

  // The stream's home is the caller's loop. Errors: bad_gateway when nobody holds the agent's tunnel or it refuses.
  Task<Result<std::unique_ptr<net::Stream>>> dial(http::Home& home, AgentId agent, Target target);
  // A question to the agent's own small API.
  Task<Result<net::Response>> request(http::Home& home, AgentId agent, std::string path);

  // Questions that every agent held here is asked, now as far as they are new, and each that comes as soon as it is there: how all agents
  // of a deployment are told something. Takes the place of what was given before; what an agent answers is for its own log. Any loop.
  Task<void> ask_all(std::vector<std::string> paths);

  // Says of all agents held here at once that they are connected, every heartbeat, and ends tunnels that are not the newest or whose
  // build is not; runs until cancelled.
  Task<void> keep_beating(http::Home& home);

  // Says goodbye to every agent, to all at the same time, and takes none any more; they come back to another replica, or when this
  // one is back.
  Task<void> stop();
  // Has stop() begun? What breaks now breaks because of that.
  bool stopping() const { return stopping_; }
  // Ends what was opened through other replicas: after people's streams.
  Task<void> close();

 protected:
  // Carries the tunnel that `call` brings, of this agent, until it ends. `name` is for the log.
  Task<Result<http::Handled>> carry(http::Call& call, http::PrincipalAgent agent, std::string name);
  // To an agent held here. Errors: bad_gateway when it is not.
  Task<Result<std::unique_ptr<net::Stream>>> dial_here(http::Home& home, AgentId agent, Target target);
  Task<Result<net::Response>> request_here(http::Home& home, AgentId agent, std::string path);
  bool holds(AgentId agent) { return find(agent) != nullptr; }

  // What a server without the database does otherwise: to say that an agent has come, before and after it can be dialled, and has gone;
  // and to reach one that is not held here.
  virtual Task<Result<void>> accepted(http::Home& home, const http::PrincipalAgent& agent, Uuid connection);
  virtual void arrived(AgentId) {}
  virtual Task<void> ended(http::Home& home, const http::PrincipalAgent& agent, Uuid connection);
  virtual Task<Result<std::unique_ptr<net::Stream>>> dial_elsewhere(http::Home& home, AgentId agent, Target target);
  virtual Task<Result<net::Response>> request_elsewhere(http::Home& home, AgentId agent, std::string path);

 private:
  struct Held;
  using HeldPtr = std::shared_ptr<Held>;
  struct Ending;
  static Task<void> end_all(std::vector<Ending> all);
  Task<void> end_each(std::vector<Ending> all);
  Task<Result<void>> beat(http::Home& home);

  HeldPtr find(AgentId agent);
  HeldPtr hold(AgentId agent, HeldPtr held);  // gives the one before
  void let_go(AgentId agent, const HeldPtr& held);
  static Task<void> end_previous(HeldPtr previous);
  static Task<void> ask_each(HeldPtr held, std::vector<std::string> paths);
  static Task<void> ask_some(std::vector<HeldPtr> some, std::vector<std::string> paths);
  std::vector<std::string> standing();
  Task<Result<std::string>> holder(http::Home& home, AgentId agent);

  std::vector<asio::any_io_executor> loops_;
  std::vector<std::unique_ptr<net::Client>> clients_;  // one a loop: to other replicas
  Replicas& replicas_;
  TunnelTimes times_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;                   // held_ and standing_, never held over an await
  std::vector<std::string> standing_;  // what ask_all() was given
  std::unordered_map<AgentId, HeldPtr> held_;
};

// Wanted as long as the routes are.
void add_routes(http::Routes& routes, Tunnels& tunnels);

}  // namespace slipway::tunnels
