#include "features/workspaces/schedule.hpp"

#include "formats/schedule.hpp"

namespace slipway::workspaces {

namespace {

constexpr Seconds kLeeway{3600};     // who starts shortly before the hour does not lose the workspace at once
constexpr int kFirstMonday = 19359;  // 2023-01-02, in days since 1970
constexpr std::int64_t kMostWeeks = 16;

bool is_due_week(const formats::Schedule::Day& day, std::int64_t weeks) { return (day.number - kFirstMonday) / 7 % weeks == 0; }

}  // namespace

Result<std::optional<Time>> next_start_of(const std::optional<std::string>& schedule, Time now, unsigned days) {
  if (!schedule || schedule->empty()) return std::optional<Time>();
  const auto parsed = formats::Schedule::parse(*schedule);
  if (!parsed) return fail_field("Invalid autostart schedule.", "schedule", parsed.error().say);
  if (!parsed->weekly())
    return fail_field("Invalid autostart schedule.", "schedule",
                      "Use a weekly schedule: day and month must be *, such as CRON_TZ=Europe/Berlin 30 9 * * 1-5.");
  return parsed->next_on(now, days);
}

Result<void> valid_ttl(const std::optional<std::int64_t>& ttl_ms) {
  if (!ttl_ms || *ttl_ms == 0) return {};
  if (*ttl_ms < 60000) return fail_field("Invalid workspace time until shutdown.", "ttl_ms", "Time until shutdown must be at least one minute.");
  if (*ttl_ms > 30LL * 24 * 3600 * 1000)
    return fail_field("Invalid workspace time until shutdown.", "ttl_ms", "Time until shutdown must be at most 30 days.");
  return {};
}

std::optional<Time> latest_stop(const LifetimeRules& rules, Time started) {
  if ((rules.stop_days & kEveryDay) == 0) return std::nullopt;
  static const auto midnight = formats::Schedule::parse("0 0 * * *");
  const auto weeks = std::clamp<std::int64_t>(rules.stop_weeks, 1, kMostWeeks);
  auto at = midnight->next_on(started + kLeeway, rules.stop_days);
  while (at && !is_due_week(midnight->day_of(*at), weeks)) at = midnight->next_on(*at, rules.stop_days);
  return at;
}

Lifetime lifetime(const LifetimeRules& rules, Time started) {
  Lifetime out{.deadline = {}, .max_deadline = latest_stop(rules, started)};
  if (rules.ttl_ms > 0) out.deadline = started + Milliseconds(rules.ttl_ms);
  if (out.max_deadline && (!out.deadline || *out.deadline > *out.max_deadline)) out.deadline = out.max_deadline;
  return out;
}

}  // namespace slipway::workspaces
