// The rows of organization-member and organization-service-account. The code decides by its own tables
// and the organization's setting; the rows say the same to whoever reads the database (decision 0014).
#pragma once

#include "features/organizations/gen/organizations_sql.hpp"
#include "rbac/role.hpp"
#include "store/store.hpp"

namespace slipway::organizations {

// A system row as it should be.
struct SystemRow {
  OrganizationId organization;
  std::string name, org_permissions, member_permissions;  // JSON
};
// Which rows differ, as sets of permissions, from what the book says for an organization with that setting. Pure.
std::vector<SystemRow> outdated(const rbac::RoleBook& book, OrganizationId organization, rbac::Sharing mode,
                                const std::vector<sql::SystemRole>& stored);

// In the transaction that makes an organization or changes its setting.
using MayShape = store::OneOf<store::Permit<rbac::Action::create, rbac::Resource::organization>,
                              store::Permit<rbac::Action::update, rbac::Resource::organization>>;
Task<Result<void>> save_system_roles(store::Tx& tx, const MayShape& may, const rbac::RoleBook& book, rbac::Sharing mode);

}  // namespace slipway::organizations
