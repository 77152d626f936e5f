// What this feature's rows are to the policy.
#pragma once

#include "features/jobs/gen/jobs_sql.hpp"
#include "http/audit.hpp"
#include "store/target.hpp"

namespace slipway::jobs::sql {

inline store::Target object_of(const Key& row) {
  return rbac::Object{.type = rbac::Resource::provisioner_daemon, .id = row.id.uuid, .organization = row.organization_id};
}

inline http::AuditObject audit_of(const Key& row) {
  return {.type = "provisioner_key",
          .id = row.id.uuid,
          .target = row.name,
          .organization = row.organization_id,
          .fields = {{"name", row.name}, {"tags", row.tags}, {"hashed_secret", std::string("kept")}}};
}

}  // namespace slipway::jobs::sql
