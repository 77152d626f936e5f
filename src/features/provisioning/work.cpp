#include "features/provisioning/work.hpp"

#include "base/log.hpp"
#include "features/jobs/meter.hpp"
#include "features/resources/resources.hpp"
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
    co_return co_await store::notify(tx, std::string(resources::kWorkspaceNews), input.workspace.id);
  };
  if (auto told = co_await duty.tx(body); !told) log::warn("followers of a job were not told that it began", {{"why", told.error().why}});
}

}  // namespace

Task<Result<std::optional<provisioner::JobInput>>> take(http::Home& home, const SourceOptions& options, DaemonId worker, std::optional<Uuid> request,
                                                        std::optional<Uuid> holder) {
  auto duty = home.db.duty<Duty::provisioner_daemon>();
  std::optional<jobs::sql::Acquired> job;
  if (request) {
    CO_TRY(before, co_await jobs::sql::acquired_before(duty, worker, *request));
    job = std::move(before);
  }
  if (!job) {
    CO_TRY(taken, co_await jobs::sql::acquire(duty, duty.now(), worker, request, holder));
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

Task<Result<void>> begin(http::Home& home, Uuid holder, ProvisionerKeyId key, std::vector<Uuid> held) {
  auto duty = home.db.duty<Duty::provisioner_daemon>();
  auto body = [&](Tx& tx) -> Task<Result<void>> {
    CO_TRY(lost, co_await jobs::sql::requeue_lost(tx, tx.now(), holder, key, held));
    for (const auto& job : lost) {
      log::info("a job goes back to the queue: its provisioner was restarted", {{"job", job.id.str()}});
      CO_CHECK(co_await store::notify(tx, std::string(jobs::kNews), job.id.str()));
      CO_CHECK(co_await store::notify(tx, std::string(jobs::kPosted), job.id.str()));
      if (job.workspace_id) CO_CHECK(co_await store::notify(tx, std::string(resources::kWorkspaceNews), job.workspace_id->str()));
      if (job.pool_template_id) CO_CHECK(co_await store::notify(tx, std::string(jobs::kPools), job.pool_template_id->str()));
    }
    co_return Result<void>();
  };
  co_return co_await duty.tx(body);
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
