#include "base/log.hpp"
#include "features/agents/agents.hpp"
#include "features/jobs/jobs.hpp"
#include "features/jobs/meter.hpp"
#include "features/provisioning/provisioning.hpp"
#include "features/workspaces/workspaces.hpp"

namespace slipway::provisioning {

namespace {

using Duty = rbac::Duty;

Task<Result<void>> reap_once(http::Home& home, jobs::Meter& meter, Seconds silent_after, Seconds pending_after) {
  auto duty = home.db.duty<Duty::job_reaper>();
  const Time now = duty.now();
  std::vector<jobs::sql::Ended> counted;
  auto body = [&](store::DutyTx<Duty::job_reaper>& tx) -> Task<Result<void>> {
    CO_TRY(silent, co_await jobs::sql::silent(tx, now, now - silent_after, now - pending_after));
    for (const auto& job : silent) {
      log::warn("a job was failed because nothing was heard of it", {{"job", job.id.str()}});
      CO_CHECK(co_await jobs::sql::reaper_log(tx, now, job.id));
      CO_TRY(ended, co_await jobs::sql::ended_silent(tx, job.id));
      if (ended) counted.push_back(std::move(*ended));
      CO_CHECK(co_await store::notify(tx, std::string(jobs::kNews), job.id.str()));
      CO_TRY(workspace, co_await workspaces::sql::workspace_of_job(tx, job.id));
      if (workspace) CO_CHECK(co_await store::notify(tx, std::string(agents::kWorkspaceNews), workspace->str()));
    }
    co_return Result<void>();
  };
  CO_CHECK(co_await duty.tx(body));
  for (const auto& job : counted) meter.ended(job, false, now);
  co_return Result<void>();
}

}  // namespace

Task<void> reap(http::Home& home, jobs::Meter& meter, Seconds silent_after, Seconds pending_after) {
  for (;;) {
    auto done = co_await reap_once(home, meter, silent_after, pending_after);
    if (!done) log::warn("could not look for silent jobs", {{"why", done.error().why}});
    co_await aio::sleep(std::clamp(std::chrono::duration_cast<Milliseconds>(silent_after) / 4, Milliseconds(500), Milliseconds(15000)));
  }
}

}  // namespace slipway::provisioning
