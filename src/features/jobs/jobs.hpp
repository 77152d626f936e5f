// The job queue: posting, cancelling, what the API says of a job, and its log. What runs jobs is features/provisioning.
#pragma once

#include "api/gen/provisioners.hpp"
#include "api/gen/versions.hpp"
#include "features/jobs/gen/jobs_sql.hpp"
#include "http/reply.hpp"
#include "http/standing.hpp"

#include <map>

namespace slipway::http {
class Routes;
}

namespace slipway::jobs {

// LISTEN channels. A posted job wakes the daemons of every replica; news of a job (log lines, its end) wakes its followers.
inline constexpr std::string_view kPosted = "jobs_posted";
inline constexpr std::string_view kNews = "job_news";  // payload: the job's id
// Somebody wants a running job stopped: wakes the daemon that runs it. Payload: the job's id.
inline constexpr std::string_view kStopped = "jobs_stopped";
// A pool of prebuilt workspaces may have to be filled or emptied. The payload is the template's id; empty: any.
inline constexpr std::string_view kPools = "prebuilds";

// A job is made, read and cancelled by the right over what it serves: a version by its template, a build and a dry run by a workspace.
template <rbac::Action A>
using OverWorkspace = store::Permit<A, rbac::Resource::workspace>;
template <rbac::Action A>
using SeenByWorkspace = store::Judged<A, rbac::Resource::workspace>;
template <rbac::Action A>
using OverTemplate = store::Permit<A, rbac::Resource::template_>;
template <rbac::Action A>
using SeenByTemplate = store::Judged<A, rbac::Resource::template_>;
using MayPost = store::OneOf<OverTemplate<rbac::Action::create>, OverTemplate<rbac::Action::update>, OverWorkspace<rbac::Action::create>,
                             OverWorkspace<rbac::Action::start>, OverWorkspace<rbac::Action::stop>, OverWorkspace<rbac::Action::delete_>>;
using MayCancel = store::OneOf<OverWorkspace<rbac::Action::update>, OverTemplate<rbac::Action::update>>;
using MayRead = store::OneOf<SeenByWorkspace<rbac::Action::read>, SeenByTemplate<rbac::Action::read>>;
// Also by whoever may see all jobs of the organization, or is about to build with what the job made.
using MayLoad = store::OneOf<store::Judged<rbac::Action::read, rbac::Resource::provisioner_jobs>, SeenByWorkspace<rbac::Action::read>,
                             SeenByTemplate<rbac::Action::read>, SeenByTemplate<rbac::Action::update>, SeenByWorkspace<rbac::Action::create>,
                             SeenByWorkspace<rbac::Action::start>, SeenByWorkspace<rbac::Action::stop>, SeenByWorkspace<rbac::Action::delete_>>;

struct NewJob {
  JobId id = JobId::random();
  std::string type;  // api::ProvisionerJobType
  std::string provisioner = "terraform";
  FileId file_id;
  std::string input;  // JSON object
  std::map<std::string, std::string> tags;
  UserId initiator;
};
// Adds the job to the queue; daemons are woken when the transaction commits.
Task<Result<void>> post(store::Tx& tx, const MayPost& may, NewJob job);

// pending -> canceled at once; running -> canceling. Errors: precondition when it has ended or is being cancelled.
Task<Result<void>> cancel(store::Tx& tx, const MayCancel& may, JobId job);
// Tells followers and the daemon, when this commits, that the job is to stop or was ended without it.
Task<Result<void>> tell_stopped(store::Tx& tx, JobId job);

// Whether a person asked for a build with this reason, and waits for it.
bool made_by_hand(std::string_view reason);
// Tells who should know that a build failed: in the transaction that failed its job, whoever did. Nothing of what did not fail.
void tell_failed(store::Tx& tx, const sql::Ended& job);

using ById = std::map<JobId, api::ProvisionerJob>;
api::ProvisionerJob to_wire(const sql::Job& row);
Task<Result<ById>> load(store::Store& store, const MayLoad& may, std::vector<JobId> ids);
// For lists of workspaces: those jobs whose workspace this actor may read.
Task<Result<ById>> load_visible(store::Store& store, std::vector<JobId> ids);

// Who could take each job: for those that still wait. Nothing of a job that is gone.
using Matches = std::map<JobId, api::MatchedProvisioners>;
Task<Result<Matches>> matched(store::Store& store, const MayLoad& may, std::vector<JobId> ids);

// Answers GET …/logs: the lines so far, or with `follow` a WebSocket of one line a frame that ends with the job.
// `may` proves that the caller may read what the job serves; `right` is that right, asked for anew while following.
Task<Result<http::Handled>> answer_logs(http::Call& call, const MayRead& may, JobId job, http::Standing right);

using Tags = std::map<std::string, std::string>;
// Tags as stored: scope and owner are always there.
Tags complete_tags(Tags tags);
// Tags as somebody asked for them: a job of scope "user" is its owner's, any other nobody's.
Tags tags_for(UserId who, Tags tags);
// "a=1, b=2" without scope and owner; "none".
std::string describe(const Tags& tags);
std::string to_json(const std::map<std::string, std::string>& tags);

// What no key of the database is: the server's own daemons.
inline constexpr ProvisionerKeyId kBuiltInKey{Uuid{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}};
// An idle daemon reports every ten seconds, one with a job every five; silent for so long it is counted as gone.
inline constexpr Seconds kDaemonGone{30}, kDaemonReports{10};

// An engine by the name that clients know: one that answers from recordings is their "echo".
std::string shown_engine(const std::string& engine);
api::ProvisionerDaemon to_wire(const sql::Daemon& row, Time now);

void add_routes(http::Routes& routes);
void add_daemon_routes(http::Routes& routes);
void add_key_routes(http::Routes& routes);

}  // namespace slipway::jobs
