// Which listening ports a person is shown. Pure.
#pragma once

#include "api/gen/agents.hpp"

#include <set>

namespace slipway::agents {

inline constexpr std::int64_t kLeastPort = 9;  // below are ports of no use here

// Without ports below kLeastPort, those of the agent's apps, and those that are well known for something that is no web page.
std::vector<api::WorkspaceAgentListeningPort> shown_ports(std::vector<api::WorkspaceAgentListeningPort> ports,
                                                          const std::vector<std::string>& app_urls);

}  // namespace slipway::agents
