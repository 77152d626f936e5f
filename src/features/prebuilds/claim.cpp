// One transaction hands a member over: its row is locked, looked at again, changed, and the build is queued by which it becomes its new
// owner's. Whatever fails on the way leaves it in its pool.
#include "base/log.hpp"
#include "features/jobs/jobs.hpp"
#include "features/prebuilds/claims.hpp"
#include "features/prebuilds/objects.hpp"
#include "features/quotas/quotas.hpp"
#include "store/db.hpp"

namespace slipway::prebuilds {

namespace {

using workspaces::MayCreate, workspaces::Wish;

Task<Result<std::optional<WorkspaceId>>> lock_one(store::Tx& tx, const MayCreate& may, const Wish& wish, const std::vector<Uuid>& tried) {
  CO_TRY(best, co_await sql::pick(tx, may, wish.preset, wish.template_id, tried, tx.now()));
  if (best) co_return best;
  co_return co_await sql::pick_any(tx, may, wish.preset, wish.template_id, tried, tx.now());
}

// Locks one that is ready. What another transaction changed between the look and the lock is passed over.
Task<Result<std::optional<sql::Member>>> pick(store::Tx& tx, const MayCreate& may, const Wish& wish) {
  std::vector<Uuid> tried;
  while (true) {
    CO_TRY(id, co_await lock_one(tx, may, wish, tried));
    if (!id) co_return std::optional<sql::Member>();
    CO_TRY(member, co_await sql::still_claimable(tx, may, wish.preset, *id));
    if (!member) {
      tried.push_back(id->uuid);
      continue;
    }
    // Whoever could not pay for it leaves it to others; the ordinary way says why.
    CO_TRY(affordable, co_await quotas::may_take_over(tx, may, member->daily_cost));
    co_return affordable ? std::move(member) : std::nullopt;
  }
}

sql::TakeOverArgs fields_of(const Wish& wish, Time now) {
  const auto& fields = wish.fields;
  return {.name = fields.name,
          .autostart_schedule = fields.autostart_schedule,
          .set_by = fields.autostart_schedule ? std::optional(wish.asked_by.uuid) : std::nullopt,
          .next_start_at = wish.next_start,
          .ttl_ms = fields.ttl_ms,
          .automatic_updates = fields.automatic_updates,
          .now = now};
}

Task<Result<std::optional<WorkspaceId>>> hand_over(store::Tx& tx, Wish wish, workspaces::BuildPlan plan) {
  CO_TRY(may_make, (tx.permit<rbac::Action::create, rbac::Resource::workspace>(wish.wanted)));
  CO_TRY(member, co_await pick(tx, may_make, wish));
  if (!member) {
    log::warn("no claimable prebuilt workspaces found", {{"preset", wish.preset.str()}, {"template", wish.template_id.str()}});
    co_return std::optional<WorkspaceId>();
  }
  wish.wanted.id = member->id.uuid;
  CO_TRY(may, (tx.permit<rbac::Action::create, rbac::Resource::workspace>(wish.wanted)));
  const auto fields = fields_of(wish, tx.now());
  CO_TRY(taken, co_await sql::take_over(tx, may, fields));
  if (taken == 0) co_return std::optional<WorkspaceId>();  // whom it was for, or the template, is gone: the ordinary way says so
  plan.stage = provisioner::Prebuild::claim;
  CO_TRY(build, co_await workspaces::start_build(tx, may, std::move(plan)));
  const sql::InsertClaimArgs claim{
      .build_id = build, .preset_id = wish.preset, .prebuild_created_at = member->created_at, .now = tx.now(), .missed = false};
  CO_CHECK(co_await sql::insert_claim(tx, may, claim));
  CO_CHECK(co_await store::notify(tx, std::string(jobs::kPools), wish.template_id.str()));
  co_return member->id;
}

Task<Result<std::optional<WorkspaceId>>> claim(store::Tx& tx, Wish wish, workspaces::BuildPlan plan) {
  auto taken = co_await hand_over(tx, std::move(wish), std::move(plan));
  if (taken || taken.error().code != Code::internal) co_return taken;
  Error error = with_context(std::move(taken).error(), "failed to claim prebuilt workspace");
  error.say = "Internal error creating workspace.";
  error.detail = "failed to claim prebuilt workspace: nothing was made, and the prebuilt workspace is where it was. Try again in a moment.";
  co_return std::unexpected(std::move(error));
}

Task<Result<void>> missed(store::Tx& tx, const MayCreate& may, BuildId build, PresetId preset) {
  const sql::InsertClaimArgs claim{.build_id = build, .preset_id = preset, .prebuild_created_at = {}, .now = tx.now(), .missed = true};
  co_return co_await sql::insert_claim(tx, may, claim);
}

}  // namespace

workspaces::Pools pools() { return {.claim = claim, .missed = missed}; }

}  // namespace slipway::prebuilds
