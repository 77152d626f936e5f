// Who acts, compiled for deciding: masks of pairs per level, one table of organizations, one of groups, the scope likewise
// (docs/guide/authorization.md). Immutable, shared between threads; made in well under 50 us.
#pragma once

#include "base/ids.hpp"
#include "base/result.hpp"
#include "rbac/id_table.hpp"
#include "rbac/permission.hpp"
#include "rbac/role.hpp"
#include "rbac/scope.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace slipway::rbac {

struct SubjectParts {
  UserId id;
  std::optional<std::vector<HeldRole>> roles = {};  // may be empty, never absent
  std::vector<GroupId> groups = {};                 // of all organizations
  ScopePtr scope = {};
  std::string label = {};  // for logs and traces; never decides
};

class Subject {
 public:
  // Errors, both internal: `subject must have roles`, `subject must have a scope`.
  static Result<std::shared_ptr<const Subject>> make(SubjectParts parts);

  UserId id() const { return parts_.id; }
  const std::string& label() const { return parts_.label; }
  std::span<const HeldRole> roles() const { return *parts_.roles; }
  std::span<const GroupId> groups() const { return parts_.groups; }
  const Scope& scope() const { return *parts_.scope; }
  // Membership follows from the roles held; sorted.
  std::span<const OrganizationId> organizations() const { return organizations_; }
  bool is_member(OrganizationId organization) const { return organization_slot(organization) != IdTable::kAbsent; }
  bool in_group(Uuid group) const { return group_table_.holds(group); }
  // For walking an access list: false is certain for groups and for Everyone of an organization; true is to be looked at closely.
  IdTable::Probe group_probe() const { return group_table_.probe(); }
  bool holds(std::string_view role, OrganizationId organization = {}) const;

  // The rest is for decide.cpp and filter.cpp.
  struct OrgMasks {
    LevelMask org, member;
  };
  struct Levels {
    LevelMask site, user;
    std::vector<OrgMasks> by_slot;  // beside organizations(); empty when no permission is that low
    LevelMask any_org, any_member;  // the highest vote over all organizations, for any_org questions
  };
  const Levels& role_levels() const { return roles_; }
  const Levels& scope_levels() const { return scope_; }
  std::uint64_t organization_slot(OrganizationId organization) const { return organization_table_.find(organization.uuid); }
  bool allow_list_covers(Resource type, Uuid id) const;
  // Every id, or every id of the type, is on the allow list.
  bool allow_list_covers_all(Resource type) const;

 private:
  Subject() = default;
  void compile_organizations();
  void compile_roles();
  void compile_scope();
  void compile_allow_list();
  static void compile_any(Levels& levels);

  SubjectParts parts_;
  std::vector<OrganizationId> organizations_;
  IdTable organization_table_;
  IdTable group_table_;
  Levels roles_;
  Levels scope_;
  bool allow_everything_ = false;
  std::uint64_t allow_types_ = 0;  // bit per type: `T:*`
  IdTable allow_ids_;              // id -> bit per type, bit 63 for `*:<id>`
};
using SubjectPtr = std::shared_ptr<const Subject>;

}  // namespace slipway::rbac
