// Roles: named lists of permissions at four levels, and a subject's hold on one.
// A role is immutable once shared; built-in roles are made once per set of deployment switches (RoleBook).
#pragma once

#include "base/ids.hpp"
#include "base/result.hpp"
#include "rbac/permission.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::rbac {

// `org` and `member` speak about the one organization the role is held in (HeldRole::organization).
struct Role {
  std::string name;
  std::string display_name;  // empty: never shown
  Permissions site;          // every object of the deployment
  Permissions user;          // objects of the subject that belong to no organization
  Permissions org;           // every object of the organization
  Permissions member;        // the subject's own objects inside the organization
  struct Masks {
    LevelMask site, user, org, member;
  } masks = {};  // filled by share()
};
using RolePtr = std::shared_ptr<const Role>;

// Compiles and freezes a role.
RolePtr share(Role role);

// A role as a subject has it. The organization makes the subject a member there, whatever the role permits.
struct HeldRole {
  RolePtr role;
  OrganizationId organization = {};  // nil: held deployment-wide

  // "owner", "organization-admin:<uuid>".
  std::string str() const;
};

// "<name>" or "<name>:<organization uuid>", as text.
struct RoleName {
  std::string name;
  OrganizationId organization = {};

  std::string str() const;
  auto operator<=>(const RoleName&) const = default;
};
// Errors: `too many colons in role name`, `role cannot be the empty string`, `"x" not a valid uuid: ...`.
Result<RoleName> parse_role_name(std::string_view text);

namespace roles {
inline constexpr std::string_view kOwner = "owner";
inline constexpr std::string_view kMember = "member";
inline constexpr std::string_view kAuditor = "auditor";
inline constexpr std::string_view kTemplateAdmin = "template-admin";
inline constexpr std::string_view kUserAdmin = "user-admin";
inline constexpr std::string_view kOrgAdmin = "organization-admin";
inline constexpr std::string_view kOrgAuditor = "organization-auditor";
inline constexpr std::string_view kOrgUserAdmin = "organization-user-admin";
inline constexpr std::string_view kOrgTemplateAdmin = "organization-template-admin";
inline constexpr std::string_view kOrgWorkspaceCreationBan = "organization-workspace-creation-ban";
inline constexpr std::string_view kOrgWorkspaceAccess = "organization-workspace-access";
inline constexpr std::string_view kOrgMember = "organization-member";
inline constexpr std::string_view kOrgServiceAccount = "organization-service-account";
inline constexpr std::string_view kRetired = "agents-access";

bool is_site(std::string_view name);          // the five
bool is_organization(std::string_view name);  // the six fixed in code
bool is_system(std::string_view name);        // the two regenerated rows
bool is_reserved(std::string_view name);      // all of these and the retired name: no custom role may be called so
}  // namespace roles

// An organization's setting `shareable_workspace_owners`.
enum class Sharing { everyone, service_accounts, none };
std::string_view name_of(Sharing mode);
std::optional<Sharing> sharing_named(std::string_view name);

// Deployment switches that reshape roles.
struct Switches {
  bool no_owner_workspace_exec = false;
  bool no_workspace_sharing = false;
  bool no_chat_sharing = false;

  bool operator==(const Switches&) const = default;
};

// All roles fixed in code, under one set of switches. Immutable: made once, shared by every thread.
class RoleBook {
 public:
  explicit RoleBook(Switches switches = {});

  const Switches& switches() const { return switches_; }
  // The five of the site; null when the name is none of them.
  RolePtr site(std::string_view name) const;
  // The six of an organization; null when the name is none of them.
  RolePtr organization(std::string_view name) const;
  // organization-member, or organization-service-account: what the system row of such an organization holds.
  RolePtr system(Sharing mode, bool service_account) const;

  // In the order in which role_tables.cpp lists them.
  const std::vector<RolePtr>& site_roles() const { return site_; }
  const std::vector<RolePtr>& organization_roles() const { return organization_; }

 private:
  Switches switches_;
  std::vector<RolePtr> site_;
  std::vector<RolePtr> organization_;
  std::vector<RolePtr> system_;
};

// What is stored about one user, before expansion.
struct Membership {
  OrganizationId organization;
  Sharing sharing = Sharing::everyone;
  std::vector<std::string> default_roles;  // the organization's default_org_member_roles
  std::vector<std::string> roles;          // the member's own, without suffix
};
struct Grants {
  std::vector<std::string> site;  // without the implicit `member`
  std::vector<Membership> organizations;
  bool service_account = false;
};
// Finds a stored custom role by organization (nil: a site role) and name; null when there is none.
using CustomRoles = std::function<RolePtr(OrganizationId, std::string_view)>;

// Adds the implicit roles and resolves names. Retired, deleted and unknown names grant nothing and are no error.
std::vector<HeldRole> expand(const RoleBook& book, const Grants& grants, const CustomRoles& custom = {});
// For lists that may hold built-in roles only. Errors: internal, `role "x" not found`; the text errors of parse_role_name.
Result<std::vector<HeldRole>> expand_built_in(const RoleBook& book, const std::vector<std::string>& names);

}  // namespace slipway::rbac
