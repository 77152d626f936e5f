// Why a template's pools are as they are: what was decided last, what would be now, and one sentence that says it.
#include "features/jobs/jobs.hpp"
#include "features/prebuilds/snapshot.hpp"
#include "features/templates/templates.hpp"
#include "http/routes.hpp"

namespace slipway::prebuilds {

namespace {

using rbac::Action, rbac::Resource;
using May = store::Judged<Action::read, Resource::template_>;

struct Facts {
  bool paused = false;
  bool unserved = false;  // what waits is for provisioners that are not there
  std::string last_error, last_failure;
};

std::string because(const std::string& failure) { return failure.empty() ? std::string() : fmt::format(" The last one said: {}", failure); }

std::string while_active(const Plan& plan, const Facts& facts) {
  const auto& c = plan.counts;
  if (plan.at_limit)
    return "The newest builds all failed, so no others are begun. Make a corrected version active, or delete the failed workspaces." +
           because(facts.last_failure);
  if (plan.held_until && plan.wanted > 0)
    return fmt::format("{} builds failed lately, so the next is begun after {}.{}", plan.failures, to_rfc3339(*plan.held_until),
                       because(facts.last_failure));
  if (plan.wanted > 0 && !facts.last_error.empty()) return fmt::format("Workspaces could not be added: {}", facts.last_error);
  if (plan.wanted > 0) return fmt::format("{} workspaces are missing and will be added by the next pass.", plan.wanted);
  if (c.pending > 0 && facts.unserved) return fmt::format("{} builds wait, and no provisioner with their tags is connected: start one.", c.pending);
  if (c.pending > 0) return fmt::format("{} builds wait for a provisioner; people's builds go first.", c.pending);
  if (c.starting > 0) return fmt::format("{} workspaces are being built.", c.starting);
  if (c.desired == 0) return "Nothing is wanted at this hour.";
  if (c.eligible < c.actual - c.expired)
    return fmt::format("{} workspaces run, but their agents are not ready yet.", c.actual - c.expired - c.eligible);
  return "The pool is full.";
}

std::string reason_of(const sql::Pool& row, const Plan& plan, const Facts& facts) {
  if (facts.paused) return "Pools are paused everywhere: resume them with `slipway prebuilds resume`.";
  if (!row.active) return "The preset belongs to no active version of a living template, so its pool is emptied.";
  return while_active(plan, facts);
}

// Whether every build that waits is for provisioners of whom none is connected.
Task<Result<bool>> nobody_serves(http::Call& call, const May& may, const Pool& pool) {
  std::vector<JobId> waiting;
  for (const auto& m : pool.members)
    if (m.is("start", "pending")) waiting.push_back(m.job);
  if (waiting.empty()) co_return false;
  CO_TRY(matches, co_await jobs::matched(call.store(), may, waiting));
  co_return std::ranges::all_of(waiting, [&](const JobId& job) { return matches[job].available == 0; });
}

struct Rows {
  bool paused = false;
  std::vector<sql::LastDecision> decisions;
  std::vector<sql::LastFailure> failures;
};

Task<Result<api::PrebuildPool>> to_wire(http::Call& call, const May& may, const Options& options, const sql::Pool& row, const Rows& rows,
                                        bool dry_run) {
  const auto pool = to_pool(row);
  const auto what = plan(pool, rules_of(options), call.now());
  Facts facts{.paused = rows.paused};
  api::PrebuildPool out{.preset_id = row.id.uuid,
                        .preset_name = row.name,
                        .template_version_id = row.template_version_id.uuid,
                        .template_version_name = row.version_name,
                        .active = row.active,
                        .status = row.prebuild_status,
                        .counts = wire_counts(what),
                        .held_until = what.held_until,
                        .next_at = what.next};
  if (const auto last = std::ranges::find(rows.decisions, row.id, &sql::LastDecision::preset_id); last != rows.decisions.end() && last->decided_at) {
    if (auto decision = api::from_json<api::PrebuildDecision>(last->decision.text)) out.last = std::move(*decision);
    out.last_at = last->decided_at;
    out.last_error = facts.last_error = last->error;
  }
  if (const auto failed = std::ranges::find(rows.failures, row.id, &sql::LastFailure::preset_id); failed != rows.failures.end()) {
    out.last_failure = facts.last_failure = failed->error;
    out.last_failure_at = failed->completed_at;
  }
  CO_TRY(unserved, co_await nobody_serves(call, may, pool));
  facts.unserved = unserved;
  out.reason = reason_of(row, what, facts);
  if (dry_run) out.plan = prebuilds::to_wire(what);
  co_return out;
}

Task<Result<api::PrebuildStatus>> show(http::Call& call, const Options& options) {
  CO_TRY(id, call.path_id<TemplateId>("template"));
  CO_TRY(dry_run, call.query_bool("dry_run"));
  CO_TRY(parent, co_await templates::find_template(call, id));
  CO_TRY(may, (call.store().permit<Action::read, Resource::template_>(templates::sql::object_of(parent))));
  CO_TRY(settings, co_await sql::settings_shown(call.store(), may));
  CO_TRY(stopped, paused(settings));
  CO_TRY(pools, co_await sql::pools_shown(call.store(), may));
  CO_TRY(decisions, co_await sql::last_decisions(call.store(), may));
  CO_TRY(failures, co_await sql::last_failures(call.store(), may));
  const Rows rows{.paused = stopped, .decisions = std::move(decisions), .failures = std::move(failures)};
  api::PrebuildStatus out{.paused = stopped, .pools = {}};
  for (const auto& row : pools) {
    CO_TRY(pool, co_await to_wire(call, may, options, row, rows, dry_run));
    out.pools.push_back(std::move(pool));
  }
  co_return out;
}

}  // namespace

void add_status_routes(http::Routes& routes, const Options& options) {
  routes.get<http::Auth::user, http::Audit::none>("/api/v2/templates/{template}/prebuilds/status",
                                                  [options](http::Call& call) { return show(call, options); });
}

}  // namespace slipway::prebuilds
