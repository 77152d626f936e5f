#include "aio/event.hpp"
#include "base/log.hpp"
#include "base/words.hpp"
#include "features/resources/resources.hpp"
#include "features/scheduling/plan.hpp"
#include "features/scheduling/scheduling.hpp"
#include "features/templates/templates.hpp"
#include "features/workspaces/workspaces.hpp"
#include "store/workspace_target.hpp"

namespace slipway::scheduling {

namespace {

constexpr auto kDuty = rbac::Duty::autostart;
constexpr std::int32_t kBatch = 100;
constexpr int kMostBatches = 100;  // then others get their turn
constexpr Seconds kAfterTrouble{300};
constexpr Milliseconds kBreath{500};

using Costs = std::shared_ptr<store::Cost>;

struct Later {
  std::vector<WorkspaceId> ids;
  std::vector<Time> look_ats, next_starts;
  void add(WorkspaceId id, Time look_at, std::optional<Time> next_start) {
    ids.push_back(id);
    look_ats.push_back(look_at);
    next_starts.push_back(next_start.value_or(Time::min()));
  }
};

Task<Result<void>> put_off(store::DutyHandle<kDuty>& handle, const Later& later) {
  if (later.ids.empty()) co_return Result<void>();
  co_return co_await sql::put_off(handle, later.ids, later.look_ats, later.next_starts);
}

TemplateVersionId version_for(const Snapshot& w, std::string_view transition) {
  const bool newest = transition == "start" && (w.automatic_updates == "always" || w.require_active_version);
  return newest ? w.active_version_id : w.template_version_id;
}

Task<Result<void>> start_build(store::DutyTx<kDuty>& tx, const Snapshot& w, const Plan& plan) {
  const auto target = store::workspace_target(w.id, w.owner_id, w.organization_id, w.dormant_at.has_value(), {}, {});
  CO_TRY(may, workspaces::permit_for(tx.tx(), plan.transition, target));
  workspaces::BuildPlan build{.transition = std::string(plan.transition), .version = version_for(w, plan.transition), .initiator = w.owner_id};
  build.reason = plan.reason;
  CO_CHECK(co_await workspaces::start_build(tx.tx(), may, std::move(build)));
  co_return Result<void>();
}

workspaces::Told told(const Snapshot& w) {
  return {.id = w.id, .owner = w.owner_id, .organization = w.organization_id, .parent = w.template_id, .name = w.name};
}

Task<Result<void>> make_dormant(store::DutyTx<kDuty>& tx, const Snapshot& w) {
  CO_CHECK(co_await sql::make_dormant(tx, tx.now(), w.id));
  const workspaces::Parking parking{.at = tx.now(),
                                    .reason = "not used for " + in_words(Milliseconds(w.time_til_dormant_ms)),
                                    .deleted_after = Milliseconds(w.time_til_dormant_autodelete_ms)};
  workspaces::tell_dormant(tx.tx(), told(w), parking);
  co_return Result<void>();
}

Task<Result<void>> remind(store::DutyTx<kDuty>& tx, const Snapshot& w) {
  CO_TRY(noted, co_await sql::note_reminder(tx, w.build_id, *w.deadline));
  if (noted > 0) workspaces::tell_stop(tx.tx(), told(w), w.build_id, *w.deadline);
  co_return Result<void>();
}

Task<Result<void>> apply(store::DutyTx<kDuty>& tx, const Snapshot& w, const Plan& plan) {
  const Time now = tx.now();
  if (plan.limits) CO_CHECK(co_await sql::set_limits(tx, plan.limits->deadline, plan.limits->max_deadline, now, w.build_id));
  if (plan.remind) CO_CHECK(co_await remind(tx, w));
  if (plan.dormant) CO_CHECK(co_await make_dormant(tx, w));
  if (!plan.transition.empty()) CO_CHECK(co_await start_build(tx, w, plan));
  Later later;
  later.add(w.id, plan.transition.empty() ? now : plan.look_at, plan.next_start);  // without a build: what is next, at once
  CO_CHECK(co_await put_off(tx, later));
  co_return co_await store::notify(tx, std::string(resources::kWorkspaceNews), w.id.str());
}

// A workspace that cannot be helped now must not keep its place at the head of the queue.
Task<Result<void>> leave_for_later(store::Db& db, const Costs& cost, const Snapshot& w, const Plan& plan, const Error& error) {
  const auto write = error.code == Code::conflict ? log::Level::debug : log::Level::warn;
  log::write(write, "a workspace could not be built by schedule",
             {{"workspace", w.id.str()},
              {"transition", std::string(plan.transition)},
              {"reason", std::string(plan.reason)},
              {"say", error.say},
              {"why", error.why}});
  auto duty = db.duty<kDuty>(cost);
  Later later;
  // A start is kept due, so that it is made up for once what hinders it has gone.
  later.add(w.id, duty.now() + kAfterTrouble, plan.transition == "start" ? w.next_start_at : plan.next_start);
  co_return co_await put_off(duty, later);
}

// One workspace, in a transaction of its own: read again under its lock, judged again, done.
Task<Result<void>> act_on(store::Db& db, const Costs& cost, WorkspaceId id, Turn& turn) {
  auto duty = db.duty<kDuty>(cost);
  std::optional<Snapshot> found;
  Plan what;
  auto body = [&](store::DutyTx<kDuty>& tx) -> Task<Result<void>> {
    CO_TRY(row, co_await sql::due_one(tx, id, tx.now()));
    if (!row) co_return Result<void>();
    found = std::move(row);
    what = plan(*found, tx.now());
    co_return co_await apply(tx, *found, what);
  };
  auto done = co_await duty.tx(body);
  if (done) {
    turn.builds += found && !what.transition.empty() ? 1 : 0;
    co_return done;
  }
  if (!found) co_return done;
  co_return co_await leave_for_later(db, cost, *found, what, done.error());
}

// Looks at what is due, while no other replica does: most of it only needs another time to be looked at. The others are what to act
// on. Its transaction ends here: nothing is held for as long as a turn with many builds takes.
Task<Result<std::vector<WorkspaceId>>> look(store::Db& db, const Costs& cost, Turn& turn, bool& more) {
  auto duty = db.duty<kDuty>(cost);
  std::vector<WorkspaceId> acting;
  auto body = [&](store::DutyTx<kDuty>& tx) -> Task<Result<void>> {
    CO_TRY(leads, co_await sql::lead(tx));
    turn.led = leads;
    more = false;
    if (!leads) co_return Result<void>();
    CO_TRY(rows, co_await sql::due(tx, tx.now(), kBatch));
    Later later;
    for (const auto& row : rows) {
      const Plan what = plan(row, tx.now());
      if (what.acts())
        acting.push_back(row.id);
      else
        later.add(row.id, what.look_at, what.next_start);
    }
    turn.looked += static_cast<int>(rows.size());
    more = !rows.empty();
    co_return co_await put_off(tx, later);
  };
  CO_CHECK(co_await duty.tx(body));
  co_return acting;
}

Task<Result<void>> lead(store::Db& db, const Costs& cost, Turn& turn) {
  bool more = true;
  for (int batch = 0; more && batch < kMostBatches; ++batch) {
    CO_TRY(acting, co_await look(db, cost, turn, more));
    for (const auto& id : acting) CO_CHECK(co_await act_on(db, cost, id, turn));
  }
  co_return Result<void>();
}

}  // namespace

Task<Result<Turn>> turn(store::Db& db, Costs cost) {
  Turn out;
  CO_CHECK(co_await lead(db, cost, out));
  if (!out.led) co_return out;
  auto duty = db.duty<kDuty>(cost);
  CO_TRY(next, co_await sql::next_due(duty));
  out.next = next;
  co_return out;
}

Task<void> keep(http::Home& home, Milliseconds poll) {
  auto news = std::make_shared<aio::Event>(home.executor);
  const auto subscription =
      home.db.listener().subscribe(home.executor, std::string(templates::kSchedules), [news](const pg::Wake&) { news->notify(); });
  for (;;) {
    auto done = co_await turn(home.db);
    if (!done) log::warn("the scheduler could not do its turn", {{"why", done.error().why}, {"say", done.error().say}});
    auto wait = poll;
    if (done && done->next) wait = std::clamp(std::chrono::ceil<Milliseconds>(*done->next - home.db.clock().now()), kBreath, poll);
    co_await news->wait_for(wait);
  }
}

}  // namespace slipway::scheduling
