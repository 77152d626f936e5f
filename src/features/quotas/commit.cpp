#include "features/quotas/objects.hpp"
#include "features/quotas/quotas.hpp"
#include "provisioner/engine.hpp"
#include "store/store.hpp"

namespace slipway::quotas {

namespace {

using Duty = rbac::Duty;
using Tx = store::DutyTx<Duty::provisioner_daemon>;
using provisioner::LogLevel;

provisioner::LogLine line(Time at, LogLevel level, std::string output) {
  return {at, provisioner::LogSource::provisioner_daemon, level, std::string(provisioner::stage::kQuota), std::move(output)};
}

// Who of the groups gives how much, so that one knows whom to ask for more.
std::string by_group(const std::vector<sql::AllowancesRow>& groups) {
  if (groups.empty()) return "The owner of this workspace is in no group of the organization that would allow a cost.";
  std::string parts;
  for (const auto& group : groups) parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", group.name, group.quota_allowance);
  return fmt::format(
      "The budget comes from these groups: {}. Stop or delete other workspaces, or ask an administrator to raise the allowance of a group.", parts);
}

// The verdict of one whose turn it is, within the transaction.
Task<Result<void>> weigh(Tx& tx, const sql::BuildOfJobRow& build, std::int64_t cost, provisioner::Verdict& out) {
  CO_TRY(now, co_await sql::standing(tx, build.owner_id, build.organization_id, build.workspace_id));
  const Standing standing{.consumed = now.consumed, .budget = now.budget, .before = build.before};
  const bool granted = affordable(standing, cost);
  const auto at = tx.now();
  out.lines = {
      line(at, LogLevel::info, fmt::format("Build cost       —   {}", cost)),
      line(at, LogLevel::info, fmt::format("Budget           —   {}", now.budget)),
      line(at, LogLevel::info, fmt::format("Credits consumed —   {}", granted ? now.consumed + cost : now.consumed + build.before.value_or(0)))};
  if (granted) {
    const auto stored = std::min<std::int64_t>(cost, std::numeric_limits<std::int32_t>::max());
    co_return co_await sql::reserve(tx, static_cast<std::int32_t>(stored), build.build_id);
  }
  CO_TRY(groups, co_await sql::allowances(tx, build.organization_id, build.owner_id));
  out.lines.push_back(line(at, LogLevel::warn, "This build would exceed your quota. Failing."));
  out.lines.push_back(line(at, LogLevel::warn, by_group(groups)));
  out.failure = provisioner::Failure{.say = "insufficient quota", .code = std::string(provisioner::kInsufficientQuota), .cancelled = false};
  co_return Result<void>();
}

}  // namespace

bool may_cost(std::string_view archive) {
  const bool zip = archive.starts_with("PK");
  return zip || archive.find("daily_cost") != archive.npos || archive.find("module") != archive.npos;
}

bool affordable(const Standing& standing, std::int64_t cost) {
  if (cost <= 0) return true;
  return standing.consumed + cost <= standing.budget || (standing.before && cost < *standing.before);
}

Task<Result<provisioner::Verdict>> commit(http::Home& home, JobId job, std::int64_t daily_cost, Milliseconds wait) {
  provisioner::Verdict verdict;
  if (daily_cost <= 0) co_return verdict;
  bool late = false;
  auto duty = home.db.duty<Duty::provisioner_daemon>();
  auto body = [&](Tx& tx) -> Task<Result<void>> {
    CO_CHECK(co_await sql::wait_at_most(tx, wait.count()));
    CO_TRY(build, co_await sql::build_of_job(tx, job));
    if (!build) co_return Result<void>();
    CO_TRY(taken, co_await sql::take_turn(tx, build->owner_id, build->organization_id));
    late = !taken;
    if (late) co_return Result<void>();
    co_return co_await weigh(tx, *build, daily_cost, verdict);
  };
  CO_CHECK(co_await duty.tx(body));
  if (late)
    co_return fail(Code::unavailable,
                   fmt::format("timed out after {}s waiting for workspace quota lock", std::chrono::duration_cast<Seconds>(wait).count()));
  co_return verdict;
}

Task<Result<bool>> may_take_over(store::Tx& tx, const store::Permit<rbac::Action::create, rbac::Resource::workspace>& may, std::int64_t cost) {
  if (cost <= 0) co_return true;
  CO_TRY(taken, co_await sql::claim_turn(tx, may));
  if (!taken) co_return false;
  CO_TRY(now, co_await sql::claim_standing(tx, may));
  co_return affordable({.consumed = now.consumed, .budget = now.budget, .before = std::nullopt}, cost);
}

}  // namespace slipway::quotas
