// Site roles: which there are, who has which, and handing them out.
#include "features/accounts/routes.hpp"
#include "features/organizations/organizations.hpp"
#include "rbac/assign.hpp"

namespace slipway::accounts {

namespace {

using rbac::Action, rbac::Resource;

Task<Result<std::vector<api::AssignableRoles>>> assignable(http::Call& call, const rbac::RoleBook& book) {
  if (!call.store().may(Action::read, rbac::all_of(Resource::assign_role))) co_return forbidden();
  const bool assigns = call.store().may(Action::assign, rbac::all_of(Resource::assign_role));
  std::vector<api::AssignableRoles> out;
  for (const auto& role : book.site_roles()) {
    if (role->name == rbac::roles::kMember) continue;  // everybody has it
    auto one = users::to_wire(*role, {});
    one.built_in = true;
    one.assignable = assigns && rbac::may_assign(*call.actor().subject, {role->name, {}}, false);
    out.push_back(std::move(one));
  }
  co_return out;
}

Task<Result<api::UserRoles>> show_roles(http::Call& call) {
  CO_TRY(row, co_await users::find(call, call.path("user")));
  if (!call.store().may(Action::read_personal, sql::object_of(row))) co_return forbidden();
  CO_TRY(memberships, co_await organizations::sql::member_roles(call.store(), row.id));
  api::UserRoles out{.roles = row.rbac_roles, .organization_roles = {}};
  for (auto& one : memberships) out.organization_roles[one.organization_id.str()] = std::move(one.roles);
  co_return out;
}

bool has_owner(const std::vector<std::string>& names) { return std::ranges::find(names, rbac::roles::kOwner) != names.end(); }

// Decided from the row under its lock: an older one would give back what was taken away meanwhile.
Task<Result<api::User>> set_roles(http::Call& call, api::UpdateRoles ask) {
  CO_TRY(seen, co_await users::find_changeable(call, call.path("user")));
  call.audited(http::audit_about(sql::audit_of(seen)));
  if (seen.id == call.actor().user_id) co_return fail(Code::invalid, "You cannot change your own roles.");
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_CHECK(co_await wait_for_owners(tx, seen));
    CO_TRY(row, co_await sql::lock(tx, seen.id));
    if (!row) co_return not_found();
    const auto& before = **row;
    const rbac::RoleListChange change{.organization = {}, .before = before.rbac_roles, .after = ask.roles};
    CO_TRY(names, rbac::check_role_list(*call.actor().subject, change, {}));
    std::erase(names, rbac::roles::kMember);
    CO_TRY(may, (store::permit<Action::update, Resource::user>(tx, *row)));
    if (has_owner(before.rbac_roles) && !has_owner(names)) CO_CHECK(co_await keep_an_owner(tx, may));
    auto given = before;
    given.rbac_roles = names;
    tx.trace(http::audit_change(sql::audit_of(before), sql::audit_of(given)));
    co_return co_await sql::set_roles(tx, may, names, call.now());
  };
  CO_CHECK(co_await call.store().tx(body));
  CO_TRY(after, co_await sql::by_id(call.store(), seen.id));
  if (!after) co_return not_found();
  co_return users::to_wire(*after);
}

}  // namespace

void add_role_routes(http::Routes& routes, const rbac::RoleBook& book) {
  using http::Audit, http::Auth;
  routes.get<Auth::user, Audit::none>("/api/v2/users/roles", [&book](http::Call& call) { return assignable(call, book); });
  routes.get<Auth::user, Audit::none>("/api/v2/users/{user}/roles", show_roles);
  routes.put<Auth::user, Audit::write>("/api/v2/users/{user}/roles", set_roles);
}

}  // namespace slipway::accounts
