// The audit trail and the connection log as people read them, and how long both are kept.
#pragma once

#include "aio/task_fwd.hpp"
#include "api/gen/audit.hpp"
#include "base/clock.hpp"
#include "features/audit/objects.hpp"

namespace slipway::http {
class Call;
class Routes;
}  // namespace slipway::http

namespace slipway::audit {

api::AuditLog to_wire(const sql::Line& row);

void add_routes(http::Routes& routes);             // the audit trail
void add_connection_routes(http::Routes& routes);  // the connection log

}  // namespace slipway::audit
