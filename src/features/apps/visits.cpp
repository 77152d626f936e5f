#include "features/apps/visits.hpp"

#include "aio/task.hpp"
#include "base/log.hpp"
#include "base/metric.hpp"
#include "base/utf8.hpp"
#include "features/apps/gen/apps_sql.hpp"
#include "http/home.hpp"
#include "store/db.hpp"

namespace slipway::apps {

namespace {

constexpr Milliseconds kTogether{100};  // what is noted within it is written at once
constexpr Milliseconds kWait{50}, kStep{10};
constexpr Seconds kForget{600};
constexpr std::size_t kMost = 10'000;  // visits that wait to be written
constexpr std::size_t kBatch = 1000;
constexpr std::size_t kTextBytes = 500;  // of what a browser calls itself, or an address names

std::string storable(std::string_view text) { return std::string(utf8::cut(utf8::clean(text), kTextBytes)); }

sql::NoteVisitsArgs rows_of(const std::map<VisitKey, Seen>& some, Seconds stale) {
  sql::NoteVisitsArgs rows;
  for (const auto& [key, seen] : some) {
    rows.ids.push_back(Uuid::random());
    rows.ats.push_back(seen.at);
    rows.agent_ids.push_back(key.agent);
    rows.app_ids.push_back(key.app);
    rows.user_ids.push_back(key.user);
    rows.ips.push_back(key.ip);
    rows.user_agents.push_back(key.user_agent);
    rows.whats.push_back(key.what);
    rows.statuses.push_back(key.status);
    rows.organization_ids.push_back(seen.organization);
    rows.owner_ids.push_back(seen.owner);
    rows.workspace_ids.push_back(seen.workspace);
    rows.workspace_names.push_back(seen.workspace_name);
    rows.agent_names.push_back(seen.agent_name);
    rows.types.push_back(seen.type);
  }
  rows.stale_seconds = static_cast<double>(stale.count());
  return rows;
}

// For whoever gathers logs elsewhere: the same lines that the connection log has.
void tell(const std::map<VisitKey, Seen>& some, const std::vector<Uuid>& asked, const std::vector<Uuid>& fresh) {
  const std::set<Uuid> lines(fresh.begin(), fresh.end());
  auto id = asked.begin();
  for (const auto& [key, seen] : some) {
    if (!lines.contains(*id++)) continue;
    log::info("connection_log", {{"type", seen.type},
                                 {"workspace_id", seen.workspace.str()},
                                 {"workspace", seen.workspace_name},
                                 {"agent", seen.agent_name},
                                 {"slug_or_port", key.what},
                                 {"user_id", key.user.is_nil() ? "" : key.user.str()},
                                 {"ip", key.ip},
                                 {"code", std::to_string(key.status)}});
  }
}

}  // namespace

bool Visits::add(Seen& seen) {
  const std::lock_guard lock(mutex_);
  if (pending_.size() >= kMost && !pending_.contains(seen.key)) return false;
  const auto key = seen.key;
  pending_.try_emplace(key, std::move(seen));
  return true;
}

Task<void> Visits::note(Seen seen) {
  seen.key.user_agent = storable(seen.key.user_agent);
  seen.key.what = storable(seen.key.what);
  for (Milliseconds waited{0}; !add(seen); waited += kStep) {
    if (waited >= kWait) {
      ++dropped_;
      co_return;
    }
    co_await aio::sleep(kStep);
  }
}

Visits::Pending Visits::take() {
  const std::lock_guard lock(mutex_);
  if (pending_.size() <= kBatch) return std::exchange(pending_, {});
  Pending some;
  while (some.size() < kBatch) some.insert(pending_.extract(pending_.begin()));
  return some;
}

Task<Result<void>> Visits::store(http::Home& home, const Pending& some, Seconds stale) {
  auto duty = home.db.duty<rbac::Duty::connection_keeper>();
  const auto rows = rows_of(some, stale);
  CO_TRY(fresh, co_await sql::note_visits(duty, rows));
  tell(some, rows.ids, fresh);
  co_return Result<void>();
}

Task<void> Visits::write_all(http::Home& home) {
  for (auto some = take(); !some.empty(); some = take()) {
    const auto stored = co_await aio::shielded(store(home, some, stale_));
    if (stored) {
      written_ += some.size();
      continue;
    }
    dropped_ += some.size();
    log::error("who opened apps could not be written to the connection log", {{"visits", std::to_string(some.size())}, {"why", stored.error().why}});
  }
}

Task<void> Visits::forget(http::Home& home) {
  auto duty = home.db.duty<rbac::Duty::connection_keeper>();
  const auto gone = co_await sql::forget_visits(duty, duty.now() - stale_);
  if (!gone) log::warn("visits to apps that are over could not be forgotten", {{"why", gone.error().why}});
}

Task<void> Visits::keep(http::Home& home) {
  co_await forget(home);
  for (auto forgotten = std::chrono::steady_clock::now();;) {
    co_await aio::sleep(kTogether);
    co_await write_all(home);
    if (std::chrono::steady_clock::now() - forgotten < kForget) continue;
    co_await forget(home);
    forgotten = std::chrono::steady_clock::now();
  }
}

void Visits::write(metric::Text& text) const {
  using Type = metric::Text::Type;
  text.one("slipway_app_visits_written_total", Type::counter, "Visits to web apps, ports and terminals that were written down.",
           static_cast<double>(written_.load()));
  text.one("slipway_app_visits_dropped_total", Type::counter, "Visits to web apps, ports and terminals that could not be written down.",
           static_cast<double>(dropped_.load()));
}

}  // namespace slipway::apps
