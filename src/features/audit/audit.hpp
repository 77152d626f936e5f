// The audit trail and the connection log as people read them, and how long both are kept.
#pragma once

#include "aio/task_fwd.hpp"
#include "api/gen/audit.hpp"
#include "base/clock.hpp"
#include "features/audit/objects.hpp"

namespace slipway::http {
class Call;
class Routes;
struct Home;
}  // namespace slipway::http

namespace slipway::audit {

struct Retention {
  Seconds audit{0};  // 0: for ever
  Seconds connections{0};
};

// Deletes what is older, in batches, now and every ten minutes, until cancelled. Start it once.
Task<void> purge(http::Home& home, Retention retention);

api::AuditLog to_wire(const sql::Line& row);

void add_routes(http::Routes& routes);             // the audit trail
void add_connection_routes(http::Routes& routes);  // the connection log

}  // namespace slipway::audit
