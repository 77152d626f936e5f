// What a row of a workspace, or of what is inside one, is to the policy. A dormant workspace is another type, and its access lists sleep
// with it.
#pragma once

#include "base/ids.hpp"
#include "store/target.hpp"

namespace slipway::store {

inline Target workspace_target(WorkspaceId id, UserId owner, OrganizationId organization, bool dormant, std::string_view user_acl,
                               std::string_view group_acl) {
  const rbac::Object object{
      .type = dormant ? rbac::Resource::workspace_dormant : rbac::Resource::workspace, .id = id.uuid, .owner = owner, .organization = organization};
  if (dormant) return object;
  return {object, parse_acl(user_acl, AclShape::nested), parse_acl(group_acl, AclShape::nested)};
}

}  // namespace slipway::store
