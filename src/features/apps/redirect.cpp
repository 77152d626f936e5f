#include "features/apps/redirect.hpp"

#include "api/gen/apps.hpp"
#include "features/apps/hosts.hpp"
#include "features/apps/sealed_key.hpp"
#include "features/sessions/sessions.hpp"
#include "http/routes.hpp"
#include "http/status.hpp"
#include "rbac/scope.hpp"

namespace slipway::apps {

namespace {

constexpr std::string_view kScope = "coder:application_connect";
constexpr std::string_view kSignedOut = "You are signed out or your session has expired. Please sign in again to continue.";

std::uint16_t usual_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

// `asked` with the scheme of `base`, if its port is the one that people see there.
std::optional<net::Url> with_scheme_of(net::Url asked, const net::Url& base, std::uint16_t port) {
  if (asked.has_userinfo || (asked.port_given ? asked.port : usual_port(base.scheme)) != port) return std::nullopt;
  asked.scheme = base.scheme;
  asked.port = port;
  asked.port_given = port != usual_port(base.scheme);
  return asked;
}

// The port of an app's host, where the scheme is `scheme`.
std::uint16_t port_of_hosts(const Wildcard& wildcard, std::string_view scheme) {
  const auto host = net::parse_url(fmt::format("{}://{}", scheme, wildcard.host("x")));
  return host ? host->port : usual_port(scheme);
}

std::unexpected<Error> wrong_address() {
  return fail(
      Code::invalid, "Invalid redirect_uri.",
      "The redirect_uri query parameter must be the primary wildcard app hostname, a workspace proxy access URL or a workspace proxy wildcard "
      "app hostname.");
}

net::Response to_login(const http::Call& call) {
  const auto address =
      fmt::format("{}/login?message={}&redirect={}", call.access_url(), net::percent_encode(kSignedOut), net::percent_encode(call.request().target));
  return {.status = 303, .headers = {{"Location", address}, {"Cache-Control", "no-store"}}, .body = {}};
}

// A key of apps can do no more than the key that asks for it.
bool may_make_key(http::Call& call) {
  const auto& principal = call.principal();
  const rbac::Object own{.type = rbac::Resource::api_key, .owner = principal.user->id};
  if (!principal.key || !call.store().may(rbac::Action::create, own)) return false;
  const std::vector<std::string> wanted{std::string(kScope)};
  const auto covered = rbac::covers(principal.key->scopes, wanted);
  return covered && *covered;
}

Task<Result<std::optional<ProxyAddress>>> proxy_of(http::Call& call, const RedirectOptions& options, const net::Url& asked) {
  if (!options.proxy_of) co_return std::optional<ProxyAddress>();
  co_return co_await options.proxy_of(call, asked);
}

// By which address the caller may be sent to where it wants to go.
Task<Result<net::Url>> wanted(http::Call& call, const Doors& doors, const RedirectOptions& options) {
  const auto text = call.query("redirect_uri");
  if (!text || text->empty()) co_return fail(Code::invalid, "Missing redirect_uri query parameter.");
  const auto asked = net::parse_url(*text);
  if (!asked || (asked->scheme != "http" && asked->scheme != "https")) co_return fail(Code::invalid, "Invalid redirect_uri query parameter.");
  if (doors.wildcard)
    if (auto way = way_to_app(*asked, *doors.wildcard, call.access_url())) co_return by_sign_in(*way, *doors.wildcard);
  auto proxy = co_await proxy_of(call, options, *asked);
  if (!proxy) {
    proxy.error().say = "Failed to verify redirect_uri query parameter.";
    co_return std::unexpected(std::move(proxy).error());
  }
  if (*proxy)
    if (auto way = way_to_proxy(*asked, **proxy)) {
      const auto hosts = Wildcard::parse((*proxy)->wildcard);
      co_return hosts ? by_sign_in(*way, *hosts) : std::move(*way);
    }
  co_return wrong_address();
}

Task<Result<Secret>> make_app_key(http::Call& call, const RedirectOptions& options) {
  const auto& principal = call.principal();
  const auto term = term_of(call.now(), principal.key->expires_at, principal.key->lifetime, options.longest);
  sessions::NewKey key{.owner = principal.user->id,
                       .login_type = principal.user->login_type == "token" ? "none" : principal.user->login_type,
                       .scopes = {std::string(kScope)},
                       .allow_list = principal.key->allow_list,
                       .lifetime = term.lifetime,
                       .ip = call.client_ip(),
                       .made_by = principal.key->id,
                       .expires_at = term.expires_at};
  co_return co_await sessions::make_key(call.store(), std::move(key));
}

Task<Result<http::Raw>> auth_redirect(http::Call& call, Doors& doors, const RedirectOptions& options) {
  if (!call.principal().user) co_return http::Raw{to_login(call)};
  if (!may_make_key(call)) co_return not_found();
  CO_TRY(to, co_await wanted(call, doors, options));
  CO_TRY(key, co_await make_app_key(call, options));
  const SealedKey sealed{.api_key = key.reveal(), .host = to.host};
  CO_TRY(text, co_await doors.sealed.seal(call.home(), sealed));
  const auto address = with_key(std::move(to), text);
  co_return http::Raw{{.status = 303, .headers = {{"Location", address}, {"Cache-Control", "no-store"}}, .body = {}}};
}

// Terminals are opened elsewhere by proxies alone: here the session's cookie does.
Task<Result<http::Raw>> terminal_token(http::Call& call, Doors& doors, const RedirectOptions& options,
                                       api::IssueReconnectingPTYSignedTokenRequest ask) {
  CO_TRY(url, terminal_address(ask.url, ask.agentID));
  CO_TRY(proxy, co_await proxy_of(call, options, url));
  if (!proxy || !proxy->wildcard.empty())
    co_return fail(Code::invalid, "Invalid hostname in URL.", "It must be the access URL of a workspace proxy.");
  AppRequest app{.method = Method::terminal, .base_path = url.path, .agent = ask.agentID.str()};
  const Asked asked{.app = normalised(std::move(app)), .own_cookie = path_cookie(doors), .base_url = proxy->url, .path = url.path};
  Visit visit{.home = call.home(), .request = call.request(), .cost = call.cost(), .origin = call.origin(), .now = call.now()};
  auto resolution = co_await issue(doors, visit, asked);
  if (auto* page = std::get_if<net::Response>(&resolution)) co_return http::Raw{std::move(*page)};
  CO_TRY(token, co_await doors.tokens.sign(call.home(), std::move(std::get<Admitted>(resolution).claims)));
  co_return http::Raw{http::json(200, api::to_json(api::IssueReconnectingPTYSignedTokenResponse{.signed_token = std::move(token)}))};
}

Task<Result<api::AppHostResponse>> app_host(http::Call& call) { co_return api::AppHostResponse{.host = call.home().site->wildcard_access_host}; }

}  // namespace

std::optional<net::Url> way_to_app(const net::Url& asked, const Wildcard& wildcard, std::string_view access_url) {
  const auto access = net::parse_url(access_url);
  if (!access || asked.host == access->host || !wildcard.name_in(asked.host)) return std::nullopt;
  return with_scheme_of(asked, *access, port_of_hosts(wildcard.with_port_of(access_url), access->scheme));
}

std::optional<net::Url> way_to_proxy(const net::Url& asked, const ProxyAddress& proxy) {
  const auto own = net::parse_url(proxy.url);
  if (!own) return std::nullopt;
  if (proxy.wildcard.empty()) return asked.host == own->host ? with_scheme_of(asked, *own, own->port) : std::nullopt;
  const auto wildcard = Wildcard::parse(proxy.wildcard);
  return wildcard ? way_to_app(asked, *wildcard, proxy.url) : std::nullopt;
}

net::Url by_sign_in(const net::Url& to, const Wildcard& wildcard) {
  net::Url gate = to;
  gate.host = std::string(kSignInName) + wildcard.pattern().substr(1);
  gate.path = "/";
  gate.query = net::build_query({{std::string(kSignInTo), to.str()}});
  gate.fragment.clear();
  return gate;
}

std::string with_key(net::Url to, std::string_view sealed) {
  auto query = without_parameter(to.query, kSealedKeyQuery);
  query.append(query.empty() ? "" : "&").append(kSealedKeyQuery).append("=").append(net::percent_encode(sealed));
  to.query = std::move(query);
  return to.str();
}

Result<net::Url> terminal_address(std::string_view url, const Uuid& agent) {
  auto parsed = net::parse_url(url);
  if (!parsed || parsed->has_userinfo || (parsed->scheme != "ws" && parsed->scheme != "wss"))
    return fail(Code::invalid, "Invalid URL.", "It must be that of a WebSocket, such as wss://proxy.example.com/api/v2/workspaceagents/<id>/pty.");
  if (parsed->path != fmt::format("/api/v2/workspaceagents/{}/pty", agent.str()))
    return fail(Code::invalid, "Invalid URL path.", fmt::format("It must be /api/v2/workspaceagents/{}/pty.", agent.str()));
  return std::move(*parsed);
}

KeyTerm term_of(Time now, Time session_ends, Seconds session_lifetime, Seconds longest) {
  if (session_ends <= Time() || session_ends > now + longest) return {now + longest, longest};
  return {session_ends, session_lifetime};
}

void add_redirect_routes(http::Routes& routes, Doors& doors, RedirectOptions options) {
  using http::Audit, http::Auth;
  auto shared = std::make_shared<const RedirectOptions>(std::move(options));
  routes.get<Auth::user, Audit::none>("/api/v2/applications/host", app_host);
  routes.get<Auth::maybe_user, Audit::none>("/api/v2/applications/auth-redirect",
                                            [&doors, shared](http::Call& call) { return auth_redirect(call, doors, *shared); });
  routes.post<Auth::user, Audit::none>("/api/v2/applications/reconnecting-pty-signed-token",
                                       [&doors, shared](http::Call& call, api::IssueReconnectingPTYSignedTokenRequest ask) {
                                         return terminal_token(call, doors, *shared, std::move(ask));
                                       });
}

}  // namespace slipway::apps
