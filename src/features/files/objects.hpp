// What this feature's rows are to the policy: a file belongs to no organization, only to whoever uploaded it; a template that was made of it
// is what its own access list says, too.
#pragma once

#include "features/files/gen/files_sql.hpp"
#include "store/target.hpp"

namespace slipway::files::sql {

inline store::Target object_of(const Stored& row) { return rbac::Object{.type = rbac::Resource::file, .id = row.id.uuid, .owner = row.created_by}; }

inline store::Target object_of(const TemplatesOfRow& row) {
  const rbac::Object object{.type = rbac::Resource::template_, .id = row.id.uuid, .organization = row.organization_id};
  return {object, store::parse_acl(row.user_acl.text, store::AclShape::flat), store::parse_acl(row.group_acl.text, store::AclShape::flat)};
}

}  // namespace slipway::files::sql
