#pragma once

#include "features/workspaces/workspaces.hpp"

namespace slipway::workspaces {

// A workspace's answer from its row, its latest build's job and that job's resources.
api::Workspace assemble(http::Call& call, const sql::Workspace& row, api::ProvisionerJob job, std::vector<api::WorkspaceResource> resources);
// GET /workspaces: the same number of statements for one workspace and for a thousand.
Task<Result<api::WorkspacesResponse>> list(http::Call& call);
// GET …/members/{user}/workspaces/available-users: for whom the caller may make workspaces here, itself at least where it may.
Task<Result<std::vector<api::MinimalUser>>> available_users(http::Call& call);

}  // namespace slipway::workspaces
