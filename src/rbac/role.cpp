#include "rbac/role.hpp"

#include <algorithm>
#include <array>

namespace slipway::rbac {
namespace {

template <class T>
void erase_repeats(std::vector<T>& list) {
  std::vector<T> kept;
  for (auto& item : list)
    if (std::ranges::find(kept, item) == kept.end()) kept.push_back(std::move(item));
  list = std::move(kept);
}

}  // namespace

RolePtr share(Role role) {
  for (auto* list : {&role.site, &role.user, &role.org, &role.member}) erase_repeats(*list);
  role.masks = {mask_of(role.site), mask_of(role.user), mask_of(role.org), mask_of(role.member)};
  return std::make_shared<const Role>(std::move(role));
}

std::string RoleName::str() const { return organization.is_nil() ? name : name + ":" + organization.str(); }
std::string HeldRole::str() const { return RoleName{role->name, organization}.str(); }

Result<RoleName> parse_role_name(std::string_view text) {
  if (text.empty()) return fail(Code::invalid, "role cannot be the empty string");
  auto colon = text.find(':');
  if (colon == std::string_view::npos) return RoleName{std::string(text)};
  auto rest = text.substr(colon + 1);
  if (rest.find(':') != std::string_view::npos) return fail(Code::invalid, "too many colons in role name");
  if (colon == 0) return fail(Code::invalid, "role cannot be the empty string");
  auto organization = OrganizationId::parse(rest);
  if (!organization) return fail(Code::invalid, "\"" + std::string(rest) + "\" not a valid uuid: want 36 characters in the form 8-4-4-4-12");
  return RoleName{std::string(text.substr(0, colon)), *organization};
}

namespace roles {
namespace {
constexpr std::array kSite{kOwner, kMember, kAuditor, kTemplateAdmin, kUserAdmin};
constexpr std::array kOrganization{kOrgAdmin, kOrgAuditor, kOrgUserAdmin, kOrgTemplateAdmin, kOrgWorkspaceCreationBan, kOrgWorkspaceAccess};
}  // namespace

bool is_site(std::string_view name) { return std::ranges::find(kSite, name) != kSite.end(); }
bool is_organization(std::string_view name) { return std::ranges::find(kOrganization, name) != kOrganization.end(); }
bool is_system(std::string_view name) { return name == kOrgMember || name == kOrgServiceAccount; }
bool is_reserved(std::string_view name) { return is_site(name) || is_organization(name) || is_system(name) || name == kRetired; }
}  // namespace roles

std::string_view name_of(Sharing mode) {
  constexpr std::array<std::string_view, 3> kNames{"everyone", "service_accounts", "none"};
  return kNames[static_cast<std::size_t>(mode)];
}

std::optional<Sharing> sharing_named(std::string_view name) {
  for (auto mode : {Sharing::everyone, Sharing::service_accounts, Sharing::none})
    if (name_of(mode) == name) return mode;
  return std::nullopt;
}

namespace {

RolePtr named(const std::vector<RolePtr>& list, std::string_view name) {
  auto found = std::ranges::find_if(list, [name](const RolePtr& role) { return role->name == name; });
  return found == list.end() ? nullptr : *found;
}

}  // namespace

RolePtr RoleBook::site(std::string_view name) const { return named(site_, name); }
RolePtr RoleBook::organization(std::string_view name) const { return named(organization_, name); }
RolePtr RoleBook::system(Sharing mode, bool service_account) const { return system_[static_cast<std::size_t>(mode) * 2 + (service_account ? 1 : 0)]; }

std::vector<HeldRole> expand(const RoleBook& book, const Grants& grants, const CustomRoles& custom) {
  std::vector<HeldRole> held;
  auto add = [&held](RolePtr role, OrganizationId organization) {
    auto same = [&](const HeldRole& other) { return other.role == role && other.organization == organization; };
    if (role && std::ranges::none_of(held, same)) held.push_back({std::move(role), organization});
  };
  auto find_custom = [&custom](OrganizationId organization, std::string_view name) -> RolePtr {
    return custom && !roles::is_reserved(name) ? custom(organization, name) : nullptr;
  };
  auto add_site = [&](std::string_view name) {
    auto role = book.site(name);
    add(role ? role : find_custom({}, name), {});
  };
  auto add_in = [&](OrganizationId organization, std::string_view name) {
    auto role = book.organization(name);
    add(role ? role : find_custom(organization, name), organization);
  };

  add_site(roles::kMember);
  for (const auto& name : grants.site) add_site(name);
  for (const auto& in : grants.organizations) {
    add(book.system(in.sharing, grants.service_account), in.organization);
    for (const auto& name : in.default_roles) add_in(in.organization, name);
    for (const auto& name : in.roles) add_in(in.organization, name);
  }
  return held;
}

Result<std::vector<HeldRole>> expand_built_in(const RoleBook& book, const std::vector<std::string>& names) {
  std::vector<HeldRole> held;
  for (const auto& text : names) {
    TRY(name, parse_role_name(text));
    auto role = name.organization.is_nil() ? book.site(name.name) : book.organization(name.name);
    if (!role) return fail_internal("role \"" + text + "\" not found");
    held.push_back({std::move(role), name.organization});
  }
  return held;
}

}  // namespace slipway::rbac
