// How a job ends: its state first and for itself, then everything else; and what cannot be stored ends it as failed, with a sentence.
#include "base/log.hpp"
#include "features/jobs/meter.hpp"
#include "features/prebuilds/claim_meter.hpp"
#include "features/provisioning/work.hpp"
#include "features/resources/resources.hpp"
#include "features/templates/templates.hpp"
#include "features/workspaces/workspaces.hpp"
#include "provisioner/limits.hpp"

namespace slipway::provisioning {

namespace {

using Duty = rbac::Duty;
using Tx = store::DutyTx<Duty::provisioner_daemon>;

constexpr std::size_t kLongestReason = 1024;  // of a failure; the log has all of it

Task<Result<void>> store_timings(Tx& tx, JobId job, const std::vector<provisioner::Timing>& timings) {
  jobs::sql::InsertTimingsArgs rows{.id = job};
  for (const auto& t : timings) {
    rows.stage.push_back(t.stage);
    rows.source.push_back(t.source);
    rows.action.push_back(t.action);
    rows.resource.push_back(t.resource);
    rows.started_at.push_back(t.started_at);
    rows.ended_at.push_back(t.ended_at);
  }
  co_return co_await jobs::sql::insert_timings(tx, rows);
}

using ClaimEnd = std::optional<prebuilds::Claimed>;

// Returns what is to be counted of a claim that ended so.
Task<Result<ClaimEnd>> store_outcome(Tx& tx, const jobs::sql::Running& job, const provisioner::Outcome& outcome, bool succeeded) {
  const Input input = read_input(job.input.text);
  const bool claims = input.stage == provisioner::Prebuild::claim;
  std::string transition = "start";
  ClaimEnd claim;
  if (job.type == "template_version_import")
    CO_CHECK(succeeded ? co_await templates::store_import(tx, input.version, outcome, input.variables)
                       : co_await templates::store_variables(tx, input.version, outcome, input.variables));
  if (job.type == "workspace_build") {
    CO_TRY(stored, co_await workspaces::store_build(tx, input.build, outcome, succeeded));
    transition = stored;
  }
  if (claims && succeeded) {
    CO_TRY(ended, co_await prebuilds::claimed(tx, input.build, outcome.replacements));
    claim = std::move(ended);
  }
  // What is left of a claim that failed is tried again as one: the agents from before it keep their tokens until then.
  const bool shown = succeeded || !claims;
  if (shown && !outcome.resources.empty()) CO_CHECK(co_await resources::store_resources(tx, job.id, transition, outcome.resources));
  if (!outcome.timings.empty()) CO_CHECK(co_await store_timings(tx, job.id, outcome.timings));
  co_return claim;
}

void tell_of_claim(const SourceOptions& options, const ClaimEnd& claim, Time now) {
  if (!claim) return;
  log::info("workspace prebuild successfully claimed by user", {{"workspace", claim->workspace.str()}, {"user", claim->owner}});
  if (options.claims) options.claims->ended(*claim, now);
}

// It may be stored at the next try.
bool passing(const Error& error) { return error.code == Code::unavailable || error.code == Code::timed_out || error.code == Code::cancelled; }

struct Brought {
  provisioner::Outcome outcome;
  std::optional<provisioner::Failure> failure;

  // Nothing but the failure is left of it; the state has been kept.
  void refuse(std::string say) {
    outcome = {};
    failure = provisioner::Failure{.say = std::move(say), .code = {}, .cancelled = false};
  }
};

// In a transaction of its own. `late`: the job has ended without this result; of those the first one counts.
Task<Result<void>> keep_state(http::Home& home, JobId job, BuildId build, const std::string& packed, bool late) {
  auto duty = home.db.duty<Duty::provisioner_daemon>();
  auto body = [&](Tx& tx) -> Task<Result<void>> {
    if (late) {
      CO_TRY(first, co_await jobs::sql::brought_late(tx, tx.now(), job));
      if (first == 0) co_return Result<void>();
    }
    co_return co_await workspaces::keep_state(tx, build, packed, late);
  };
  co_return co_await aio::shielded(duty.tx(body));
}

Task<Result<void>> store_end(http::Home& home, const SourceOptions& options, JobId job, DaemonId worker, const Brought& brought) {
  auto duty = home.db.duty<Duty::provisioner_daemon>();
  const auto& failure = brought.failure;
  const jobs::sql::CompleteArgs args{
      .now = duty.now(), .error = failure ? failure->say : "", .error_code = failure ? failure->code : "", .id = job, .worker_id = worker};
  std::optional<jobs::sql::Ended> counted;
  ClaimEnd claim;
  auto body = [&](Tx& tx) -> Task<Result<void>> {
    CO_TRY(running, co_await jobs::sql::running(tx, job));
    auto ended = running ? co_await jobs::sql::complete(tx, args) : Result<std::int64_t>(0);
    if (!ended) co_return std::unexpected(ended.error());
    if (*ended == 0) co_return Result<void>();  // meanwhile
    CO_TRY(stored, co_await store_outcome(tx, *running, brought.outcome, !failure));
    claim = std::move(stored);
    CO_TRY(found, co_await jobs::sql::ended(tx, job));
    if (found) jobs::tell_failed(tx.tx(), *found);
    counted = std::move(found);
    co_return co_await store::notify(tx, std::string(jobs::kNews), job.str());
  };
  CO_CHECK(co_await aio::shielded(duty.tx(body)));
  if (counted && options.meter) options.meter->ended(*counted, !failure, args.now);
  tell_of_claim(options, claim, args.now);
  co_return Result<void>();
}

}  // namespace

Task<Result<void>> end(http::Home& home, const SourceOptions& options, JobId job, DaemonId worker, provisioner::Outcome outcome,
                       std::optional<provisioner::Failure> failure) {
  auto duty = home.db.duty<Duty::provisioner_daemon>();
  CO_TRY(had, co_await jobs::sql::had_by(duty, job));
  if (!had) co_return not_found();
  const bool ours = had->worker_id == worker && !had->completed_at;
  if (had->type == "workspace_build" && !outcome.state.empty() && !had->result_at)
    CO_CHECK(co_await keep_state(home, job, read_input(had->input.text).build, outcome.state, !ours));
  if (!ours) {
    log::info("a job had ended before its daemon was done", {{"job", job.str()}});
    co_return Result<void>();
  }
  Brought brought{.outcome = std::move(outcome), .failure = std::move(failure)};
  if (auto fit = provisioner::storable(brought.outcome); !fit) brought.refuse(fit.error().say);
  if (brought.failure) brought.failure->say = provisioner::quotable(brought.failure->say, kLongestReason);
  auto stored = co_await store_end(home, options, job, worker, brought);
  if (stored || passing(stored.error())) co_return stored;
  log::error("the result of a job could not be stored", {{"job", job.str()}, {"why", stored.error().why}, {"say", stored.error().say}});
  brought.refuse("The result of this job could not be stored. " + stored.error().say);
  co_return co_await store_end(home, options, job, worker, brought);
}

}  // namespace slipway::provisioning
