// Handing out roles: who may assign which, and the rules of custom organization roles.
#pragma once

#include "base/result.hpp"
#include "rbac/subject.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::rbac {

// The table alone: may any role of the actor hand out this one? `custom`: the target is a stored custom role.
bool may_assign(const Subject& actor, const RoleName& target, bool custom);
// The same of every name of a stored list; one that is no built-in name is a custom role's, whether or not that is still there.
bool may_assign_all(const Subject& actor, std::span<const std::string> stored, OrganizationId organization);
// Whether the actor may bring people into an organization that gives each of its members these roles: what gives a say over anything
// but one's own is given by who may assign it, by whatever way.
bool may_bring_into(const Subject& actor, std::span<const std::string> given, OrganizationId organization);

// Setting a role list, site-wide or in one organization. Names are stored names, without suffix or with this organization's.
struct RoleListChange {
  OrganizationId organization = {};  // nil: site roles
  std::span<const std::string> before;
  std::span<const std::string> after;
};
// Whether a custom role of that name exists in that organization (nil: on the site).
using CustomRoleExists = std::function<bool(OrganizationId, std::string_view)>;
// Both gates for what was added and what was removed; an unchanged list needs neither. Returns the names to store.
// Errors: 400 with what is wrong; 403 without the permission on assign_role / assign_org_role.
Result<std::vector<std::string>> check_role_list(const Subject& actor, const RoleListChange& change, const CustomRoleExists& custom);

// A custom role as it arrives, names still unchecked.
struct PermissionAsk {
  bool negate = false;
  std::string_view type;
  std::string_view action;
};
struct CustomRoleAsk {
  OrganizationId organization;
  std::string_view name;
  std::string_view display_name;
  std::span<const PermissionAsk> site, user, org, member;
};
// All rules for custom roles but the author's right on assign_org_role, which the data layer asks for. The permissions come back
// as sets, in order of first occurrence. Errors: 400 with the rule that it breaks.
Result<Role> check_custom_role(const Subject& author, const CustomRoleAsk& ask);
// `Reserved role name`; not asked when deleting a role whose name was retired after it was made.
Result<void> check_role_name_free(std::string_view name);

}  // namespace slipway::rbac
