// Who is inside a workspace now.
#include "http/routes.hpp"
#include "api/gen/workspaces.hpp"
#include "features/connections/connections.hpp"
#include "features/connections/objects.hpp"

namespace slipway::connections {

namespace {

constexpr Seconds kAlive{30};
constexpr std::int32_t kMost = 100;

api::WorkspaceSession to_wire(const sql::Open& row) {
  api::WorkspaceSession out;
  out.id = row.connection_id;
  out.type = row.type;
  out.agent_name = row.agent_name;
  out.port = row.port;
  out.started_at = row.connect_time;
  if (row.user_id && !row.username.empty())
    out.user = api::MinimalUser{.id = row.user_id->uuid, .username = row.username, .name = row.name, .avatar_url = row.avatar_url};
  return out;
}

Task<Result<api::WorkspaceSessions>> list(http::Call& call) {
  CO_TRY(id, call.path_id<WorkspaceId>("workspace"));
  CO_TRY(place, co_await sql::place(call.store(), id));
  if (!place) co_return not_found();
  CO_TRY(may, (call.store().permit<rbac::Action::ssh, rbac::Resource::workspace>(sql::object_of(*place))));
  CO_TRY(rows, co_await sql::open_of_workspace(call.store(), may, call.now() - kAlive, kMost));
  api::WorkspaceSessions out;
  for (const auto& row : rows) {
    out.count = row.total;
    out.sessions.push_back(to_wire(row));
  }
  co_return out;
}

}  // namespace

void add_routes(http::Routes& routes) {
  using http::Audit, http::Auth;
  routes.get<Auth::user, Audit::none>("/api/v2/workspaces/{workspace}/sessions", list);
}

}  // namespace slipway::connections
