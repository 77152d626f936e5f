// Starting a workspace, for those who need one that runs.
#pragma once

#include "api/gen/workspaces.hpp"
#include "cli/parameters.hpp"

namespace slipway::cli {

// Queues the build: with the version it has, or the active one when the template or the owner demands it. `reason` is one of the API's,
// or empty for "cli".
Result<api::WorkspaceBuild> start_workspace(Session& session, const api::Workspace& workspace, const ParameterFlags& flags,
                                            std::string_view reason = {});

}  // namespace slipway::cli
