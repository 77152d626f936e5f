// Roles that an organization makes itself (authorization spec, 4).
#include "api/gen/roles.hpp"
#include "features/organizations/members.hpp"
#include "features/organizations/organizations.hpp"
#include "rbac/assign.hpp"
#include "store/store.hpp"

namespace slipway::organizations {

namespace {

using rbac::Action, rbac::Resource;

std::vector<rbac::PermissionAsk> asked(const std::vector<api::Permission>& list) {
  std::vector<rbac::PermissionAsk> out;
  for (const auto& one : list) out.push_back({.negate = one.negate, .type = one.resource_type, .action = one.action});
  return out;
}

Result<rbac::Role> checked(http::Call& call, OrganizationId organization, const api::CustomRoleRequest& ask) {
  const auto site = asked(ask.site_permissions), user = asked(ask.user_permissions), org = asked(ask.organization_permissions),
             member = asked(ask.organization_member_permissions);
  return rbac::check_custom_role(*call.actor().subject, {.organization = organization, .name = ask.name, .display_name = ask.display_name,
                                                         .site = site, .user = user, .org = org, .member = member});
}

api::Role answer(const rbac::Role& role, OrganizationId organization) {
  api::Role out;
  out.name = role.name;
  out.organization_id = organization.str();
  out.display_name = role.display_name;
  out.organization_permissions = permissions_of(role.org);
  out.organization_member_permissions = permissions_of(role.member);
  return out;
}

void audit_role(http::Call& call, const std::string& name, OrganizationId organization) {
  call.audited({.resource_type = "custom_role", .target = name, .organization = organization});
}

Task<Result<api::Role>> create(http::Call& call, api::CustomRoleRequest ask) {
  CO_TRY(organization, co_await find(call, call.path("organization")));
  CO_TRY(role, checked(call, organization.id, ask));
  const sql::InsertCustomRoleArgs row{.name = role.name, .display_name = role.display_name, .org_permissions = {api::to_json(permissions_of(role.org))},
                                    .member_permissions = {api::to_json(permissions_of(role.member))}, .now = call.now()};
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::create, Resource::assign_org_role>(rbac::all_in(Resource::assign_org_role, organization.id))));
    co_return co_await sql::insert_custom_role(tx, may, row);
  };
  CO_CHECK(co_await call.store().tx(body));
  audit_role(call, role.name, organization.id);
  co_return answer(role, organization.id);
}

Task<Result<api::Role>> replace(http::Call& call, api::CustomRoleRequest ask) {
  CO_TRY(organization, co_await find(call, call.path("organization")));
  CO_TRY(role, checked(call, organization.id, ask));
  const sql::UpdateCustomRoleArgs row{.display_name = role.display_name, .org_permissions = {api::to_json(permissions_of(role.org))},
                                    .member_permissions = {api::to_json(permissions_of(role.member))}, .now = call.now(), .name = role.name};
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::assign_org_role>(rbac::all_in(Resource::assign_org_role, organization.id))));
    CO_TRY(changed, co_await sql::update_custom_role(tx, may, row));
    if (changed == 0) co_return not_found();
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  audit_role(call, role.name, organization.id);
  co_return answer(role, organization.id);
}

Task<Result<http::NoContent>> remove(http::Call& call) {
  CO_TRY(organization, co_await find(call, call.path("organization")));
  const std::string name(call.path("roleName"));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::delete_, Resource::assign_org_role>(rbac::all_in(Resource::assign_org_role, organization.id))));
    CO_TRY(gone, co_await sql::delete_custom_role(tx, may, name));
    if (gone == 0) co_return not_found();
    CO_CHECK(co_await sql::unassign_everywhere(tx, may, name, call.now()));
    CO_CHECK(co_await sql::stop_defaulting(tx, may, name, call.now()));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  audit_role(call, name, organization.id);
  co_return http::NoContent{};
}

// What 2024's clients send for both: makes the role, or replaces the one of that name.
Task<Result<api::Role>> upsert(http::Call& call, api::CustomRoleRequest ask) {
  auto replaced = co_await replace(call, ask);
  if (replaced || replaced.error().code != Code::not_found) co_return replaced;
  co_return co_await create(call, std::move(ask));
}

}  // namespace

std::vector<api::Permission> permissions_of(const rbac::Permissions& list) {
  std::vector<api::Permission> out;
  for (const auto& one : list)
    out.push_back({.negate = one.negate, .resource_type = std::string(rbac::name_of(one.type)), .action = std::string(rbac::name_of(one.action))});
  return out;
}

void add_custom_role_routes(http::Routes& routes) {
  using http::Audit, http::Auth;
  const std::string roles = "/api/v2/organizations/{organization}/members/roles";
  routes.post<Auth::user, Audit::create>(roles, create);
  routes.put<Auth::user, Audit::write>(roles, replace);
  routes.patch<Auth::user, Audit::write>(roles, upsert);
  routes.del<Auth::user, Audit::delete_>(roles + "/{roleName}", remove);
}

}  // namespace slipway::organizations
