// The connection log: who reached which workspace, and when.
#include "api/gen/connectionlog.hpp"
#include "features/audit/audit.hpp"
#include "features/audit/person.hpp"
#include "features/audit/search.hpp"
#include "http/routes.hpp"

namespace slipway::audit {

namespace {

using rbac::Resource;

constexpr const char* kSay = "Invalid connection search query.";

std::unexpected<Error> bad(std::string detail) { return bad_search(kSay, std::move(detail)); }

Result<void> read_people(const http::Call& call, const http::Filter& filter, sql::ConnectionsArgs& args) {
  const auto me = call.actor().user_id;
  args.owner_name = filter.last("workspace_owner");
  if (args.owner_name == "me") {
    args.owner_name.reset();
    args.owner_id = me;
  }
  args.username = filter.last("username");
  if (args.username == "me") {
    args.username.reset();
    args.user_id = me;
  }
  args.owner_email = filter.last("workspace_owner_email");
  args.user_email = filter.last("user_email");
  TRY(user, filter.uuid("user_id"));
  if (user) args.user_id = UserId{*user};
  return {};
}

Result<void> read_state(const http::Filter& filter, sql::ConnectionsArgs& args) {
  args.type = filter.last("type");
  if (args.type && !api::ConnectionType::is_known(*args.type)) return bad(fmt::format("Query param \"type\" has invalid value: \"{}\".", *args.type));
  const auto status = filter.last("status");
  if (status && status != "ongoing" && status != "completed") return bad(fmt::format("Query param \"status\" has invalid value: \"{}\".", *status));
  if (status) args.ongoing = *status == "ongoing";
  TRY(after, filter.time("connected_after"));
  args.since = after;
  TRY(before, filter.time("connected_before"));
  args.until = before;
  return {};
}

Task<Result<sql::ConnectionsArgs>> read_filter(http::Call& call) {
  const std::vector<std::string_view> keys{"organization", "workspace_id",  "workspace_owner", "workspace_owner_email",
                                           "username",     "user_email",    "user_id",         "type",
                                           "status",       "connection_id", "connected_after", "connected_before"};
  CO_TRY(filter, search_of(call, kSay, "workspace_owner", keys));
  sql::ConnectionsArgs args;
  CO_CHECK(read_people(call, filter, args));
  CO_CHECK(read_state(filter, args));
  CO_TRY(workspace, filter.uuid("workspace_id"));
  if (workspace) args.workspace_id = WorkspaceId{*workspace};
  CO_TRY(connection, filter.uuid("connection_id"));
  args.connection_id = connection;
  CO_TRY(organization, co_await organization_of(call, filter, kSay));
  args.organization_id = organization;
  co_return args;
}

api::ConnectionLog to_wire(const sql::Connection& row) {
  api::ConnectionLog out;
  out.id = row.id;
  out.connect_time = row.connect_time;
  out.organization = {
      .id = row.organization_id.uuid, .name = row.organization_name, .display_name = row.organization_display_name, .icon = row.organization_icon};
  out.workspace_owner_id = row.workspace_owner_id.uuid;
  out.workspace_owner_username = row.owner_name;
  out.workspace_id = row.workspace_id.uuid;
  out.workspace_name = row.workspace_name;
  out.agent_name = row.agent_name;
  out.ip = row.ip.value_or("");
  out.type = row.type;
  if (row.type == "workspace_app" || row.type == "port_forwarding") {
    out.web_info = api::ConnectionLogWebInfo{.user_agent = row.user_agent.value_or(""),
                                             .user = user_of(row),
                                             .slug_or_port = row.slug_or_port.value_or(""),
                                             .status_code = row.code.value_or(0)};
    return out;
  }
  out.ssh_info = api::ConnectionLogSSHInfo{.connection_id = row.connection_id.value_or(Uuid()),
                                           .disconnect_time = row.disconnect_time,
                                           .disconnect_reason = row.disconnect_reason.value_or(""),
                                           .exit_code = {},
                                           .user = user_of(row)};
  if (row.code) out.ssh_info->exit_code = *row.code;
  return out;
}

// The same fields under the name of another statement's arguments.
template <class Args>
Args same(const sql::ConnectionsArgs& a) {
  Args out;
  out.organization_id = a.organization_id;
  out.workspace_id = a.workspace_id;
  out.connection_id = a.connection_id;
  out.type = a.type;
  out.owner_id = a.owner_id;
  out.owner_name = a.owner_name;
  out.owner_email = a.owner_email;
  out.user_id = a.user_id;
  out.username = a.username;
  out.user_email = a.user_email;
  out.since = a.since;
  out.until = a.until;
  out.ongoing = a.ongoing;
  copy_page(a, out);
  if constexpr (requires { out.place; }) out.place = a.workspace_id->uuid;
  return out;
}

Task<Result<api::ConnectionLogResponse>> list(http::Call& call) {
  CO_CHECK(may_search(call, Resource::connection_log));
  CO_TRY(args, co_await read_filter(call));
  CO_CHECK(read_page_asked(call, args));
  std::vector<sql::Connection> rows;
  std::int64_t total = 0;
  if (args.workspace_id) {
    const auto of_workspace = same<sql::ConnectionsOfWorkspaceArgs>(args);
    const auto counted = same<sql::CountConnectionsOfWorkspaceArgs>(args);
    CO_TRY(found, co_await sql::connections_of_workspace(call.store(), of_workspace));
    CO_TRY(count, co_await sql::count_connections_of_workspace(call.store(), counted));
    rows = std::move(found);
    total = count;
  } else {
    const auto counted = same<sql::CountConnectionsArgs>(args);
    CO_TRY(found, co_await sql::connections(call.store(), args));
    CO_TRY(count, co_await sql::count_connections(call.store(), counted));
    rows = std::move(found);
    total = count;
  }
  api::ConnectionLogResponse out;
  out.count = total;
  out.count_cap = kCountCap;
  for (const auto& row : rows) out.connection_logs.push_back(to_wire(row));
  co_return out;
}

}  // namespace

void add_connection_routes(http::Routes& routes) {
  using http::Audit, http::Auth;
  routes.get<Auth::user, Audit::none>("/api/v2/connectionlog", list);
}

}  // namespace slipway::audit
