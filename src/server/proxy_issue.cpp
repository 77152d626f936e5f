// How a workspace proxy finds out whether a visitor without a good token may reach an app: by asking the primary, whose answer is a token
// for a minute, or what the visitor is shown instead.
#include "aio/task.hpp"
#include "base/log.hpp"
#include "base/utf8.hpp"
#include "crypto/token.hpp"
#include "features/apps/pages.hpp"
#include "http/audit.hpp"
#include "http/credentials.hpp"
#include "net/cookie.hpp"
#include "server/proxy_parts.hpp"

namespace slipway::server {

namespace {

// What the visitor proves themselves with, if it looks like a key of ours: what else is there is for the app.
std::string key_of(const apps::Visit& visit, const apps::Asked& asked) {
  if (!asked.own_cookie.empty())
    if (const auto own = net::cookie(visit.request.headers, asked.own_cookie); own && crypto::split_api_key(*own)) return std::string(*own);
  auto token = http::credentials(visit.request, *visit.home.site).token;
  return crypto::split_api_key(token) ? token : std::string();
}

api::IssueSignedAppTokenRequest question(const Proxy::Parts& parts, const apps::Visit& visit, const apps::Asked& asked, std::string key) {
  const auto& app = asked.app;
  api::IssueSignedAppTokenRequest out;
  out.app_request = {.access_method = std::string(apps::name_of(app.method)),
                     .base_path = app.base_path,
                     .app_prefix = app.prefix,
                     .username_or_id = app.user,
                     .workspace_name_or_id = app.workspace,
                     .agent_name_or_id = app.agent,
                     .app_slug_or_port = app.target};
  out.path_app_base_url = parts.url;
  out.app_hostname = visit.home.site->wildcard_access_host;
  out.app_path = asked.path;
  out.app_query = asked.query;
  out.session_token = std::move(key);
  out.client_ip = visit.origin->ip;
  out.user_agent = http::storable(visit.request.headers.get("User-Agent"));
  return out;
}

// What is no text cannot be asked about, nor is there anything of that name.
bool is_text(const apps::Asked& asked) {
  const auto& app = asked.app;
  const auto all = {&app.base_path, &app.prefix, &app.user, &app.workspace, &app.agent, &app.target, &asked.path, &asked.query};
  return std::ranges::all_of(all, [](const std::string* one) { return utf8::is_valid(*one); });
}

net::Response away(const Proxy::Parts& parts) {
  return apps::page(
      {.status = 502,
       .title = "Bad Gateway",
       .text = "Whether you may open this app could not be found out: the server that decides it did not answer. Try again in a moment.",
       .buttons = {{.text = "Back to site", .href = parts.config.primary_url}},
       .retry = true});
}

// The claims of a token that the primary has just signed. Errors: it is none that is good here.
Task<Result<apps::Claims>> read(Proxy::Parts& parts, apps::Visit& visit, const apps::Asked& asked, const std::string& token) {
  const auto number = apps::key_named(token);
  if (!number) co_return fail(Code::bad_gateway, "The primary sent no token.");
  const auto key = co_await parts.apps->token_keys.numbered(visit.home, *number);
  if (!key) co_return fail(Code::bad_gateway, "The primary signed a token with a key that this proxy cannot get.");
  auto claims = apps::claims_of(token, *key, visit.now);
  if (!claims || !apps::is_for(*claims, asked.app))
    co_return fail(Code::bad_gateway, "The primary sent a token that is not good here. Do the clocks of both agree?");
  co_return std::move(*claims);
}

}  // namespace

Task<apps::Resolution> ask_primary(Proxy::Parts& parts, apps::Visit& visit, const apps::Asked& asked) {
  if (!is_text(asked)) co_return apps::not_found({}, parts.config.primary_url);
  auto key = key_of(visit, asked);
  auto ask = question(parts, visit, asked, key);
  auto answer = co_await parts.primary->issue(visit.home.index, std::move(ask));
  if (!answer) {
    parts.asked.no_answer.add();
    log::warn("the primary could not be asked about an app", {{"say", answer.error().say}, {"why", answer.error().why}});
    co_return away(parts);
  }
  if (auto* instead = std::get_if<net::Response>(&*answer)) {
    parts.asked.instead.add();
    co_return std::move(*instead);
  }
  parts.asked.tokens.add();
  const auto& token = std::get<std::string>(*answer);
  auto claims = co_await read(parts, visit, asked, token);
  if (!claims) {
    log::error("a token of the primary cannot be used", {{"say", claims.error().say}});
    co_return away(parts);
  }
  auto cookie = apps::token_cookie(*claims, token, parts.apps->doors.options.secure_cookies);
  co_return apps::Admitted{.claims = std::move(*claims), .cookie = std::move(cookie), .session_token = std::move(key), .caller = nullptr};
}

}  // namespace slipway::server
