#include "features/agents/metadata_news.hpp"

#include "aio/task.hpp"
#include "base/log.hpp"
#include "features/agents/agents.hpp"
#include "store/db.hpp"

namespace slipway::agents {

namespace {

constexpr Milliseconds kTogether{500};

}  // namespace

void MetadataNews::add(AgentId agent) {
  const std::lock_guard lock(mutex_);
  pending_.insert(agent);
}

Task<Result<void>> MetadataNews::tell(http::Home& home, const std::set<AgentId>& agents) {
  auto duty = home.db.duty<rbac::Duty::system>();
  auto body = [&](store::DutyTx<rbac::Duty::system>& tx) -> Task<Result<void>> {
    for (const auto& agent : agents) CO_CHECK(co_await store::notify(tx, std::string(kMetadataNews), agent.str()));
    co_return Result<void>();
  };
  co_return co_await duty.tx(body);
}

Task<void> MetadataNews::keep(http::Home& home) {
  for (;;) {
    co_await aio::sleep(kTogether);
    std::set<AgentId> now;
    {
      const std::lock_guard lock(mutex_);
      now.swap(pending_);
    }
    if (now.empty()) continue;
    // Whoever follows looks again by themselves before long.
    if (auto told = co_await tell(home, now); !told) log::warn("could not tell that metadata is new", {{"why", told.error().why}});
  }
}

}  // namespace slipway::agents
