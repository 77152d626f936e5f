#include "features/provisioning/work.hpp"

#include "base/log.hpp"
#include "features/agents/agents.hpp"
#include "features/jobs/meter.hpp"
#include "features/templates/templates.hpp"
#include "features/workspaces/workspaces.hpp"

namespace slipway::provisioning {

namespace {

using Duty = rbac::Duty;
using Tx = store::DutyTx<Duty::provisioner_daemon>;

Task<void> tell_watchers(http::Home& home, const provisioner::JobInput& input) {
  auto duty = home.db.duty<Duty::provisioner_daemon>();
  auto body = [&](Tx& tx) -> Task<Result<void>> {
    CO_CHECK(co_await store::notify(tx, std::string(jobs::kNews), input.id.str()));
    if (input.kind != provisioner::JobKind::build) co_return Result<void>();
    co_return co_await store::notify(tx, std::string(agents::kWorkspaceNews), input.workspace.id);
  };
  if (auto told = co_await duty.tx(body); !told) log::warn("followers of a job were not told that it began", {{"why", told.error().why}});
}

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

Task<Result<void>> store_outcome(Tx& tx, const jobs::sql::Running& job, const provisioner::Outcome& outcome, bool succeeded) {
  const Input input = read_input(job.input.text);
  std::string transition = "start";
  if (job.type == "template_version_import")
    CO_CHECK(succeeded ? co_await templates::store_import(tx, input.version, outcome, input.variables)
                       : co_await templates::store_variables(tx, input.version, outcome, input.variables));
  if (job.type == "workspace_build") {
    CO_TRY(stored, co_await workspaces::store_build(tx, input.build, outcome, succeeded));
    transition = stored;
  }
  if (!outcome.resources.empty()) CO_CHECK(co_await agents::store_resources(tx, job.id, transition, outcome.resources));
  if (!outcome.timings.empty()) CO_CHECK(co_await store_timings(tx, job.id, outcome.timings));
  co_return Result<void>();
}

}  // namespace

Task<Result<std::optional<provisioner::JobInput>>> take(http::Home& home, const SourceOptions& options, DaemonId worker,
                                                        std::optional<Uuid> request) {
  auto duty = home.db.duty<Duty::provisioner_daemon>();
  std::optional<jobs::sql::Acquired> job;
  if (request) {
    CO_TRY(before, co_await jobs::sql::acquired_before(duty, worker, *request));
    job = std::move(before);
  }
  if (!job) {
    CO_TRY(taken, co_await jobs::sql::acquire(duty, duty.now(), worker, request));
    job = std::move(taken);
  }
  if (!job) co_return std::optional<provisioner::JobInput>();
  auto input = co_await gather(duty, options, *job);
  if (!input) {
    log::error("a job could not be prepared", {{"job", job->id.str()}, {"why", input.error().why}, {"say", input.error().say}});
    provisioner::Failure failure{.say = "The job could not be prepared: " + input.error().say, .code = {}, .cancelled = false};
    CO_CHECK(co_await end(home, options, job->id, worker, {}, std::move(failure)));
    co_return std::optional<provisioner::JobInput>();
  }
  co_await tell_watchers(home, *input);
  co_return std::optional(std::move(*input));
}

Task<Result<provisioner::Orders>> keep_lease(http::Home& home, JobId job, DaemonId worker) {
  auto duty = home.db.duty<Duty::provisioner_daemon>();
  CO_TRY(canceled, co_await jobs::sql::heartbeat(duty, duty.now(), worker, job));
  co_return !canceled ? provisioner::Orders::abandon : *canceled ? provisioner::Orders::cancel : provisioner::Orders::go_on;
}

Task<Result<void>> add_logs(http::Home& home, JobId job, std::vector<provisioner::LogLine> batch) {
  jobs::sql::InsertLogsArgs args{.now = home.db.clock().now(), .id = job};
  for (auto& line : batch) {
    args.bytes += static_cast<std::int32_t>(line.output.size());
    args.created_at.push_back(line.created_at);
    args.source.emplace_back(provisioner::to_string(line.source));
    args.level.emplace_back(provisioner::to_string(line.level));
    args.stage.push_back(std::move(line.stage));
    args.output.push_back(std::move(line.output));
  }
  auto duty = home.db.duty<Duty::provisioner_daemon>();
  auto body = [&](Tx& tx) -> Task<Result<void>> {
    CO_CHECK(co_await jobs::sql::insert_logs(tx, args));
    co_return co_await store::notify(tx, std::string(jobs::kNews), job.str());
  };
  co_return co_await duty.tx(body);
}

// No budget is kept yet, so none is exceeded.
Task<Result<void>> end(http::Home& home, const SourceOptions& options, JobId job, DaemonId worker, provisioner::Outcome outcome,
                       std::optional<provisioner::Failure> failure) {
  auto duty = home.db.duty<Duty::provisioner_daemon>();
  const jobs::sql::CompleteArgs args{
      .now = duty.now(), .error = failure ? failure->say : "", .error_code = failure ? failure->code : "", .id = job, .worker_id = worker};
  std::optional<jobs::sql::Ended> counted;
  auto body = [&](Tx& tx) -> Task<Result<void>> {
    CO_TRY(running, co_await jobs::sql::running(tx, job));
    auto ended = running ? co_await jobs::sql::complete(tx, args) : Result<std::int64_t>(0);
    if (!ended) co_return std::unexpected(ended.error());
    if (*ended == 0) {
      log::warn("a job had ended before its daemon was done", {{"job", job.str()}});
      co_return Result<void>();
    }
    CO_CHECK(co_await store_outcome(tx, *running, outcome, !failure));
    CO_TRY(found, co_await jobs::sql::ended(tx, job));
    counted = std::move(found);
    co_return co_await store::notify(tx, std::string(jobs::kNews), job.str());
  };
  CO_CHECK(co_await aio::shielded(duty.tx(body)));
  if (counted && options.meter) options.meter->ended(*counted, !failure, args.now);
  co_return Result<void>();
}

Task<Result<void>> release(http::Home& home, JobId job, DaemonId worker) {
  auto duty = home.db.duty<Duty::provisioner_daemon>();
  auto body = [&](Tx& tx) -> Task<Result<void>> {
    CO_TRY(released, co_await jobs::sql::release(tx, tx.now(), job, worker));
    if (released == 0) co_return Result<void>();
    co_return co_await store::notify(tx, std::string(jobs::kPosted), job.str());
  };
  co_return co_await aio::shielded(duty.tx(body));
}

}  // namespace slipway::provisioning
