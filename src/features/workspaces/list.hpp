// GET /workspaces in its two ways, which give the same bytes: the plain one reads and writes all that it shows, the quick one (decision 0038)
// what changed since the last time.
#pragma once

#include "features/workspaces/kept.hpp"
#include "features/workspaces/workspaces.hpp"
#include "http/reply.hpp"

namespace slipway::workspaces {

// A workspace's answer from its row, its latest build's job and that job's resources. A row without `favorite` is nobody's favorite.
template <class Row>
api::Workspace assemble(http::Call& call, const Row& row, api::ProvisionerJob job, std::vector<api::WorkspaceResource> resources);
// Which agents of its build are ill.
api::WorkspaceHealth health_of(const api::WorkspaceBuild& build);

// GET /workspaces. `kept` lives as long as the routes; without room it is the plain way.
Task<Result<http::Raw>> list(http::Call& call, Kept& kept);
Task<Result<api::WorkspacesResponse>> list_plainly(http::Call& call, const sql::ListArgs& args);
Task<Result<http::Raw>> list_quickly(http::Call& call, const sql::ListArgs& args, Kept& kept);
// The same filter for another statement.
template <class Args>
Args filter_of(const sql::ListArgs& given);
// A page, not the whole.
bool is_part(const sql::ListArgs& given);
// No filter at all.
bool asks_for_all(const sql::ListArgs& given);

// GET …/members/{user}/workspaces/available-users: for whom the caller may make workspaces here, itself at least where it may.
Task<Result<std::vector<api::MinimalUser>>> available_users(http::Call& call);

}  // namespace slipway::workspaces
