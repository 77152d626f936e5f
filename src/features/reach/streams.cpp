// Streams into a workspace over WebSockets: terminals, SSH and ports. Each ends when the caller's
// right to it ends.
#include "base/text.hpp"
#include "features/connections/connections.hpp"
#include "features/reach/access.hpp"
#include "features/reach/objects.hpp"
#include "features/reach/reach.hpp"
#include "features/tunnels/tunnels.hpp"
#include "http/live.hpp"
#include "http/routes.hpp"
#include "tunnel/measuring.hpp"
#include "tunnel/relay.hpp"

namespace slipway::reach {

namespace {

constexpr std::int64_t kUsualSize = 80;
constexpr std::size_t kPiece = 32 << 10;
// What a client sends that wants its stream to outlive this connection, as decision 0032 says, and what it calls that stream.
constexpr std::string_view kResumes = "Slipway-Resume", kStream = "Slipway-Stream";

Result<void> must_be_connected(const sql::Found& agent, Time now) {
  const auto status = status_of(agent, now);
  if (status == api::WorkspaceAgentStatus::connected) return {};
  return fail(Code::bad_gateway, fmt::format("Agent state is \"{}\", not \"connected\"", status));
}

// The workspace's terminal as the query asks for it. Errors: everything that is wrong with it.
Result<tunnels::Target> terminal_of(const http::Call& call) {
  std::vector<FieldError> faults;
  const auto size = [&](std::string_view name) {
    const auto text = call.query(name).value_or("");
    const auto value = text.empty() ? std::optional<std::uint16_t>(kUsualSize) : text::number<std::uint16_t>(text);
    if (!value) faults.push_back({std::string(name), fmt::format("Query param \"{}\" must be a valid unsigned 16-bit integer.", name)});
    return value.value_or(0);
  };
  const auto height = size("height"), width = size("width");
  const auto reconnect = Uuid::parse(call.query("reconnect").value_or(""));
  if (!reconnect) faults.push_back({"reconnect", "Query param \"reconnect\" is required and must be a valid UUID."});
  const auto viewer = call.query("viewer").value_or(""), received = call.query("received").value_or("");
  if (!viewer.empty() && !Uuid::parse(viewer)) faults.push_back({"viewer", "Query param \"viewer\" must be a valid UUID."});
  if (viewer.empty() ? !received.empty() : !text::number<std::uint64_t>(received))
    faults.push_back({"received", "Query param \"received\" goes with \"viewer\" and is how many bytes of the terminal that one has seen."});
  if (!faults.empty()) return std::unexpected(Error{.code = Code::invalid, .say = "Invalid query parameters.", .fields = std::move(faults)});
  return tunnels::Target::to_service("pty", {{"x-reconnect-id", reconnect->str()},
                                             {"x-height", std::to_string(height)},
                                             {"x-width", std::to_string(width)},
                                             {"x-command", call.query("command").value_or("")},
                                             {"x-container", call.query("container").value_or("")},
                                             {"x-viewer", viewer},
                                             {"x-received", received},
                                             {"x-client-ip", call.client_ip()}});
}

Task<void> typed(net::WebSocket& socket, net::Stream& stream) {
  for (;;) {
    auto message = co_await socket.read();
    if (!message || message->text) co_return;
    if (!co_await stream.write(message->data)) co_return;
  }
}

std::string_view words_of(std::uint16_t code) {
  if (code == net::close_code::internal) return "The connection to the agent broke.";
  if (code == net::close_code::restart) return "The server restarts. Connect again.";
  return code == net::close_code::going_away ? "The terminal was closed." : "";
}

// Notes the close code that the end of the output has.
Task<void> show_output(net::Stream& stream, net::WebSocket& socket, std::optional<std::uint16_t>& code) {
  std::vector<char> piece(kPiece);
  for (;;) {
    const auto size = co_await stream.read_some(piece);
    if (!size || *size == 0) {
      code = size ? net::close_code::normal : net::close_code::internal;
      co_return;
    }
    if (!co_await socket.write_binary({piece.data(), *size})) {
      code = net::close_code::going_away;
      co_return;
    }
  }
}

// What streams go by.
struct Ways {
  tunnels::Tunnels& tunnels;
  connections::Sessions& sessions;
  http::Authenticator& authenticator;
};

http::LiveOptions both_ways() { return {.watches_caller = false}; }

connections::Opening opening_of(const sql::Found& agent, std::string_view type, rbac::Action by = rbac::Action::ssh) {
  return {.workspace = sql::object_of(agent), .by = by, .workspace_name = agent.workspace_name, .agent_name = agent.name, .type = std::string(type)};
}

bool server_stops(const http::Live& live, const tunnels::Tunnels& tunnels) { return live.stopping() || tunnels.stopping(); }

// Why a session is over, in the words of the connection log. A tunnel that ends because the server stops looks as if its agent had
// ended the stream.
std::string why_over(const http::Live& live, const tunnels::Tunnels& tunnels, bool ended_by_itself) {
  if (live.lost()) return "The right to it, or the session that it was opened with, has ended.";
  return ended_by_itself && !server_stops(live, tunnels) ? "" : "The server was stopping.";
}

struct Into {
  AgentId agent;
  tunnels::Target target;
  std::shared_ptr<connections::Carried> carried;
};

// Says the end while what is typed is still heard: a reader that is called back takes the connection along, and the caller would take
// the end for a cut.
template <class Said>
Task<void> show_until_closed(net::Stream& stream, net::WebSocket& socket, std::optional<std::uint16_t>& code, const Said& said) {
  co_await show_output(stream, socket, code);
  co_await socket.close(said(), words_of(said()));
}

// Why it ended. Errors: the handshake was refused.
Task<Result<std::string>> show_terminal(http::Call& call, tunnels::Tunnels& tunnels, http::Standing stands, Into into) {
  using namespace asio::experimental::awaitable_operators;
  net::WebSocketOptions options{.origins = call.home().site->origins};
  CO_TRY(socket, co_await call.exchange().upgrade(std::move(options)));
  auto dialled = co_await tunnels.dial(call.home(), into.agent, std::move(into.target));
  if (!dialled) {
    co_await socket->close(net::close_code::internal, "dial workspace agent: " + dialled.error().say);
    co_return dialled.error().say;
  }
  const auto stream = connections::counted(std::move(*dialled), into.carried);
  http::Live live(call, std::move(stands), both_ways());
  std::optional<std::uint16_t> code;
  const auto said = [&] { return server_stops(live, tunnels) ? net::close_code::restart : code.value_or(net::close_code::going_away); };
  const auto end = co_await live.beside(typed(*socket, *stream) || show_until_closed(*stream, *socket, code, said));
  stream->close();
  co_await socket->close(said(), words_of(said()));
  co_return said() == net::close_code::internal ? std::string(words_of(said())) : why_over(live, tunnels, end.has_value());
}

// How bytes go both ways: show_terminal or splice_both.
using Carrier = Task<Result<std::string>> (*)(http::Call&, tunnels::Tunnels&, http::Standing, Into);

// What is opened here stands in the connection log, and is not so much as dialled for a handshake that will be refused.
Task<Result<http::Handled>> carry(http::Call& call, Ways ways, AgentId agent, connections::Opening opening, tunnels::Target target, Carrier carrier) {
  const net::WebSocketOptions options{.origins = call.home().site->origins};
  CO_CHECK(co_await call.exchange().judge_upgrade(options));
  CO_TRY(session, co_await ways.sessions.begin(call, opening));
  if (!target.service.empty()) target.headers.emplace_back("x-connection-id", session.connection.str());
  const auto carried = std::make_shared<connections::Carried>();
  const auto ended = co_await carrier(call, ways.tunnels, standing(call, ways.authenticator, agent, opening.by),
                                      Into{.agent = agent, .target = std::move(target), .carried = carried});
  co_await aio::shielded(ways.sessions.end(call.home(), std::move(session), ended ? *ended : ended.error().say, *carried));
  CO_CHECK(ended);
  co_return http::Handled{};
}

Task<Result<http::Handled>> terminal(http::Call& call, Ways ways) {
  CO_TRY(agent, co_await find(call));
  CO_CHECK((call.store().permit<rbac::Action::ssh, rbac::Resource::workspace>(sql::object_of(agent))));
  CO_TRY(target, terminal_of(call));
  CO_CHECK(must_be_connected(agent, call.now()));
  co_return co_await carry(call, ways, agent.id, opening_of(agent, connections::kTerminal), std::move(target), show_terminal);
}

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
  CO_CHECK(co_await splice_both(call, ways.tunnels, standing(call, ways.authenticator, agent, by),
                                Into{.agent = agent, .target = std::move(target), .carried = std::make_shared<connections::Carried>()}));
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
  co_return co_await carry(call, ways, agent.id, std::move(opening), std::move(target), splice_both);
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
  co_return co_await carry(call, ways, agent.id, std::move(opening), std::move(target), splice_both);
}

}  // namespace

void add_stream_routes(http::Routes& routes, tunnels::Tunnels& tunnels, connections::Sessions& sessions, http::Authenticator& authenticator) {
  using http::Audit, http::Auth;
  const Ways ways{.tunnels = tunnels, .sessions = sessions, .authenticator = authenticator};
  const std::string one = "/api/v2/workspaceagents/{agent}";
  routes.get<Auth::user, Audit::none>(one + "/pty", [ways](http::Call& call) { return terminal(call, ways); });
  routes.get<Auth::user, Audit::none>(one + "/ssh", [ways](http::Call& call) { return ssh(call, ways); });
  routes.get<Auth::user, Audit::none>(one + "/tcp", [ways](http::Call& call) { return port(call, ways); });
}

void add_routes(http::Routes& routes, tunnels::Tunnels& tunnels, connections::Sessions& sessions, http::Authenticator& authenticator,
                std::string hostname_suffix) {
  add_view_routes(routes, tunnels, authenticator, std::move(hostname_suffix));
  add_port_share_routes(routes);
  add_stream_routes(routes, tunnels, sessions, authenticator);
}

}  // namespace slipway::reach
