// Roles that an organization makes itself.
#include "api/gen/roles.hpp"
#include "features/organizations/members.hpp"
#include "features/organizations/objects.hpp"
#include "features/organizations/organizations.hpp"
#include "rbac/assign.hpp"
#include "store/store.hpp"

namespace slipway::organizations {

namespace {

using rbac::Action, rbac::Resource;

// A role as it arrives. Names of types and actions are texts: what is none has an answer of its own.
struct PermissionText {
  bool negate = false;
  std::string resource_type, action;
};
struct RoleAsk {
  std::string name, display_name;
  std::vector<PermissionText> site_permissions, user_permissions, organization_permissions, organization_member_permissions;
};

void read(api::json::Reader& in, const api::json::Value& from, PermissionText& to) {
  if (!in.is_object(from)) return;
  in.field(from, "negate", to.negate);
  in.field(from, "resource_type", to.resource_type);
  in.field(from, "action", to.action);
}

void read(api::json::Reader& in, const api::json::Value& from, RoleAsk& to) {
  if (!in.is_object(from)) return;
  in.field(from, "name", to.name);
  in.field(from, "display_name", to.display_name);
  in.field(from, "site_permissions", to.site_permissions);
  in.field(from, "user_permissions", to.user_permissions);
  in.field(from, "organization_permissions", to.organization_permissions);
  in.field(from, "organization_member_permissions", to.organization_member_permissions);
}

std::vector<rbac::PermissionAsk> asked(const std::vector<PermissionText>& list) {
  std::vector<rbac::PermissionAsk> out;
  for (const auto& one : list) out.push_back({.negate = one.negate, .type = one.resource_type, .action = one.action});
  return out;
}

Result<rbac::Role> checked(http::Call& call, OrganizationId organization, const RoleAsk& ask) {
  const auto site = asked(ask.site_permissions), user = asked(ask.user_permissions), org = asked(ask.organization_permissions),
             member = asked(ask.organization_member_permissions);
  return rbac::check_custom_role(
      *call.actor().subject,
      {.organization = organization, .name = ask.name, .display_name = ask.display_name, .site = site, .user = user, .org = org, .member = member});
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

sql::CustomRolesRow stored(const rbac::Role& role) {
  return {.name = role.name,
          .display_name = role.display_name,
          .org_permissions = {api::to_json(permissions_of(role.org))},
          .member_permissions = {api::to_json(permissions_of(role.member))}};
}

// The stored role of that name, which nobody else changes meanwhile. Errors: not_found.
using MayChange = store::OneOf<store::Permit<Action::update, Resource::assign_org_role>, store::Permit<Action::delete_, Resource::assign_org_role>>;
Task<Result<sql::CustomRolesRow>> by_name(store::Tx& tx, const MayChange& may, const std::string& name) {
  CO_TRY(rows, co_await sql::lock_custom_roles(tx, may));
  const auto found = std::ranges::find(rows, name, &sql::CustomRolesRow::name);
  if (found == rows.end()) co_return not_found();
  co_return std::move(*found);
}

void about(http::Call& call, const std::string& name, OrganizationId organization) {
  call.audited(http::audit_about({.type = "custom_role", .target = name, .organization = organization}));
}

Task<Result<api::Role>> create(http::Call& call, RoleAsk ask) {
  CO_TRY(organization, co_await find(call, call.path("organization")));
  about(call, ask.name, organization.id);
  CO_TRY(role, checked(call, organization.id, ask));
  const auto made = stored(role);
  const sql::InsertCustomRoleArgs row{.name = made.name,
                                      .display_name = made.display_name,
                                      .org_permissions = made.org_permissions,
                                      .member_permissions = made.member_permissions,
                                      .now = call.now()};
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::create, Resource::assign_org_role>(rbac::all_in(Resource::assign_org_role, organization.id))));
    CO_CHECK(co_await sql::insert_custom_role(tx, may, row));
    tx.trace(http::audit_new(sql::audit_of(made, organization.id)));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return answer(role, organization.id);
}

Task<Result<api::Role>> replace(http::Call& call, RoleAsk ask) {
  CO_TRY(organization, co_await find(call, call.path("organization")));
  about(call, ask.name, organization.id);
  CO_TRY(role, checked(call, organization.id, ask));
  const auto after = stored(role);
  const sql::UpdateCustomRoleArgs row{.display_name = after.display_name,
                                      .org_permissions = after.org_permissions,
                                      .member_permissions = after.member_permissions,
                                      .now = call.now(),
                                      .name = after.name};
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::assign_org_role>(rbac::all_in(Resource::assign_org_role, organization.id))));
    CO_TRY(before, co_await by_name(tx, may, role.name));
    CO_CHECK(co_await sql::update_custom_role(tx, may, row));
    tx.trace(http::audit_change(sql::audit_of(before, organization.id), sql::audit_of(after, organization.id)));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return answer(role, organization.id);
}

Task<Result<http::NoContent>> remove(http::Call& call) {
  CO_TRY(organization, co_await find(call, call.path("organization")));
  const std::string name(call.path("roleName"));
  about(call, name, organization.id);
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::delete_, Resource::assign_org_role>(rbac::all_in(Resource::assign_org_role, organization.id))));
    CO_TRY(before, co_await by_name(tx, may, name));
    CO_CHECK(co_await sql::delete_custom_role(tx, may, name));
    CO_CHECK(co_await sql::unassign_everywhere(tx, may, name, call.now()));
    CO_CHECK(co_await sql::stop_defaulting(tx, may, name, call.now()));
    tx.trace(http::audit_end(sql::audit_of(before, organization.id)));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::NoContent{};
}

// What 2024's clients send for both: makes the role, or replaces the one of that name.
Task<Result<api::Role>> upsert(http::Call& call, RoleAsk ask) {
  auto replaced = co_await replace(call, ask);
  if (replaced || replaced.error().code != Code::not_found) co_return replaced;
  co_return co_await create(call, std::move(ask));
}

}  // namespace

Result<rbac::Role> custom_role_asked(http::Call& call, OrganizationId organization, std::string_view json) {
  TRY(ask, api::from_json<RoleAsk>(json));
  return checked(call, organization, ask);
}

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
