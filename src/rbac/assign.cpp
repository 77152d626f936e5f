#include "rbac/assign.hpp"
#include "base/names.hpp"
#include "rbac/decide.hpp"
#include "rbac/duties.hpp"

#include <algorithm>

namespace slipway::rbac {
namespace {

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

bool one_of(std::string_view name, std::initializer_list<std::string_view> names) { return std::ranges::find(names, name) != names.end(); }

// One row of the table. An organization's role counts for targets of that organization only.
bool row_allows(const HeldRole& held, const Subject& actor, const RoleName& target, bool custom) {
  const auto& holder = held.role->name;
  if (held.organization.is_nil()) {
    bool of_organization = custom || roles::is_organization(target.name) || roles::is_system(target.name);
    if (holder == roles::kOwner) return of_organization || roles::is_site(target.name);
    if (holder == kSignInName && actor.id().is_nil()) return of_organization && !target.organization.is_nil();
    return holder == roles::kUserAdmin && !custom && one_of(target.name, {roles::kMember, roles::kOrgMember, roles::kOrgWorkspaceAccess});
  }
  if (held.organization != target.organization) return false;
  if (holder == roles::kOrgAdmin) return custom || roles::is_organization(target.name) || target.name == roles::kOrgMember;
  return holder == roles::kOrgUserAdmin && !custom && one_of(target.name, {roles::kOrgMember, roles::kOrgWorkspaceAccess});
}

std::vector<RoleName> beyond(const std::vector<RoleName>& list, const std::vector<RoleName>& other) {
  std::vector<RoleName> out;
  for (const auto& name : list)
    if (std::ranges::find(other, name) == other.end()) out.push_back(name);
  return out;
}

// Names of one list as full names, each once. Site and organization roles must not meet in it.
Result<std::vector<RoleName>> asked_names(const RoleListChange& change) {
  std::vector<RoleName> names;
  for (const auto& text : change.after) {
    TRY(name, parse_role_name(text));
    bool of_org = roles::is_organization(name.name) || roles::is_system(name.name) || !name.organization.is_nil();
    if (change.organization.is_nil() && of_org) return fail(Code::invalid, "Must only update site wide roles");
    if (!change.organization.is_nil() && roles::is_site(name.name)) return fail(Code::invalid, "Must only update org roles");
    if (!name.organization.is_nil() && name.organization != change.organization)
      return fail(Code::invalid, "attempted to assign role from a different org, role " + quoted(text) + " to " + quoted(change.organization.str()));
    name.organization = change.organization;
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

// What is stored may be stale in any way: a name that no longer reads is a name nobody holds.
std::vector<RoleName> stored_names(const RoleListChange& change) {
  std::vector<RoleName> names;
  for (const auto& text : change.before)
    if (auto name = parse_role_name(text)) names.push_back({name->name, change.organization});
  return names;
}

bool is_fixed(const RoleName& name) {
  return name.organization.is_nil() ? roles::is_site(name.name) : roles::is_organization(name.name) || roles::is_system(name.name);
}

Result<void> check_permission(const Subject& actor, Action action, OrganizationId organization) {
  auto object = organization.is_nil() ? all_of(Resource::assign_role) : all_in(Resource::assign_org_role, organization);
  if (!decide(actor, action, object)) return forbidden();
  return {};
}

Result<void> check_table(const Subject& actor, const std::vector<RoleName>& targets) {
  for (const auto& target : targets)
    if (!may_assign(actor, target, !is_fixed(target))) return fail(Code::invalid, "not authorized to assign role " + quoted(target.name));
  return {};
}

std::unexpected<Error> failed(OrganizationId organization, std::string detail) {
  return fail(Code::invalid, "Failed to update role permissions", "org=\"" + organization.str() + "\": " + detail);
}

// The rules on one permission, in the order their texts are wanted.
Result<Permission> checked(const Subject& author, OrganizationId organization, UserId owner, const PermissionAsk& ask) {
  bool wildcard = ask.type == "*" || ask.action == "*";
  Permission p{ask.negate, resource_named(ask.type), action_named(ask.action)};
  if (p.type == Resource::unknown) return failed(organization, "invalid resource type " + quoted(ask.type));
  if (!wildcard && !valid(p.type, p.action))
    return failed(organization, "invalid action " + quoted(ask.action) + " for resource " + quoted(ask.type));
  auto refused = [&](std::string_view why) {
    return failed(organization, "invalid permission for action=" + quoted(ask.action) + " type=" + quoted(ask.type) + ", " + std::string(why));
  };
  if (p.negate) return refused("no negative permissions");
  if (wildcard) return refused("no wildcard symbols");
  Object object{.type = p.type, .owner = owner, .organization = organization};
  if (!decide(author, p.action, object)) return refused("not allowed to grant this permission");
  return p;
}

}  // namespace

bool may_assign(const Subject& actor, const RoleName& target, bool custom) {
  return std::ranges::any_of(actor.roles(), [&](const HeldRole& held) { return row_allows(held, actor, target, custom); });
}

bool may_assign_all(const Subject& actor, std::span<const std::string> stored, OrganizationId organization) {
  return std::ranges::all_of(stored, [&](const std::string& text) {
    const RoleName name{text, organization};
    return may_assign(actor, name, !is_fixed(name));
  });
}

bool may_bring_into(const Subject& actor, std::span<const std::string> given, OrganizationId organization) {
  std::vector<std::string> beyond_own(given.begin(), given.end());
  std::erase_if(beyond_own, [](const std::string& name) { return one_of(name, {roles::kOrgWorkspaceAccess, roles::kOrgWorkspaceCreationBan}); });
  return may_assign_all(actor, beyond_own, organization);
}

Result<std::vector<std::string>> check_role_list(const Subject& actor, const RoleListChange& change, const CustomRoleExists& custom) {
  TRY(after, asked_names(change));
  auto before = stored_names(change);
  auto added = beyond(after, before);
  auto removed = beyond(before, after);
  auto exists = [&](const RoleName& name) {
    return is_fixed(name) || (!roles::is_reserved(name.name) && custom && custom(name.organization, name.name));
  };
  for (const auto& name : added)
    if (!exists(name)) return fail(Code::invalid, quoted(name.name) + " is not a supported role");
  if (!added.empty()) TRY_OK(check_permission(actor, Action::assign, change.organization));
  if (!removed.empty()) TRY_OK(check_permission(actor, Action::unassign, change.organization));
  std::erase_if(removed, [&](const RoleName& name) { return !exists(name); });  // a stale name grants nothing
  TRY_OK(check_table(actor, added));
  TRY_OK(check_table(actor, removed));
  std::vector<std::string> names;
  for (auto& name : after) names.push_back(std::move(name.name));
  return names;
}

Result<void> check_role_name_free(std::string_view name) {
  if (!roles::is_reserved(name)) return {};
  return fail(Code::invalid, "Reserved role name", quoted(name) + " is a reserved role name, and not allowed to be used");
}

Result<Role> check_custom_role(const Subject& author, const CustomRoleAsk& ask) {
  TRY_OK(check_role_name_free(ask.name));
  if (!names::is_name(ask.name))
    return fail(Code::invalid, "Invalid role name", "Use letters, digits and single dashes between them, at most 32 characters.");
  if (!ask.site.empty()) return fail(Code::invalid, "Invalid request, not allowed to assign site wide permissions for an organization role.");
  if (!ask.user.empty()) return fail(Code::invalid, "Invalid request, not allowed to assign user permissions for an organization role.");
  if (ask.organization.is_nil()) return failed(ask.organization, "invalid custom role, it must belong to one organization");
  Role role{.name = std::string(ask.name), .display_name = std::string(ask.display_name)};
  auto take = [&](std::span<const PermissionAsk> asked, UserId owner, Permissions& to) -> Result<void> {
    for (const auto& one : asked) {
      TRY(permission, checked(author, ask.organization, owner, one));
      if (std::ranges::find(to, permission) == to.end()) to.push_back(permission);
    }
    return {};
  };
  TRY_OK(take(ask.org, {}, role.org));
  TRY_OK(take(ask.member, author.id(), role.member));
  return role;
}

}  // namespace slipway::rbac
