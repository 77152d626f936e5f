// Where an app or a port of a workspace is opened. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/gen/agents.hpp"
#include "api/gen/proxies.hpp"
#include "api/gen/workspaces.hpp"
#include "base/result.hpp"

namespace slipway::cli {

// By this region: on a host of its own where the app wants one and the region has such, else below the region's address. An app that is
// a command is opened in a terminal; one elsewhere where it says. Errors: one elsewhere at an address that no browser should open.
Result<std::string> address_of(const api::WorkspaceApp& app, const api::WorkspaceAgent& agent, const api::Workspace& workspace,
                               const api::Region& region);
// "8080", or "8080s" for one that speaks TLS; nothing for any other word.
bool is_port(std::string_view word);
// Errors: the region has no hosts of apps.
Result<std::string> address_of_port(std::string_view port, const api::WorkspaceAgent& agent, const api::Workspace& workspace,
                                    const api::Region& region);
// A host with a label that no name server knows, for it is too long.
bool is_beyond_dns(std::string_view address);

}  // namespace slipway::cli
