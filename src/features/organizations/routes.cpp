#include "http/routes.hpp"
#include "features/organizations/members.hpp"
#include "features/organizations/objects.hpp"
#include "features/organizations/organizations.hpp"
#include "features/users/users.hpp"

namespace slipway::organizations {

namespace {

std::vector<api::Organization> to_wire(const std::vector<sql::Organization>& rows) {
  std::vector<api::Organization> out;
  for (const auto& row : rows) out.push_back(organizations::to_wire(row));
  return out;
}

Task<Result<std::vector<api::Organization>>> list(http::Call& call) {
  CO_TRY(rows, co_await sql::list(call.store()));
  co_return to_wire(rows);
}

Task<Result<api::Organization>> show(http::Call& call) {
  CO_TRY(row, co_await find(call, call.path("organization")));
  co_return organizations::to_wire(row);
}

Task<Result<std::vector<api::Organization>>> of_user(http::Call& call) {
  CO_TRY(user, co_await users::find(call, call.path("user")));
  CO_TRY(rows, co_await sql::list_of_user(call.store(), user.id));
  co_return to_wire(rows);
}

Task<Result<api::Organization>> of_user_by_name(http::Call& call) {
  CO_TRY(user, co_await users::find(call, call.path("user")));
  CO_TRY(rows, co_await sql::list_of_user(call.store(), user.id));
  const auto name = call.path("organizationname");
  const auto found =
      std::ranges::find_if(rows, [&](const auto& row) { return row.name == name || row.id.str() == name || (row.is_default && name == "default"); });
  if (found == rows.end()) co_return not_found();
  co_return organizations::to_wire(*found);
}

}  // namespace

Task<Result<sql::Organization>> find(http::Call& call, std::string_view name) {
  std::optional<sql::Organization> row;
  if (name == "default") {
    CO_TRY(found, co_await sql::default_one(call.store()));
    row = std::move(found);
  } else if (const auto id = OrganizationId::parse(name)) {
    CO_TRY(found, co_await sql::by_id(call.store(), *id));
    row = std::move(found);
  } else {
    CO_TRY(found, co_await sql::by_name(call.store(), std::string(name)));
    row = std::move(found);
  }
  if (!row) co_return not_found();
  co_return std::move(*row);
}

api::Organization to_wire(const sql::Organization& row) {
  api::Organization out;
  out.id = row.id.uuid;
  out.name = row.name;
  out.display_name = row.display_name;
  out.description = row.description;
  out.icon = row.icon;
  out.is_default = row.is_default;
  out.default_org_member_roles = row.default_org_member_roles;
  out.created_at = row.created_at;
  out.updated_at = row.updated_at;
  return out;
}

void add_routes(http::Routes& routes, const rbac::RoleBook& book) {
  using http::Audit, http::Auth, http::Rate;
  routes.get<Auth::user, Audit::none>("/api/v2/organizations", list);
  routes.get<Auth::user, Audit::none>("/api/v2/organizations/{organization}", show);
  add_setting_routes(routes, book);
  add_member_routes(routes, book);
  add_custom_role_routes(routes);
  routes.get<Auth::user, Audit::none>("/api/v2/users/{user}/organizations", of_user);
  routes.get<Auth::user, Audit::none>("/api/v2/users/{user}/organizations/{organizationname}", of_user_by_name);
}

}  // namespace slipway::organizations
