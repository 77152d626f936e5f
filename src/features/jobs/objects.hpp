// What this feature's rows are to the policy and to the audit trail.
#pragma once

#include "features/jobs/gen/jobs_sql.hpp"
#include "http/audit.hpp"
#include "store/target.hpp"

namespace slipway::jobs::sql {

// What the audit trail shows of them, column by column.
inline const http::Trail kKeyTrail({.type = "provisioner_key",
                                    .table = "provisioner_keys",
                                    .shown = "name tags",
                                    .masked = "hashed_secret",
                                    .ignored = "id organization_id created_at",
                                    .routes = "/provisionerkeys"});

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
