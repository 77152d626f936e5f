#include "features/agents/metadata_news.hpp"

#include "aio/task.hpp"
#include "base/log.hpp"
#include "features/agents/agents.hpp"
#include "features/agents/objects.hpp"
#include "store/db.hpp"

namespace slipway::agents {

namespace {

constexpr Milliseconds kTogether{500};
constexpr std::size_t kMost = 20'000;  // values that wait; agents measure anew what is lost

}  // namespace

void MetadataNews::add(AgentId agent, MetadataRows rows, Time now) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < rows.keys.size(); ++i) {
    if (pending_.size() >= kMost) return;
    pending_.insert_or_assign({agent, std::move(rows.keys[i])},
                              Value{.value = std::move(rows.values[i]), .error = std::move(rows.errors[i]), .collected_at = now});
  }
}

Task<Result<void>> MetadataNews::store(http::Home& home, const Pending& all) {
  sql::SetMetadataArgs args;
  for (const auto& [name, value] : all) {
    args.agent_ids.push_back(name.first);
    args.keys.push_back(name.second);
    args.values.push_back(value.value);
    args.errors.push_back(value.error);
    args.collected_ats.push_back(value.collected_at);
  }
  auto duty = home.db.duty<rbac::Duty::metadata_keeper>();
  auto body = [&](store::DutyTx<rbac::Duty::metadata_keeper>& tx) -> Task<Result<void>> {
    CO_TRY(changed, co_await sql::set_metadata(tx, args));
    for (const auto& agent : std::set<AgentId>(changed.begin(), changed.end()))
      CO_CHECK(co_await store::notify(tx, std::string(kMetadataNews), agent.str()));
    co_return Result<void>();
  };
  co_return co_await duty.tx(body);
}

Task<void> MetadataNews::keep(http::Home& home) {
  for (;;) {
    co_await aio::sleep(kTogether);
    Pending now;
    {
      const std::lock_guard lock(mutex_);
      now.swap(pending_);
    }
    if (now.empty()) continue;
    const auto stored = co_await store(home, now);
    if (stored) continue;
    log::warn("could not store what agents report of their metadata", {{"why", stored.error().why}});
    const std::lock_guard lock(mutex_);
    if (pending_.size() + now.size() <= kMost) pending_.merge(now);  // what has come meanwhile is newer
  }
}

}  // namespace slipway::agents
