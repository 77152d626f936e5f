#include "http/routes.hpp"
#include "api/gen/quotas.hpp"
#include "features/organizations/organizations.hpp"
#include "features/quotas/objects.hpp"
#include "features/quotas/quotas.hpp"
#include "features/users/objects.hpp"
#include "features/users/users.hpp"
#include "store/store.hpp"

namespace slipway::quotas {

namespace {

using rbac::Action, rbac::Resource;

// Whoever asks learns which half it was; why stays in the log.
std::unexpected<Error> broken(const Error& error, std::string say) {
  Error out{.code = Code::internal, .say = std::move(say), .why = error.say + " " + error.why};
  return std::unexpected(std::move(out));
}

Task<Result<api::WorkspaceQuota>> quota_in(http::Call& call, std::string_view organization_name) {
  CO_TRY(organization, co_await organizations::find(call, organization_name));
  CO_TRY(user, co_await users::find(call, call.path("user")));
  CO_TRY(may, (call.store().permit<Action::read, Resource::user>(users::sql::object_of(user))));
  const auto budget = co_await sql::allowance_of(call.store(), may, organization.id);
  if (!budget) co_return broken(budget.error(), "Failed to get allowance");
  const auto consumed = co_await sql::consumed_by(call.store(), may, organization.id);
  if (!consumed) co_return broken(consumed.error(), "Failed to get consumed");
  co_return api::WorkspaceQuota{.credits_consumed = *consumed, .budget = *budget};
}

Task<Result<api::WorkspaceQuota>> in_organization(http::Call& call) { co_return co_await quota_in(call, call.path("organization")); }
Task<Result<api::WorkspaceQuota>> in_default(http::Call& call) { co_return co_await quota_in(call, "default"); }

}  // namespace

void add_routes(http::Routes& routes) {
  using http::Audit, http::Auth;
  routes.get<Auth::user, Audit::none>("/api/v2/organizations/{organization}/members/{user}/workspace-quota", in_organization);
  routes.get<Auth::user, Audit::none>("/api/v2/workspace-quota/{user}", in_default);
}

}  // namespace slipway::quotas
