#include "http/routes.hpp"
#include "crypto/token.hpp"
#include "features/apps/apps.hpp"
#include "features/apps/hosts.hpp"
#include "features/apps/pages.hpp"
#include "features/apps/proxy.hpp"
#include "http/answer.hpp"
#include "http/credentials.hpp"
#include "http/status.hpp"
#include "http/whose.hpp"
#include "net/cookie.hpp"

namespace slipway::apps {

namespace {

using Answered = Result<http::Handled>;

Task<Answered> answer(http::Call& call, net::Response response) {
  CO_CHECK(co_await http::send(call, std::move(response)));
  co_return http::Handled{};
}

// One slash at the start: "//name" would be another host.
std::string of_this_host(std::string_view path) {
  std::string out(path);
  out.erase(0, out.find_first_not_of('/') - 1);
  return out;
}

// The path of all the app's pages, as the caller spells it: what stands before the rest, whatever that is.
std::string base_of(const http::Call& call) {
  auto base = call.request().path;
  base.remove_suffix(call.path("*").size());
  while (base.ends_with('/')) base.remove_suffix(1);
  return of_this_host(base);
}

Asked asked_of(const http::Call& call, const Doors& doors) {
  Asked asked{.app = {.method = Method::path,
                      .base_path = base_of(call),
                      .user = std::string(call.path("user")),
                      .workspace = std::string(call.path("workspace_and_agent")),
                      .target = std::string(call.path("slug"))},
              .own_cookie = path_cookie(doors),
              .base_url = call.access_url(),
              .path = std::string(call.path("*")),
              .query = std::string(call.request().query)};
  asked.app = normalised(std::move(asked.app));
  return asked;
}

// What is answered before anybody looks which app it is.
std::optional<net::Response> at_the_door(http::Call& call, const Doors& doors) {
  const auto& site = *call.home().site;
  const auto& dashboard = doors.dashboard(site);
  const Button back{.text = "Back to site", .href = dashboard};
  if (!doors.options.path_apps) return path_apps_off(dashboard);
  if (!http::origin_passes(call.request(), site))
    return page({.status = 403, .title = "Forbidden", .text = "This request comes from a page of another site.", .buttons = {back}});
  if (call.path("user") == "me")
    return page({.status = 404,
                 .title = "Application Not Found",
                 .text = "Applications must be accessed with the full username, not @me.",
                 .buttons = {back}});
  return std::nullopt;
}

// Does it say at all who asks? If not, it costs a look for nobody. What is no key by its letters names nobody; wrong keys are counted as such.
bool is_nobodys(http::Call& call, const Asked& asked) {
  const auto own = asked.own_cookie.empty() ? std::nullopt : net::cookie(call.request().headers, asked.own_cookie);
  return !crypto::split_api_key(http::credentials(call.request(), *call.home().site).token) && !(own && crypto::split_api_key(*own));
}

net::Response too_many(const http::RateLimit::Verdict& verdict) {
  auto response = http::to_response(http::too_many(verdict, "requests").error());
  response.headers.set("Retry-After", std::to_string(verdict.reset.count()));
  return response;
}

// Nothing when its network has not asked for too much without a token.
Task<std::optional<net::Response>> too_often(Doors& doors, http::RateLimit& cold, Visit& visit, const Asked& asked) {
  if (cold.limit() == 0) co_return std::nullopt;
  const auto verdict = cold.look(http::network_of(visit.origin->ip), visit.now);
  if (verdict.allowed) co_return std::nullopt;
  const auto token = co_await doors.tokens.of_request(visit.home, visit.request, asked.app);
  if (token) co_return std::nullopt;
  co_return too_many(verdict);
}

Task<Answered> path_app(http::Call& call, Doors& doors, http::RateLimit& cold) {
  if (auto refused = at_the_door(call, doors)) co_return co_await answer(call, std::move(*refused));
  Visit visit{.home = call.home(), .request = call.request(), .cost = call.cost(), .origin = call.origin(), .now = call.now()};
  if (auto taken = co_await take_key(doors, visit, KeyPlace::path)) co_return co_await answer(call, std::move(*taken));
  const auto asked = asked_of(call, doors);
  const bool nobodys = is_nobodys(call, asked);
  if (nobodys)
    if (auto refused = co_await too_often(doors, cold, visit, asked)) co_return co_await answer(call, std::move(*refused));
  auto outcome = co_await resolve(doors, visit, asked);
  const auto* in = std::get_if<Admitted>(&outcome);
  if (nobodys && (!in || !in->cookie.empty())) cold.count(http::network_of(visit.origin->ip), visit.now);
  if (auto* instead = std::get_if<net::Response>(&outcome)) co_return co_await answer(call, std::move(*instead));
  auto& admitted = std::get<Admitted>(outcome);
  Carry what{.claims = std::move(admitted.claims),
             .rest = asked.path,
             .query = asked.query,
             .session_token = std::move(admitted.session_token),
             .cookie = std::move(admitted.cookie),
             .base = base_of(call),
             .sandbox = !doors.options.dangers.same_origin};
  co_await carry(doors, call.exchange(), visit, std::move(what));
  co_return http::Handled{};
}

}  // namespace

void add_routes(http::Routes& routes, Doors& doors) {
  using http::Audit, http::Auth, http::Rate;
  const auto cold = std::make_shared<http::RateLimit>(doors.options.cold_per_minute);
  const auto proxy = [&doors, cold](http::Call& call) { return path_app(call, doors, *cold); };
  // The path is matched as it came: browsers and programs write the sign both ways. Who asks is looked at where no token of the app's says
  // that it may.
  routes.any<Auth::none, Audit::none, Rate::none>("/@{user}/{workspace_and_agent}/apps/{slug}/*", proxy);
  routes.any<Auth::none, Audit::none, Rate::none>("/%40{user}/{workspace_and_agent}/apps/{slug}/*", proxy);
}

}  // namespace slipway::apps
