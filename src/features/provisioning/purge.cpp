// What builds leave behind goes when it is old: daemons, logs, states that newer ones have replaced, archives that nothing was made of.
#include "base/log.hpp"
#include "features/files/files.hpp"
#include "features/jobs/jobs.hpp"
#include "features/provisioning/provisioning.hpp"
#include "features/workspaces/workspaces.hpp"

namespace slipway::provisioning {

namespace {

constexpr std::chrono::hours kEvery{1};
constexpr std::int32_t kBatch = 200;  // rows a statement: a long one would hold others up

// Batches until one is not full.
template <class Batch>
Task<void> clear(std::string_view what, Batch& batch) {
  for (;;) {
    auto gone = co_await batch();
    if (!gone) log::warn("old rows could not be deleted", {{"of", std::string(what)}, {"why", gone.error().why}});
    if (!gone || *gone < kBatch) co_return;
  }
}

}  // namespace

Task<void> purge_once(http::Home& home, const Kept& kept) {
  const auto duty = [&home] { return home.db.duty<rbac::Duty::db_purge>(); };
  auto daemons = [&]() -> Task<Result<std::int64_t>> {
    auto db = duty();
    CO_CHECK(co_await jobs::sql::purge_daemons(db, db.now() - kept.daemons));
    co_return 0;
  };
  auto logs = [&]() -> Task<Result<std::int64_t>> {
    auto db = duty();
    co_return co_await jobs::sql::purge_logs(db, db.now() - kept.logs, kBatch);
  };
  auto states = [&]() -> Task<Result<std::int64_t>> {
    auto db = duty();
    co_return co_await workspaces::sql::purge_states(db, db.now() - kept.states, kBatch);
  };
  auto files = [&]() -> Task<Result<std::int64_t>> { co_return co_await files::purge(home, home.db.clock().now() - kept.unused_files, kBatch); };
  co_await clear("provisioner_daemons", daemons);
  co_await clear("provisioner_job_logs", logs);
  co_await clear("workspace_builds", states);
  co_await clear("files", files);
}

Task<void> purge(http::Home& home) {
  for (;;) {
    co_await purge_once(home, {});
    co_await aio::sleep(kEvery);
  }
}

}  // namespace slipway::provisioning
