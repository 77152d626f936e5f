// Who may act on an account, and the lock under which it is done.
#include "features/users/objects.hpp"
#include "features/users/users.hpp"
#include "rbac/assign.hpp"
#include "rbac/subject.hpp"

namespace slipway::users {

using rbac::Action, rbac::Resource;

Task<Result<void>> may_act_on(store::Store& store, const sql::User& row) {
  if (row.is_system) co_return forbidden();
  if (row.id == store.actor().user_id) co_return Result<void>();
  const auto& actor = *store.actor().subject;
  if (!rbac::may_assign_all(actor, row.rbac_roles, {})) co_return forbidden();
  CO_TRY(may, (store.permit<Action::read, Resource::user>(sql::object_of(row))));
  CO_TRY(memberships, co_await sql::roles_in_organizations(store, may));
  for (const auto& one : memberships)
    if (!rbac::may_assign_all(actor, one.roles, one.organization_id)) co_return forbidden();
  co_return Result<void>();
}

Task<Result<store::Locked<sql::User>>> lock_account(store::Tx& tx, UserId id) {
  CO_TRY(row, co_await sql::lock(tx, id));
  if (!row) co_return not_found();
  CO_CHECK(co_await may_act_on(tx, **row));
  co_return std::move(*row);
}

}  // namespace slipway::users
