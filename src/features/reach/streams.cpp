// Streams into a workspace over WebSockets: SSH and ports. Each ends when the caller's right to it ends.
#include "features/reach/into.hpp"

#include "features/apps/apps.hpp"
#include "features/reach/objects.hpp"
#include "features/reach/reach.hpp"
#include "http/routes.hpp"
#include "tunnel/measuring.hpp"
#include "tunnel/relay.hpp"

namespace slipway::reach {

namespace {

// What a client sends that wants its stream to outlive this connection, as decision 0032 says, and what it calls that stream.
constexpr std::string_view kResumes = "Slipway-Resume", kStream = "Slipway-Stream";

Result<void> must_be_connected(const sql::Found& agent, Time now) {
  const auto status = status_of(agent, now);
  if (status == api::WorkspaceAgentStatus::connected) return {};
  return fail(Code::bad_gateway, fmt::format("Agent state is \"{}\", not \"connected\"", status));
}

}  // namespace

connections::Opening opening_of(const sql::Found& agent, std::string_view type, rbac::Action by) {
  return {.workspace = sql::object_of(agent), .by = by, .workspace_name = agent.workspace_name, .agent_name = agent.name, .type = std::string(type)};
}

bool server_stops(const http::Live& live, const tunnels::Tunnels& tunnels) { return live.stopping() || tunnels.stopping(); }

std::string why_over(const http::Live& live, const tunnels::Tunnels& tunnels, bool ended_by_itself) {
  if (live.lost()) return "The right to it, or the session that it was opened with, has ended.";
  return ended_by_itself && !server_stops(live, tunnels) ? "" : "The server was stopping.";
}

Task<Result<http::Handled>> enter(http::Call& call, Ways ways, connections::Opening opening, Into into, Carrier carrier) {
  const net::WebSocketOptions options{.origins = call.home().site->origins};
  CO_CHECK(co_await call.exchange().judge_upgrade(options));
  CO_TRY(session, co_await ways.sessions.begin(call, opening));
  if (!into.target.service.empty()) into.target.headers.emplace_back("x-connection-id", session.connection.str());
  const auto carried = into.carried;
  auto stands = standing(call, ways.authenticator, into.agent, opening.by);
  const auto ended = co_await carrier(call, ways.tunnels, std::move(stands), std::move(into));
  co_await aio::shielded(ways.sessions.end(call.home(), std::move(session), ended ? *ended : ended.error().say, *carried));
  CO_CHECK(ended);
  co_return http::Handled{};
}

namespace {

http::LiveOptions both_ways() { return {.watches_caller = false}; }

// Bytes both ways between the caller's WebSocket and a stream into the workspace. Why it ended. Errors: no such stream, or no handshake.
Task<Result<std::string>> splice_both(http::Call& call, tunnels::Tunnels& tunnels, http::Standing stands, Into into) {
  net::WebSocketOptions options{.origins = call.home().site->origins};
  CO_TRY(dialled, co_await tunnels.dial(call.home(), into.agent, std::move(into.target)));
  const auto stream = connections::counted(std::move(dialled), into.carried);
  CO_TRY(socket, co_await call.exchange().upgrade(std::move(options)));
  tunnel::WebSocketStream theirs(std::move(socket));
  http::Live live(call, std::move(stands), both_ways());
  const auto end = co_await live.beside(tunnel::splice(theirs, *stream));
  stream->close();
  co_await theirs.finish(server_stops(live, tunnels) ? net::close_code::restart : net::close_code::normal);
  co_return why_over(live, tunnels, end.has_value());
}

// An agent that is measured is not entered: the connection log is told of nothing.
Task<Result<http::Handled>> measure(http::Call& call, Ways ways, AgentId agent, rbac::Action by) {
  const net::WebSocketOptions options{.origins = call.home().site->origins};
  CO_CHECK(co_await call.exchange().judge_upgrade(options));
  auto target = tunnels::Target::to_service(std::string(tunnel::kMeasuring), {});
  auto stands = standing(call, ways.authenticator, agent, by);
  Into into{.agent = agent, .target = std::move(target)};
  CO_CHECK(co_await splice_both(call, ways.tunnels, std::move(stands), std::move(into)));
  co_return http::Handled{};
}

Task<Result<http::Handled>> ssh(http::Call& call, Ways ways) {
  CO_TRY(agent, co_await find(call));
  CO_CHECK((call.store().permit<rbac::Action::ssh, rbac::Resource::workspace>(sql::object_of(agent))));
  CO_CHECK(must_be_connected(agent, call.now()));
  auto opening = opening_of(agent, connections::kShell);
  tunnel::HeaderList told{{"x-client-ip", call.client_ip()}};
  // The agent compares who comes back with who began: the right was judged above, as of any caller.
  if (call.request().headers.get(kResumes) == "1") {
    told.insert(told.end(), {{"x-resume", "1"}, {"x-person", call.actor().user_id.str()}});
    opening.stream = Uuid::parse(call.request().headers.get(kStream)).value_or(Uuid::nil());
  }
  auto target = tunnels::Target::to_service("ssh", std::move(told));
  Into into{.agent = agent.id, .target = std::move(target)};
  co_return co_await enter(call, ways, std::move(opening), std::move(into), splice_both);
}

Task<Result<http::Handled>> port(http::Call& call, Ways ways) {
  CO_TRY(agent, co_await find(call));
  const store::Target workspace = sql::object_of(agent);
  const bool by_ssh = call.store().may(rbac::Action::ssh, workspace);
  if (!by_ssh) CO_CHECK((call.store().permit<rbac::Action::application_connect, rbac::Resource::workspace>(workspace)));
  CO_TRY(number, call.query_int("port", 0));
  const bool measures = number == tunnel::kMeasuringPort;
  if (!measures && (number < tunnels::kLeastPort || number > 65535))
    co_return fail_field("Query parameters have invalid values.", "port",
                         fmt::format("Query param \"port\" must be a port from {} to 65535.", tunnels::kLeastPort));
  CO_CHECK(must_be_connected(agent, call.now()));
  const auto by = by_ssh ? rbac::Action::ssh : rbac::Action::application_connect;
  if (measures) co_return co_await measure(call, ways, agent.id, by);
  auto target = tunnels::Target::to_port(static_cast<std::uint16_t>(number));
  auto opening = opening_of(agent, connections::kPort, by);
  opening.port = std::to_string(number);
  Into into{.agent = agent.id, .target = std::move(target)};
  co_return co_await enter(call, ways, std::move(opening), std::move(into), splice_both);
}

}  // namespace

void add_stream_routes(http::Routes& routes, tunnels::Tunnels& tunnels, connections::Sessions& sessions, http::Authenticator& authenticator) {
  using http::Audit, http::Auth;
  const Ways ways{.tunnels = tunnels, .sessions = sessions, .authenticator = authenticator};
  const std::string one = "/api/v2/workspaceagents/{agent}";
  routes.get<Auth::user, Audit::none>(one + "/ssh", [ways](http::Call& call) { return ssh(call, ways); });
  routes.get<Auth::user, Audit::none>(one + "/tcp", [ways](http::Call& call) { return port(call, ways); });
}

void add_routes(http::Routes& routes, apps::Doors& doors, std::string hostname_suffix) {
  add_view_routes(routes, doors.tunnels, doors.authenticator, std::move(hostname_suffix));
  add_port_share_routes(routes);
  add_stream_routes(routes, doors.tunnels, doors.connections, doors.authenticator);
  add_terminal_route(routes, doors);
}

}  // namespace slipway::reach
