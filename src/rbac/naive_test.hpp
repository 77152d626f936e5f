// A second evaluator for tests only: the formula of docs/guide/authorization.md word for word, on text and maps, slow on
// purpose. It shares nothing with the engine but the conversion of a subject and an object into text at the bottom.
#pragma once

#include "rbac/object.hpp"
#include "rbac/subject.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace slipway::rbac::naive {

struct Permission {
  bool negate = false;
  std::string type, action;
};
using List = std::vector<Permission>;
using Pool = std::vector<const Permission*>;  // the permissions of several roles together, none copied
struct OrgBlock {
  List org, member;
};
struct Role {
  List site, user;
  std::map<std::string, OrgBlock> by_org_id;
};
struct Subject {
  std::string id;
  std::vector<Role> roles;
  std::set<std::string> groups;
  std::vector<Role> scopes;          // exactly one
  std::set<std::string> member_of;   // memberships() of it
  std::set<std::string> allow_list;  // "type:id"
};
struct Object {
  std::string type, id, owner, org_owner;
  bool any_org = false;
  std::map<std::string, std::set<std::string>> acl_user_list, acl_group_list;
};

// A permission matches when its type equals the object's type or is *, and its action equals the requested or is *.
inline bool matches(const Permission& p, const std::string& type, const std::string& action) {
  return (p.type == type || p.type == "*") && (p.action == action || p.action == "*");
}

// No match 0; only positive matches +1; at least one negative match -1.
inline int vote(const Pool& pooled, const std::string& type, const std::string& action) {
  int result = 0;
  for (const auto* p : pooled) {
    if (!matches(*p, type, action)) continue;
    if (p->negate) return -1;
    result = 1;
  }
  return result;
}

inline void pour(Pool& pool, const List& list) {
  for (const auto& p : list) pool.push_back(&p);
}

// Membership is derived from the roles, from empty blocks too.
inline std::set<std::string> memberships(const Subject& subject) {
  std::set<std::string> found;
  for (const auto& role : subject.roles)
    for (const auto& [org, block] : role.by_org_id) found.insert(org);
  return found;
}

inline int org_vote(const std::vector<Role>& roles, List OrgBlock::* level, const std::string& org, const std::string& type,
                    const std::string& action) {
  Pool pooled;
  for (const auto& role : roles) {
    auto block = role.by_org_id.find(org);
    if (block != role.by_org_id.end()) pour(pooled, block->second.*level);
  }
  return vote(pooled, type, action);
}

// With any_org the highest vote over all the subject's organizations; else that of the object's own, if a member there.
inline int place_vote(const std::vector<Role>& roles, List OrgBlock::* level, const std::set<std::string>& member_of, const Object& object,
                      const std::string& action) {
  if (!object.any_org) return member_of.contains(object.org_owner) ? org_vote(roles, level, object.org_owner, object.type, action) : 0;
  if (member_of.empty()) return 0;
  int highest = -1;
  for (const auto& org : member_of) highest = std::max(highest, org_vote(roles, level, org, object.type, action));
  return highest;
}

inline bool formula(const std::vector<Role>& roles, const std::string& subject_id, const std::set<std::string>& member_of, const Object& object,
                    const std::string& action) {
  Pool site_pool, user_pool;
  for (const auto& role : roles) {
    pour(site_pool, role.site);
    pour(user_pool, role.user);
  }
  bool owns = !object.owner.empty() && object.owner == subject_id;
  int site = vote(site_pool, object.type, action);
  int user = owns && object.org_owner.empty() && !object.any_org ? vote(user_pool, object.type, action) : 0;
  int org = place_vote(roles, &OrgBlock::org, member_of, object, action);
  int member = owns ? place_vote(roles, &OrgBlock::member, member_of, object, action) : 0;

  if (site == 1) return true;
  if (site == -1) return false;
  if (user == 1) return true;
  if (org == 1) return true;
  if (org != -1 && member == 1) return true;
  return false;
}

