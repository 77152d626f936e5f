// What is acted upon. Plain, built on the stack without allocation; views must outlive the call.
#pragma once

#include "base/ids.hpp"
#include "rbac/actions.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace slipway::rbac {

// One line of an access control list: this user or group may do these actions (the wildcard included, if listed).
struct AclEntry {
  Uuid who;
  ActionSet actions;

  bool operator==(const AclEntry&) const = default;
};
// In any order; an id at most once, as in the stored JSON object.
using Acl = std::vector<AclEntry>;

struct Object {
  Resource type = Resource::unknown;
  Uuid id = {};                      // nil: not created yet, or all of the type
  UserId owner = {};                 // nil: none
  OrganizationId organization = {};  // nil: deployment-wide
  bool any_org = false;              // could the subject do this in at least one organization?
  bool read_by_own_group = false;    // a group: the group itself may read it, as an entry of its own group ACL
  std::span<const AclEntry> user_acl = {};
  std::span<const AclEntry> group_acl = {};  // an entry whose id is the organization's means Everyone in it
  std::string_view text_id = {};             // API key or licence: an id that is no UUID
};

// An object for "all of a type".
constexpr Object all_of(Resource type) { return Object{.type = type}; }
constexpr Object all_in(Resource type, OrganizationId organization) { return Object{.type = type, .organization = organization}; }
constexpr Object in_any_org(Resource type) { return Object{.type = type, .any_org = true}; }

}  // namespace slipway::rbac
