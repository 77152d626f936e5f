// Streams into a workspace over WebSockets: terminals, SSH and ports. Each ends when the caller's
// right to it ends.
#include "base/text.hpp"
#include "features/agents/access.hpp"
#include "features/agents/objects.hpp"
#include "features/agents/ports.hpp"
#include "features/agents/routes.hpp"
#include "http/live.hpp"
#include "http/routes.hpp"
#include "tunnel/relay.hpp"

namespace slipway::agents {

namespace {

constexpr std::int64_t kUsualSize = 80;
constexpr std::size_t kPiece = 32 << 10;

Result<void> must_be_connected(const sql::Found& agent, Time now) {
  const auto status = status_of(agent, now);
  if (status == api::WorkspaceAgentStatus::connected) return {};
  return fail(Code::bad_gateway, fmt::format("Agent state is \"{}\", not \"connected\"", status));
}

// The workspace's terminal as the query asks for it. Errors: everything that is wrong with it.
Result<Target> terminal_of(const http::Call& call) {
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
  if (!faults.empty()) return std::unexpected(Error{.code = Code::invalid, .say = "Invalid query parameters.", .fields = std::move(faults)});
  return Target::to_service("pty", {{"x-reconnect-id", reconnect->str()},
                                    {"x-height", std::to_string(height)},
                                    {"x-width", std::to_string(width)},
                                    {"x-command", call.query("command").value_or("")},
                                    {"x-container", call.query("container").value_or("")},
                                    {"x-client-ip", call.client_ip()}});
}

Task<void> typed(net::WebSocket& socket, net::Stream& stream) {
  for (;;) {
    auto message = co_await socket.read();
    if (!message || message->text) co_return;
    if (!co_await stream.write(message->data)) co_return;
  }
}

// The close code that the end of the output has.
Task<std::uint16_t> shown(net::Stream& stream, net::WebSocket& socket) {
  std::vector<char> piece(kPiece);
  for (;;) {
    const auto size = co_await stream.read_some(piece);
    if (!size) co_return net::close_code::internal;
    if (*size == 0) co_return net::close_code::normal;
    if (!co_await socket.write_binary({piece.data(), *size})) co_return net::close_code::going_away;
  }
}

std::string_view words_of(std::uint16_t code) {
  if (code == net::close_code::internal) return "The connection to the agent broke.";
  return code == net::close_code::going_away ? "The terminal was closed." : "";
}

http::LiveOptions both_ways() { return {.watches_caller = false}; }

Task<Result<http::Handled>> terminal(http::Call& call, Tunnels& tunnels, http::Authenticator& authenticator) {
  using namespace asio::experimental::awaitable_operators;
  CO_TRY(agent, co_await find(call));
  CO_CHECK((call.store().permit<rbac::Action::ssh, rbac::Resource::workspace>(sql::object_of(agent))));
  CO_TRY(target, terminal_of(call));
  CO_CHECK(must_be_connected(agent, call.now()));
  net::WebSocketOptions options{.origins = call.home().site->origins};
  CO_TRY(socket, co_await call.exchange().upgrade(std::move(options)));
  auto stream = co_await tunnels.dial(call.home(), agent.id, std::move(target));
  if (!stream) {
    co_await socket->close(net::close_code::internal, "dial workspace agent: " + stream.error().say);
    co_return http::Handled{};
  }
  http::Live live(call, standing(call, authenticator, agent.id, rbac::Action::ssh), both_ways());
  const auto end = co_await live.beside(typed(*socket, **stream) || shown(**stream, *socket));
  (*stream)->close();
  const auto* code = end ? std::get_if<std::uint16_t>(&*end) : nullptr;
  const auto said = code ? *code : net::close_code::going_away;
  co_await socket->close(said, words_of(said));
  co_return http::Handled{};
}

// Bytes both ways between the caller's WebSocket and a stream into the workspace, which is not so much as dialled for a handshake
// that will be refused.
Task<Result<http::Handled>> carry(http::Call& call, Tunnels& tunnels, http::Authenticator& authenticator, AgentId agent, rbac::Action action,
                                  Target target) {
  net::WebSocketOptions options{.origins = call.home().site->origins};
  CO_CHECK(co_await call.exchange().judge_upgrade(options));
  CO_TRY(stream, co_await tunnels.dial(call.home(), agent, std::move(target)));
  CO_TRY(socket, co_await call.exchange().upgrade(std::move(options)));
  tunnel::WebSocketStream theirs(std::move(socket));
  http::Live live(call, standing(call, authenticator, agent, action), both_ways());
  (void)co_await live.beside(tunnel::splice(theirs, *stream));
  stream->close();
  co_await theirs.finish();
  co_return http::Handled{};
}

Task<Result<http::Handled>> ssh(http::Call& call, Tunnels& tunnels, http::Authenticator& authenticator) {
  CO_TRY(agent, co_await find(call));
  CO_CHECK((call.store().permit<rbac::Action::ssh, rbac::Resource::workspace>(sql::object_of(agent))));
  CO_CHECK(must_be_connected(agent, call.now()));
  auto target = Target::to_service("ssh", {{"x-client-ip", call.client_ip()}});
  co_return co_await carry(call, tunnels, authenticator, agent.id, rbac::Action::ssh, std::move(target));
}

Task<Result<http::Handled>> port(http::Call& call, Tunnels& tunnels, http::Authenticator& authenticator) {
  CO_TRY(agent, co_await find(call));
  const store::Target workspace = sql::object_of(agent);
  const bool by_ssh = call.store().may(rbac::Action::ssh, workspace);
  if (!by_ssh) CO_CHECK((call.store().permit<rbac::Action::application_connect, rbac::Resource::workspace>(workspace)));
  CO_TRY(number, call.query_int("port", 0));
  if (number < kLeastPort || number > 65535)
    co_return fail_field("Query parameters have invalid values.", "port",
                         fmt::format("Query param \"port\" must be a port from {} to 65535.", kLeastPort));
  CO_CHECK(must_be_connected(agent, call.now()));
  auto target = Target::to_port(static_cast<std::uint16_t>(number));
  co_return co_await carry(call, tunnels, authenticator, agent.id, by_ssh ? rbac::Action::ssh : rbac::Action::application_connect, std::move(target));
}

}  // namespace

void add_stream_routes(http::Routes& routes, Tunnels& tunnels, http::Authenticator& authenticator) {
  using http::Audit, http::Auth, http::Rate;
  const std::string one = "/api/v2/workspaceagents/{agent}", relay = "/api/v2/internal/relay/{agent}";
  routes.get<Auth::user, Audit::none>(one + "/pty", [&tunnels, &authenticator](http::Call& call) { return terminal(call, tunnels, authenticator); });
  routes.get<Auth::user, Audit::none>(one + "/ssh", [&tunnels, &authenticator](http::Call& call) { return ssh(call, tunnels, authenticator); });
  routes.get<Auth::user, Audit::none>(one + "/tcp", [&tunnels, &authenticator](http::Call& call) { return port(call, tunnels, authenticator); });
  routes.get<Auth::peer, Audit::none, Rate::none>(relay, [&tunnels](http::Call& call) { return tunnels.relay(call); });
  routes.post<Auth::peer, Audit::none, Rate::none>(relay, [&tunnels](http::Call& call) { return tunnels.relay(call); });
}

void add_routes(http::Routes& routes, Tunnels& tunnels, http::Authenticator& authenticator, RouteOptions options) {
  add_agent_routes(routes, tunnels, options);
  add_view_routes(routes, tunnels, authenticator, options);
  add_port_share_routes(routes);
  add_stream_routes(routes, tunnels, authenticator);
}

}  // namespace slipway::agents
