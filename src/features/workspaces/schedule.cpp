#include "features/workspaces/schedule.hpp"

#include "formats/schedule.hpp"

namespace slipway::workspaces {

Result<std::optional<Time>> next_start_of(const std::optional<std::string>& schedule, Time now) {
  if (!schedule || schedule->empty()) return std::optional<Time>();
  const auto parsed = formats::Schedule::parse(*schedule);
  if (!parsed) return fail_field("Invalid autostart schedule.", "schedule", parsed.error().say);
  if (!parsed->weekly()) return fail_field("Invalid autostart schedule.", "schedule", "Use a weekly schedule: day and month must be *, such as CRON_TZ=Europe/Berlin 30 9 * * 1-5.");
  return parsed->next(now);
}

Result<void> valid_ttl(const std::optional<std::int64_t>& ttl_ms) {
  if (!ttl_ms || *ttl_ms == 0) return {};
  if (*ttl_ms < 60000) return fail_field("Invalid workspace time until shutdown.", "ttl_ms", "Time until shutdown must be at least one minute.");
  if (*ttl_ms > 30LL * 24 * 3600 * 1000) return fail_field("Invalid workspace time until shutdown.", "ttl_ms", "Time until shutdown must be at most 30 days.");
  return {};
}

}  // namespace slipway::workspaces
