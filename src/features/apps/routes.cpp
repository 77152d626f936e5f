#include "http/routes.hpp"
#include "api/gen/apps.hpp"
#include "features/agents/access.hpp"
#include "features/apps/apps.hpp"
#include "features/apps/forward.hpp"
#include "features/apps/objects.hpp"
#include "http/answer.hpp"
#include "http/credentials.hpp"
#include "http/page.hpp"
#include "net/http1.hpp"
#include "net/url.hpp"
#include "store/db.hpp"
#include "tunnel/relay.hpp"

namespace slipway::apps {

namespace {

constexpr std::size_t kPiece = 32 << 10;

constexpr http::Link kBack{"Back to the workspaces", "/workspaces"};

struct Caller {
  http::PrincipalPtr principal;
  std::string token;
};

// Apps are opened by pages that know nothing of our CSRF token: the origin stands in for it, also where nothing is changed.
Result<Caller> identify(http::Call& call) {
  if (!call.principal().user) return fail(Code::unauthenticated, "Sign in to open this app.");
  if (!http::origin_passes(call.request(), *call.home().site)) return fail(Code::forbidden, "This request comes from a page of another site.");
  return Caller{call.principal_ptr(), http::credentials(call.request()).token};
}

std::string login_address(const http::Call& call) { return "/login?redirect=" + net::percent_encode(call.request().target); }

net::Response refused(const http::Call& call, const Error& error) {
  if (error.code == Code::unauthenticated && http::navigates(call.request()))
    return {.status = 303, .headers = {{"Location", login_address(call)}}, .body = {}};
  if (error.code == Code::not_found)
    return http::page(404, "App not found", "There is no such app, or you may not open it. Is the workspace running?", kBack);
  return http::page(http::status_of(error.code), "The app could not be opened", error.say, kBack);
}

// The app that the path names, if the caller may connect to it.
Task<Result<sql::Found>> app_of(http::Call& call, store::Store& store) {
  if (call.path("user") == "me") co_return not_found();
  const auto names = split_names(call.path("workspace_and_agent"));
  const std::optional<std::string> agent = names.agent.empty() ? std::nullopt : std::optional(names.agent);
  auto open = call.db().open(call.cost());
  CO_TRY(app, co_await sql::by_names(open, names.workspace, std::string(call.path("user")), std::string(call.path("slug")), agent));
  if (!app || !store.may(rbac::Action::application_connect, sql::object_of(*app))) co_return not_found();
  co_return std::move(*app);
}

Task<void> upload(net::Exchange& exchange, net::Http1& app) {
  std::vector<char> piece(kPiece);
  for (;;) {
    const auto size = co_await exchange.read_some(piece);
    if (!size || *size == 0) break;
    if (!co_await app.write({piece.data(), *size})) break;
  }
  if (auto done = co_await app.finish(); !done) co_return;
}

// An app may answer before it has read all: the upload never ends the exchange.
Task<void> upload_meanwhile(net::Exchange& exchange, net::Http1& app) {
  co_await upload(exchange, app);
  for (;;) co_await aio::sleep(std::chrono::hours(24));
}

// Errors: of the app, while nothing has been answered yet.
Task<Result<void>> download(net::Exchange& exchange, net::Http1& app) {
  CO_TRY(head, co_await app.read_head());
  net::Response answer{.status = head.status, .headers = from_app(head.headers, false), .body = {}};
  if (!co_await exchange.begin(std::move(answer))) co_return Result<void>();
  std::vector<char> piece(kPiece);
  for (;;) {
    const auto size = co_await app.read_some(piece);
    if (!size) co_return Result<void>();  // the exchange breaks off, as the app did
    if (*size == 0) break;
    if (!co_await exchange.write({piece.data(), *size})) co_return Result<void>();
  }
  (void)co_await exchange.finish();
  co_return Result<void>();
}

Task<Result<void>> pass_upgrade(http::Call& call, http::Authenticator& authenticator, AgentId agent, net::Http1& app) {
  using namespace asio::experimental::awaitable_operators;
  CO_TRY(head, co_await app.read_head());
  if (head.status != 101) {
    net::Response answer{.status = head.status, .headers = from_app(head.headers, false), .body = {}};
    answer.headers.remove("Content-Length");
    answer.headers.set("Connection", "close");
    co_return co_await call.exchange().send(std::move(answer));
  }
  net::Response answer{.status = 101, .headers = from_app(head.headers, true), .body = {}};
  CO_TRY(client, co_await call.exchange().hijack(std::move(answer)));
  const auto inside = app.release();
  auto right = agents::standing(call, authenticator, agent, rbac::Action::application_connect);
  (void)co_await (tunnel::splice(*client, *inside) || right.until_lost());
  co_return Result<void>();
}

// Errors: not found when the caller has lost the right meanwhile: a long answer breaks off, one not yet begun is never given.
Task<Result<void>> pass(http::Call& call, http::Authenticator& authenticator, const sql::Found& found, const Upstream& up, const Caller& caller,
                        std::unique_ptr<net::Stream> stream) {
  using namespace asio::experimental::awaitable_operators;
  const auto& request = call.request();
  const bool upgrade = request.headers.lists("Connection", "upgrade") && request.headers.has("Upgrade");
  const Front front{
      .client_ip = call.client_ip(), .host = std::string(request.headers.get("Host")), .tls = call.access_url().starts_with("https://")};
  auto headers = to_app(request.headers, front, up.host, caller.token, upgrade);
  const auto length = call.exchange().body_length();
  if (!length) headers.set("Transfer-Encoding", "chunked");
  net::Http1 app(std::move(stream));
  CO_CHECK(co_await app.send_head(request.method, up.target, headers));
  if (upgrade) co_return co_await pass_upgrade(call, authenticator, found.agent_id, app);
  auto right = agents::standing(call, authenticator, found.agent_id, rbac::Action::application_connect);
  if (length == std::uint64_t{0}) {
    auto outcome = co_await (download(call.exchange(), app) || right.until_lost());
    co_return outcome.index() == 0 ? std::move(std::get<0>(outcome)) : not_found();
  }
  auto outcome = co_await (download(call.exchange(), app) || upload_meanwhile(call.exchange(), app) || right.until_lost());
  co_return outcome.index() == 0 ? std::move(std::get<0>(outcome)) : not_found();
}

Task<Result<http::Handled>> open_app(http::Call& call, agents::Tunnels& tunnels, http::Authenticator& authenticator, const sql::Found& found,
                                     const Caller& caller) {
  CO_TRY(up, upstream_of(found.url, call.path("*"), call.request().query));
  const agents::ConnectionTimes times{.created_at = found.created_at,
                                      .first_connected_at = found.first_connected_at,
                                      .last_connected_at = found.last_connected_at,
                                      .disconnected_at = found.disconnected_at,
                                      .timeout = Seconds(found.connection_timeout_seconds)};
  if (const auto status = agents::connection_of(times, call.now()).status; status != api::WorkspaceAgentStatus::connected)
    co_return fail(Code::bad_gateway,
                   fmt::format("The agent \"{}\" of the workspace is {}. Start the workspace, or wait until its agent has connected.",
                               found.agent_name, status));
  CO_TRY(stream, co_await tunnels.dial(call.home(), found.agent_id, agents::Target::to_port(up.port)));
  auto passed = co_await pass(call, authenticator, found, up, caller, std::move(stream));
  if (passed || call.exchange().responded()) co_return http::Handled{};
  if (passed.error().code == Code::not_found) co_return std::unexpected(std::move(passed).error());
  co_return fail(Code::bad_gateway, "The app did not answer. Is it still starting?");
}

Task<Result<http::Handled>> answer(http::Call& call, net::Response response) {
  CO_CHECK(co_await http::send(call, std::move(response)));
  co_return http::Handled{};
}

Task<Result<http::Handled>> path_app(http::Call& call, agents::Tunnels& tunnels, http::Authenticator& authenticator, Options options) {
  if (!options.path_apps)
    co_return co_await answer(
        call, http::page(403, "Path apps are switched off", "The administrators have disabled apps on the dashboard's own address.", kBack));
  auto caller = identify(call);
  if (!caller) co_return co_await answer(call, refused(call, caller.error()));
  auto store = call.db().store_for(caller->principal->actor, call.cost());
  auto found = co_await app_of(call, store);
  if (!found) co_return co_await answer(call, refused(call, found.error()));
  const auto& request = call.request();
  if (found->external) co_return co_await answer(call, {.status = 307, .headers = {{"Location", found->url}}, .body = {}});
  if (call.path("*").empty() && !request.path.ends_with('/')) {
    std::string to = std::string(request.path) + "/";
    to.erase(0, to.find_first_not_of('/') - 1);  // "//name" would be another host
    if (!request.query.empty()) to.append("?").append(request.query);
    co_return co_await answer(call, {.status = 307, .headers = {{"Location", to}}, .body = {}});
  }
  auto opened = co_await open_app(call, tunnels, authenticator, *found, *caller);
  if (!opened) co_return co_await answer(call, refused(call, opened.error()));
  co_return http::Handled{};
}

Task<Result<api::AppHostResponse>> app_host(http::Call& call) { co_return api::AppHostResponse{.host = call.home().site->wildcard_access_host}; }

}  // namespace

void add_routes(http::Routes& routes, agents::Tunnels& tunnels, http::Authenticator& authenticator, Options options) {
  using http::Audit, http::Auth, http::Rate;
  const auto proxy = [&tunnels, &authenticator, options](http::Call& call) { return path_app(call, tunnels, authenticator, options); };
  // The path is matched as it came: browsers and programs write the sign both ways.
  routes.any<Auth::maybe_user, Audit::none, Rate::none>("/@{user}/{workspace_and_agent}/apps/{slug}/*", proxy);
  routes.any<Auth::maybe_user, Audit::none, Rate::none>("/%40{user}/{workspace_and_agent}/apps/{slug}/*", proxy);
  routes.get<Auth::user, Audit::none>("/api/v2/applications/host", app_host);
}

}  // namespace slipway::apps
