#include "features/apps/proxy.hpp"

#include "api/gen/agents.hpp"
#include "base/log.hpp"
#include "base/on_exit.hpp"
#include "features/apps/apps.hpp"
#include "features/apps/cors.hpp"
#include "features/apps/forward.hpp"
#include "features/apps/hosts.hpp"
#include "features/apps/pages.hpp"
#include "features/apps/passage.hpp"
#include "features/apps/visitor.hpp"
#include "http/credentials.hpp"
#include "http/status.hpp"

#include <boost/asio/multiple_exceptions.hpp>

namespace slipway::apps {

namespace {

constexpr Milliseconds kHandshake{10'000};  // of TLS with the app
constexpr Milliseconds kPatience{600'000};  // with a caller who takes nothing, or sends nothing, for so long
constexpr Milliseconds kListening{2000};    // for the agent to say what listens in place of the app

bool is_repeatable(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

// What changes protocol: never to HTTP/2, by which requests would pass that nobody here has looked at, and never after a body.
bool is_upgrade(const net::Exchange& exchange) {
  const auto& headers = exchange.request().headers;
  const auto to = headers.get("Upgrade");
  return headers.lists("Connection", "upgrade") && !to.empty() && headers.count("Upgrade") == 1 && !to.contains(',') &&
         !headers.lists("Upgrade", "h2c") && !headers.lists("Upgrade", "h2") && !to.starts_with("HTTP/") && exchange.body_length() == 0 &&
         exchange.request().minor_version == 1;
}

Front front_of(const Passage& way) {
  const auto& request = way.visit.request;
  const auto& site = *way.visit.home.site;
  const bool trusted = http::in_networks(request.peer.ip, site.trusted_proxies);
  return {.client_ip = way.visit.origin->ip,
          .proxy_ip = trusted ? request.peer.ip : std::string(),
          .host = http::authority_asked_for(request, site),
          .tls = request.tls || site.access_url.starts_with("https://"),
          .own_host = way.what.own_host,
          .session_token = way.what.session_token,
          .upgrade = way.upgrade,
          .awaits_continue = way.exchange.awaits_continue(),
          .length = way.exchange.body_length()};
}

Back back_of(const Passage& way, std::string_view host) {
  return {.base = way.what.base, .sandbox = way.what.sandbox, .own_host = way.what.own_host, .host = std::string(host.substr(0, host.find(':')))};
}

Task<Result<std::unique_ptr<net::Stream>>> dial(Passage& way) {
  const auto agent = way.what.claims.agent;
  CO_TRY(stream, co_await way.doors.tunnels.dial(way.visit.home, agent, tunnels::Target::to_port(way.up.port)));
  if (!way.up.tls) co_return std::move(stream);
  const auto& context = way.doors.lines->tls();
  if (!context) co_return fail_internal("there is no TLS for apps");
  auto secured = co_await aio::with_deadline(kHandshake, "The app did not take part in a TLS handshake.",
                                             net::tls_client(context, std::move(stream), way.up.host));
  // A server that speaks TLS says what it does not like by an alert; anything else is another protocol.
  if (!secured) way.other_scheme = !secured.error().why.empty() && !secured.error().why.contains("alert");
  co_return secured;
}

Task<Result<net::Response>> ask_there(Passage& way, const net::Headers& headers) {
  CO_CHECK(co_await way.app->send_head(way.visit.request.method, way.up.target, headers));
  way.sent.notify();
  co_return co_await way.app->read_any_head();
}

// The first head, on a connection that was kept where the request can be sent once more if that is closed by now.
Task<Result<net::Response>> ask(Passage& way, const net::Headers& headers) {
  const auto& request = way.visit.request;
  const Lines::Key key{.agent = way.what.claims.agent, .port = way.up.port, .tls = way.up.tls};
  if (!way.upgrade && is_repeatable(request.method) && way.exchange.body_length() == 0) {
    way.app = way.doors.lines->take(way.visit.home, key);
    if (way.app) {
      auto head = co_await ask_there(way, headers);
      // Some servers say 408 to a connection that they give up, whatever is on its way to them.
      const bool given_up = head ? head->status == 408 : way.app->unanswered() && head.error().code != Code::cancelled;
      if (!given_up) co_return head;
    }
  }
  CO_TRY(stream, co_await dial(way));
  way.app = std::make_unique<net::Http1>(std::move(stream));
  auto head = co_await ask_there(way, headers);
  // A server that speaks TLS answers by an alert, or closes without a word.
  if (!head) way.other_scheme = !way.up.tls && (way.app->no_http() || way.app->unanswered());
  co_return head;
}

Task<Result<void>> carry_through(Passage& way) {
  const auto front = front_of(way);
  auto headers = to_app(way.visit.request.headers, front);
  tell_visitor(headers, way.what.claims.visitor);
  way.back = back_of(way, front.host);
  CO_TRY(head, co_await ask(way, headers));
  co_return co_await pass_answer(way, std::move(head));
}

// With a body the answer may come before it was all read: then what is left of it is not wanted any more.
Task<Result<void>> carry_both(Passage& way) {
  using namespace asio::experimental::awaitable_operators;
  auto first = co_await (carry_through(way) || pass_body(way));
  if (first.index() == 0) co_return std::move(std::get<0>(first));
  co_return std::unexpected(std::move(std::get<1>(first)));
}

// Throws nothing: what runs beside looks at `way`, and has to be ended first.
Task<Result<void>> attempt(Passage& way) {
  try {
    if (way.exchange.body_length() == 0) co_return co_await carry_through(way);
    co_return co_await carry_both(way);
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::operation_aborted) co_return fail_internal(error.what());
  } catch (const asio::multiple_exceptions&) {
    // Cancelled while it awaited two things at once.
  } catch (const std::exception& bug) {
    co_return fail_internal(bug.what());
  }
  co_return fail(Code::cancelled, "The request was cancelled.");
}

Task<bool> cancelled_itself() {
  const auto state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

// As far as the answer, or the upgrade: the caller is watched, and the right once that takes long.
Task<Result<void>> watched(Passage& way, net::Cut& cut) {
  way.exchange.watch(way.doors.options.answer_limit, [&way] { return until_lost(way); });
  auto outcome = co_await attempt(way);
  co_await asio::this_coro::throw_if_cancelled(false);
  cut = co_await way.exchange.unwatch();
  co_await asio::this_coro::throw_if_cancelled(true);
  if (cut == net::Cut::none && co_await cancelled_itself()) throw boost::system::system_error(asio::error::operation_aborted);
  co_return outcome;
}

using Moment = std::chrono::steady_clock::time_point;

// How long a stream stood open, when it is over. Not by its address, which is the app's own affair and may hold its secrets. Of a path app
// the level debug has the line of every request.
void log_stream(const Passage& way, Moment opened) {
  if (!way.what.own_host && log::enabled(log::Level::debug)) return;
  const auto& claims = way.what.claims;
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - opened;
  log::info("request", {{"method", way.visit.request.method},
                        {"app", claims.request.target},
                        {"agent", claims.request.agent},
                        {"workspace", claims.request.workspace},
                        {"owner", claims.request.user},
                        {"status", "101"},
                        {"upgrade", std::string(way.visit.request.headers.get("Upgrade"))},
                        {"ms", fmt::format("{:.1f}", took.count())},
                        {"actor", claims.visitor ? claims.visitor->id.str() : std::string()},
                        {"ip", way.visit.origin->ip},
                        {"request_id", way.visit.origin->request.str()}});
}

Task<void> pass_and_log(Passage& way) {
  const OnExit over([&way, opened = std::chrono::steady_clock::now()] { log_stream(way, opened); });
  co_await pass_stream(way);
}

// --- what is answered in place of the app

Task<void> answer(Passage& way, net::Response response) {
  if (!way.what.cookie.empty()) response.headers.add("Set-Cookie", way.what.cookie);
  (void)co_await way.exchange.send(std::move(response));
}

// The same app by the other scheme: where its host is that of a port.
std::string twin_of(const Passage& way) {
  const auto& asked = way.what.claims.request;
  const auto port = port_of(asked.target);
  if (!way.other_scheme || !port || asked.method != Method::subdomain || !way.doors.wildcard) return {};
  const auto name = print_name({.prefix = asked.prefix,
                                .target = std::to_string(port->port) + (port->tls ? "" : "s"),
                                .agent = asked.agent,
                                .workspace = asked.workspace,
                                .user = asked.user});
  const auto& url = way.visit.home.site->access_url;
  return fmt::format("{}://{}{}", url.substr(0, url.find("://")), way.doors.wildcard->host(name), way.visit.request.target);
}

// Only for the workspace's owner: to others it is nobody's business what runs there.
Task<std::vector<std::string>> listening(Passage& way) {
  std::vector<std::string> names;
  const auto& claims = way.what.claims;
  if (!claims.visitor || claims.visitor->id != claims.owner) co_return names;
  auto asked = co_await aio::with_deadline(kListening, "The agent did not answer in time.",
                                           way.doors.tunnels.request(way.visit.home, claims.agent, "/listening-ports"));
  if (!asked || asked->status != 200) co_return names;
  const auto ports = api::from_json<api::WorkspaceAgentListeningPortsResponse>(asked->body);
  if (!ports) co_return names;
  for (const auto& one : ports->ports)
    if (one.port >= tunnels::kLeastPort)
      names.push_back(one.process_name.empty() ? std::to_string(one.port) : fmt::format("{} ({})", one.port, one.process_name));
  co_return names;
}

Task<void> say_unreachable(Passage& way, const Error& error) {
  const auto& dashboard = way.doors.dashboard(*way.visit.home.site);
  auto others = co_await listening(way);
  const auto why = fmt::format("{} (port {})", error.say, way.up.port);
  co_await answer(way, unreachable(why, std::move(others), twin_of(way), way.up.tls ? "HTTP" : "HTTPS", dashboard));
}

Task<void> say_failed(Passage& way, net::Cut cut, const Error& error) {
  const auto& dashboard = way.doors.dashboard(*way.visit.home.site);
  if (cut == net::Cut::caller_left) co_return;
  if (cut == net::Cut::ended) co_return co_await answer(way, not_found({}, dashboard));
  const Error late{.code = Code::timed_out, .say = "The app did not answer in time."};
  if (cut == net::Cut::too_late) co_return co_await say_unreachable(way, late);
  if (error.code == Code::invalid) co_return co_await answer(way, bad_request("The request's body is malformed.", dashboard));
  if (error.code == Code::cancelled) co_return;
  if (error.code == Code::internal) {
    log::error("an app could not be reached for a fault of ours", {{"why", error.why}});
    co_return co_await answer(way, broken(dashboard));
  }
  co_await say_unreachable(way, error);
}

// An app's first page: with the slash that its links are read from, and with what its URL says about it.
std::optional<std::string> elsewhere(const Passage& way) {
  const auto& request = way.visit.request;
  if (!way.what.rest.empty()) return std::nullopt;
  if (!request.path.ends_with('/')) return on_this_host(std::string(request.path) + "/", request.query);
  if (!request.query.empty() || way.up.default_query.empty()) return std::nullopt;
  return on_this_host(request.path, way.up.default_query);
}

net::Response refusal(const Error& error, const std::string& dashboard) {
  return error.code == Code::invalid ? http::to_response(error) : bad_request(error.say, dashboard);
}

}  // namespace

Task<void> carry(Doors& doors, net::Exchange& exchange, Visit& visit, Carry what) {
  Passage way(doors, exchange, visit, std::move(what));
  const auto& dashboard = doors.dashboard(*visit.home.site);
  if (visit.request.method == "CONNECT") co_return co_await answer(way, bad_request("An app is no proxy: it cannot be asked to CONNECT.", dashboard));
  auto up = upstream_of(way.what.claims.app_url, way.what.rest, way.what.query);
  if (!up) co_return co_await answer(way, refusal(up.error(), dashboard));
  way.up = std::move(*up);
  if (const auto to = elsewhere(way)) co_return co_await answer(way, {.status = 307, .headers = {{"Location", *to}}, .body = {}});

  const auto counted = doors.stats.begin(way.what.claims);
  way.upgrade = is_upgrade(exchange);
  exchange.be_patient(kPatience);
  auto cut = net::Cut::none;
  const auto passed = co_await watched(way, cut);
  if (way.opened && cut == net::Cut::none) co_return co_await pass_and_log(way);
  const auto wrong = passed ? Error{.code = Code::cancelled} : passed.error();
  if (!exchange.responded()) co_return co_await say_failed(way, cut, wrong);
  if (passed && way.app && way.app->reusable())
    doors.lines->keep(visit.home, {.agent = way.what.claims.agent, .port = way.up.port, .tls = way.up.tls}, std::move(way.app));
}

}  // namespace slipway::apps
