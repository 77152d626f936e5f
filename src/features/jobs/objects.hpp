// What this feature's rows are to the policy.
#pragma once

#include "features/jobs/gen/jobs_sql.hpp"
#include "store/target.hpp"

namespace slipway::jobs::sql {

inline store::Target object_of(const Key& row) {
  return rbac::Object{.type = rbac::Resource::provisioner_daemon, .id = row.id.uuid, .organization = row.organization_id};
}

}  // namespace slipway::jobs::sql
