// A small deployment for tests: two organizations, two people, subjects made of role names.
#pragma once

#include "rbac/decide.hpp"
#include "rbac/role.hpp"
#include "rbac/scope.hpp"
#include "rbac/subject.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::rbac {

struct World {
  RoleBook book;
  Sharing sharing = Sharing::everyone;
  UserId ana = UserId::random();
  UserId bo = UserId::random();
  OrganizationId here = OrganizationId::random();
  OrganizationId there = OrganizationId::random();

  explicit World(Switches switches = {}, Sharing mode = Sharing::everyone) : book(switches), sharing(mode) {}

  // A name of a built-in role; organization and system roles are held in `in`.
  HeldRole held(std::string_view name, OrganizationId in) const {
    if (auto site = book.site(name)) return {site, {}};
    if (auto org = book.organization(name)) return {org, in};
    return {book.system(sharing, name == roles::kOrgServiceAccount), in};
  }
  HeldRole held(std::string_view name) const { return held(name, here); }

  SubjectPtr make(UserId id, std::vector<HeldRole> roles, std::vector<GroupId> groups = {}, ScopePtr scope = scope_all()) const {
    return *Subject::make({.id = id, .roles = std::move(roles), .groups = std::move(groups), .scope = std::move(scope)});
  }
  // Exactly these roles, in `here`.
  SubjectPtr with(std::vector<std::string_view> names, ScopePtr scope = scope_all()) const {
    std::vector<HeldRole> list;
    for (auto name : names) list.push_back(held(name));
    return make(ana, std::move(list), {}, std::move(scope));
  }
  // `member` and `organization-member` in `here`, and these.
  SubjectPtr member_with(std::vector<std::string_view> names, ScopePtr scope = scope_all()) const {
    names.insert(names.begin(), {roles::kMember, roles::kOrgMember});
    return with(std::move(names), std::move(scope));
  }

  Object in(OrganizationId organization, Resource type, UserId owner = {}) const {
    return {.type = type, .id = Uuid::random(), .owner = owner, .organization = organization};
  }
  Object here_of(UserId owner, Resource type = Resource::workspace) const { return in(here, type, owner); }
};

inline ScopePtr scope_of(std::vector<std::string> names, AllowList list = AllowList::everything()) { return *scope_of_key(names, list); }

}  // namespace slipway::rbac
