// Which listening ports a person is shown. Pure.
#pragma once

#include "api/gen/agents.hpp"

#include <set>

namespace slipway::reach {

// Without ports below kLeastPort, those of the agent's apps, and those that are well known for something that is no web page.
std::vector<api::WorkspaceAgentListeningPort> shown_ports(std::vector<api::WorkspaceAgentListeningPort> ports,
                                                          const std::vector<std::string>& app_urls);

}  // namespace slipway::reach
