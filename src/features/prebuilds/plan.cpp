#include "features/prebuilds/plan.hpp"

#include <algorithm>

namespace slipway::prebuilds {

namespace {

using std::chrono::hours;

constexpr hours kFailuresKept{24};
constexpr hours kLongestWait{24};
constexpr std::chrono::minutes kHoursTurn{15};  // schedules turn with a zone's hours, and those with a quarter of ours

void sooner(std::optional<Time>& next, Time at) { next = next ? std::min(*next, at) : at; }

bool is_running(const Member& m) { return m.is("start", "succeeded"); }

// When a running member expires; nothing when it never does.
std::optional<Time> expiry(const Pool& pool, const Member& m) {
  if (pool.stale_before && m.created_at < *pool.stale_before) return Time::min();
  if (pool.expires_after <= Seconds(0)) return std::nullopt;
  return m.created_at + pool.expires_after;
}

// Built and waiting for its turn in a version that was replaced meanwhile: nothing exists of it.
bool is_stale(const Pool& pool, const Member& m) {
  return m.build_number == 1 && m.is("start", "pending") && m.by_system && m.version != pool.active_version && !m.taken && !m.completed_at;
}

class Planning {
 public:
  Planning(const Pool& pool, const Rules& rules, Time now) : pool_(pool), rules_(rules), now_(now) {}

  Plan run() {
    count();
    judge_failures();
    if (pool_.active)
      keep_size();
    else
      empty();
    clear_failures();
    retry_deletes();
    if (out_.row == 7 && out_.held_until && out_.wanted > 0) out_.row = 1;
    return std::move(out_);
  }

 private:
  void count() {
    auto size = formats::pool_size(pool_.usual, pool_.zone, pool_.hours, now_);
    out_.schedule = std::move(size.matched);
    out_.troubles = std::move(size.troubles);
    auto& c = out_.counts;
    if (pool_.active) c.desired = std::max(size.instances, 0);
    if (pool_.active && !pool_.hours.empty())
      sooner(out_.next, std::chrono::floor<std::chrono::minutes>(now_ - now_.time_since_epoch() % kHoursTurn) + kHoursTurn);
    for (std::size_t i = 0; i < pool_.members.size(); ++i) count_one(i);
    if (pool_.active) c.extraneous = std::max(c.actual - c.expired - c.desired, 0);
    if (!pool_.active) c.eligible = 0;
  }

  void count_one(std::size_t i) {
    const auto& m = pool_.members[i];
    auto& c = out_.counts;
    if (m.is("start", "failed")) ++c.failed;
    if (m.busy() && m.by_system && m.version == pool_.active_version) {
      ++(m.transition == "start" ? c.starting : m.transition == "stop" ? c.stopping : c.deleting);
      if (m.is("start", "pending")) ++c.pending;
    }
    if (!is_running(m)) return;
    ++c.actual;
    const auto until = expiry(pool_, m);
    if (until && *until < now_) {
      ++c.expired;
      expired_.push_back(i);
      return;
    }
    if (until && pool_.active) sooner(out_.next, *until + Microseconds(1));
    if (m.ready) ++c.eligible;
    fresh_.push_back(i);
  }

  // The latest starts of the active version, the newest first.
  std::vector<const Member*> considered() const {
    std::vector<const Member*> out;
    for (const auto& m : pool_.members)
      if (m.transition == "start" && m.version == pool_.active_version) out.push_back(&m);
    std::ranges::sort(out, [](const Member* a, const Member* b) { return a->built_at != b->built_at ? a->built_at > b->built_at : a->id < b->id; });
    return out;
  }

  void judge_failures() {
    if (!pool_.active) return;
    const auto builds = considered();
    const auto failed = [](const Member* m) { return m->is("start", "failed"); };
    const auto limit = static_cast<std::size_t>(std::max(rules_.failure_limit, 0));
    out_.at_limit = limit > 0 && builds.size() >= limit && std::all_of(builds.begin(), builds.begin() + static_cast<std::ptrdiff_t>(limit), failed);
    out_.mark_limited = out_.at_limit && !pool_.limited;
    out_.mark_healthy = !out_.at_limit && pool_.limited;
    hold_back(builds);
  }

