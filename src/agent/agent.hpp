// The agent: holds one connection to its control plane for as long as it lives, runs the scripts of its
// first manifest, again once somebody claims a workspace of a pool, serves what comes through the tunnel, and says goodbye when it is told to stop. home: own thread.
#pragma once

#include "agent/app_health.hpp"
#include "agent/banners.hpp"
#include "agent/metadata.hpp"
#include "agent/options.hpp"
#include "agent/outbox.hpp"
#include "agent/scripts.hpp"
#include "agent/traffic.hpp"
#include "agent/tunnel_service.hpp"
#include "agent/unit_socket.hpp"

namespace slipway::agent {

class Agent {
 public:
  Agent(asio::any_io_executor home, Options options, std::string executable, const Clock& clock = system_clock());

  // Starts connecting, and keeps at it. Returns at once.
  void start();
  // Interrupts scripts, runs the stop scripts, gives the last reports up to five seconds to arrive, ends everything.
  Task<void> shut_down();

  Lifecycle state() const { return outbox_.state(); }
  bool connected() const { return connected_; }
  Milliseconds pause() const { return pause_; }   // the present one before the next connection; zero while there is one
  Lifecycle reached() const { return reached_; }  // as state(), from any thread

 private:
  Task<void> stay_connected();
  Task<Result<void>> one_round();
  Task<Result<void>> serve_manifest(tunnel::Acceptor& acceptor);
  Task<Result<api::AgentManifest>> fetch_manifest();
  Task<Result<void>> report_stats(tunnel::Acceptor& acceptor);
  Task<Result<void>> await_claim();
  Task<void> begin_again();
  void advance(Lifecycle to);
  void resume(const std::vector<api::AgentScript>& scripts);
  Task<void> start_up(std::vector<api::AgentScript> scripts, int life);

  Options options_;
  const Clock& clock_;
  net::Client metadata_client_;
  ControlPlane server_;
  Banners banners_;
  UnitSocket units_;
  Commands commands_;
  Outbox outbox_;
  std::shared_ptr<Traffic> traffic_ = std::make_shared<Traffic>();
  Scripts scripts_;
  TunnelService service_;
  std::optional<std::vector<api::AgentScript>> manifest_scripts_;  // of the first manifest of this life, the only one whose scripts run
  Uuid started_as_;                                                // whom that manifest named; nil: a run before this one started up
  bool claimable_ = true;                                          // until the server says that nobody will claim the workspace
  bool claimed_ = false;                                           // somebody just has: a new life begins
  int life_ = 0;
  bool connected_ = false;
  std::chrono::steady_clock::time_point connected_since_;
  std::shared_ptr<std::string> farewell_ = std::make_shared<std::string>();  // what the server closed the last connection with
  bool stopping_ = false;
  Milliseconds pause_{};
  std::atomic<Lifecycle> reached_ = Lifecycle::created;
  aio::Nursery nursery_;
};

// The agent as a program: signals, log, exit status.
Task<int> run_agent(Options options, std::string executable);

}  // namespace slipway::agent
