// Workspaces and their builds: made one at a time, numbered, each a job for a provisioner.
#pragma once

#include "api/gen/builds.hpp"
#include "api/gen/workspaces.hpp"
#include "features/workspaces/objects.hpp"
#include "http/call.hpp"
#include "provisioner/job.hpp"

namespace slipway::http {
class Authenticator;
class Routes;
}  // namespace slipway::http

namespace slipway::jobs {
class Meter;
}

namespace slipway::rbac {
class RoleBook;
}

namespace slipway::workspaces {

// Whom a path of a workspace names as its owner; that there is such a person, and who may know, is the workspace's to say.
struct PathOwner {
  std::optional<UserId> id = {};
  std::optional<std::string> name = {};
};
PathOwner owner_of_path(const http::Call& call);

// Errors: not_found; gone when it was deleted and `deleted_too` is false.
Task<Result<sql::Workspace>> find(http::Call& call, WorkspaceId id, bool deleted_too = false);
// With job and resources, by as many statements whatever the workspace holds.
Task<Result<api::Workspace>> to_wire(http::Call& call, const sql::Workspace& row);
Task<Result<api::WorkspaceBuild>> to_wire(http::Call& call, const sql::Build& row);
// Of one workspace; as many statements as for one.
Task<Result<std::vector<api::WorkspaceBuild>>> to_wire(http::Call& call, const std::vector<sql::Build>& rows);
// "running", "starting", … of a build's transition and its job's status.
std::string status_of(std::string_view transition, std::string_view job_status);

// Somebody uses the permit's workspace now: that keeps it from dormancy, and moves a deadline by what the template allows.
using MayUse = store::OneOf<store::Permit<rbac::Action::update_agent, rbac::Resource::workspace>,
                            store::Permit<rbac::Action::update, rbac::Resource::workspace>>;
Task<Result<void>> mark_used(store::Tx& tx, const MayUse& may);

// A workspace that people are told of.
struct Told {
  WorkspaceId id;
  UserId owner;
  OrganizationId organization;
  TemplateId parent;
  std::string name;
};
// Put aside: by whom (nil: by its template's rule), why, and how long its template keeps it then (0: for good).
struct Parking {
  Time at;
  std::string reason;
  UserId by = {};
  std::string by_name = {};
  Milliseconds deleted_after{0};
};
// To its owner, unless they did it themselves; in the transaction that puts it aside.
void tell_dormant(store::Tx& tx, const Told& workspace, const Parking& parking);
// To its owner: that it stops by itself soon.
void tell_stop(store::Tx& tx, const Told& workspace, BuildId build, Time deadline);

struct BuildPlan {
  std::string transition;
  TemplateVersionId version;
  UserId initiator;
  std::optional<PresetId> preset = {};
  std::optional<std::map<std::string, std::string>> preset_values = {};  // where they are known
  std::string reason = "initiator";
  std::map<std::string, std::string> asked = {};  // parameter values of the request
  std::string log_level = {};
  std::optional<std::string> state = {};  // packed; replaces the last build's; empty: what was made is left behind
  bool first = false;
  provisioner::Prebuild stage = {};  // claim, where somebody takes the workspace over; a pool's own is create, whoever builds it

  bool orphans() const { return state && state->empty(); }
};
// A new workspace's first build comes with the right to make it; each later transition is an action of its own.
using MayBuild =
    store::OneOf<store::Permit<rbac::Action::create, rbac::Resource::workspace>, store::Permit<rbac::Action::start, rbac::Resource::workspace>,
                 store::Permit<rbac::Action::stop, rbac::Resource::workspace>, store::Permit<rbac::Action::delete_, rbac::Resource::workspace>>;
// The proof for a transition: each is an action of its own. Errors: forbidden.
Result<MayBuild> permit_for(store::Tx& tx, std::string_view transition, const rbac::Object& object);

// What somebody who makes a workspace asks of the pool of its preset.
struct Wish {
  rbac::Object wanted;  // as it would be made: whose, in which organization
  TemplateId template_id;
  PresetId preset;
  sql::InsertArgs fields;
  std::optional<Time> next_start;
  UserId asked_by;
};
using MayCreate = store::Permit<rbac::Action::create, rbac::Resource::workspace>;
// Workspaces that were built ahead, kept by a feature that leans on this one.
struct Pools {
  // Hands over a ready one inside `tx` and queues the build by which it becomes its new owner's; which. Nothing: none is ready, nothing changed.
  Task<Result<std::optional<WorkspaceId>>> (*claim)(store::Tx& tx, Wish wish, BuildPlan plan);
  // Nothing was ready: the workspace has been made anew, by this build.
  Task<Result<void>> (*missed)(store::Tx& tx, const MayCreate& may, BuildId build, PresetId preset);
};
// Queues a build inside `tx` and returns its id: the only way to one, for people and for the scheduler. `may` proves the
// right to this very transition. Errors: conflict while another build is active.
Task<Result<BuildId>> start_build(store::Tx& tx, const MayBuild& may, BuildPlan plan);

// Writes a build's end: state, cost, deadline; marks the workspace deleted. In the transaction that completes its job.
// Returns the build's transition.
Task<Result<std::string>> store_build(store::DutyTx<rbac::Duty::provisioner_daemon>& tx, BuildId build, const provisioner::Outcome& outcome,
                                      bool succeeded);

// Keeps a packed state that a build brought. `late`: its job had ended without it; then only what is newer than the state that is known,
// and it becomes the workspace's also where a later build's is older. Errors: not_found.
Task<Result<void>> keep_state(store::DutyTx<rbac::Duty::provisioner_daemon>& tx, BuildId build, std::string packed, bool late);

class Kept;
// `kept` lives as long as the routes.
void add_routes(http::Routes& routes, const Pools& pools, Kept& kept);
void add_build_routes(http::Routes& routes, http::Authenticator& authenticator, jobs::Meter& meter);
void add_setting_routes(http::Routes& routes);
void add_watch_routes(http::Routes& routes, http::Authenticator& authenticator);
void add_parameter_routes(http::Routes& routes, http::Authenticator& authenticator);
// `book` lives as long as the routes.
void add_sharing_routes(http::Routes& routes, const rbac::RoleBook& book);

}  // namespace slipway::workspaces
