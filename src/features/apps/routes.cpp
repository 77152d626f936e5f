#include "http/routes.hpp"
#include "api/gen/apps.hpp"
#include "features/apps/apps.hpp"
#include "features/apps/forward.hpp"
#include "features/apps/objects.hpp"
#include "features/resources/status.hpp"
#include "http/answer.hpp"
#include "http/credentials.hpp"
#include "http/live.hpp"
#include "http/page.hpp"
#include "net/http1.hpp"
#include "net/url.hpp"
#include "rbac/decide.hpp"
#include "store/db.hpp"
#include "tunnel/relay.hpp"

namespace slipway::apps {

namespace {

constexpr std::size_t kPiece = 32 << 10;

constexpr http::Link kBack{"Back to the workspaces", "/workspaces"};

struct Caller {
  store::Store store;
  std::string token;  // empty: nobody, which only a public app welcomes
};

// Apps are opened by pages that know nothing of our CSRF token: the origin stands in for it, also where nothing is changed.
Result<Caller> identify(http::Call& call, const Dangers& dangers) {
  const bool known = call.principal().user.has_value();
  if (!known && !dangers.path_sharing) return fail(Code::unauthenticated, "Sign in to open this app.");
  if (!http::origin_passes(call.request(), *call.home().site)) return fail(Code::forbidden, "This request comes from a page of another site.");
  return Caller{call.db().store_for(call.principal().actor, call.cost()),
                known ? http::credentials(call.request(), *call.home().site).token : std::string()};
}

std::string login_address(const http::Call& call) { return "/login?redirect=" + net::percent_encode(call.request().target); }

net::Response refused(const http::Call& call, const Error& error) {
  if (error.code == Code::unauthenticated && http::navigates(call.request()))
    return {.status = 303, .headers = {{"Location", login_address(call)}}, .body = {}};
  if (error.code == Code::not_found) {
    const std::string text = "There is no such app, or you may not open it. Is the workspace running?";
    return http::page(404, "App not found", error.detail.empty() ? text : text + " " + error.detail, kBack);
  }
  return http::page(http::status_of(error.code), "The app could not be opened", error.say, kBack);
}

Visit visit_of(store::Store& visitor, const sql::Found& app) {
  const auto& actor = visitor.actor();
  if (actor.kind != store::Actor::Kind::user) return {.level = app.sharing_level};
  constexpr auto connect = rbac::Action::application_connect;
  const rbac::Object own{.type = rbac::Resource::workspace, .owner = actor.user_id, .any_org = true};
  return {.level = app.sharing_level,
          .signed_in = true,
          .owns = actor.user_id == app.owner_id,
          .may_connect = visitor.may(connect, sql::object_of(app)),
          .may_connect_to_own = visitor.may(connect, own),
          .in_the_organization = actor.subject->is_member(app.organization_id)};
}

// The app that the path names, whoever asks.
Task<Result<std::optional<sql::Found>>> named(http::Call& call) {
  if (call.path("user") == "me") co_return std::optional<sql::Found>();
  const auto names = split_names(call.path("workspace_and_agent"));
  const std::optional<std::string> agent = names.agent.empty() ? std::nullopt : std::optional(names.agent);
  auto open = call.db().open(call.cost());
  co_return co_await sql::by_names(open, names.workspace, std::string(call.path("user")), std::string(call.path("slug")), agent);
}

// The app that the path names, if the visitor may open it. One that is not served here at all is not found either.
Task<Result<sql::Found>> app_of(http::Call& call, store::Store& visitor, const Dangers& dangers) {
  CO_TRY(app, co_await named(call));
  if (visitor.actor().kind != store::Actor::Kind::user && (!app || !may_open(visit_of(visitor, *app), dangers)))
    co_return fail(Code::unauthenticated, "Sign in to open this app.");
  if (!app || app->external) co_return not_found();
  const auto visit = visit_of(visitor, *app);
  if (may_open(visit, dangers)) co_return std::move(*app);
  Error closed = not_found().error();
  closed.detail = why_closed(visit, dangers);
  co_return std::unexpected(std::move(closed));
}

// Whoever keeps an app open must still be welcome, and the app must still be that of the newest build.
http::Standing standing(http::Call& call, http::Authenticator& authenticator, AgentId agent, const Dangers& dangers) {
  auto welcome = [&call, agent, dangers](store::Store& now) -> Task<Result<bool>> {
    CO_TRY(app, co_await named(call));
    co_return app && app->agent_id == agent&& may_open(visit_of(now, *app), dangers);
  };
  return {call, authenticator, fmt::format("app {} of agent {}", call.path("slug"), agent.str()), std::move(welcome)};
}

Task<void> upload(net::Exchange& exchange, net::Http1& app) {
  std::vector<char> piece(kPiece);
  for (;;) {
    const auto size = co_await exchange.read_some(piece);
    if (!size) co_return;  // half a body is none: the app must not take it for whole
    if (*size == 0) break;
    if (!co_await app.write({piece.data(), *size})) co_return;
  }
  if (auto done = co_await app.finish(); !done) co_return;
}

// An app may answer before it has read all: only a caller that leaves ends the exchange.
Task<void> upload_meanwhile(net::Exchange& exchange, net::Http1& app) {
  co_await upload(exchange, app);
  co_await exchange.caller_left();
}

Task<Result<void>> download(net::Exchange& exchange, net::Http1& app, net::Response head, const Back& back) {
  if (!co_await exchange.begin({.status = head.status, .headers = from_app(head.headers, back), .body = {}})) co_return Result<void>();
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

Task<Result<net::Response>> head_of(net::Http1& app, Milliseconds limit) {
  return aio::with_deadline(limit, "The app did not answer in time.", app.read_head());
}

// Errors: of the app, while nothing has been answered yet.
Task<Result<void>> pass_answer(net::Exchange& exchange, net::Http1& app, const Back& back, Milliseconds limit) {
  CO_TRY(head, co_await head_of(app, limit));
  co_return co_await download(exchange, app, std::move(head), back);
}

// An upgrade that the app refuses is an answer like any other.
Task<Result<void>> pass_upgrade(net::Exchange& exchange, net::Http1& app, Back back, Milliseconds limit) {
  CO_TRY(head, co_await head_of(app, limit));
  back.upgrade = head.status == 101;
  if (!back.upgrade) co_return co_await download(exchange, app, std::move(head), back);
  CO_TRY(client, co_await exchange.hijack({.status = 101, .headers = from_app(head.headers, back), .body = {}}));
  const auto inside = app.release();
  co_await tunnel::splice(*client, *inside);
  co_return Result<void>();
}

// The path of all the app's pages, as the caller spells it.
std::string base_of(const http::Call& call) {
  auto base = std::string_view(call.request().path);
  base.remove_suffix(call.path("*").size());
  while (base.ends_with('/')) base.remove_suffix(1);
  return std::string(base);
}

// Errors: not found when the caller has lost the right meanwhile (a long answer breaks off, one not yet begun is never given);
// cancelled when the caller has left. A plain answer may end by itself while the server stops; an upgraded stream would not.
Task<Result<void>> pass(http::Call& call, http::Standing right, const Options& options, net::Http1& app, bool upgrade) {
  using namespace asio::experimental::awaitable_operators;
  auto& exchange = call.exchange();
  const Back back{.base = base_of(call), .sandbox = !options.dangers.same_origin};
  http::Live live(call, std::move(right), {.watches_caller = false, .ends_at_stop = upgrade});
  if (upgrade) {
    auto passed = co_await live.beside(pass_upgrade(exchange, app, back, options.answer_limit));
    co_return passed ? std::move(*passed) : not_found();
  }
  auto passed = co_await live.beside(pass_answer(exchange, app, back, options.answer_limit) || upload_meanwhile(exchange, app));
  if (!passed) co_return not_found();
  if (passed->index() == 1) co_return fail(Code::cancelled, "The caller has left.");
  co_return std::move(std::get<0>(*passed));
}

Task<Result<void>> ask(http::Call& call, const Upstream& up, std::string token, net::Http1& app, bool upgrade) {
  const auto& request = call.request();
  const Front front{.client_ip = call.client_ip(),
                    .host = std::string(request.headers.get("Host")),
                    .tls = call.access_url().starts_with("https://"),
                    .session_token = std::move(token),
                    .upgrade = upgrade,
                    .length = call.exchange().body_length()};
  co_return co_await app.send_head(request.method, up.target, to_app(request.headers, front, up.host));
}

Task<Result<http::Handled>> open_app(http::Call& call, tunnels::Tunnels& tunnels, http::Authenticator& authenticator, const Options& options,
                                     const sql::Found& found, std::string token) {
  const resources::ConnectionTimes times{.created_at = found.created_at,
                                         .first_connected_at = found.first_connected_at,
                                         .last_connected_at = found.last_connected_at,
                                         .disconnected_at = found.disconnected_at,
                                         .timeout = Seconds(found.connection_timeout_seconds)};
  if (const auto status = resources::connection_of(times, call.now()).status; status != api::WorkspaceAgentStatus::connected)
    co_return fail(Code::bad_gateway,
                   fmt::format("The agent \"{}\" of the workspace is {}. Start the workspace, or wait until its agent has connected.",
                               found.agent_name, status));
  CO_TRY(up, upstream_of(found.url, call.path("*"), call.request().query));
  CO_TRY(stream, co_await tunnels.dial(call.home(), found.agent_id, tunnels::Target::to_port(up.port)));
  net::Http1 app(std::move(stream));
  const auto& headers = call.request().headers;
  const bool upgrade = headers.lists("Connection", "upgrade") && headers.has("Upgrade");
  auto passed = co_await ask(call, up, std::move(token), app, upgrade);
  if (passed) passed = co_await pass(call, standing(call, authenticator, found.agent_id, options.dangers), options, app, upgrade);
  if (passed || call.exchange().responded()) co_return http::Handled{};
  if (passed.error().code == Code::not_found || passed.error().code == Code::cancelled) co_return std::unexpected(std::move(passed).error());
  co_return fail(Code::bad_gateway, passed.error().code == Code::timed_out ? passed.error().say : "The app did not answer. Is it still starting?");
}

Task<Result<http::Handled>> answer(http::Call& call, net::Response response) {
  CO_CHECK(co_await http::send(call, std::move(response)));
  co_return http::Handled{};
}

Task<Result<http::Handled>> path_app(http::Call& call, tunnels::Tunnels& tunnels, http::Authenticator& authenticator, Options options) {
  if (!options.path_apps)
    co_return co_await answer(
        call, http::page(403, "Path apps are switched off", "The administrators have disabled apps on the dashboard's own address.", kBack));
  auto caller = identify(call, options.dangers);
  if (!caller) co_return co_await answer(call, refused(call, caller.error()));
  auto found = co_await app_of(call, caller->store, options.dangers);
  if (!found) co_return co_await answer(call, refused(call, found.error()));
  const auto& request = call.request();
  if (call.path("*").empty() && !request.path.ends_with('/')) {
    std::string to = std::string(request.path) + "/";
    to.erase(0, to.find_first_not_of('/') - 1);  // "//name" would be another host
    if (!request.query.empty()) to.append("?").append(request.query);
    co_return co_await answer(call, {.status = 307, .headers = {{"Location", to}}, .body = {}});
  }
  auto opened = co_await open_app(call, tunnels, authenticator, options, *found, std::move(caller->token));
  if (!opened) co_return co_await answer(call, refused(call, opened.error()));
  co_return http::Handled{};
}

Task<Result<api::AppHostResponse>> app_host(http::Call& call) { co_return api::AppHostResponse{.host = call.home().site->wildcard_access_host}; }

}  // namespace

void add_routes(http::Routes& routes, tunnels::Tunnels& tunnels, http::Authenticator& authenticator, Options options) {
  using http::Audit, http::Auth, http::Rate;
  const auto proxy = [&tunnels, &authenticator, options](http::Call& call) { return path_app(call, tunnels, authenticator, options); };
  // The path is matched as it came: browsers and programs write the sign both ways.
  routes.any<Auth::maybe_user, Audit::none, Rate::none>("/@{user}/{workspace_and_agent}/apps/{slug}/*", proxy);
  routes.any<Auth::maybe_user, Audit::none, Rate::none>("/%40{user}/{workspace_and_agent}/apps/{slug}/*", proxy);
  routes.get<Auth::user, Audit::none>("/api/v2/applications/host", app_host);
}

}  // namespace slipway::apps
