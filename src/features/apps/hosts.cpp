#include "features/apps/hosts.hpp"

#include "aio/task.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "crypto/token.hpp"
#include "features/apps/cors.hpp"
#include "features/apps/origins.hpp"
#include "features/apps/pages.hpp"
#include "features/apps/proxy.hpp"
#include "features/apps/redirect.hpp"
#include "features/apps/sealed_key.hpp"
#include "http/answer.hpp"
#include "http/audit.hpp"
#include "http/credentials.hpp"
#include "http/status.hpp"
#include "net/cookie.hpp"
#include "net/url.hpp"

namespace slipway::apps {

namespace {

constexpr std::string_view kSignOutName = "coder-logout";
constexpr std::size_t kHashBytes = 16;

// A host as it is compared: small letters, without a port and without dots around it.
std::string bare(std::string_view authority) {
  const auto lower = text::lower(text::trim(authority));
  const auto colon = lower.rfind(':');
  const bool has_port = colon != lower.npos && lower.find_first_not_of("0123456789", colon + 1) == lower.npos;
  return std::string(text::trim(std::string_view(lower).substr(0, has_port ? colon : lower.size()), "."));
}

bool is_safe(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

bool changes_something(const net::Request& request) { return !is_safe(request.method) || request.headers.has("Upgrade"); }

Visit visit_of(const net::Exchange& exchange, http::Home& home) {
  const auto& request = exchange.request();
  auto origin = std::make_shared<store::Origin>(store::Origin{.request = RequestId::random(), .ip = http::client_address(request, *home.site)});
  origin->user_agent = http::storable(request.headers.get("User-Agent"));
  return {.home = home, .request = request, .cost = std::make_shared<store::Cost>(), .origin = std::move(origin), .now = home.db.clock().now()};
}

net::Response to(std::string location) { return {.status = 303, .headers = {{"Location", location}}, .body = {}}; }

// Goes to the dashboard, and takes the key along that all hosts of the wildcard share.
net::Response sign_out(const Wildcard& wildcard, std::string_view dashboard, bool secure) {
  auto response = to(std::string(dashboard));
  const net::SetCookie gone{
      .name = subdomain_cookie(wildcard.setting()), .value = {}, .domain = wildcard.cookie_domain(), .max_age = Seconds(0), .secure = secure};
  response.headers.add("Set-Cookie", net::to_header(gone));
  return response;
}

Task<void> send(net::Exchange& exchange, const Visit& visit, net::Response response) {
  http::complete(response.headers, *visit.home.site, visit.origin->request);
  const auto sent = co_await exchange.send(std::move(response));
  if (!sent) log::debug("the caller went away before its answer", {{"request_id", visit.origin->request.str()}});
}

net::Response nameless() { return http::json(400, R"({"message":"Could not determine request Host."})"); }

net::Response too_many(const http::RateLimit::Verdict& verdict) {
  auto response =
      http::to_response(fail(Code::too_many, fmt::format("You've been rate limited for sending more than {} requests in a minute. Try again in {} s.",
                                                         verdict.limit, verdict.reset.count()))
                            .error());
  response.headers.set("Retry-After", std::to_string(verdict.reset.count()));
  return response;
}

net::Response of_strangers() { return http::to_response(fail(Code::forbidden, "This request comes from a page of somebody else's app.").error()); }

net::SetCookie cookie_of(const Doors& doors, const http::Site& site, KeyPlace place, std::string api_key) {
  const bool shared = place == KeyPlace::subdomain;
  return {.name = shared ? subdomain_cookie(doors.wildcard->setting()) : std::string(kPathAppCookie),
          .value = std::move(api_key),
          .domain = shared ? doors.wildcard->cookie_domain() : std::string(),
          .secure = site.secure_cookies};
}

}  // namespace

std::string subdomain_cookie(std::string_view setting) {
  return "coder_subdomain_app_session_token_" + crypto::hex(crypto::sha256(setting).substr(0, kHashBytes));
}

std::string path_cookie(const Doors& doors) { return doors.options.dashboard.empty() ? std::string() : std::string(kPathAppCookie); }

Place place_of(const net::Request& request, const http::Site& site, const Wildcard& wildcard) {
  const auto asked = http::authority_asked_for(request, site);
  const auto host = bare(asked);
  if (host.empty()) return {.kind = request.path == "/derp" ? Place::Kind::ours : Place::Kind::nameless};
  const auto access = net::parse_url(site.access_url);
  if (access && bare(access->authority()) == host) return {};
  auto name = wildcard.name_in(asked);
  if (!name) return {};
  Place place{.kind = Place::Kind::app, .name = std::move(*name)};
  if (place.name == kSignOutName) {
    place.kind = Place::Kind::signing_out;
  } else if (place.name == kSignInName) {
    place.kind = Place::Kind::signing_in;
  } else if (auto app = parse_name(place.name)) {
    place.app = std::move(*app);
  } else {
    place.kind = Place::Kind::unreadable;
  }
  return place;
}

std::string without_parameter(std::string_view query, std::string_view name) {
  std::string kept;
  for (const auto pair : text::split(query, '&')) {
    const auto found = net::query_value(pair, name);
    if (!found && !pair.empty()) kept.append(kept.empty() ? "" : "&").append(pair);
  }
  return kept;
}

std::string on_this_host(std::string_view path, std::string_view query) {
  path.remove_prefix(std::min(path.find_first_not_of("/\\"), path.size()));
  std::string address = "/" + std::string(path);
  if (!query.empty()) address.append("?").append(query);
  return address;
}

Task<std::optional<net::Response>> take_key(Doors& doors, Visit& visit, KeyPlace place) {
  const auto& request = visit.request;
  const auto sealed = request.query.empty() ? std::nullopt : net::query_value(request.query, kSealedKeyQuery);
  if (!sealed || sealed->empty()) co_return std::nullopt;
  const auto& site = *visit.home.site;
  if (place == KeyPlace::path && doors.options.dashboard.empty())
    co_return bad_request(
        "Could not decrypt API key. Workspace app API key smuggling is not permitted on the primary access URL. Please remove the query parameter "
        "and try again.",
        doors.dashboard(site));
  const auto key = co_await doors.sealed.open(visit.home, *sealed);
  const bool meant = key && (key->host.empty() || bare(key->host) == bare(http::authority_asked_for(request, site)));
  if (!meant || !crypto::split_api_key(key->api_key))
    co_return bad_request("Could not decrypt API key. Please remove the query parameter and try again.", doors.dashboard(site));
  auto response = to(on_this_host(request.path, without_parameter(request.query, kSealedKeyQuery)));
  response.headers.add("Set-Cookie", net::to_header(cookie_of(doors, site, place, key->api_key)));
  response.headers.set("Cache-Control", "no-store");
  co_return response;
}

Hosts::Hosts(Doors& doors, int cold_per_minute) : doors_(doors), cold_(cold_per_minute) {}

std::string_view Hosts::dashboard(const Visit& visit) const { return doors_.dashboard(*visit.home.site); }

// Back to the app's address, with the key as a cookie; who brings none goes to the dashboard.
Task<net::Response> Hosts::sign_in(Visit& visit) const {
  const auto wanted = net::parse_url(net::query_value(visit.request.query, kSignInTo).value_or(""));
  const auto way = wanted ? way_to_app(*wanted, *doors_.wildcard, visit.home.site->access_url) : std::nullopt;
  auto taken = co_await take_key(doors_, visit, KeyPlace::subdomain);
  if (!taken || (taken->status == 303 && !way)) co_return to(std::string(dashboard(visit)));
  if (taken->status == 303) taken->headers.set("Location", way->str());
  co_return std::move(*taken);
}

Task<bool> Hosts::serve(net::Exchange& exchange, http::Home& home) {
  if (!doors_.wildcard) co_return false;
  const auto place = place_of(exchange.request(), *home.site, *doors_.wildcard);
  if (place.kind == Place::Kind::ours) co_return false;
  auto visit = visit_of(exchange, home);
  if (place.kind == Place::Kind::signing_in) {
    auto answer = co_await sign_in(visit);
    co_await send(exchange, visit, std::move(answer));
    co_return true;
  }
  switch (place.kind) {
    case Place::Kind::nameless: co_await send(exchange, visit, nameless()); break;
    case Place::Kind::signing_out: co_await send(exchange, visit, sign_out(*doors_.wildcard, dashboard(visit), home.site->secure_cookies)); break;
    case Place::Kind::unreadable: co_await send(exchange, visit, invalid_address(place.name, dashboard(visit))); break;
    default: co_await serve_app(exchange, visit, place);
  }
  co_return true;
}

Asked Hosts::asked_of(const Visit& visit, const Place& place) const {
  const auto access = net::parse_url(visit.home.site->access_url);
  AppRequest app{.method = Method::subdomain,
                 .base_path = "/",
                 .prefix = place.app.prefix,
                 .user = place.app.user,
                 .workspace = place.app.workspace,
                 .agent = place.app.agent,
                 .target = place.app.target};
  return {.app = normalised(std::move(app)),
          .own_cookie = subdomain_cookie(doors_.wildcard->setting()),
          .base_url = fmt::format("{}://{}", access ? access->scheme : "http", doors_.wildcard->host(place.name)),
          .path = std::string(visit.request.path),
          .query = std::string(visit.request.query)};
}

// What answers before anybody is asked whether the app may be opened; nothing when that is to be asked, or a token says that it may.
Task<std::optional<net::Response>> Hosts::before(Visit& visit, const Place& place, const Claims* token) {
  if (!token && cold_.limit() > 0)
    if (const auto verdict = cold_.look(counted_as(visit), visit.now); !verdict.allowed) co_return too_many(verdict);
  auto taken = co_await take_key(doors_, visit, KeyPlace::subdomain);
  if (taken) co_return taken;
  if (is_preflight(visit.request)) co_return co_await preflight(visit, place, token);
  co_return std::nullopt;
}

// A browser asks without saying who uses it: it is answered the same for every app, whether there is one or not.
Task<std::optional<net::Response>> Hosts::preflight(Visit& visit, const Place& place, const Claims* token) {
  if (token && token->cors != "simple") co_return std::nullopt;
  const auto judged = co_await judge_preflight(doors_, visit, place);
  if (!token && !judged.by_server) co_return std::nullopt;
  co_return preflight_answer(visit.request, judged.kin);
}

Task<void> Hosts::serve_app(net::Exchange& exchange, Visit& visit, const Place& place) {
  const auto asked = asked_of(visit, place);
  auto token = co_await doors_.tokens.of_request(visit.home, visit.request, asked.app);
  auto answered = co_await before(visit, place, token ? &*token : nullptr);
  if (!answered && token) {
    counts_.by_token.add();
    Admitted admitted{.claims = std::move(*token)};
    co_return co_await carry_on(exchange, visit, place, std::move(admitted));
  }
  if (!answered) {
    auto resolution = co_await resolve(doors_, visit, asked);
    if (auto* admitted = std::get_if<Admitted>(&resolution)) {
      counts_.asked.add();
      cold_.count(admitted->claims.visitor ? counted_as(visit) : http::network_of(visit.origin->ip), visit.now);
      co_return co_await carry_on(exchange, visit, place, std::move(*admitted));
    }
    answered = std::move(std::get<net::Response>(resolution));
  }
  counts_.answered.add();
  count_answered(visit, answered->status);
  co_await send(exchange, visit, std::move(*answered));
}

// Many people share a network, whose sessions are not to pay for each other. One that was made up pays as its network does: at once if it
// is no key by its letters, else where wrong keys are counted.
std::string Hosts::counted_as(const Visit& visit) const {
  const auto session = net::cookie(visit.request.headers, subdomain_cookie(doors_.wildcard->setting()));
  return session && crypto::split_api_key(*session) ? "session " + crypto::sha256_hex(*session) : http::network_of(visit.origin->ip);
}

// A session pays for what it is denied; one that nobody has looked at, because too much was asked, is not so much as remembered.
void Hosts::count_answered(const Visit& visit, int status) {
  const auto network = http::network_of(visit.origin->ip), caller = counted_as(visit);
  cold_.count(network, visit.now);
  if (caller != network && status != 429) cold_.count(caller, visit.now);
}

void Hosts::write(metric::Text& text) const {
  text.family("slipway_app_host_requests_total", metric::Text::Type::counter, "Requests to hosts of apps, by what let them in.");
  text.sample({{"by", "token"}}, static_cast<double>(counts_.by_token.value()));
  text.sample({{"by", "asking"}}, static_cast<double>(counts_.asked.value()));
  text.sample({{"by", "none"}}, static_cast<double>(counts_.answered.value()));
}

Task<void> Hosts::carry_on(net::Exchange& exchange, Visit& visit, const Place& place, Admitted admitted) {
  Carry what{.rest = std::string(visit.request.path.substr(1)), .query = std::string(visit.request.query), .base = "/", .own_host = true};
  if (admitted.claims.cors == "simple") {
    const auto from = co_await asks_from(doors_, visit, place, admitted.claims.owner);
    if (from == From::stranger && changes_something(visit.request)) co_return co_await send(exchange, visit, of_strangers());
    if (from == From::kin) what.cors_origin = visit.request.headers.get("Origin");
  }
  what.claims = std::move(admitted.claims);
  what.session_token = std::move(admitted.session_token);
  what.cookie = std::move(admitted.cookie);
  co_await carry(doors_, exchange, visit, std::move(what));
}

}  // namespace slipway::apps