// Access lists.
inline bool acl(const Subject& subject, const std::set<std::string>& member_of, const Object& object, const std::string& action) {
  bool member = object.any_org ? !member_of.empty() : (!object.org_owner.empty() && member_of.contains(object.org_owner));
  if (!member) return false;
  auto lists = [&action](const std::set<std::string>& actions) { return actions.contains(action) || actions.contains("*"); };
  for (const auto& [who, actions] : object.acl_user_list)
    if (who == subject.id && lists(actions)) return true;
  for (const auto& [who, actions] : object.acl_group_list)
    if ((subject.groups.contains(who) || (!object.any_org && who == object.org_owner)) && lists(actions)) return true;
  return false;
}

// Scope and allow list.
inline bool in_allow_list(const Subject& subject, const Object& object) {
  const auto& list = subject.allow_list;
  if (list.contains("*:*") || list.contains(object.type + ":*")) return true;
  return !object.id.empty() && (list.contains(object.type + ":" + object.id) || list.contains("*:" + object.id));
}

// The verdict.
inline bool authorize(const Subject& subject, const std::string& action, const Object& object) {
  if (object.any_org && !object.org_owner.empty()) return false;
  const auto& member_of = subject.member_of;
  bool role_verdict = formula(subject.roles, subject.id, member_of, object, action);
  bool acl_verdict = acl(subject, member_of, object, action);
  bool scope_verdict = in_allow_list(subject, object) && formula(subject.scopes, subject.id, member_of, object, action);
  return (role_verdict || acl_verdict) && scope_verdict;
}

// --- the engine's values as text; a name that is gone stands for itself and meets nothing ---

inline std::string text(Resource type) { return type == Resource::unknown ? "?type" : std::string(name_of(type)); }
inline std::string text(Action action) { return action == Action::unknown ? "?action" : std::string(name_of(action)); }
template <class Id>
std::string text_or_empty(const Id& id) {
  return id.is_nil() ? std::string() : id.str();
}

inline List list_of(const Permissions& permissions) {
  List out;
  for (const auto& p : permissions)
    out.push_back({p.negate, p.type == Resource::unknown ? "gone" : text(p.type), p.action == Action::unknown ? "gone" : text(p.action)});
  return out;
}

inline Subject of(const rbac::Subject& subject) {
  Subject out{.id = text_or_empty(subject.id())};
  for (const auto& held : subject.roles()) {
    Role role{.site = list_of(held.role->site), .user = list_of(held.role->user), .by_org_id = {}};
    if (!held.organization.is_nil()) role.by_org_id[held.organization.str()] = {list_of(held.role->org), list_of(held.role->member)};
    out.roles.push_back(std::move(role));
  }
  for (auto group : subject.groups()) out.groups.insert(group.str());
  const auto& scope = subject.scope();
  out.scopes.push_back({.site = list_of(scope.site), .user = list_of(scope.user), .by_org_id = {}});
  for (const auto& [org, permissions] : scope.by_org) out.scopes[0].by_org_id[org.str()] = {list_of(permissions.org), list_of(permissions.member)};
  for (const auto& entry : scope.allow_list.entries()) out.allow_list.insert(entry.str());
  out.member_of = memberships(out);
  return out;
}

inline std::set<std::string> names_of(ActionSet actions) {
  std::set<std::string> names;
  for_each_action(actions, [&](Action action) { names.insert(text(action)); });
  return names;
}

inline Object of(const rbac::Object& object) {
  Object out{.type = text(object.type),
             .id = text_or_empty(object.id),
             .owner = text_or_empty(object.owner),
             .org_owner = text_or_empty(object.organization),
             .any_org = object.any_org,
             .acl_user_list = {},
             .acl_group_list = {}};
  for (const auto& entry : object.user_acl) out.acl_user_list[entry.who.str()] = names_of(entry.actions);
  for (const auto& entry : object.group_acl) out.acl_group_list[entry.who.str()] = names_of(entry.actions);
  if (object.read_by_own_group && !object.id.is_nil()) out.acl_group_list[object.id.str()].insert("read");
  return out;
}

}  // namespace slipway::rbac::naive
