#include "http/app.hpp"

#include "aio/task.hpp"
#include "base/log.hpp"
#include "http/answer.hpp"
#include "http/audit.hpp"
#include "http/credentials.hpp"
#include "http/packing.hpp"
#include "rbac/decide.hpp"

namespace slipway::http {

namespace {

// Who asks is not looked at, or is not told from a token: then the address alone counts, before anything is done.
bool counts_by_address(const Route& route) { return route.rate == Rate::login || route.auth == Auth::none || route.auth == Auth::peer; }

bool is_safe(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

std::unexpected<Error> signed_out() {
  return fail(Code::unauthenticated, "You are signed out or your session has expired. Please sign in again to continue.");
}

Microseconds since(std::chrono::steady_clock::time_point started) {
  return std::chrono::duration_cast<Microseconds>(std::chrono::steady_clock::now() - started);
}

// The path as it may be logged: a daemon asks about its key by naming the secret in it.
std::string logged_path(std::string_view path) {
  constexpr std::string_view kKeys = "/provisionerkeys/";
  const auto at = path.find(kKeys);
  if (at == path.npos || path.find("/organizations/") != path.npos) return std::string(path);
  return std::string(path.substr(0, at + kKeys.size())) + "...";
}

using Outcome = Result<std::optional<net::Response>>;

// The panic barrier: what a handler throws is its request's answer.
Task<Outcome> attempt(const Route& route, Call& call) {
  try {
    co_return co_await route.endpoint(call);
  } catch (const boost::system::system_error& error) {
    if (error.code() == boost::asio::error::operation_aborted) co_return fail(Code::cancelled, "The request was cancelled.");
    co_return fail_internal(error.what());
  } catch (const std::exception& bug) {
    co_return fail_internal(bug.what());
  }
}

Error cut_off(net::Cut cut, Milliseconds limit) {
  if (cut == net::Cut::caller_left) return fail(Code::cancelled, "The caller went away.").error();
  return fail(Code::unavailable, "The server took too long to answer. Try again in a moment.",
              fmt::format("A request may take {} seconds.", std::chrono::ceil<Seconds>(limit).count()))
      .error();
}

Task<bool> cancelled_itself() {
  const auto state = co_await boost::asio::this_coro::cancellation_state;
  co_return state.cancelled() != boost::asio::cancellation_type::none;
}

PrincipalPtr nobody() {
  static const PrincipalPtr principal = [] {
    auto made = std::make_shared<Principal>();
    made->actor = store::Db::nobody();
    return made;
  }();
  return principal;
}

std::shared_ptr<store::Origin> origin_of(const net::Request& request, const Home& home, const Route* route) {
  auto origin = std::make_shared<store::Origin>(store::Origin{.request = RequestId::random(), .ip = client_address(request, *home.site)});
  if (route && route->audit != Audit::none) {
    origin->user_agent = storable(request.headers.get("User-Agent"));
    origin->action = name_of(route->audit);
    origin->success = route->success;
  }
  return origin;
}

void log_failure(const Call& call, const Error& error) {
  const bool internal = error.code == Code::internal;
  if ((!internal && error.why.empty()) || error.code == Code::cancelled) return;
  log::write(internal ? log::Level::error : log::Level::debug, "request failed",
             {{"request_id", call.id().str()},
              {"actor", call.actor().name},
              {"path", logged_path(call.request().path)},
              {"why", error.why},
              {"say", error.say},
              {"at", fmt::format("{}:{}", error.where.file_name(), error.where.line())}});
}

void log_request(const Finished& done, const store::Cost& cost) {
  const Call& call = *done.call;
  const bool safe = is_safe(call.request().method), broken = done.status >= 500;
  if (!log::enabled(log::Level::debug) && !broken && safe) return;
  log::write(broken ? log::Level::warn
             : safe ? log::Level::debug
                    : log::Level::info,
             "request",
             {{"method", call.request().method},
              {"path", logged_path(call.request().path)},
              {"status", std::to_string(done.status)},
              {"ms", fmt::format("{:.1f}", static_cast<double>(done.took.count()) / 1000)},
              {"actor", call.actor().name},
              {"ip", call.client_ip()},
              {"sql", std::to_string(cost.sql)},
              {"rbac", std::to_string(cost.rbac)},
              {"request_id", call.id().str()}});
}

}  // namespace

App::App(Routes routes, std::vector<std::unique_ptr<Home>> homes, Authenticator& authenticator, AppOptions options)
    : routes_(std::move(routes)),
      meter_(routes_),
      homes_(std::move(homes)),
      authenticator_(authenticator),
      options_(std::move(options)),
      api_rate_(options_.api_rate_per_minute),
      login_rate_(options_.login_rate_per_minute),
      agent_rate_(options_.agent_rate_per_minute) {
  if (!options_.wrong_tokens) options_.wrong_tokens = std::make_shared<WrongTokens>(options_.api_rate_per_minute);
}

Home& App::home_of(const net::Exchange& exchange) {
  for (auto& home : homes_)
    if (home->executor == exchange.home()) return *home;
  die("a connection runs on a loop without a home");
}

Task<void> App::serve(net::Exchange& exchange) {
  Home& home = home_of(exchange);
  if (options_.by_host)
    if (co_await options_.by_host(exchange, home)) co_return;
  const Match match = routes_.match(exchange.request().method, exchange.request().path);
  Meter::Running running(meter_, match.route, exchange.request().method, exchange.wants_websocket());
  co_await answer(exchange, home, match, running);
}

Result<void> App::limit(const Route& route, const net::Request& request, const Home& home, const Principal* principal, net::Headers& headers) {
  if (route.rate == Rate::none) return {};
  auto& rate = route.rate == Rate::login ? login_rate_ : route.rate == Rate::agent ? agent_rate_ : api_rate_;
  if (rate.limit() == 0) return {};
  const bool known = principal && principal->user && route.rate != Rate::login;
  if (known && request.headers.get("X-Coder-Bypass-Ratelimit") == "true" && principal->actor->subject->holds("owner")) return {};
  const auto caller = known                           ? principal->user->id.str()
                      : principal && principal->agent ? principal->agent->id.str()
                                                      : network_of(client_address(request, *home.site));
  const auto verdict = rate.count(caller, home.db.clock().now());
  headers.set("X-RateLimit-Limit", std::to_string(verdict.limit));
  headers.set("X-RateLimit-Remaining", std::to_string(verdict.remaining));
  headers.set("X-RateLimit-Reset", std::to_string(verdict.reset.count()));
  if (verdict.allowed) return {};
  headers.set("Retry-After", std::to_string(verdict.reset.count()));
  return too_many(verdict, "requests");
}

Task<Result<PrincipalPtr>> App::whose(AskWhose ask, const net::Request& request, Home& home, const std::string& token,
                                      std::shared_ptr<store::Cost> cost) {
  return http::whose(options_.wrong_tokens.get(), authenticator_, ask, request, home, token, std::move(cost));
}

Task<Result<PrincipalPtr>> App::authenticate(const Route& route, const net::Exchange& exchange, Home& home, std::shared_ptr<store::Cost> cost) {
  const net::Request& request = exchange.request();
  const Credentials found = credentials(request, *home.site);
  // Whatever else it brings: what a page sends says which page, and a browser says it of all that could change something.
  if ((!is_safe(request.method) || exchange.wants_websocket()) && (found.by_cookie || request.headers.has("Origin"))) {
    CO_CHECK(host_passes(request, *home.site));
    if (!origin_passes(request, *home.site)) co_return fail(Code::forbidden, "This request comes from a page of another site.");
  }
  if (route.auth == Auth::none || route.auth == Auth::peer) co_return nobody();
  if (route.auth == Auth::provisioner || route.auth == Auth::user_or_provisioner) {
    if (const std::string key(request.headers.get(kProvisionerKeyHeader)); !key.empty() || route.auth == Auth::provisioner)
      co_return co_await whose(&Authenticator::provisioner, request, home, key, std::move(cost));
  }
  if (route.auth == Auth::agent || (route.auth == Auth::user_or_agent && Uuid::parse(found.token)))
    co_return co_await whose(&Authenticator::agent, request, home, found.token, std::move(cost));
  const bool maybe = route.auth == Auth::maybe_user;
  if (found.token.empty()) {
    if (maybe) co_return nobody();
    co_return signed_out();
  }
  auto principal = co_await whose(&Authenticator::user, request, home, found.token, std::move(cost));
  if (!principal) {
    if (maybe && principal.error().code == Code::unauthenticated) co_return nobody();
    co_return principal;
  }
  // What nobody may call too is opened by pages that know nothing of our CSRF token: their Origin stands in for it.
  if (found.by_cookie && !maybe && !is_safe(request.method) && !csrf_passes(request, *home.site, found.token))
    co_return fail(Code::invalid,
                   "Something is wrong with your CSRF token. Please refresh the page. If this error persists, try clearing your cookies.");
  co_return principal;
}

Task<Outcome> App::run(const Route& route, Call& call) {
  const bool watched = route.within != Within::stream;
  const auto limit = route.within == Within::upload ? options_.upload_limit : options_.request_limit;
  if (watched) call.exchange().watch(limit);
  auto outcome = co_await attempt(route, call);
  // Cancelled is how both ends of this look from here: who was cut off goes on, whom the server ends does not.
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  const auto cut = watched ? co_await call.exchange().unwatch() : net::Cut::none;
  co_await boost::asio::this_coro::throw_if_cancelled(true);
  if (cut == net::Cut::none && co_await cancelled_itself()) throw boost::system::system_error(boost::asio::error::operation_aborted);
  // What was done all the same is said, and so is what may have been.
  if (cut != net::Cut::none && !outcome && outcome.error().code == Code::cancelled) co_return std::unexpected(cut_off(cut, limit));
  co_return outcome;
}

// Who asks, and whether they may now: nothing when the handler is to answer, else what answers instead of it.
Task<Outcome> App::admit(const Match& match, const net::Exchange& exchange, Home& home, std::shared_ptr<store::Cost> cost, net::Headers& extra,
                         PrincipalPtr& principal) {
  if (!match.route) {
    if (match.other_method) co_return json(405, R"({"message":"Method not allowed."})");
    co_return fail(Code::not_found, "Route not found.");
  }
  const Route& route = *match.route;
  const bool by_address = counts_by_address(route);
  if (by_address) CO_CHECK(limit(route, exchange.request(), home, nullptr, extra));
  auto found = co_await authenticate(route, exchange, home, std::move(cost));
  if (found) principal = *found;
  if (!by_address) CO_CHECK(limit(route, exchange.request(), home, found ? found->get() : nullptr, extra));
  if (!found) co_return std::unexpected(found.error());
  co_return std::optional<net::Response>();
}

// With what every answer carries, and audited before it is sent. The status.
Task<int> App::send(Call& call, const Route* route, const store::Origin& origin, Outcome outcome, const net::Headers& extra,
                    std::chrono::steady_clock::time_point started) {
  if (!outcome) log_failure(call, outcome.error());
  const auto& site = *call.home().site;
  net::Response response = outcome ? std::move(**outcome) : to_response(outcome.error());
  for (std::size_t i = 0; i < extra.size(); ++i) response.headers.set(extra.at(i).first, extra.at(i).second);
  for (std::size_t i = 0; i < call.answer_headers().size(); ++i)
    response.headers.add(call.answer_headers().at(i).first, call.answer_headers().at(i).second);
  if (auto gone = without_plain_cookie(call.request(), site)) response.headers.add("Set-Cookie", *gone);
  complete(response.headers, site, call.id());
  if (!call.exchange().responded()) co_await pack(route, call.request(), response);
  const int status = response.status;
  if (options_.audit && route && route->audit != Audit::none && (status >= 400 || (origin.traced == 0 && !origin.follows))) {
    const Finished failed{.call = &call, .home = &call.home(), .route = route, .status = status, .took = since(started)};
    co_await options_.audit(failed);
  }
  if (call.exchange().responded()) co_return status;
  const auto sent = co_await call.exchange().send(std::move(response));
  if (!sent) log::debug("the caller went away before its answer", {{"request_id", call.id().str()}});
  co_return status;
}

Task<void> App::answer(net::Exchange& exchange, Home& home, const Match& match, Meter::Running& running) {
  const auto started = std::chrono::steady_clock::now();
  const auto origin = origin_of(exchange.request(), home, match.route);
  auto cost = std::make_shared<store::Cost>();
  net::Headers extra;
  PrincipalPtr principal = nobody();
  auto outcome = co_await admit(match, exchange, home, cost, extra, principal);

  Call call(exchange, home, match.path, std::move(principal), cost, origin);
  if (match.route && outcome) outcome = co_await run(*match.route, call);
  int status = exchange.responded() ? 200 : 101;  // of a handler that answered by itself
  if (!outcome || outcome->has_value()) status = co_await send(call, match.route, *origin, std::move(outcome), extra, started);

  const Finished done{.call = &call, .home = &home, .route = match.route, .status = status, .took = since(started)};
  running.finished(status, cost->sql);
  if (options_.watch) options_.watch(done);
  log_request(done, *cost);
}

}  // namespace slipway::http
