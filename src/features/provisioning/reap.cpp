#include "base/log.hpp"
#include "features/agents/agents.hpp"
#include "features/jobs/jobs.hpp"
#include "features/provisioning/provisioning.hpp"
#include "features/workspaces/workspaces.hpp"

namespace slipway::provisioning {

namespace {

using Duty = rbac::Duty;

Task<Result<void>> reap_once(http::Home& home, Seconds silent_after, Seconds pending_after) {
  auto duty = home.db.duty<Duty::job_reaper>();
  const Time now = duty.now();
  auto body = [&](store::DutyTx<Duty::job_reaper>& tx) -> Task<Result<void>> {
    CO_TRY(silent, co_await jobs::sql::silent(tx, now, now - silent_after, now - pending_after));
    for (const auto& job : silent) {
      log::warn("a job was failed because nothing was heard of it", {{"job", job.id.str()}});
      CO_CHECK(co_await jobs::sql::reaper_log(tx, now, job.id));
      CO_CHECK(co_await store::notify(tx, std::string(jobs::kNews), job.id.str()));
      CO_TRY(workspace, co_await workspaces::sql::workspace_of_job(tx, job.id));
      if (workspace) CO_CHECK(co_await store::notify(tx, std::string(agents::kWorkspaceNews), workspace->str()));
    }
    co_return Result<void>();
  };
  co_return co_await duty.tx(body);
}

}  // namespace

Task<void> reap(http::Home& home, Seconds silent_after, Seconds pending_after) {
  for (;;) {
    auto done = co_await reap_once(home, silent_after, pending_after);
    if (!done) log::warn("could not look for silent jobs", {{"why", done.error().why}});
    co_await aio::sleep(std::clamp(std::chrono::duration_cast<Milliseconds>(silent_after) / 4, Milliseconds(500), Milliseconds(15000)));
  }
}

}  // namespace slipway::provisioning
