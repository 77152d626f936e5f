#include "features/resources/status.hpp"

namespace slipway::resources {

using Status = api::WorkspaceAgentStatus;
using Lifecycle = api::WorkspaceAgentLifecycle;

Connection connection_of(const ConnectionTimes& times, Time now, Seconds inactive) {
  if (!times.first_connected_at) {
    const bool late = times.timeout > Seconds(0) && now - times.created_at > times.timeout;
    return {late ? Status::timeout : Status::connecting, times.disconnected_at};
  }
  const Time last = times.last_connected_at.value_or(*times.first_connected_at);
  if (times.disconnected_at && *times.disconnected_at >= last) return {Status::disconnected, times.disconnected_at};
  if (now - last > inactive) return {Status::disconnected, last};
  return {Status::connected, times.disconnected_at};
}

Connection show_connection(api::WorkspaceAgent& agent, const ConnectionTimes& times, Time now) {
  const auto connection = connection_of(times, now);
  agent.first_connected_at = times.first_connected_at;
  agent.last_connected_at = times.last_connected_at;
  agent.disconnected_at = connection.disconnected_at;
  agent.status = connection.status;
  agent.health = health_of(agent.status, agent.lifecycle_state);
  return connection;
}

api::WorkspaceAgentHealth health_of(std::string_view status, std::string_view lifecycle) {
  const auto ill = [](std::string reason) { return api::WorkspaceAgentHealth{.healthy = false, .reason = std::move(reason)}; };
  if (status != Status::connected && lifecycle == Lifecycle::off) return ill("agent is not running");
  if (status == Status::connecting) return ill("agent has not yet connected");
  if (status == Status::timeout) return ill("agent is taking too long to connect");
  if (status == Status::disconnected) return ill("agent has lost connection");
  if (lifecycle == Lifecycle::start_error) return ill("agent startup script exited with an error");
  if (lifecycle == Lifecycle::shutting_down || lifecycle == Lifecycle::shutdown_timeout || lifecycle == Lifecycle::shutdown_error ||
      lifecycle == Lifecycle::off)
    return ill("agent is shutting down");
  return {.healthy = true, .reason = {}};
}

}  // namespace slipway::resources
