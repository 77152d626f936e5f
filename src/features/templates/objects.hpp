// What this feature's rows are to the policy. A version without a template is judged as a template of its organization.
#pragma once

#include "features/templates/gen/templates_sql.hpp"
#include "store/target.hpp"

namespace slipway::templates::sql {

inline store::Target object_of(const Template& row) {
  const rbac::Object object{.type = rbac::Resource::template_, .id = row.id.uuid, .organization = row.organization_id};
  return {object, store::parse_acl(row.user_acl.text, store::AclShape::flat), store::parse_acl(row.group_acl.text, store::AclShape::flat)};
}

inline store::Target object_of(const Version& row) {
  rbac::Object object{.type = rbac::Resource::template_, .organization = row.organization_id};
  if (!row.template_id) return object;
  object.id = row.template_id->uuid;
  return {object, store::parse_acl(row.user_acl ? row.user_acl->text : "", store::AclShape::flat),
          store::parse_acl(row.group_acl ? row.group_acl->text : "", store::AclShape::flat)};
}

// A dry run is somebody's workspace that is never made.
inline store::Target object_of(const DryRun& row) {
  return rbac::Object{.type = rbac::Resource::workspace, .owner = row.initiator_id, .organization = row.organization_id};
}

}  // namespace slipway::templates::sql
