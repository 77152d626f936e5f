// What a build made, as others see it: storing a job's resources with their agents, and loading them for answers.
#pragma once

#include "api/gen/builds.hpp"
#include "api/gen/versions.hpp"
#include "features/resources/gen/resources_sql.hpp"
#include "provisioner/job.hpp"
#include "store/store.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::resources {

// LISTEN channel: what is shown of a workspace, its builds or its agents is another. Payload: the workspace's id.
inline constexpr std::string_view kWorkspaceNews = "workspace_news";

// Stores what a job made: resources, their metadata, agents and everything under them. The number of statements does not
// grow with their number. `transition` is start, stop or delete. Ids of the state are kept unless an older build has them.
Task<Result<void>> store_resources(store::DutyTx<rbac::Duty::provisioner_daemon>& tx, JobId job, std::string transition,
                                   const std::vector<provisioner::Resource>& resources);

using ResourcesByJob = std::map<JobId, std::vector<api::WorkspaceResource>>;
// Resources of these jobs with agents, apps, scripts and statuses as of now; seven statements whatever their number.
// A job without resources has no entry.
using MayLoad =
    store::OneOf<store::Judged<rbac::Action::read, rbac::Resource::workspace>, store::Judged<rbac::Action::read, rbac::Resource::template_>,
                 store::Judged<rbac::Action::update_agent, rbac::Resource::workspace>>;
Task<Result<ResourcesByJob>> load_resources(store::Store& store, const MayLoad& may, std::vector<JobId> jobs);
// For lists: the jobs of those workspaces that this actor may read; others have no entry.
Task<Result<ResourcesByJob>> load_resources_visible(store::Store& store, std::vector<JobId> jobs);

// How long the agents of a build took to connect and to run their scripts.
Task<Result<api::WorkspaceBuildTimings>> load_timings(store::Store& store, const store::Judged<rbac::Action::read, rbac::Resource::workspace>& may,
                                                      JobId job);

// An agent's environment as its row has it.
std::map<std::string, std::string> environment_of(const std::optional<pg::Json>& stored);

}  // namespace slipway::resources
