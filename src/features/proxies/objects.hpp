// What this feature's rows are to the policy and to the audit trail.
#pragma once

#include "features/proxies/gen/proxies_sql.hpp"
#include "http/audit.hpp"
#include "store/target.hpp"

namespace slipway::proxies::sql {

// What the audit trail shows of them, column by column.
inline const http::Trail kProxyTrail({.type = "workspace_proxy",
                                      .table = "workspace_proxies",
                                      .shown = "name display_name icon",
                                      .masked = "token_hashed_secret",
                                      .ignored = "id url wildcard_hostname version created_at updated_at deleted",
                                      .routes = "/workspaceproxies"});

inline store::Target object_of(const Proxy& row) { return rbac::Object{.type = rbac::Resource::workspace_proxy, .id = row.id}; }

inline http::AuditObject audit_of(const Proxy& row) {
  return {.type = "workspace_proxy",
          .id = row.id,
          .target = row.name,
          .fields = {{"name", row.name}, {"display_name", row.display_name}, {"icon", row.icon}, {"token_hashed_secret", std::string("kept")}},
          .icon = row.icon};
}

}  // namespace slipway::proxies::sql
