#include "rbac/filter.hpp"

#include <algorithm>

namespace slipway::rbac {
namespace {

// Where one level formula lets rows pass: everywhere, in some organizations, or owned rows.
struct Reach {
  bool everything = false;
  bool owned_outside = false;            // owned, and no organization
  std::vector<OrganizationId> all_in;    // every row of these; sorted
  std::vector<OrganizationId> owned_in;  // owned rows of these, beyond all_in; sorted
};

Reach reach_of(const Subject& subject, const Subject::Levels& levels, unsigned pair) {
  Reach reach;
  auto site = levels.site.vote(pair);
  reach.everything = site > 0;
  if (site != 0) return reach;
  reach.owned_outside = levels.user.vote(pair) > 0;
  for (std::size_t slot = 0; slot < levels.by_slot.size(); ++slot) {
    auto org = levels.by_slot[slot].org.vote(pair);
    auto organization = subject.organizations()[slot];
    if (org > 0) reach.all_in.push_back(organization);
    if (org == 0 && levels.by_slot[slot].member.vote(pair) > 0) reach.owned_in.push_back(organization);
  }
  return reach;
}

using Organizations = std::vector<OrganizationId>;

Organizations both(std::span<const OrganizationId> a, std::span<const OrganizationId> b) {
  Organizations out;
  std::ranges::set_intersection(a, b, std::back_inserter(out));
  return out;
}

Organizations either(Organizations a, const Organizations& b) {
  Organizations out;
  std::ranges::set_union(a, b, std::back_inserter(out));
  return out;
}

// (roles or ACL) and scope, multiplied out. Published scopes are `everything` or nothing, so mostly this copies.
void combine(ReadFilter& out, const Subject& subject, const Reach& roles, const Reach& scope, bool use_acl) {
  std::span<const OrganizationId> mine = subject.organizations();
  if (scope.everything) {
    out.everything = roles.everything;
    if (roles.everything) return;
    out.organizations = roles.all_in;
    out.owner_organizations = roles.owned_in;
    if (roles.owned_outside) out.owner = subject.id();
    if (use_acl) out.acl_organizations.assign(mine.begin(), mine.end());
    return;
  }
  if (roles.everything) {
    out.organizations = scope.all_in;
    out.owner_organizations = scope.owned_in;
    if (scope.owned_outside) out.owner = subject.id();
    return;
  }
  out.organizations = both(roles.all_in, scope.all_in);
  out.owner_organizations =
      either(either(both(roles.all_in, scope.owned_in), both(roles.owned_in, scope.all_in)), both(roles.owned_in, scope.owned_in));
  if (roles.owned_outside && scope.owned_outside) out.owner = subject.id();
  if (!use_acl) return;
  out.acl_organizations = both(mine, scope.all_in);
  out.owner_acl_organizations = both(mine, scope.owned_in);
}

// The ids a narrowed allow list leaves for a type.
std::optional<std::vector<Uuid>> ids_allowed(const Subject& subject, Resource type) {
  if (subject.allow_list_covers_all(type)) return std::nullopt;
  std::vector<Uuid> ids;
  for (const auto& entry : subject.scope().allow_list.entries())
    if (entry.id && !entry.id->is_nil() && (entry.type == type || entry.type == Resource::any)) ids.push_back(*entry.id);
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  return ids;
}

bool contains(const Organizations& list, OrganizationId organization) { return std::ranges::binary_search(list, organization); }

bool acl_lists(const ReadFilter& filter, const Object& object) {
  auto group_holds = [&](const AclEntry& entry) {
    if (!entry.actions.grants(filter.action)) return false;
    return entry.who == object.organization.uuid || std::ranges::find(filter.acl_groups, GroupId{entry.who}) != filter.acl_groups.end();
  };
  if (object.read_by_own_group && group_holds({object.id, Action::read})) return true;
  return std::ranges::any_of(object.group_acl, group_holds) || std::ranges::any_of(object.user_acl, [&](const AclEntry& entry) {
           return filter.acl_user && entry.who == filter.acl_user->uuid && entry.actions.grants(filter.action);
         });
}

}  // namespace

ReadFilter filter(const Subject& subject, Action action, Resource type, bool use_acl) {
  ReadFilter out{.subject = subject.id(), .action = action};
  out.allowed_ids = ids_allowed(subject, type);
  if (valid(type, action) && !(out.allowed_ids && out.allowed_ids->empty())) {
    auto pair = pair_number(type, action);
    combine(out, subject, reach_of(subject, subject.role_levels(), pair), reach_of(subject, subject.scope_levels(), pair), use_acl);
  }
  if (subject.id().is_nil()) {  // no row is owned by nobody
    out.owner.reset();
    out.owner_organizations.clear();
    out.owner_acl_organizations.clear();
  }
  bool acl = !out.acl_organizations.empty() || !out.owner_acl_organizations.empty();
  if (acl) {
    out.acl_user = subject.id();
    out.acl_groups.assign(subject.groups().begin(), subject.groups().end());
  }
  out.nothing = !out.everything && !acl && out.organizations.empty() && !out.owner && out.owner_organizations.empty();
  if (out.nothing) out.allowed_ids.reset();
  return out;
}

bool passes(const ReadFilter& filter, const Object& object) {
  if (filter.nothing) return false;
  if (filter.allowed_ids && !std::ranges::binary_search(*filter.allowed_ids, object.id)) return false;
  if (filter.everything) return true;
  bool owned = !object.owner.is_nil() && object.owner == filter.subject;
  auto organization = object.organization;
  if (organization.is_nil()) return owned && filter.owner.has_value();
  if (contains(filter.organizations, organization)) return true;
  if (owned && contains(filter.owner_organizations, organization)) return true;
  bool by_acl = contains(filter.acl_organizations, organization) || (owned && contains(filter.owner_acl_organizations, organization));
  return by_acl && acl_lists(filter, object);
}

}  // namespace slipway::rbac
