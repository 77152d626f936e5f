// Random subjects, objects and actions of one small world, from a seed: what property tests are made of.
#pragma once

#include "rbac/role.hpp"
#include "rbac/subject.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>

namespace slipway::rbac {

// SLIPWAY_RBAC_SEED repeats a run; else every run has a seed of its own, which failing tests print.
inline std::uint64_t seed_of_run() {
  const char* given = std::getenv("SLIPWAY_RBAC_SEED");
  return given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

// A small world, so that owners, organizations, groups and ids meet often.
class Dice {
 public:
  // `published_scopes`: tokens only as people can have them; otherwise scopes with lower levels and negatives too.
  explicit Dice(std::uint64_t seed, bool published_scopes = false) : published_scopes_(published_scopes), random_(seed) {
    for (auto* list : {&users_, &orgs_, &groups_, &ids_})
      for (int i = 0; i < 4; ++i) list->push_back(uuid());
    groups_.push_back(orgs_[0]);  // Everyone, listed as a group of its own too
    for (auto* list : {&users_, &orgs_, &groups_, &ids_}) list->push_back(Uuid::nil());
  }

  SubjectPtr subject() {
    SubjectParts parts{.id = UserId{pick(users_)}};
    parts.roles.emplace();
    for (int i = below(6); i > 0; --i) parts.roles->push_back(held_role());
    for (int i = below(4); i > 0; --i) parts.groups.push_back(GroupId{pick(groups_)});
    parts.scope = scope();
    return *Subject::make(std::move(parts));
  }

  // Access lists live in the dice until the next object.
  Object object() {
    Object object{.type = type(), .id = pick(ids_), .owner = UserId{pick(users_)}};
    object.organization = OrganizationId{pick(orgs_)};
    if (chance(15)) {
      object.any_org = true;
      if (chance(80)) object.organization = {};
    }
    user_acl_ = acl(users_);
    group_acl_ = acl(chance(50) ? groups_ : orgs_);
    object.user_acl = user_acl_;
    object.group_acl = group_acl_;
    if (object.type == Resource::group && group_acl_.empty()) object.read_by_own_group = chance(50);
    if (object.read_by_own_group) object.id = pick(groups_);
    return object;
  }

  Action action() {
    constexpr Action kUsual[] = {Action::create, Action::read, Action::update, Action::delete_, Action::share, Action::ssh};
    if (chance(3)) return Action::unknown;
    if (chance(10)) return static_cast<Action>(below(kActions));
    return kUsual[below(std::size(kUsual))];
  }

  bool chance(int percent) { return below(100) < percent; }
  int below(std::size_t limit) { return static_cast<int>(random_() % limit); }
  Uuid uuid() {
    Uuid id;
    for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(random_());
    return id;
  }
  template <class T>
  const T& pick(const std::vector<T>& list) {
    return list[static_cast<std::size_t>(below(list.size()))];
  }

  // The people, organizations and groups of this world, without the nil id that ends each list.
  std::vector<Uuid> users() const { return {users_.begin(), users_.end() - 1}; }
  std::vector<Uuid> organizations() const { return {orgs_.begin(), orgs_.end() - 1}; }
  std::vector<Uuid> groups() const { return {groups_.begin(), groups_.end() - 2}; }
  // What allow lists name from now on.
  void name_ids(std::vector<Uuid> ids) { ids_ = std::move(ids); }

 private:
  Resource type() {
    constexpr Resource kUsual[] = {Resource::workspace, Resource::template_, Resource::user, Resource::group, Resource::license};
    if (chance(3)) return Resource::unknown;
    if (chance(10)) return static_cast<Resource>(below(kResources));
    return kUsual[below(std::size(kUsual))];
  }

  Permissions permissions(int percent_negative) {
    Permissions list;
    for (int i = below(4); i > 0; --i) {
      Permission p{chance(percent_negative), type(), action()};
      if (chance(12)) p.type = Resource::any;
      if (chance(15)) p.action = Action::any;
      list.push_back(p);
    }
    return list;
  }

  HeldRole held_role() {
    OrganizationId organization{chance(70) ? pick(orgs_) : Uuid::nil()};
    if (chance(35)) {
      const auto& fixed = organization.is_nil() ? book_.site_roles() : book_.organization_roles();
      return {pick(fixed), organization};
    }
    if (!organization.is_nil() && chance(30)) return {book_.system(static_cast<Sharing>(below(3)), chance(30)), organization};
    Role role{.name = "random"};
    if (chance(30)) role.site = permissions(20);
    role.user = permissions(20);
    role.org = permissions(20);
    role.member = permissions(20);
    return {share(std::move(role)), organization};
  }

  ScopePtr scope() {
    if (chance(40)) return scope_all();
    Scope scope{.name = "random", .site = {}};
    if (chance(50)) scope.site = expand_scope(pick(public_scopes()))->site;
    if (chance(40)) scope.site.push_back({false, Resource::any, Action::any});
    if (!published_scopes_ && chance(30)) {
      scope.site = permissions(20);
      scope.user = permissions(20);
      for (int i = below(3); i > 0; --i) scope.by_org[OrganizationId{pick(orgs_)}] = {permissions(20), permissions(20)};
    }
    if (chance(50)) scope.allow_list = allow_list();
    return std::make_shared<const Scope>(std::move(scope));
  }

  AllowList allow_list() {
    std::vector<AllowEntry> entries;
    for (int i = below(5); i > 0; --i) {
      AllowEntry entry{chance(20) ? Resource::any : type(), pick(ids_)};
      if (chance(20)) entry.id.reset();
      if (entry.type != Resource::unknown) entries.push_back(entry);
    }
    return AllowList(std::move(entries));
  }

  Acl acl(const std::vector<Uuid>& whom) {
    Acl list;
    for (int i = below(3); i > 0; --i) {
      AclEntry entry{pick(whom), action()};
      if (chance(20)) entry.actions |= Action::any;
      bool known = std::ranges::any_of(list, [&](const AclEntry& other) { return other.who == entry.who; });
      if (!entry.who.is_nil() && !known) list.push_back(entry);
    }
    return list;
  }

  bool published_scopes_;
  std::mt19937_64 random_;
  RoleBook book_{Switches{.no_workspace_sharing = true}};
  std::vector<Uuid> users_, orgs_, groups_, ids_;
  Acl user_acl_, group_acl_;
};

}  // namespace slipway::rbac
