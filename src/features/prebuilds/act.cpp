#include "features/prebuilds/act.hpp"

#include "base/log.hpp"
#include "features/jobs/jobs.hpp"
#include "features/notifications/notifications.hpp"
#include "features/resources/resources.hpp"
#include "features/workspaces/workspaces.hpp"
#include "store/db.hpp"
#include "store/workspace_target.hpp"

namespace slipway::prebuilds {

namespace {

constexpr auto kDuty = rbac::Duty::prebuilds;
constexpr int kDraws = 5;  // of a name that nobody has
using Tx = store::DutyTx<kDuty>;
using rbac::Action, rbac::Resource;

// What whoever reads the template may know of it.
std::string told_of(const Error& error) {
  std::string out = error.say;
  if (!error.detail.empty()) out += " " + error.detail;
  for (const auto& fault : error.fields) out += fmt::format(" {}: {}", fault.field, fault.detail);
  return out;
}
std::string why_of(const Error& error) { return error.why.empty() ? told_of(error) : told_of(error) + " " + error.why; }

void say(log::Level level, std::string_view message, const sql::Pool& row, std::string why = {}) {
  log::write(level, message, {{"template", row.template_name}, {"version", row.version_name}, {"preset", row.name}, {"why", std::move(why)}});
}

// The pool as it is now, its lock being held until the transaction ends.
Task<Result<std::optional<sql::Pool>>> held_pool(Tx& tx, PresetId preset) {
  CO_CHECK(co_await sql::hold_pool(tx, preset));
  co_return co_await sql::pool(tx, preset);
}

workspaces::sql::Workspace first_row(const sql::Pool& pool, WorkspaceId id, const std::string& name) {
  return {.id = id,
          .owner_id = kPrebuildsUser,
          .organization_id = pool.organization_id,
          .template_id = pool.template_id,
          .name = name,
          .automatic_updates = "never",
          .user_acl = {"{}"},
          .group_acl = {"{}"}};
}

Task<Result<void>> insert_member(Tx& tx, const sql::Pool& pool) {
  const auto id = WorkspaceId::random();
  const auto name = member_name();
  const rbac::Object object{.type = Resource::workspace, .id = id.uuid, .owner = kPrebuildsUser, .organization = pool.organization_id};
  CO_TRY(may, (tx.tx().permit<Action::create, Resource::workspace>(object)));
  const workspaces::sql::InsertArgs args{
      .template_id = pool.template_id, .name = name, .autostart_schedule = {}, .ttl_ms = {}, .now = tx.now(), .automatic_updates = "never"};
  CO_TRY(rows, co_await workspaces::sql::insert(tx.tx(), may, args));
  if (rows == 0)
    co_return fail(Code::precondition, "The template is gone, or the owner of prebuilt workspaces is no member of its organization.",
                   "The next pass looks after the membership.");
  tx.tx().trace(http::audit_new(workspaces::sql::audit_of(first_row(pool, id, name))));
  workspaces::BuildPlan build{
      .transition = "start", .version = pool.template_version_id, .initiator = kPrebuildsUser, .preset = pool.id, .first = true};
  CO_CHECK(co_await workspaces::start_build(tx.tx(), may, std::move(build)));
  co_return Result<void>();
}

Task<Result<void>> delete_member(Tx& tx, const Member& seen, OrganizationId organization, TemplateVersionId version) {
  const auto target = store::workspace_target(seen.id, kPrebuildsUser, organization, false, {}, {});
  CO_TRY(may, workspaces::permit_for(tx.tx(), "delete", target));
  workspaces::BuildPlan build{.transition = "delete", .version = version, .initiator = kPrebuildsUser};
  CO_CHECK(co_await workspaces::start_build(tx.tx(), may, std::move(build)));
  co_return Result<void>();
}

bool still_removed(const Pool& pool, const Plan& plan, WorkspaceId id) {
  return std::ranges::any_of(plan.remove, [&](const Removal& each) { return pool.members[each.member].id == id; });
}

void tell_failure_limit(store::Tx& tx, const sql::Pool& pool) {
  notifications::Event event{
      .kind = notifications::Kind::prebuild_failure_limit,
      .to = {.template_admins = true, .site_template_admins = true},
      .organization = pool.organization_id,
      .labels = {{"org", pool.organization_name}, {"template", pool.template_name}, {"template_version", pool.version_name}, {"preset", pool.name}},
      .targets = {pool.template_id.uuid, pool.template_version_id.uuid, pool.id.uuid, pool.organization_id.uuid},
      .created_by = "prebuilds_reconciler",
      .key = fmt::format("prebuild limit {} {}", pool.id.str(), to_rfc3339(tx.now()))};  // each time that it is reached
  notifications::raise(tx, std::move(event));
}

// Whoever marks it first tells of it, so that it is told once, however many replicas see it.
Task<Result<void>> mark(Work& work, const sql::Pool& row, const Plan& what) {
  if (!what.mark_limited && !what.mark_healthy) co_return Result<void>();
  auto duty = work.db.duty<kDuty>(work.cost);
  auto body = [&](Tx& tx) -> Task<Result<void>> {
    if (what.mark_healthy) co_return co_await sql::mark_healthy(tx, row.id);
    CO_TRY(first, co_await sql::mark_limited(tx, row.id));
    if (!first) co_return Result<void>();
    say(log::Level::warn, "preset is hard limited, notifying template admins", row);
    tell_failure_limit(tx.tx(), row);
    co_return Result<void>();
  };
  co_return co_await duty.tx(body);
}

Task<Result<void>> cancel(Work& work, const Plan& what) {
  if (what.cancel.empty()) co_return Result<void>();
  auto duty = work.db.duty<kDuty>(work.cost);
  std::size_t canceled = 0;
  auto body = [&](Tx& tx) -> Task<Result<void>> {
    CO_TRY(gone, co_await sql::cancel_pending(tx, tx.now(), what.cancel));
    canceled = gone.size();
    for (const auto& job : what.cancel) CO_CHECK(co_await store::notify(tx, std::string(jobs::kNews), job.str()));
    for (const auto& id : gone) CO_CHECK(co_await store::notify(tx, std::string(resources::kWorkspaceNews), id.str()));
    co_return Result<void>();
  };
  CO_CHECK(co_await duty.tx(body));
  work.out.canceled += static_cast<int>(canceled);
  co_return Result<void>();
}

bool is_name_taken(const Result<bool>& added) {
  return !added && added.error().code == Code::conflict &&
         std::ranges::find(added.error().fields, "name", &FieldError::field) != added.error().fields.end();
}

void keep_first(Done& done, const Result<void>& result) {
  if (!result && done.error.empty()) done.error = told_of(result.error());
}

Task<void> remove_all(Work& work, const Pool& pool, const Plan& what, Done& done) {
  for (const auto& each : what.remove) {
    const auto& member = pool.members[each.member];
    auto removed = co_await remove_one(work, pool.id, member);
    if (removed && *removed) ++work.out.removed;
    if (removed) continue;
    say(log::Level::warn, "failed to delete prebuild", done.row, why_of(removed.error()));
    if (done.error.empty()) done.error = told_of(removed.error());
  }
}

// Somebody has the name that was drawn: each try draws another, in a transaction of its own.
Task<Result<bool>> add_under_some_name(Work& work, PresetId preset) {
  auto added = co_await add_one(work, preset);
  for (int again = 1; again < kDraws && is_name_taken(added); ++again) added = co_await add_one(work, preset);
  co_return added;
}

// One failure does not stop the others, unless all of them would fail alike.
Task<void> add_all(Work& work, const Plan& what, Done& done) {
  for (std::int32_t n = 0; n < what.create; ++n) {
    auto added = co_await add_under_some_name(work, done.row.id);
    if (added && !*added) co_return;
    if (added) {
      ++work.out.created;
      continue;
    }
    say(log::Level::warn, "failed to create prebuild", done.row, why_of(added.error()));
    if (done.error.empty()) done.error = told_of(added.error());
    if (added.error().code == Code::invalid) co_return;
  }
}

void tell(const sql::Pool& row, const Plan& what, bool closed) {
  for (const auto& trouble : what.troubles) say(log::Level::warn, trouble, row);
  if (!what.schedule.empty()) say(log::Level::debug, "current time matched cron expression", row, what.schedule);
  if (what.wanted == 0) return;
  if (what.held_until) say(log::Level::warn, "builds of prebuilt workspaces failed, so no others are begun yet", row, to_rfc3339(*what.held_until));
  if (what.at_limit) say(log::Level::warn, "skipping hard limited preset for create operation", row);
  if (closed) say(log::Level::warn, "the owner of prebuilt workspaces could not be made a member of the template's organization", row);
}

}  // namespace

Task<Result<bool>> add_one(Work& work, PresetId preset) {
  auto duty = work.db.duty<kDuty>(work.cost);
  bool added = false;
  auto body = [&](Tx& tx) -> Task<Result<void>> {
    CO_TRY(row, co_await held_pool(tx, preset));
    if (!row || plan(to_pool(*row), rules_of(work.options), tx.now()).create < 1) co_return Result<void>();
    CO_CHECK(co_await insert_member(tx, *row));
    added = true;
    co_return Result<void>();
  };
  CO_CHECK(co_await duty.tx(body));
  co_return added;
}

Task<Result<bool>> remove_one(Work& work, PresetId preset, const Member& seen) {
  auto duty = work.db.duty<kDuty>(work.cost);
  bool removed = false;
  auto body = [&](Tx& tx) -> Task<Result<void>> {
    CO_TRY(row, co_await held_pool(tx, preset));
    if (!row) co_return Result<void>();
    const auto now = to_pool(*row);
    if (!still_removed(now, plan(now, rules_of(work.options), tx.now()), seen.id)) co_return Result<void>();
    CO_TRY(held, co_await sql::hold_member(tx, seen.id));
    if (!held) {
      log::info("prebuilt workspace is not owned by prebuild user anymore, probably it was claimed", {{"workspace", seen.id.str()}});
      co_return Result<void>();
    }
    CO_TRY(latest, co_await sql::latest_build(tx, seen.id));
    if (!latest || latest->id != seen.build || latest->owner_id != kPrebuildsUser) co_return Result<void>();
    CO_CHECK(co_await delete_member(tx, seen, held->organization_id, latest->template_version_id));
    removed = true;
    co_return Result<void>();
  };
  CO_CHECK(co_await duty.tx(body));
  co_return removed;
}

Task<void> act_on(Work& work, Done& done) {
  const auto pool = to_pool(done.row);
  const auto what = plan(pool, rules_of(work.options), work.db.clock().now());
  const bool closed = work.closed.contains(done.row.organization_id);
  tell(done.row, what, closed);
  keep_first(done, co_await mark(work, done.row, what));
  keep_first(done, co_await cancel(work, what));
  co_await remove_all(work, pool, what, done);
  if (!closed) co_await add_all(work, what, done);
  if (closed && what.create > 0 && done.error.empty())
    done.error = "The owner of prebuilt workspaces could not be made a member of the template's organization.";
  done.decision = {api::to_json(to_wire(what))};
  if (!done.error.empty()) say(log::Level::warn, "failed to reconcile prebuilds for preset", done.row, done.error);
}

}  // namespace slipway::prebuilds
