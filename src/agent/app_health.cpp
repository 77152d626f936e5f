#include "agent/app_health.hpp"

#include "agent/duration.hpp"
#include "aio/task.hpp"
#include "base/log.hpp"

namespace slipway::agent {

namespace {

bool is_checked(const api::WorkspaceApp& app) {
  return app.healthcheck && !app.healthcheck->url.empty() && app.healthcheck->interval > 0 && app.healthcheck->threshold > 0;
}

}  // namespace

bool HealthState::observe(bool success) {
  failures_ = success ? 0 : failures_ + 1;
  std::string next = health_;
  if (success) next = "healthy";
  if (failures_ > threshold_) next = "unhealthy";
  return std::exchange(health_, next) != next;
}

AppHealth::AppHealth(const asio::any_io_executor& home) : client_(home, {.user_agent = "slipway-agent"}), nursery_(home) {}

Task<void> AppHealth::keep_checking(api::WorkspaceApp app) {
  const auto interval = span_of(app.healthcheck->interval);
  HealthState state(std::string(app.health), app.healthcheck->threshold);
  while (true) {
    co_await aio::sleep(interval);
    const auto got = co_await client_.request("GET", app.healthcheck->url, {}, {}, interval);
    if (!got && got.error().code == Code::cancelled) co_return;
    if (state.observe(got && got->status < 500)) changed_[app.id.str()] = state.health();
  }
}

Task<Result<void>> AppHealth::run(std::vector<api::WorkspaceApp> apps, ControlPlane& server) {
  std::erase_if(apps, [](const api::WorkspaceApp& app) { return !is_checked(app); });
  auto keep = [](AppHealth* self, api::WorkspaceApp app) -> Task<void> { co_await self->keep_checking(std::move(app)); };
  for (const auto& app : apps) nursery_.start(keep, this, app);
  while (true) {
    co_await aio::sleep(apps.empty() ? Milliseconds(std::chrono::hours(24)) : Milliseconds(Seconds(1)));
    if (changed_.empty()) continue;
    auto changed = std::exchange(changed_, {});
    const auto sent = co_await server.report_app_health({.Healths = changed});
    if (sent) continue;
    if (sent.error().code == Code::unauthenticated) co_return sent;
    log::warn("the health of apps could not be reported", {{"why", sent.error().why}});
    if (worth_retrying(sent.error())) changed_.merge(changed);  // what is newer stays
  }
}

Task<void> AppHealth::stop() {
  co_await nursery_.stop();
  co_await client_.stop();
}

}  // namespace slipway::agent
