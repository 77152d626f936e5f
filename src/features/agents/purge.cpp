#include "base/log.hpp"
#include "features/agents/objects.hpp"
#include "features/agents/routes.hpp"

namespace slipway::agents {

namespace {

constexpr std::chrono::hours kEvery{1};
constexpr std::chrono::days kLogsLast{7};  // after the agent was last connected
constexpr std::chrono::days kStatsLast{180};

}  // namespace

Task<void> purge(http::Home& home) {
  for (;;) {
    auto duty = home.db.duty<rbac::Duty::db_purge>();
    auto logs = co_await sql::purge_logs(duty, duty.now() - kLogsLast);
    auto stats = co_await sql::purge_stats(duty, duty.now() - kStatsLast);
    for (const auto* done : {&logs, &stats})
      if (!*done) log::warn("old rows of agents could not be deleted", {{"why", done->error().why}});
    co_await aio::sleep(kEvery);
  }
}

}  // namespace slipway::agents
