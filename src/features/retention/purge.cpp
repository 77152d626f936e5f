#include "base/log.hpp"
#include "features/audit/audit.hpp"
#include "features/outbox/outbox.hpp"
#include "features/retention/objects.hpp"
#include "features/retention/retention.hpp"
#include "store/db.hpp"

namespace slipway::retention {

namespace {

constexpr std::chrono::minutes kEvery{10};
constexpr std::chrono::days kAppStatuses{30}, kAgentStats{180}, kAppStats{180};
constexpr std::chrono::days kMessages{7}, kUndelivered{30}, kEvents{7}, kInbox{90}, kRead{1};

}  // namespace

std::vector<Purge> purges(const Kept& kept) {
  return {{"audit trail", kept.audit_logs, audit::sql::purge},
          {"connection log", kept.connection_logs, audit::sql::purge_connections},
          {"expired keys", kept.api_keys, sql::api_keys},
          {"agents' logs", kept.agent_logs, sql::agent_logs},
          {"app statuses", kAppStatuses, sql::app_statuses},
          {"agents' statistics", kAgentStats, sql::agent_stats},
          {"apps' statistics", kAppStats, sql::app_stats},
          {"notifications", kMessages, outbox::sql::purge_messages},
          {"undelivered notifications", kUndelivered, outbox::sql::purge_undelivered},
          {"events of notifications", kEvents, outbox::sql::purge_events},
          {"inboxes", kInbox, outbox::sql::purge_inbox},
          {"read notifications", kRead, outbox::sql::purge_read}};
}

Task<Result<std::int64_t>> purge_one(store::Db& db, const Purge& purge, std::int32_t most) {
  std::int64_t gone = 0;
  if (purge.kept.count() == 0) co_return gone;
  for (;;) {
    auto duty = db.duty<rbac::Duty::db_purge>();
    const Time before = duty.now() - purge.kept;
    CO_TRY(deleted, co_await purge.batch(duty, before, most));
    gone += deleted;
    if (deleted == 0) co_return gone;
  }
}

Task<void> keep_purged(store::Db& db, Kept kept) {
  const auto all = purges(kept);
  for (;;) {
    for (const auto& purge : all) {
      const auto gone = co_await purge_one(db, purge);
      if (!gone)
        log::warn("what is too old could not be deleted", {{"what", std::string(purge.what)}, {"why", gone.error().why}});
      else if (*gone > 0)
        log::info("deleted what was too old", {{"what", std::string(purge.what)}, {"rows", std::to_string(*gone)}});
    }
    co_await aio::sleep(kEvery);
  }
}

}  // namespace slipway::retention
