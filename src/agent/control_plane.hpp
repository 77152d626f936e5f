// The control plane's REST API as the agent uses it: one function a request, statuses turned into errors.
// home: own thread; stop() must have returned before it goes.
#pragma once

#include "agent/lifecycle.hpp"
#include "agent/log_queue.hpp"
#include "agent/scripts.hpp"
#include "api/gen/agent_v1.hpp"
#include "base/secret.hpp"
#include "net/client.hpp"

namespace slipway::agent {

struct ConnectionReport {
  Uuid id;
  bool connected = true;  // else the same connection has ended
  std::string type;       // ssh, vscode, jetbrains, reconnecting_pty
  Time at;
  std::string ip;
  std::int64_t status_code = 0;
  std::string reason;
};

class ControlPlane {
 public:
  // How long it keeps a connection that it has asked on, besides the tunnel's. What is reported every few seconds shares one; what is
  // reported every half minute pays for a new one, and nobody holds it meanwhile.
  static constexpr Milliseconds kIdleFor = Seconds(12);

  ControlPlane(asio::any_io_executor home, std::string url, Milliseconds idle_for = kIdleFor);

  void set_token(Secret token) { token_ = std::move(token); }
  const Secret& token() const { return token_; }
  const std::string& url() const { return url_; }

  // Errors of each: unauthenticated (401), too_large (413), not_found, invalid (other 4xx), unavailable (5xx), and those
  // of net::Client.
  Task<Result<api::AgentManifest>> manifest();
  Task<Result<void>> report_startup(api::AgentStartup startup);
  Task<Result<void>> report_lifecycle(LifecycleChange change);
  // How often statistics are wanted. Without statistics it only asks.
  Task<Result<Milliseconds>> report_stats(std::optional<api::AgentStats> stats);
  Task<Result<void>> report_metadata(api::AgentMetadataReport report);
  Task<Result<void>> report_app_health(api::AgentAppHealth health);
  Task<Result<api::AgentResourceMonitors>> resource_monitors();
  Task<Result<void>> report_usage(api::AgentResourceUsage usage);
  Task<Result<void>> report_timing(ScriptTiming timing);
  Task<Result<void>> report_connection(ConnectionReport report);
  Task<Result<void>> send_logs(LogBatch batch);
  // Exchanges proof of identity for a session token; no token is sent.
  Task<Result<Secret>> exchange_identity(std::string cloud, std::string body);
  Task<Result<std::unique_ptr<net::WebSocket>>> open_tunnel();
  // Waits for news that somebody has taken over the workspace, which was built for a pool; `agent` is whom this one started up as, nil
  // where it does not know. True: it happened. False: the stream has ended without it. Errors besides: conflict, where it will not happen.
  Task<Result<bool>> await_claim(Uuid agent);
  // GET /api/v2/appearance, its body.
  Task<Result<std::string>> appearance(Milliseconds limit);
  // GET under /api/v2/workspaceagents/me.
  Task<Result<std::string>> get(std::string path, Milliseconds limit = Seconds(30));

  Task<void> stop();

 private:
  Task<Result<std::string>> send(std::string method, std::string path, std::string body, Milliseconds limit = Seconds(30));
  net::Headers headers() const;

  std::string url_;
  Secret token_;
  net::Client client_;
};

// Would the same request succeed later? Otherwise it is dropped with a line in the log.
bool worth_retrying(const Error& error);

// The words of an API error's body; empty when it is none.
std::string api_message(std::string_view body);

}  // namespace slipway::agent