  void hold_back(const std::vector<const Member*>& builds) {
    const auto recent = [this](const Member* m) { return m->is("start", "failed") && m->completed_at && *m->completed_at >= now_ - rules_.lookback; };
    const auto newest = static_cast<std::size_t>(std::max({1, out_.counts.desired, pool_.usual}));
    std::optional<Time> last;
    for (std::size_t i = 0; i < builds.size(); ++i) {
      if (!recent(builds[i])) continue;
      ++out_.failures;
      if (i < newest) last = last ? std::max(*last, *builds[i]->completed_at) : *builds[i]->completed_at;
    }
    if (!last) return;
    const auto until = *last + rules_.backoff * out_.failures;
    if (now_ > until) return;
    out_.held_until = until;
    sooner(out_.next, until + Microseconds(1));
  }

  void took(int row) { out_.row = std::min(out_.row, row); }

  void remove(std::vector<std::size_t> members, Why why, int row) {
    if (members.empty()) return;
    took(row);
    oldest_first(members);
    for (const auto i : members) out_.remove.push_back({i, why});
  }
  void oldest_first(std::vector<std::size_t>& members) const {
    const auto& all = pool_.members;
    std::ranges::sort(members, [&](std::size_t a, std::size_t b) {
      return all[a].created_at != all[b].created_at ? all[a].created_at < all[b].created_at : all[a].id < all[b].id;
    });
  }

  void empty() {
    for (const auto& m : pool_.members)
      if (is_stale(pool_, m)) out_.cancel.push_back(m.job);
    if (!out_.cancel.empty()) took(2);
    auto all = fresh_;
    all.insert(all.end(), expired_.begin(), expired_.end());
    remove(std::move(all), Why::inactive, 3);
  }

  void keep_size() {
    const auto& c = out_.counts;
    remove(expired_, Why::expired, 4);
    auto surplus = fresh_;
    oldest_first(surplus);
    surplus.resize(static_cast<std::size_t>(std::min<std::int32_t>(c.extraneous, static_cast<std::int32_t>(surplus.size()))));
    remove(std::move(surplus), Why::surplus, 5);
    out_.wanted = std::max(c.desired - (c.actual - c.expired) - c.starting, 0);
    if (out_.wanted == 0 || out_.held_until || out_.at_limit) return;
    out_.create = out_.wanted;
    took(6);
  }

  // Of an active preset as many failures stay as its limit looks at.
  void clear_failures() {
    std::vector<std::size_t> failed, gone;
    for (std::size_t i = 0; i < pool_.members.size(); ++i) {
      const auto& m = pool_.members[i];
      if (m.is("start", "failed")) failed.push_back(i);
      if (m.is("start", "canceled")) keep_for_now(i, gone);
    }
    std::ranges::sort(failed, [this](auto a, auto b) { return pool_.members[a].built_at > pool_.members[b].built_at; });
    const std::size_t kept = pool_.active ? static_cast<std::size_t>(std::max(rules_.failure_limit, 1)) : 0;
    for (std::size_t n = kept; n < failed.size(); ++n) keep_for_now(failed[n], gone);
    remove(std::move(gone), Why::failed, 7);
  }
  void keep_for_now(std::size_t i, std::vector<std::size_t>& gone) {
    const auto ended = pool_.members[i].completed_at;
    if (!ended) return;
    if (now_ >= *ended + kFailuresKept)
      gone.push_back(i);
    else
      sooner(out_.next, *ended + kFailuresKept);
  }

  void retry_deletes() {
    std::vector<std::size_t> due;
    for (std::size_t i = 0; i < pool_.members.size(); ++i) {
      const auto& m = pool_.members[i];
      if ((!m.is("delete", "failed") && !m.is("delete", "canceled")) || !m.completed_at) continue;
      const auto at = *m.completed_at + delete_again_after(rules_, m.delete_failures);
      if (now_ >= at)
        due.push_back(i);
      else
        sooner(out_.next, at);
    }
    remove(std::move(due), Why::retried, 7);
  }

  const Pool& pool_;
  const Rules& rules_;
  Time now_;
  std::vector<std::size_t> fresh_, expired_;  // running members
  Plan out_;
};

}  // namespace

std::string_view to_string(Why why) {
  switch (why) {
    case Why::inactive: return "inactive";
    case Why::expired: return "expired";
    case Why::surplus: return "surplus";
    case Why::failed: return "failed";
    case Why::retried: return "retried";
  }
  return "";
}

Seconds delete_again_after(const Rules& rules, std::int32_t failures) {
  const auto doublings = std::clamp(failures - 1, 0, 20);
  return std::min<Seconds>(std::max(rules.backoff, Seconds(1)) * (std::int64_t{1} << doublings), kLongestWait);
}

Plan plan(const Pool& pool, const Rules& rules, Time now) { return Planning(pool, rules, now).run(); }

}  // namespace slipway::prebuilds
