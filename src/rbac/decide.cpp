#include "rbac/decide.hpp"

#include <algorithm>

namespace slipway::rbac {
namespace {

// Where an object stands to the subject.
struct Place {
  bool owned;       // it has an owner, and that is the subject
  bool deployment;  // no organization
  bool any_org;
  std::uint64_t slot;  // of its organization among the subject's, or kAbsent
};

int org_vote(const Subject::Levels& levels, const Place& at, unsigned pair) {
  if (at.any_org) return levels.any_org.vote(pair);
  return at.slot < levels.by_slot.size() ? levels.by_slot[at.slot].org.vote(pair) : 0;
}

int member_vote(const Subject::Levels& levels, const Place& at, unsigned pair) {
  if (!at.owned) return 0;
  if (at.any_org) return levels.any_member.vote(pair);
  return at.slot < levels.by_slot.size() ? levels.by_slot[at.slot].member.vote(pair) : 0;
}

// Votes and levels (docs/guide/authorization.md), for a numbered pair.
bool allows(const Subject::Levels& levels, const Place& at, unsigned pair) {
  auto site = levels.site.vote(pair);
  if (site != 0) return site > 0;
  if (at.owned && at.deployment && levels.user.vote(pair) > 0) return true;
  auto org = org_vote(levels, at, pair);
  return org > 0 || (org == 0 && member_vote(levels, at, pair) > 0);
}

// A pair without a number - an action the type lacks, a name we do not know - goes through the permissions themselves.
struct Tally {
  bool allow = false;
  bool deny = false;

  void take(std::span<const Permission> permissions, Resource type, Action action) {
    for (const auto& p : permissions)
      if (matches(p, type, action)) (p.negate ? deny : allow) = true;
  }
  int vote() const { return deny ? -1 : (allow ? 1 : 0); }
};

struct Unnumbered {
  const Subject& subject;
  Resource type;
  Action action;
  const Object& object;
  bool owned;

  // Calls f(OrganizationId) with each organization the question is about and the subject is a member of.
  template <class F>
  int highest(F&& vote_in) const {
    if (!object.any_org) return subject.is_member(object.organization) ? vote_in(object.organization) : 0;
    auto all = subject.organizations();
    if (all.empty()) return 0;
    int best = -1;
    for (auto organization : all) best = std::max(best, vote_in(organization));
    return best;
  }

  bool verdict(int site, int user, int org, int member) const {
    if (site != 0) return site > 0;
    bool deployment = object.organization.is_nil() && !object.any_org;
    if (owned && deployment && user > 0) return true;
    return org > 0 || (org == 0 && owned && member > 0);
  }

  bool roles_allow() const {
    Tally site, user;
    for (const auto& held : subject.roles()) {
      site.take(held.role->site, type, action);
      user.take(held.role->user, type, action);
    }
    auto pooled = [&](Permissions Role::* level) {
      return highest([&](OrganizationId organization) {
        Tally tally;
        for (const auto& held : subject.roles())
          if (held.organization == organization) tally.take((*held.role).*level, type, action);
        return tally.vote();
      });
    };
    return verdict(site.vote(), user.vote(), pooled(&Role::org), pooled(&Role::member));
  }

  bool scope_allows() const {
    const auto& scope = subject.scope();
    Tally site, user;
    site.take(scope.site, type, action);
    user.take(scope.user, type, action);
    auto of = [&](Permissions OrgPermissions::* level) {
      return highest([&](OrganizationId organization) {
        auto found = scope.by_org.find(organization);
        Tally tally;
        if (found != scope.by_org.end()) tally.take(found->second.*level, type, action);
        return tally.vote();
      });
    };
    return verdict(site.vote(), user.vote(), of(&OrgPermissions::org), of(&OrgPermissions::member));
  }
};

// A list may have a hundred entries and a subject a hundred groups: nearly every entry is passed over by the probe alone, eight
// at a time.
bool group_acl_allows(const Subject& subject, Action action, std::span<const AclEntry> acl, Uuid everyone) {
  constexpr std::size_t kAtOnce = 8;
  const auto maybe_mine = subject.group_probe();
  for (std::size_t begin = 0; begin < acl.size(); begin += kAtOnce) {
    const auto some = acl.subspan(begin, std::min(kAtOnce, acl.size() - begin));
    std::uint8_t maybe = some.size() < kAtOnce;
    if (!maybe)
      for (std::size_t i = 0; i < kAtOnce; ++i) maybe |= maybe_mine(some[i].who);
    if (!maybe) continue;
    for (const auto& entry : some) {
      if (!maybe_mine(entry.who) || !entry.actions.grants(action)) continue;
      if ((entry.who == everyone && !everyone.is_nil()) || subject.in_group(entry.who)) return true;
    }
  }
  return false;
}

// The access list: membership, and an entry for the subject, one of its groups, or Everyone.
bool acl_allows(const Subject& subject, Action action, const Object& object) {
  if (object.user_acl.empty() && object.group_acl.empty() && !object.read_by_own_group) return false;
  const bool member = object.any_org ? !subject.organizations().empty() : subject.is_member(object.organization);
  if (!member) return false;
  const Uuid everyone = object.any_org ? Uuid{} : object.organization.uuid;
  if (object.read_by_own_group) {
    const AclEntry own{object.id, Action::read};
    if (group_acl_allows(subject, action, {&own, 1}, everyone)) return true;
  }
  for (const auto& entry : object.user_acl)
    if (entry.who == subject.id().uuid && entry.actions.grants(action)) return true;
  return group_acl_allows(subject, action, object.group_acl, everyone);
}

}  // namespace

bool decide(const Subject& subject, Action action, const Object& object) {
  bool deployment = object.organization.is_nil();
  if (object.any_org && !deployment) return false;
  if (!subject.allow_list_covers(object.type, object.id)) return false;
  bool owned = !object.owner.is_nil() && object.owner == subject.id();
  if (!valid(object.type, action)) {
    Unnumbered asked{subject, object.type, action, object, owned};
    return asked.scope_allows() && (asked.roles_allow() || acl_allows(subject, action, object));
  }
  auto pair = pair_number(object.type, action);
  auto slot = deployment ? IdTable::kAbsent : subject.organization_slot(object.organization);
  Place at{.owned = owned, .deployment = deployment && !object.any_org, .any_org = object.any_org, .slot = slot};
  return allows(subject.scope_levels(), at, pair) && (allows(subject.role_levels(), at, pair) || acl_allows(subject, action, object));
}

}  // namespace slipway::rbac
