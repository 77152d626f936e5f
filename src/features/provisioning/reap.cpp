#include "base/log.hpp"
#include "features/jobs/jobs.hpp"
#include "features/jobs/meter.hpp"
#include "features/provisioning/provisioning.hpp"
#include "features/resources/resources.hpp"

namespace slipway::provisioning {

namespace {

using Duty = rbac::Duty;

constexpr Seconds kNever = std::chrono::hours(24 * 365);
constexpr Milliseconds kIdle{15'000};  // where no job is open

// Whether any job is under way, or waits.
Task<Result<bool>> reap_once(http::Home& home, jobs::Meter& meter, Seconds silent_after, Seconds pending_after) {
  auto duty = home.db.duty<Duty::job_reaper>();
  const Time now = duty.now();
  CO_TRY(found, co_await jobs::sql::any_silent(duty, now - silent_after, now - pending_after));
  if (!found.any) co_return found.open;
  std::vector<jobs::sql::Ended> counted;
  auto body = [&](store::DutyTx<Duty::job_reaper>& tx) -> Task<Result<void>> {
    CO_TRY(silent, co_await jobs::sql::silent(tx, now, now - silent_after, now - pending_after));
    for (const auto& job : silent) {
      log::warn("a job was failed because nothing was heard of it", {{"job", job.id.str()}});
      CO_CHECK(co_await jobs::sql::reaper_log(tx, now, job.id));
      CO_CHECK(co_await store::notify(tx, std::string(jobs::kNews), job.id.str()));
      CO_TRY(ended, co_await jobs::sql::ended_silent(tx, job.id));
      if (!ended) continue;
      jobs::tell_failed(tx.tx(), *ended);
      if (ended->workspace_id) CO_CHECK(co_await store::notify(tx, std::string(resources::kWorkspaceNews), ended->workspace_id->str()));
      if (ended->owner_id == kPrebuildsUser) CO_CHECK(co_await store::notify(tx, std::string(jobs::kPools), ended->template_id->str()));
      counted.push_back(std::move(*ended));
    }
    co_return Result<void>();
  };
  CO_CHECK(co_await duty.tx(body));
  for (const auto& job : counted) meter.ended(job, false, now);
  co_return true;
}

}  // namespace

// A daemon is silent only while it could be heard: while this server was away, or stood still, or the database was, nobody could. Where
// no job is open, none can be silent for so long yet.
Task<void> reap(http::Home& home, jobs::Meter& meter, Seconds silent_after, Seconds pending_after) {
  using Instant = std::chrono::steady_clock;
  const Milliseconds often = std::clamp(std::chrono::duration_cast<Milliseconds>(silent_after) / 5, Milliseconds(200), Milliseconds(5000));
  auto pause = often;
  auto listening_since = Instant::now(), last = listening_since;
  for (;;) {
    if (Instant::now() - last > silent_after / 2 + pause) listening_since = Instant::now();
    last = Instant::now();
    const bool heard_long_enough = last - listening_since >= silent_after;
    auto done = co_await reap_once(home, meter, heard_long_enough ? silent_after : kNever, pending_after);
    if (!done) {
      log::warn("could not look for silent jobs", {{"why", done.error().why}});
      listening_since = Instant::now();
    }
    pause = done && !*done ? std::clamp<Milliseconds>(silent_after, often, kIdle) : often;
    co_await aio::sleep(pause);
  }
}

}  // namespace slipway::provisioning
