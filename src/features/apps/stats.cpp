#include "features/apps/stats.hpp"

#include "aio/task.hpp"
#include "base/log.hpp"
#include "features/apps/gen/apps_sql.hpp"
#include "store/db.hpp"

#include <algorithm>

namespace slipway::apps {

namespace {

constexpr std::size_t kMost = 100'000;  // rows that wait, when nothing can be stored

using Duty = store::DutyTx<rbac::Duty::last_use>;

Time minute_of(Time time) { return std::chrono::floor<std::chrono::minutes>(time); }

Stat stat_of(const Claims& claims, Time now) {
  const auto& request = claims.request;
  return {.user = claims.visitor ? claims.visitor->id : claims.owner,
          .workspace = claims.workspace,
          .agent = claims.agent,
          .method = request.method,
          .slug_or_port = request.method == Method::terminal ? std::string(name_of(Method::terminal)) : request.target,
          .session = {},
          .started = now,
          .ended = {},
          .requests = 1};
}

sql::AddStatsArgs columns_of(const std::vector<Stat>& stats) {
  sql::AddStatsArgs args;
  for (const auto& one : stats) {
    args.user_ids.push_back(one.user);
    args.workspace_ids.push_back(one.workspace);
    args.agent_ids.push_back(one.agent);
    args.access_methods.emplace_back(name_of(one.method));
    args.slugs_or_ports.push_back(one.slug_or_port);
    args.session_ids.push_back(one.session);
    args.started_ats.push_back(one.started);
    args.ended_ats.push_back(one.ended);
    args.requests.push_back(one.requests);
  }
  return args;
}

Task<Result<void>> write_used(Duty& tx, const std::vector<Stat>& stats) {
  std::map<WorkspaceId, Time> last;
  for (const auto& one : stats) last[one.workspace] = std::max(last[one.workspace], std::min(one.ended, tx.now()));
  std::vector<WorkspaceId> workspaces;
  std::vector<Time> times;
  for (const auto& [workspace, at] : last) {
    workspaces.push_back(workspace);
    times.push_back(at);
  }
  co_return co_await sql::used(tx, workspaces, times);
}

Task<Result<void>> store_rows(http::Home& home, std::vector<Stat> stats) {
  const auto args = columns_of(stats);
  auto duty = home.db.duty<rbac::Duty::last_use>();
  auto body = [&](Duty& tx) -> Task<Result<void>> {
    CO_CHECK(co_await sql::add_stats(tx, args));
    co_return co_await write_used(tx, stats);
  };
  co_return co_await duty.tx(body);
}

}  // namespace

Stats::Store store_stats() {
  return [](http::Home& home, std::vector<Stat> stats) { return store_rows(home, std::move(stats)); };
}

Stats::Session Stats::begin(const Claims& claims) {
  std::list<Stat> one;
  one.push_back(stat_of(claims, clock_.now()));
  const auto at = one.begin();
  const std::lock_guard lock(mutex_);
  open_.splice(open_.end(), one);
  return {this, at};
}

void Stats::end(std::list<Stat>::iterator session) {
  const Time now = clock_.now();
  std::list<Stat> one;
  const std::lock_guard lock(mutex_);
  one.splice(one.end(), open_, session);
  auto& ended = one.front();
  ended.ended = std::max(now, ended.started);
  count(std::move(ended));
}

void Stats::add(Stat stat) {
  const std::lock_guard lock(mutex_);
  put(std::move(stat));
}

// A visit that was stored while it was open goes on in its row.
void Stats::count(Stat ended) {
  if (!ended.session.is_nil()) return put(std::move(ended));
  if (ended.ended - ended.started > kShortVisit) {
    ended.session = Uuid::random();
    return put(std::move(ended));
  }
  const Time minute = minute_of(ended.started);
  Minute name{ended.user, ended.workspace, ended.agent, ended.method, ended.slug_or_port, minute};
  if (const auto found = minutes_.find(name); found != minutes_.end()) {
    found->second.stat.requests += ended.requests;
    found->second.told = false;
    return;
  }
  if (minutes_.size() >= kMost) {
    ++dropped_;
    return;
  }
  ended.session = Uuid::random();
  ended.started = minute;
  ended.ended = minute + std::chrono::minutes(1);
  minutes_.emplace(std::move(name), Group{.stat = std::move(ended)});
}

// Of one session the last word counts.
void Stats::put(Stat stat) {
  auto name = std::tuple(stat.user, stat.agent, stat.session);
  if (waiting_.size() >= kMost && !waiting_.contains(name)) {
    ++dropped_;
    return;
  }
  waiting_.insert_or_assign(std::move(name), std::move(stat));
}

std::vector<Stat> Stats::take(Time now) {
  const std::lock_guard lock(mutex_);
  for (auto& open : open_) {
    if (now - open.started <= kShortVisit) continue;
    if (open.session.is_nil()) open.session = Uuid::random();
    open.ended = now;
    put(open);
  }
  for (auto at = minutes_.begin(); at != minutes_.end();) {
    auto& group = at->second;
    if (!group.told) put(group.stat);
    group.told = true;
    // Visits that began in its last second may end a minute later.
    at = now >= group.stat.ended + kShortVisit ? minutes_.erase(at) : std::next(at);
  }
  std::vector<Stat> all;
  all.reserve(waiting_.size());
  for (auto& [name, stat] : waiting_) all.push_back(std::move(stat));
  waiting_.clear();
  return all;
}

void Stats::keep_for_later(std::span<Stat> failed) {
  const std::lock_guard lock(mutex_);
  for (auto& stat : failed) {
    const auto name = std::tuple(stat.user, stat.agent, stat.session);
    if (!waiting_.contains(name)) put(std::move(stat));  // what has come meanwhile is newer
  }
}

Task<Result<void>> Stats::flush(http::Home& home) {
  auto all = take(clock_.now());
  for (std::size_t done = 0; done < all.size();) {
    const auto rest = std::span(all).subspan(done);
    const auto now = rest.first(std::min(rest.size(), kStatsBatch));
    std::vector<Stat> batch(now.begin(), now.end());
    auto stored = co_await aio::with_deadline(kStatsLimit, "The use of apps could not be stored in time.", store_(home, std::move(batch)));
    if (!stored) {
      keep_for_later(rest);
      co_return std::unexpected(std::move(stored).error());
    }
    stored_ += now.size();
    done += now.size();
  }
  co_return Result<void>();
}

Task<void> Stats::keep(http::Home& home) {
  for (;;) {
    co_await aio::sleep(kStatsEvery);
    const auto stored = co_await flush(home);
    if (!stored) log::warn("could not store how much apps are used", {{"why", stored.error().why}});
  }
}

void Stats::write(metric::Text& text) const {
  using Type = metric::Text::Type;
  std::size_t open = 0, waiting = 0;
  {
    const std::lock_guard lock(mutex_);
    open = open_.size();
    waiting = waiting_.size() + minutes_.size();
  }
  text.one("slipway_app_visits_open", Type::gauge, "Requests, upgrades and terminals that are carried to apps now.", static_cast<double>(open));
  text.one("slipway_app_stats_waiting", Type::gauge, "Rows of app use that are still counted or wait for the store.", static_cast<double>(waiting));
  text.one("slipway_app_stats_stored_total", Type::counter, "Rows of app use that were stored.", static_cast<double>(stored_));
  text.one("slipway_app_stats_dropped_total", Type::counter, "Visits that were not counted because too many rows waited for the store.",
           static_cast<double>(dropped_));
}

}  // namespace slipway::apps
