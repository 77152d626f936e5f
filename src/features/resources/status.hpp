// What an agent's times and lifecycle mean, computed and never stored. Pure.
#pragma once

#include "api/gen/agents.hpp"
#include "base/clock.hpp"

#include <optional>
#include <string_view>

namespace slipway::resources {

// How often a live connection says so, and how long its silence is believed.
inline constexpr Seconds kHeartbeat{15};
inline constexpr Seconds kInactive{30};

struct ConnectionTimes {
  Time created_at;
  std::optional<Time> first_connected_at, last_connected_at, disconnected_at;
  Seconds timeout{};  // 0: never
};

struct Connection {
  std::string_view status;  // api::WorkspaceAgentStatus
  std::optional<Time> disconnected_at;
};

Connection connection_of(const ConnectionTimes& times, Time now, Seconds inactive = kInactive);
// What an answer says of an agent's connection at `now`: its times, its status and its health, which depends on the lifecycle that is there.
Connection show_connection(api::WorkspaceAgent& agent, const ConnectionTimes& times, Time now);
api::WorkspaceAgentHealth health_of(std::string_view status, std::string_view lifecycle);

}  // namespace slipway::resources
