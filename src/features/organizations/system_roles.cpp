#include "features/organizations/system_roles.hpp"

#include "api/gen/roles.hpp"
#include "features/organizations/members.hpp"
#include "features/organizations/organizations.hpp"
#include "store/db.hpp"

#include <set>

namespace slipway::organizations {

namespace {

using Set = std::set<std::tuple<bool, std::string, std::string>>;

Set set_of(const std::vector<api::Permission>& list) {
  Set out;
  for (const auto& one : list) out.emplace(one.negate, one.resource_type, one.action);
  return out;
}

bool same(const pg::Json& stored, const std::vector<api::Permission>& wanted) {
  const auto list = api::from_json<std::vector<api::Permission>>(stored.text);
  return list && set_of(*list) == set_of(wanted);
}

}  // namespace

std::vector<SystemRow> outdated(const rbac::RoleBook& book, OrganizationId organization, rbac::Sharing mode,
                                const std::vector<sql::SystemRole>& stored) {
  std::vector<SystemRow> out;
  for (const bool service_account : {false, true}) {
    const auto role = book.system(mode, service_account);
    const auto org = permissions_of(role->org), member = permissions_of(role->member);
    const auto current = std::ranges::find_if(stored, [&](const auto& row) {
      return row.organization_id == organization && row.name == role->name && same(row.org_permissions, org) && same(row.member_permissions, member);
    });
    if (current == stored.end()) out.push_back({organization, role->name, api::to_json(org), api::to_json(member)});
  }
  return out;
}

Task<Result<void>> save_system_roles(store::Tx& tx, const MayShape& may, const rbac::RoleBook& book, rbac::Sharing mode) {
  CO_TRY(stored, co_await sql::system_roles(tx, may));
  for (const auto& row : outdated(book, may.organization(), mode, stored)) {
    const pg::Json org{row.org_permissions}, member{row.member_permissions};
    CO_CHECK(co_await sql::save_system_role(tx, may, row.name, org, member, tx.now()));
  }
  co_return Result<void>();
}

Task<Result<std::int64_t>> write_system_roles(http::Home& home, const rbac::RoleBook& book) {
  auto duty = home.db.duty<rbac::Duty::role_keeper>();
  auto body = [&](store::DutyTx<rbac::Duty::role_keeper>& tx) -> Task<Result<std::int64_t>> {
    CO_CHECK(co_await sql::lock_system_roles(tx));
    CO_TRY(organizations, co_await sql::modes(tx));
    CO_TRY(stored, co_await sql::all_system_roles(tx));
    std::int64_t written = 0;
    for (const auto& organization : organizations) {
      const auto mode = rbac::sharing_named(organization.shareable_workspace_owners).value_or(rbac::Sharing::none);
      for (const auto& row : outdated(book, organization.id, mode, stored)) {
        const sql::WriteSystemRoleArgs args{.organization_id = row.organization,
                                            .name = row.name,
                                            .org_permissions = {row.org_permissions},
                                            .member_permissions = {row.member_permissions},
                                            .now = tx.now()};
        CO_CHECK(co_await sql::write_system_role(tx, args));
        ++written;
      }
    }
    co_return written;
  };
  co_return co_await duty.tx(body);
}

}  // namespace slipway::organizations
