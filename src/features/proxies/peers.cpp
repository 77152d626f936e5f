// What workspace proxies ask of this server. Each of their requests brings the proxy's token; nobody else gets past it.
#include "aio/task.hpp"
#include "api/gen/proxies.hpp"
#include "api/gen/response.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "features/apps/apps.hpp"
#include "features/keys/keys.hpp"
#include "features/proxies/gen/proxies_sql.hpp"
#include "features/proxies/proxies.hpp"
#include "http/audit.hpp"
#include "http/credentials.hpp"
#include "http/live.hpp"
#include "http/routes.hpp"
#include "net/url.hpp"
#include "store/store.hpp"

#include <boost/asio/ip/address.hpp>
#include <deque>
#include <map>
#include <tuple>

namespace slipway::proxies {

namespace {

constexpr int kWrongTokens = 60;  // a minute and network
constexpr std::size_t kMostTicket = 200;
constexpr Milliseconds kProvenAgain = Seconds(60);  // whoever hears what is taken back

// What their routes stand on.
struct Peers {
  apps::Doors& doors;
  http::WrongTokens wrong{kWrongTokens};
};
using PeersPtr = std::shared_ptr<Peers>;

Task<Result<std::optional<sql::Known>>> whose(http::Call& call, std::string_view token) {
  const auto parts = parse_token(token);
  if (!parts) co_return std::optional<sql::Known>();
  auto open = call.db().open(call.cost());
  CO_TRY(row, co_await sql::by_token(open, parts->proxy));
  if (row && !crypto::equal(row->token_hashed_secret.data, crypto::sha256(parts->secret))) row.reset();
  co_return std::move(row);
}

std::string token_in(http::Call& call) { return std::string(call.request().headers.get(kTokenHeader)); }

// Which proxy asks. Errors: unauthenticated; too_many for a network that guesses.
Task<Result<sql::Known>> proven(http::Call& call, Peers& peers) {
  const auto token = token_in(call);
  if (token.empty()) co_return fail(Code::unauthenticated, fmt::format("Missing required external proxy token in header {}.", kTokenHeader));
  const auto network = http::network_of(call.client_ip());
  if (!peers.wrong.begin(token, network, call.now()).allowed)
    co_return fail(Code::too_many, "Too many unknown tokens came from this network. Try again in a minute.");
  CO_TRY(known, co_await whose(call, token));
  if (!known) {
    peers.wrong.wrong(token, network, call.now());
    co_return fail(Code::unauthenticated, "Invalid external proxy token.", "Make a new one: slipway proxies regenerate-token NAME.");
  }
  peers.wrong.right(token);
  co_return std::move(*known);
}

// Where it says that people reach it. Errors: no such address, or this server's own.
Result<void> check_address(http::Call& call, const api::RegisterWorkspaceProxyRequest& ask) {
  const auto url = net::parse_url(ask.access_url);
  if (!url || (url->scheme != "http" && url->scheme != "https") || url->has_userinfo || url->target() != "/" || !url->fragment.empty())
    return fail_field("Invalid access URL.", "access_url", "Must be an address without a path, such as https://sydney.example.com.");
  const auto own = net::parse_url(call.home().site->access_url);
  if (own && own->host == url->host && own->port == url->port)
    return fail_field("Invalid access URL.", "access_url", "This is the primary's own address; a proxy needs another one.");
  if (ask.wildcard_hostname.empty()) return {};
  if (const auto wildcard = apps::Wildcard::parse(ask.wildcard_hostname); !wildcard)
    return fail_field("Invalid wildcard hostname.", "wildcard_hostname", wildcard.error().say);
  return {};
}

using CostPtr = std::shared_ptr<store::Cost>;

// What a process of a proxy says of itself. Errors: the proxy has been deleted meanwhile; the process is another proxy's.
Task<Result<void>> write_down(http::Home& home, CostPtr cost, const sql::Known& proxy, const api::RegisterWorkspaceProxyRequest& said) {
  const bool moved = proxy.url != said.access_url;  // to an address that a deleted one may have had: agents may come to it again
  auto duty = home.db.duty<rbac::Duty::proxy_keeper>(std::move(cost));
  auto body = [&](store::DutyTx<rbac::Duty::proxy_keeper>& tx) -> Task<Result<void>> {
    const sql::RegisteredArgs known{
        .url = said.access_url, .wildcard_hostname = said.wildcard_hostname, .version = said.version, .now = tx.now(), .proxy_id = proxy.id};
    CO_TRY(still, co_await sql::registered(tx, known));
    if (still == 0) co_return fail(Code::unauthenticated, "Invalid external proxy token.");
    if (moved) CO_CHECK(co_await store::notify(tx, std::string(kGone), ""));
    const sql::SaveReplicaArgs replica{.replica_id = {said.replica_id},
                                       .proxy_id = proxy.id,
                                       .hostname = said.replica_hostname,
                                       .version = said.version,
                                       .error = said.replica_error,
                                       .now = tx.now()};
    CO_TRY(saved, co_await sql::save_replica(tx, replica));
    if (saved == 0) co_return fail_field("Invalid replica.", "replica_id", "Another proxy has a process of this number.");
    co_return Result<void>();
  };
  co_return co_await duty.tx(body);
}

Task<Result<std::int64_t>> strike_out(http::Home& home, CostPtr cost, const Uuid& proxy, const Uuid& replica) {
  auto duty = home.db.duty<rbac::Duty::proxy_keeper>(std::move(cost));
  co_return co_await sql::end_replica(duty, duty.now(), ReplicaId{replica}, proxy);
}

Task<Result<http::Created<api::RegisterWorkspaceProxyResponse>>> register_replica(http::Call& call, Peers& peers) {
  CO_TRY(proxy, co_await proven(call, peers));
  CO_TRY(ask, co_await call.body<api::RegisterWorkspaceProxyRequest>());
  CO_CHECK(check_address(call, ask));
  if (ask.replica_id.is_nil()) co_return fail_field("Invalid replica.", "replica_id", "Must be a UUID that no other process has.");
  while (ask.access_url.ends_with('/')) ask.access_url.pop_back();
  CO_CHECK(co_await write_down(call.home(), call.cost(), proxy, ask));
  co_return http::Created<api::RegisterWorkspaceProxyResponse>{{}};
}

Task<Result<http::NoContent>> deregister(http::Call& call, Peers& peers) {
  CO_TRY(proxy, co_await proven(call, peers));
  CO_TRY(ask, co_await call.body<api::DeregisterWorkspaceProxyRequest>());
  CO_CHECK(co_await strike_out(call.home(), call.cost(), proxy.id, ask.replica_id));
  co_return http::NoContent{};
}

// Scheme and host of the app as the visitor has them before their eyes, for the way back from signing in.
Result<std::string> base_of(const sql::Known& proxy, const apps::AppRequest& app, const api::IssueSignedAppTokenRequest& ask) {
  const std::string own = ask.path_app_base_url.empty() ? proxy.url : ask.path_app_base_url;
  if (app.method != apps::Method::subdomain) return own;
  const auto url = net::parse_url(own);
  const auto wildcard = apps::Wildcard::parse(ask.app_hostname);
  if (!url || !wildcard) return fail(Code::invalid, "The proxy has no wildcard hostname, so that it serves no apps on hosts of their own.");
  const apps::AppName name{.prefix = app.prefix, .target = app.target, .agent = app.agent, .workspace = app.workspace, .user = app.user};
  return url->scheme + "://" + wildcard->host(apps::print_name(name));
}

Result<apps::Asked> asked_of(const sql::Known& proxy, const api::IssueSignedAppTokenRequest& ask) {
  const auto& of = ask.app_request;
  const auto method = apps::method_of(of.access_method);
  if (!method) return fail_field("Invalid app request.", "access_method", "Must be path, subdomain or terminal.");
  apps::Asked out;
  out.app = apps::normalised({.method = *method,
                              .base_path = of.base_path,
                              .prefix = of.app_prefix,
                              .user = of.username_or_id,
                              .workspace = of.workspace_name_or_id,
                              .agent = of.agent_name_or_id,
                              .target = of.app_slug_or_port});
  TRY_OK(apps::check(out.app));
  TRY(base, base_of(proxy, out.app, ask));
  out.base_url = std::move(base);
  out.path = ask.app_path;
  out.query = ask.app_query;
  return out;
}

// Who comes to the proxy, as it says; what is no address stands for the proxy's own.
struct Visitor {
  std::string ip, user_agent;
};
Visitor visitor_of(const http::Call& call, const api::IssueSignedAppTokenRequest& ask) {
  boost::system::error_code none;
  const auto ip = boost::asio::ip::make_address(ask.client_ip.value_or(""), none);
  return {.ip = none ? call.client_ip() : ip.to_string(), .user_agent = http::storable(ask.user_agent.value_or(""))};
}

// The visitor's request as far as deciding about it needs it. A key in its address is none that the proxy has not looked at: `session_token`
// is what counts there.
void fill(net::Request& request, const api::IssueSignedAppTokenRequest& ask, const Visitor& visitor) {
  request.method = "GET";
  request.set_target("/");
  request.peer.ip = visitor.ip;
  if (!ask.session_token.empty()) request.headers.set(http::kSessionHeader, ask.session_token);
  if (!visitor.user_agent.empty()) request.headers.set("User-Agent", visitor.user_agent);
}

// Whether the proxy's visitor may reach an app, and the token that says so; otherwise what the visitor is shown.
Task<Result<http::Raw>> issue_token(http::Call& call, Peers& peers) {
  CO_TRY(proxy, co_await proven(call, peers));
  CO_TRY(ask, co_await call.body<api::IssueSignedAppTokenRequest>());
  CO_TRY(asked, asked_of(proxy, ask));
  const auto visitor = visitor_of(call, ask);
  net::Request request;
  fill(request, ask, visitor);
  const auto origin = std::make_shared<store::Origin>(store::Origin{.request = call.id(), .ip = visitor.ip, .user_agent = visitor.user_agent});
  apps::Visit visit{.home = call.home(), .request = request, .cost = call.cost(), .origin = origin, .now = call.now()};
  auto resolved = co_await apps::issue(peers.doors, visit, asked);
  if (auto* page = std::get_if<net::Response>(&resolved)) co_return http::Raw{std::move(*page)};
  auto& admitted = std::get<apps::Admitted>(resolved);
  CO_TRY(token, co_await peers.doors.tokens.sign(call.home(), std::move(admitted.claims)));
  const api::IssueSignedAppTokenResponse out{.signed_token_str = std::move(token)};
  co_return http::Raw{http::json(201, api::to_json(out))};
}

Result<apps::Stat> stat_of(const api::AppStatsReport& told) {
  const auto method = apps::method_of(told.access_method);
  if (!method) return fail_field("Invalid statistics.", "access_method", "Must be path, subdomain or terminal.");
  return apps::Stat{.user = {told.user_id},
                    .workspace = {told.workspace_id},
                    .agent = {told.agent_id},
                    .method = *method,
                    .slug_or_port = told.slug_or_port,
                    .session = told.session_id,
                    .started = told.session_started_at,
                    .ended = told.session_ended_at,
                    .requests = told.requests};
}

Task<Result<http::NoContent>> app_stats(http::Call& call, Peers& peers) {
  CO_CHECK(co_await proven(call, peers));
  CO_TRY(ask, co_await call.body<api::ReportAppStatsRequest>());
  if (ask.stats.size() > apps::kStatsBatch)
    co_return fail_field("Invalid statistics.", "stats", fmt::format("At most {} are taken at once.", apps::kStatsBatch));
  std::map<std::tuple<UserId, AgentId, Uuid>, apps::Stat> last;  // of one session the last word counts
  for (const auto& told : ask.stats) {
    CO_TRY(stat, stat_of(told));
    const std::tuple session(stat.user, stat.agent, stat.session);
    last.insert_or_assign(session, std::move(stat));
  }
  std::vector<apps::Stat> stats;
  for (auto& [session, stat] : last) stats.push_back(std::move(stat));
  const auto store = apps::store_stats();
  if (!stats.empty()) CO_CHECK(co_await store(call.home(), std::move(stats)));
  co_return http::NoContent{};
}

Task<Result<api::CryptoKeysResponse>> crypto_keys(http::Call& call, Peers& peers) {
  CO_CHECK(co_await proven(call, peers));
  const auto feature = call.query("feature").value_or("");
  if (feature.empty()) co_return fail(Code::invalid, "Missing feature query parameter.");
  if (feature != keys::kAppTokens && feature != keys::kAppApiKeys) co_return fail(Code::invalid, fmt::format("Invalid feature: \"{}\"", feature));
  const auto fetch = keys::from_database(feature);
  CO_TRY(all, co_await fetch(call.home()));
  api::CryptoKeysResponse out;
  for (const auto& key : all)
    out.crypto_keys.push_back({.feature = feature,
                               .secret = crypto::hex(key.secret),
                               .deletes_at = key.deletes_at.value_or(kUnsetTime),
                               .sequence = key.sequence,
                               .starts_at = key.starts_at});
  co_return out;
}

// False: the proxy has been deleted, or has another token.
Task<bool> is_still_proven(http::Call& call) {
  const auto token = token_in(call);
  const auto known = co_await whose(call, token);
  co_return !known || known->has_value();  // a database that cannot be asked says nothing of it
}

// Asks an agent, by its tunnel, to open another one to the proxy, which knows it by the ticket that it made for it.
Task<Result<http::NoContent>> meet(http::Call& call, Peers& peers) {
  CO_TRY(proxy, co_await proven(call, peers));
  CO_TRY(agent, call.path_id<AgentId>("workspaceagent"));
  CO_TRY(ask, co_await call.body<api::MeetWorkspaceAgentRequest>());
  const auto plain = [](unsigned char c) { return std::isalnum(c); };
  if (ask.ticket.empty() || ask.ticket.size() > kMostTicket || !std::ranges::all_of(ask.ticket, plain))
    co_return fail_field("Invalid ticket.", "ticket", fmt::format("Must be letters and digits, at most {}.", kMostTicket));
  if (proxy.url.empty()) co_return fail(Code::precondition, "The proxy has not registered yet, so that no agent could find it.");
  auto path = "/meet?" + net::build_query({{"url", proxy.url}, {"ticket", ask.ticket}});
  CO_TRY(answer, co_await peers.doors.tunnels.request(call.home(), agent, std::move(path)));
  if (answer.status != 202)
    co_return fail(Code::bad_gateway, "The workspace's agent does not come to proxies. Restart the workspace to have the agent of this server.", {});
  if (co_await is_still_proven(call)) co_return http::NoContent{};
  // Deleted on the way: this agent may have heard so before it was sent there.
  CO_CHECK(co_await peers.doors.tunnels.request(call.home(), agent, part_from(proxy.url)));
  co_return fail(Code::unauthenticated, "Invalid external proxy token.");
}

// What was told of tokens that are taken back, in the order in which it was, and not yet passed on.
using Untold = std::deque<std::string>;
constexpr std::size_t kMostUntold = 1000;

pg::Listener::Subscription hear(http::Call& call, const std::shared_ptr<Untold>& untold) {
  const auto note = [untold](const pg::Wake& wake) {
    const bool all = wake.missed || untold->size() >= kMostUntold;
    if (all) untold->clear();
    untold->push_back(all ? std::string(kEverybody) : wake.payload);
  };
  return call.db().listener().subscribe(call.home().executor, std::string(apps::kRevocations), note);
}

Task<bool> pass_on(http::Live& live, Untold& untold) {
  while (!untold.empty()) {
    const auto next = std::move(untold.front());
    untold.pop_front();
    if (!co_await live.send(next)) co_return false;
  }
  co_return true;
}

// Which tokens are good no longer, as it happens; first of all that any may be, for whoever comes has missed some.
Task<Result<http::Handled>> revocations(http::Call& call, Peers& peers) {
  CO_CHECK(co_await proven(call, peers));
  const auto untold = std::make_shared<Untold>();
  const auto heard = hear(call, untold);
  http::LiveOptions options{.topics = {{.channel = std::string(apps::kRevocations), .payload = {}}}, .look = kProvenAgain};
  http::Live live(call, std::nullopt, std::move(options));
  CO_CHECK(co_await live.open(http::Frames::plain));
  for (auto why = co_await live.next(); why != http::Live::Why::over; why = co_await live.next()) {
    if (why == http::Live::Why::look && !co_await is_still_proven(call)) break;
    if (!co_await pass_on(live, *untold)) break;
  }
  co_await live.close(net::close_code::going_away);
  co_return http::Handled{};
}

// What a proxy's handler is: a Call and what their routes stand on.
template <class R>
auto with(PeersPtr peers, Task<Result<R>> (*handle)(http::Call&, Peers&)) {
  return [peers = std::move(peers), handle](http::Call& call) { return handle(call, *peers); };
}

}  // namespace

void add_proxy_routes(http::Routes& routes, apps::Doors& doors) {
  using http::Audit, http::Auth, http::Rate;
  const auto peers = std::make_shared<Peers>(doors);
  const std::string me = "/api/v2/workspaceproxies/me";
  routes.post<Auth::peer, Audit::none, Rate::none>(me + "/register", with(peers, register_replica));
  routes.post<Auth::peer, Audit::none, Rate::none>(me + "/deregister", with(peers, deregister));
  routes.post<Auth::peer, Audit::none, Rate::none>(me + "/issue-signed-app-token", with(peers, issue_token));
  routes.post<Auth::peer, Audit::none, Rate::none>(me + "/app-stats", with(peers, app_stats));
  routes.get<Auth::peer, Audit::none, Rate::none>(me + "/crypto-keys", with(peers, crypto_keys));
  routes.get<Auth::peer, Audit::none, Rate::none>(me + "/revocations", with(peers, revocations));
  routes.post<Auth::peer, Audit::none, Rate::none>(me + "/agents/{workspaceagent}/meet", with(peers, meet));
}

}  // namespace slipway::proxies
