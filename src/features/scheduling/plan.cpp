#include "features/scheduling/plan.hpp"

namespace slipway::scheduling {

namespace {

constexpr Seconds kWhileBusy{30};
constexpr std::chrono::hours kAtLeast{24};     // whatever was missed heals
constexpr std::chrono::hours kLatestStart{1};  // a start that no server was there for is made up for so long
constexpr std::chrono::hours kNotice{2};       // how far from now a template's new rule can end what runs
constexpr Seconds kFirstRetry{900};
constexpr std::chrono::minutes kAtWork{15};  // who used it so lately is not reminded that it will stop

std::optional<Time> after(std::optional<Time> since, std::int64_t milliseconds) {
  if (!since || milliseconds <= 0) return std::nullopt;
  return *since + Milliseconds(milliseconds);
}

bool ended(const Snapshot& w, std::string_view transition, std::string_view status) { return w.transition == transition && w.job_status == status; }
bool owner_is_active(const Snapshot& w) { return w.owner_status == "active"; }
bool is_ours(std::string_view reason) { return reason == "autostop" || reason == "dormancy" || reason == "autodelete"; }

std::optional<Time> stop_due(const Snapshot& w) {
  if (ended(w, "start", "succeeded")) return w.deadline;
  if (ended(w, "stop", "failed") && is_ours(w.reason)) return *w.completed_at + retry_after(w.failures);
  if (ended(w, "start", "failed")) return after(w.completed_at, w.failure_ttl_ms);
  return std::nullopt;
}

// How long before a deadline the template wants its owner told.
Milliseconds notice(const Snapshot& w) { return std::min(Milliseconds(w.time_til_autostop_notify_ms), Milliseconds(std::chrono::days(365))); }

// From when on the owner is to be reminded of the deadline; not of one that they know of, nor when it is over.
std::optional<Time> reminder_due(const Snapshot& w) {
  if (!ended(w, "start", "succeeded") || !w.deadline || w.time_til_autostop_notify_ms <= 0 || w.notified_deadline == w.deadline) return std::nullopt;
  const Time due = std::max(*w.deadline - notice(w), w.last_used_at + kAtWork);
  return due < *w.deadline ? std::optional(due) : std::nullopt;
}

bool may_start(const Snapshot& w) { return owner_is_active(w) && !w.dormant_at && w.transition == "stop" && w.job_status != "failed"; }

std::optional<Time> next_start(const Snapshot& w, Time now) {
  if (!w.allow_user_autostart) return std::nullopt;
  const auto next = workspaces::next_start_of(w.autostart_schedule, now, workspaces::start_days(w.autostart_block_days_of_week));
  return next ? *next : std::nullopt;
}

std::optional<Time> dormant_due(const Snapshot& w) {
  if (w.dormant_at || !owner_is_active(w)) return std::nullopt;
  return after(w.last_used_at, w.time_til_dormant_ms);
}

std::optional<Time> delete_due(const Snapshot& w) {
  auto due = owner_is_active(w) ? after(w.dormant_at, w.time_til_dormant_autodelete_ms) : std::nullopt;
  if (due && ended(w, "delete", "failed")) due = std::max(*due, *w.completed_at + retry_after(w.failures));
  if (due && ended(w, "delete", "canceled")) due = std::max(*due, *w.completed_at + kAtLeast);
  return due;
}

// What runs already when its template's rules change: the new rule counts, but nothing ends without notice.
std::optional<workspaces::Lifetime> changed_limits(const Snapshot& w, Time now) {
  if (!ended(w, "start", "succeeded")) return std::nullopt;
  const workspaces::LifetimeRules rules{
      .ttl_ms = w.ttl_ms, .stop_days = static_cast<unsigned>(w.autostop_requirement_days_of_week), .stop_weeks = w.autostop_requirement_weeks};
  const auto expected = workspaces::latest_stop(rules, *w.completed_at);
  if (expected == w.max_deadline) return std::nullopt;
  workspaces::Lifetime limits{.deadline = w.deadline, .max_deadline = {}};
  if (!expected) {
    const bool was_cut = w.deadline == w.max_deadline;
    const auto own = after(w.completed_at, w.ttl_ms);
    if (was_cut) limits.deadline = own ? std::optional(std::max(*own, *w.deadline)) : std::nullopt;
    return limits;
  }
  const Time soonest = now + kNotice;
  if (w.max_deadline && *expected < soonest && *w.max_deadline <= soonest) return std::nullopt;
  limits.max_deadline = std::max(*expected, soonest);
  if (!limits.deadline || *limits.deadline > *limits.max_deadline) limits.deadline = limits.max_deadline;
  return limits;
}

Plan build(Plan plan, Time now, std::string_view transition, std::string_view reason) {
  plan.transition = transition;
  plan.reason = reason;
  plan.look_at = now + kWhileBusy;
  return plan;
}

}  // namespace

Seconds retry_after(std::int64_t failures) {
  const auto doublings = std::clamp<std::int64_t>(failures - 1, 0, 10);
  return std::min<Seconds>(kFirstRetry * (std::int64_t{1} << doublings), kAtLeast);
}

Plan plan(const Snapshot& w, Time now) {
  Plan out{.transition = {}, .reason = {}, .dormant = false, .remind = false, .limits = {}, .next_start = w.next_start_at, .look_at = now + kAtLeast};
  if (w.owner_id == kPrebuildsUser) return out;
  if (!w.completed_at) {  // one build at a time
    out.look_at = now + kWhileBusy;
    return out;
  }
  const auto is_due = [now](const std::optional<Time>& due) { return due && *due <= now; };
  out.next_start = next_start(w, now);
  out.limits = changed_limits(w, now);
  if (out.limits) return out;

  const auto stop = stop_due(w), reminder = reminder_due(w), dormancy = dormant_due(w), removal = delete_due(w);
  if (is_due(stop)) return build(out, now, "stop", w.transition == "stop" ? std::string_view(w.reason) : "autostop");
  out.remind = is_due(reminder);
  if (out.remind) return out;
  if (may_start(w) && out.next_start && is_due(w.next_start_at) && now - *w.next_start_at <= kLatestStart)
    return build(out, now, "start", "autostart");
  if (is_due(dormancy)) {
    out.dormant = true;
    return ended(w, "stop", "succeeded") || w.transition == "delete" ? out : build(out, now, "stop", "dormancy");
  }
  if (is_due(removal)) return build(out, now, "delete", "autodelete");
  for (const auto& due : {stop, reminder, dormancy, removal, out.next_start})
    if (due) out.look_at = std::min(out.look_at, *due);
  return out;
}

}  // namespace slipway::scheduling
