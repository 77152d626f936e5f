#include "rbac/subject.hpp"

#include <algorithm>

namespace slipway::rbac {
namespace {

constexpr std::uint64_t kAnyTypeBit = std::uint64_t{1} << 63;

std::uint64_t type_bit(Resource type) { return type < Resource::any ? std::uint64_t{1} << static_cast<unsigned>(type) : 0; }

}  // namespace

Result<std::shared_ptr<const Subject>> Subject::make(SubjectParts parts) {
  if (!parts.roles) return fail_internal("subject must have roles");
  if (!parts.scope) return fail_internal("subject must have a scope");
  std::shared_ptr<Subject> made(new Subject());
  made->parts_ = std::move(parts);
  std::erase_if(made->parts_.groups, [](GroupId group) { return group.is_nil(); });
  made->compile_organizations();
  made->compile_roles();
  made->compile_scope();
  made->compile_allow_list();
  made->group_table_.reset(made->parts_.groups.size());
  for (auto group : made->parts_.groups) made->group_table_.at(group.uuid) = 1;
  for (auto organization : made->organizations_) made->group_table_.mark(organization.uuid);
  return made;
}

bool Subject::holds(std::string_view role, OrganizationId organization) const {
  return std::ranges::any_of(roles(), [&](const HeldRole& held) { return held.organization == organization && held.role->name == role; });
}

void Subject::compile_organizations() {
  for (const auto& held : roles())
    if (!held.organization.is_nil()) organizations_.push_back(held.organization);
  std::ranges::sort(organizations_);
  organizations_.erase(std::ranges::unique(organizations_).begin(), organizations_.end());
  organization_table_.reset(organizations_.size());
  for (std::size_t i = 0; i < organizations_.size(); ++i) organization_table_.at(organizations_[i].uuid) = i;
}

void Subject::compile_roles() {
  roles_.by_slot.resize(organizations_.size());
  for (const auto& held : roles()) {
    const auto& masks = held.role->masks;
    roles_.site |= masks.site;
    roles_.user |= masks.user;
    auto slot = organization_slot(held.organization);
    if (slot == IdTable::kAbsent) continue;
    roles_.by_slot[slot].org |= masks.org;
    roles_.by_slot[slot].member |= masks.member;
  }
  compile_any(roles_);
}

void Subject::compile_scope() {
  scope_.site = mask_of(scope().site);
  scope_.user = mask_of(scope().user);
  if (scope().by_org.empty()) return;
  scope_.by_slot.resize(organizations_.size());
  for (const auto& [organization, permissions] : scope().by_org) {
    auto slot = organization_slot(organization);
    if (slot == IdTable::kAbsent) continue;  // a scope never adds membership
    scope_.by_slot[slot] = {mask_of(permissions.org), mask_of(permissions.member)};
  }
  compile_any(scope_);
}

// The highest vote over all organizations: +1 where any allows undenied, -1 where every one denies.
void Subject::compile_any(Levels& levels) {
  if (levels.by_slot.empty()) return;
  auto fold = [&levels](LevelMask OrgMasks::* level) {
    LevelMask any{.allow = {}, .deny = (levels.by_slot.front().*level).deny};
    for (const auto& masks : levels.by_slot) {
      const auto& mask = masks.*level;
      any.allow |= mask.allow.without(mask.deny);
      any.deny &= mask.deny;
    }
    return any;
  };
  levels.any_org = fold(&OrgMasks::org);
  levels.any_member = fold(&OrgMasks::member);
}

void Subject::compile_allow_list() {
  const auto& entries = scope().allow_list.entries();
  allow_ids_.reset(entries.size());
  for (const auto& entry : entries) {
    if (entry.id)
      allow_ids_.at(*entry.id) |= entry.type == Resource::any ? kAnyTypeBit : type_bit(entry.type);
    else if (entry.type == Resource::any)
      allow_everything_ = true;
    else
      allow_types_ |= type_bit(entry.type);
  }
}

bool Subject::allow_list_covers_all(Resource type) const { return allow_everything_ || (allow_types_ & type_bit(type)) != 0; }

bool Subject::allow_list_covers(Resource type, Uuid id) const {
  if (allow_list_covers_all(type)) return true;
  auto types = allow_ids_.find(id);
  return types != IdTable::kAbsent && (types & (kAnyTypeBit | type_bit(type))) != 0;
}

}  // namespace slipway::rbac
