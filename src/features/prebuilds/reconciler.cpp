#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "base/log.hpp"
#include "features/jobs/jobs.hpp"
#include "features/prebuilds/act.hpp"
#include "store/db.hpp"

namespace slipway::prebuilds {

namespace {

constexpr auto kDuty = rbac::Duty::prebuilds;
constexpr std::size_t kLanes = 4;     // pools at once: half of the transactions that a loop may have open
constexpr std::size_t kAtATime = 16;  // pools that a replica takes from the others' reach
constexpr Seconds kLease{30};
constexpr Milliseconds kDebounce{250};
constexpr Milliseconds kBreath{500};

using Costs = std::shared_ptr<store::Cost>;
using Rows = std::vector<sql::Pool>;

Task<Result<Rows>> snapshot(store::DutyHandle<kDuty>& duty, const std::vector<TemplateId>& templates) {
  if (templates.empty()) co_return co_await sql::pools(duty);
  co_return co_await sql::pools_of(duty, templates);
}

std::vector<OrganizationId> organizations_of(const Rows& rows) {
  std::set<OrganizationId> out;
  for (const auto& row : rows)
    if (row.active) out.insert(row.organization_id);
  return {out.begin(), out.end()};
}

// Those that need something; when the others will is in `next`.
Rows needing(Work& work, Rows rows) {
  const auto rules = rules_of(work.options);
  const auto now = work.db.clock().now();
  Rows out;
  for (auto& row : rows) {
    const auto what = plan(to_pool(row), rules, now);
    if (what.next) work.out.next = work.out.next ? std::min(*work.out.next, *what.next) : *what.next;
    if (what.acts()) out.push_back(std::move(row));
  }
  return out;
}

Task<void> lane(Work& work, std::vector<Done>& pools, std::size_t first) {
  for (auto i = first; i < pools.size(); i += kLanes) co_await act_on(work, pools[i]);
}

// The leased pools, read again now that they are this replica's: what others did before is seen.
Task<Result<std::vector<Done>>> leased(Work& work, const Replica& replica, std::span<const sql::Pool> some) {
  auto duty = work.db.duty<kDuty>(work.cost);
  std::vector<PresetId> ids;
  for (const auto& row : some) ids.push_back(row.id);
  CO_TRY(got, co_await sql::lease(duty, replica.id, duty.now() + kLease, ids, duty.now()));
  std::vector<Done> out;
  if (got.empty()) co_return out;
  std::set<TemplateId> templates;
  for (const auto& row : some)
    if (std::ranges::find(got, row.id) != got.end()) templates.insert(row.template_id);
  CO_TRY(rows, co_await sql::pools_of(duty, {templates.begin(), templates.end()}));
  for (const auto& id : got) {
    const auto row = std::ranges::find(rows, id, &sql::Pool::id);
    if (row != rows.end()) out.push_back({.row = std::move(*row)});
  }
  co_return out;
}

Task<Result<void>> give_back(Work& work, const Replica& replica, const std::vector<Done>& pools) {
  auto duty = work.db.duty<kDuty>(work.cost);
  sql::DecideArgs args{.now = duty.now(), .holder_id = replica.id};
  for (const auto& done : pools) {
    args.preset_ids.push_back(done.row.id);
    args.decisions.push_back(done.decision);
    args.errors.push_back(done.error);
  }
  co_return co_await sql::decide(duty, args);
}

Task<Result<void>> take_turns(Work& work, const Replica& replica, const Rows& rows) {
  for (std::size_t at = 0; at < rows.size(); at += kAtATime) {
    const auto some = std::span(rows).subspan(at, std::min(kAtATime, rows.size() - at));
    CO_TRY(pools, co_await leased(work, replica, some));
    if (pools.empty()) continue;
    work.out.leased += static_cast<int>(pools.size());
    std::vector<Task<void>> lanes;
    for (std::size_t first = 0; first < std::min(kLanes, pools.size()); ++first) lanes.push_back(lane(work, pools, first));
    co_await aio::at_once(std::move(lanes));
    CO_CHECK(co_await give_back(work, replica, pools));
  }
  co_return Result<void>();
}

Task<Result<void>> see_to_members(Work& work, const Rows& rows) {
  if (!work.options.members) co_return Result<void>();
  auto organizations = organizations_of(rows);
  if (organizations.empty()) co_return Result<void>();
  CO_TRY(closed, co_await work.options.members(work.db, std::move(organizations)));
  work.closed = std::move(closed);
  co_return Result<void>();
}

// The templates that news were of; all of them once one was without a name.
struct News {
  explicit News(const boost::asio::any_io_executor& executor) : came(executor) {}
  aio::Event came;
  std::set<TemplateId> templates;
  bool all = true;  // at the start

  void add(const std::string& payload) {
    const auto id = TemplateId::parse(payload);
    if (id) templates.insert(*id);
    if (!id) all = true;
    came.notify();
  }
  std::vector<TemplateId> take() {
    std::vector<TemplateId> out;
    if (!all) out.assign(templates.begin(), templates.end());
    templates.clear();
    all = false;
    return out;
  }
};

// When all pools are to be looked at, whatever news come meanwhile: scoped passes bring it forward, never put it off.
struct Deadline {
  Time at = {};
  void follow(const Options& options, bool all, const std::optional<Time>& next, Time now) {
    if (all) at = now + options.interval;
    if (next) at = std::min(at, *next);
  }
  Milliseconds wait(Time now) const { return std::max(std::chrono::ceil<Milliseconds>(at - now), kBreath); }
};

}  // namespace

Task<Result<Pass>> reconcile(store::Db& db, const Options& options, const Replica& replica, std::vector<TemplateId> templates, Costs cost) {
  Work work{.db = db, .options = options, .cost = std::move(cost), .closed = {}};
  auto duty = db.duty<kDuty>(work.cost);
  CO_TRY(settings, co_await sql::settings(duty));
  CO_TRY(stopped, paused(settings));
  if (stopped) {
    log::debug("prebuilds reconciliation is paused, skipping reconciliation");
    work.out.paused = true;
    co_return work.out;
  }
  CO_TRY(rows, co_await snapshot(duty, templates));
  work.out.pools = static_cast<int>(rows.size());
  if (rows.empty()) {
    log::debug("no templates found with prebuilds configured");
    co_return work.out;
  }
  CO_CHECK(co_await see_to_members(work, rows));
  const auto some = needing(work, std::move(rows));
  CO_CHECK(co_await take_turns(work, replica, some));
  co_return work.out;
}

Task<void> keep(http::Home& home, Options options) {
  const Replica replica;
  auto news = std::make_shared<News>(home.executor);
  const auto subscription = home.db.listener().subscribe(home.executor, std::string(jobs::kPools),
                                                         [news](const pg::Wake& wake) { news->add(wake.missed ? std::string() : wake.payload); });
  Deadline deadline;
  for (;;) {
    if (home.db.clock().now() >= deadline.at) news->all = true;
    const bool all = news->all;
    auto templates = news->take();
    auto done = co_await reconcile(home.db, options, replica, std::move(templates));
    if (!done) log::warn("reconciliation failed", {{"why", done.error().why}, {"say", done.error().say}});
    if (!done) news->all = true;
    deadline.follow(options, all || !done, done ? done->next : std::nullopt, home.db.clock().now());
    const auto wait = std::min(deadline.wait(home.db.clock().now()), std::max<Milliseconds>(options.interval, kBreath));
    if (co_await news->came.wait_for(wait)) co_await aio::sleep(kDebounce);
  }
}

}  // namespace slipway::prebuilds
