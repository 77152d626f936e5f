// Terminals of the dashboard: a WebSocket to a shell that outlives it. Opened as apps are: by a token for this one terminal, or by asking
// who it is and whether they may use SSH in the workspace.
#include "base/text.hpp"
#include "features/apps/apps.hpp"
#include "features/apps/hosts.hpp"
#include "features/reach/access.hpp"
#include "features/reach/into.hpp"
#include "features/reach/objects.hpp"
#include "features/reach/reach.hpp"
#include "http/answer.hpp"
#include "http/credentials.hpp"
#include "http/live.hpp"
#include "http/routes.hpp"
#include "http/whose.hpp"

namespace slipway::reach {

namespace {

constexpr std::int64_t kUsualSize = 80;
constexpr std::size_t kPiece = 32 << 10;

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
  if (!into.cookie.empty()) options.headers.add("Set-Cookie", into.cookie);
  CO_TRY(socket, co_await call.exchange().upgrade(std::move(options)));
  auto dialled = co_await tunnels.dial(call.home(), into.agent, std::move(into.target));
  if (!dialled) {
    co_await socket->close(net::close_code::internal, "dial workspace agent: " + dialled.error().say);
    co_return dialled.error().say;
  }
  const auto stream = connections::counted(std::move(*dialled), into.carried);
  http::Live live(call, std::move(stands), {.watches_caller = false});
  std::optional<std::uint16_t> code;
  const auto said = [&] { return server_stops(live, tunnels) ? net::close_code::restart : code.value_or(net::close_code::going_away); };
  const auto end = co_await live.beside(typed(*socket, *stream) || show_until_closed(*stream, *socket, code, said));
  stream->close();
  co_await socket->close(said(), words_of(said()));
  co_return said() == net::close_code::internal ? std::string(words_of(said())) : why_over(live, tunnels, end.has_value());
}

apps::Asked asked_of(const http::Call& call, const apps::Doors& doors) {
  apps::AppRequest terminal{
      .method = apps::Method::terminal, .base_path = std::string(call.request().path), .agent = std::string(call.path("agent"))};
  return {.app = apps::normalised(std::move(terminal)),
          .own_cookie = apps::path_cookie(doors),
          .base_url = call.access_url(),
          .query = std::string(call.request().query)};
}

// Whoever opens it, where that is known here: a token that came by itself names nobody's session.
Task<http::PrincipalPtr> person_of(http::Call& call, apps::Doors& doors, const apps::Admitted& admitted) {
  if (admitted.caller || doors.elsewhere || !admitted.claims.visitor) co_return admitted.caller;
  const auto token = http::credentials(call.request(), *call.home().site).token;
  if (token.empty()) co_return nullptr;
  auto who = co_await http::whose(doors.wrong_tokens.get(), doors.authenticator, &http::Authenticator::user, call.request(), call.home(), token,
                                  call.cost());
  if (!who || (*who)->actor->user_id != admitted.claims.visitor->id) co_return nullptr;
  co_return *who;
}

// A token's stream ends when the token is taken back.
http::Standing standing_by(http::Call& call, apps::Doors& doors, const apps::Claims& claims) {
  auto held = [revoked = &doors.tokens.revoked(), claims](store::Store&) -> Task<Result<bool>> { co_return !revoked->is(claims); };
  return {call, doors.authenticator, "a terminal by token " + Uuid::random().str(), std::move(held), http::Standing::OfNobody{}};
}

// Errors: the right is gone meanwhile.
Task<Result<sql::Found>> entered(http::Call& call, AgentId agent) {
  auto open = call.db().open(call.cost());
  CO_TRY(row, co_await sql::agent_to_enter(open, agent));
  if (!row) co_return not_found();
  co_return std::move(*row);
}

Task<Result<http::Handled>> terminal(http::Call& call, apps::Doors& doors) {
  apps::Visit visit{.home = call.home(), .request = call.request(), .cost = call.cost(), .origin = call.origin(), .now = call.now()};
  CO_CHECK(call.path_id<AgentId>("agent"));
  const auto asked = asked_of(call, doors);
  auto outcome = co_await apps::resolve(doors, visit, asked);
  if (auto* instead = std::get_if<net::Response>(&outcome)) {
    CO_CHECK(co_await http::send(call, std::move(*instead)));
    co_return http::Handled{};
  }
  auto& admitted = std::get<apps::Admitted>(outcome);
  CO_TRY(target, terminal_of(call));
  const auto counted = doors.stats.begin(admitted.claims);
  Into into{.agent = admitted.claims.agent, .target = std::move(target), .cookie = std::move(admitted.cookie)};
  const auto who = co_await person_of(call, doors, admitted);
  if (!who) {
    auto stands = standing_by(call, doors, admitted.claims);
    CO_CHECK(co_await show_terminal(call, doors.tunnels, std::move(stands), std::move(into)));
    co_return http::Handled{};
  }
  http::Call theirs(call.exchange(), call.home(), {}, who, call.cost(), call.origin());
  CO_TRY(agent, co_await entered(theirs, into.agent));
  const Ways ways{.tunnels = doors.tunnels, .sessions = doors.connections, .authenticator = doors.authenticator};
  auto opening = opening_of(agent, connections::kTerminal);
  co_return co_await enter(theirs, ways, std::move(opening), std::move(into), show_terminal);
}

}  // namespace

void add_terminal_route(http::Routes& routes, apps::Doors& doors) {
  using http::Audit, http::Auth;
  routes.get<Auth::none, Audit::none>("/api/v2/workspaceagents/{agent}/pty", [&doors](http::Call& call) { return terminal(call, doors); });
}

}  // namespace slipway::reach
