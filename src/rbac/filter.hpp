// The decision with id, owner, organization and ACLs left open: what a list query binds as parameters.
#pragma once

#include "rbac/object.hpp"
#include "rbac/subject.hpp"

#include <optional>
#include <vector>

namespace slipway::rbac {

// A row passes when its id is allowed and at least one alternative holds. Equal to decide() on every row.
struct ReadFilter {
  bool nothing = false;                             // no row passes; the rest is empty
  bool everything = false;                          // every row passes that allowed_ids lets through; the alternatives below are empty
  std::vector<OrganizationId> organizations;        // row.organization is one of them
  std::optional<UserId> owner;                      // row.owner is it, and row has no organization
  std::vector<OrganizationId> owner_organizations;  // row.owner is the subject, and row.organization is one of them
  std::vector<OrganizationId> acl_organizations;    // row.organization is one of them, and an ACL entry lists the action: for
  std::optional<UserId> acl_user;                   //   this user, for
  std::vector<GroupId> acl_groups;                  //   one of these groups, or for the row's own organization (Everyone)
  // As acl_organizations, and row.owner is the subject. Empty under every published scope.
  std::vector<OrganizationId> owner_acl_organizations;
  std::optional<std::vector<Uuid>> allowed_ids;  // nullopt: any; sorted

  UserId subject;  // whom owner_organizations and owner_acl_organizations mean
  Action action = Action::read;
};

// `use_acl` false: stored ACLs are ignored (the no-chat-sharing switch, types without ACL columns).
ReadFilter filter(const Subject& subject, Action action, Resource type, bool use_acl = true);
// The filter on an object in memory. The object must be of the filter's type.
bool passes(const ReadFilter& filter, const Object& object);

}  // namespace slipway::rbac
