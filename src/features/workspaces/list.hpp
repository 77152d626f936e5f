#pragma once

#include "features/workspaces/workspaces.hpp"

namespace slipway::workspaces {

// A workspace's answer from its row, its latest build's job and that job's resources.
api::Workspace assemble(const sql::Workspace& row, api::ProvisionerJob job, std::vector<api::WorkspaceResource> resources);
// GET /workspaces: the same number of statements for one workspace and for a thousand.
Task<Result<api::WorkspacesResponse>> list(http::Call& call);

}  // namespace slipway::workspaces
