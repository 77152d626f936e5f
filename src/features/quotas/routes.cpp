#include "http/routes.hpp"
#include "api/gen/quotas.hpp"
#include "features/organizations/organizations.hpp"
#include "features/quotas/objects.hpp"
#include "features/quotas/quotas.hpp"
#include "features/users/objects.hpp"
#include "features/users/users.hpp"
#include "provisioner/job.hpp"
#include "store/store.hpp"

namespace slipway::quotas {

namespace {

using rbac::Action, rbac::Resource;
using Duty = rbac::Duty;

constexpr std::int64_t kNoLimit = -1;  // a budget where the organization keeps no quotas

Task<Result<api::WorkspaceQuota>> quota_in(http::Call& call, std::string_view organization_name) {
  CO_TRY(organization, co_await organizations::find(call, organization_name));
  CO_TRY(user, co_await users::find(call, call.path("user")));
  CO_TRY(may, (call.store().permit<Action::read, Resource::user>(users::sql::object_of(user))));
  CO_TRY(quota, co_await sql::of_user(call.store(), may, organization.id));
  co_return api::WorkspaceQuota{.credits_consumed = quota.consumed, .budget = quota.budget};
}

Task<Result<api::WorkspaceQuota>> in_organization(http::Call& call) { co_return co_await quota_in(call, call.path("organization")); }
Task<Result<api::WorkspaceQuota>> in_default(http::Call& call) { co_return co_await quota_in(call, "default"); }

provisioner::Failure too_much(std::int64_t cost, std::int64_t left, std::int64_t budget) {
  return {.say = fmt::format("Insufficient quota: this build costs {} a day, and {} of a budget of {} are left. Delete or stop other workspaces, "
                             "or ask an administrator to raise the quota allowance of one of your groups.",
                             cost, std::max<std::int64_t>(left, 0), budget),
          .code = std::string(provisioner::kInsufficientQuota),
          .cancelled = false};
}

}  // namespace

bool may_cost(std::string_view archive) {
  const bool zip = archive.starts_with("PK");
  return zip || archive.find("daily_cost") != archive.npos || archive.find("module") != archive.npos;
}

Task<Result<std::optional<provisioner::Failure>>> commit(http::Home& home, JobId job, std::int64_t daily_cost) {
  std::optional<provisioner::Failure> refused;
  if (daily_cost <= 0) co_return refused;
  auto duty = home.db.duty<Duty::provisioner_daemon>();
  auto body = [&](store::DutyTx<Duty::provisioner_daemon>& tx) -> Task<Result<void>> {
    CO_TRY(build, co_await sql::lock_owner(tx, job));
    if (!build) co_return Result<void>();
    CO_TRY(now, co_await sql::standing(tx, build->owner_id, build->organization_id, build->workspace_id, build->build_number));
    if (now.budget != kNoLimit && now.consumed + daily_cost > now.budget && daily_cost > now.before) {
      refused = too_much(daily_cost, now.budget - now.consumed, now.budget);
      co_return Result<void>();
    }
    co_return co_await sql::reserve(tx, static_cast<std::int32_t>(std::min<std::int64_t>(daily_cost, std::numeric_limits<std::int32_t>::max())),
                                    build->build_id);
  };
  CO_CHECK(co_await duty.tx(body));
  co_return refused;
}

void add_routes(http::Routes& routes) {
  using http::Audit, http::Auth;
  routes.get<Auth::user, Audit::none>("/api/v2/organizations/{organization}/members/{user}/workspace-quota", in_organization);
  routes.get<Auth::user, Audit::none>("/api/v2/workspace-quota/{user}", in_default);
}

}  // namespace slipway::quotas
