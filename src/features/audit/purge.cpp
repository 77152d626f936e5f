#include "base/log.hpp"
#include "features/audit/audit.hpp"
#include "http/home.hpp"
#include "store/db.hpp"

namespace slipway::audit {

namespace {

constexpr std::chrono::minutes kEvery{10};
constexpr std::int32_t kBatch = 1000;  // rows a statement: a long delete would hold others up

// Batches until one is not full.
template <class Delete>
Task<Result<std::int64_t>> delete_old(http::Home& home, Seconds kept, Delete& batch) {
  std::int64_t gone = 0;
  if (kept.count() == 0) co_return gone;
  for (;;) {
    auto duty = home.db.duty<rbac::Duty::db_purge>();
    CO_TRY(deleted, co_await batch(duty, duty.now() - kept, kBatch));
    gone += deleted;
    if (deleted < kBatch) co_return gone;
  }
}

}  // namespace

Task<void> purge(http::Home& home, Retention retention) {
  for (;;) {
    const auto audit = co_await delete_old(home, retention.audit, sql::purge);
    const auto connections = co_await delete_old(home, retention.connections, sql::purge_connections);
    for (const auto* done : {&audit, &connections})
      if (!*done) log::warn("old lines of the audit trail or the connection log could not be deleted", {{"why", done->error().why}});
    co_await aio::sleep(kEvery);
  }
}

}  // namespace slipway::audit
