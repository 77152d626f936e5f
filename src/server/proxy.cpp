#include "server/proxy.hpp"

#include "base/log.hpp"
#include "base/version.hpp"
#include "features/proxies/health.hpp"
#include "features/proxies/proxies.hpp"
#include "http/credentials.hpp"
#include "server/app_parts.hpp"
#include "server/certificates.hpp"
#include "server/front.hpp"
#include "server/proxy_parts.hpp"
#include "server/secret_file.hpp"

#include <unistd.h>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>

namespace slipway::server {

namespace {

constexpr std::size_t kConnectionsPerAddress = 2000;
constexpr Milliseconds kFirstTry{500}, kLongestTry{5000};
constexpr Seconds kPatience{30};  // with a primary that is not there yet, at the start
constexpr Milliseconds kGoodbye{3000}, kFirstWord{10000};
constexpr int kBeatsBetweenKeys = 20;  // ten minutes

Task<Result<http::PrincipalPtr>> nobody() {
  co_return fail(Code::unavailable, "A workspace proxy knows nobody. Ask the server that the dashboard is at.");
}

keys::Ring::Fetch from_primary(Proxy::Parts& parts, std::string_view feature) {
  return [&parts, feature = std::string(feature)](http::Home& home) { return parts.primary->keys(home.index, feature); };
}

api::AppStatsReport to_wire(const apps::Stat& stat) {
  return {.user_id = stat.user.uuid,
          .workspace_id = stat.workspace.uuid,
          .agent_id = stat.agent.uuid,
          .access_method = std::string(apps::name_of(stat.method)),
          .slug_or_port = stat.slug_or_port,
          .session_id = stat.session,
          .session_started_at = stat.started,
          .session_ended_at = stat.ended,
          .requests = stat.requests};
}

apps::Stats::Store report_to(Proxy::Parts& parts) {
  return [&parts](http::Home& home, std::vector<apps::Stat> stats) {
    api::ReportAppStatsRequest report;
    for (const auto& stat : stats) report.stats.push_back(to_wire(stat));
    return parts.primary->report(home.index, std::move(report));
  };
}

apps::Options app_options(const Proxy::Parts& parts) {
  const Config& base = parts.config.base;
  return {.path_apps = !base.disable_path_apps,
          .answer_limit = base.app_answer_limit,
          .secure_cookies = base.secure_cookies || parts.url.starts_with("https://"),
          .cold_per_minute = static_cast<int>(base.api_rate_limit),
          .dashboard = parts.config.primary_url};
}

}  // namespace

Task<Result<http::PrincipalPtr>> Strangers::user(http::Home&, std::string_view, std::shared_ptr<store::Cost>) { return nobody(); }
Task<Result<http::PrincipalPtr>> Strangers::agent(http::Home&, std::string_view, std::shared_ptr<store::Cost>) { return nobody(); }
Task<Result<http::PrincipalPtr>> Strangers::provisioner(http::Home&, std::string_view, std::shared_ptr<store::Cost>) { return nobody(); }

ProxyApps::ProxyApps(Proxy::Parts& parts, std::optional<apps::Wildcard> wildcard)
    : token_keys(keys::kAppTokens, parts.clock, from_primary(parts, keys::kAppTokens)),
      sealing_keys(keys::kAppApiKeys, parts.clock, from_primary(parts, keys::kAppApiKeys)),
      tokens(token_keys, revoked),
      sealed(sealing_keys, parts.clock),
      stats(parts.clock, report_to(parts)),
      doors{.tunnels = *parts.tunnels,
            .authenticator = parts.strangers,
            .tokens = tokens,
            .visits = visits,
            .stats = stats,
            .sealed = sealed,
            .connections = *parts.connections,
            .options = app_options(parts),
            .wildcard = std::move(wildcard),
            .wrong_tokens = {},
            .elsewhere = [&parts](apps::Visit& visit, const apps::Asked& asked) { return ask_primary(parts, visit, asked); }},
      hosts(doors, static_cast<int>(parts.config.base.api_rate_limit)) {}

namespace {

std::shared_ptr<http::Site> make_site(const Proxy::Parts& parts, const std::optional<apps::Wildcard>& wildcard) {
  const Config& base = parts.config.base;
  auto site = std::make_shared<http::Site>();
  site->access_url = parts.url;
  if (wildcard) site->wildcard_access_host = wildcard->printed();
  site->version = std::string(kVersion);
  site->secure_cookies = base.secure_cookies || parts.url.starts_with("https://");
  site->trusted_proxies = base.trusted_proxies;
  site->origins = {parts.url, parts.config.primary_url};
  return site;
}

Task<void> send_wait(net::Exchange& exchange) {
  net::Response wait{.status = 503, .headers = {{"Retry-After", "2"}}, .body = "The proxy is starting. Try again in a moment.\n"};
  if (const auto sent = co_await exchange.send(std::move(wait)); !sent) log::debug("a caller went away before its answer");
}

Task<void> receive(Proxy::Parts& parts, net::Exchange& exchange) {
  if (http::App* app = parts.ready.load()) co_return co_await app->serve(exchange);
  co_await send_wait(exchange);
}

Task<Result<void>> start_port(Proxy::Parts& parts) {
  const Config& base = parts.config.base;
  net::ServerOptions options{.host = host_of(base.http_address), .port = port_of(base.http_address), .tls = parts.tls};
  options.limits.connections_per_address = kConnectionsPerAddress;
  auto shared = base.trusted_proxies;
  shared.insert(shared.end(), {"127.0.0.0/8", "::1/128"});
  options.trusted = [shared = std::move(shared)](std::string_view from) { return http::in_networks(from, shared); };
  options.received = client_from(base);
  auto reach = [&parts](net::Exchange& exchange) { return receive(parts, exchange); };
  parts.net = std::make_unique<net::Server>(parts.loops, std::move(options), reach);
  if (auto listening = parts.net->start(); !listening) {
    parts.net.reset();
    co_return std::unexpected(std::move(listening).error());
  }
  auto host = host_of(base.http_address);
  if (host == "0.0.0.0" || host == "::") host = "127.0.0.1";
  const bool v6 = host.contains(':');
  parts.url = fmt::format("{}://{}{}{}:{}", parts.tls ? "https" : "http", v6 ? "[" : "", host, v6 ? "]" : "", parts.net->port());
  if (!base.access_url.empty()) parts.url = base.access_url;
  co_return Result<void>();
}

std::vector<std::unique_ptr<http::Home>> make_homes(Proxy::Parts& parts, const std::optional<apps::Wildcard>& wildcard) {
  const auto site = make_site(parts, wildcard);
  std::vector<std::unique_ptr<http::Home>> homes;
  for (std::size_t i = 0; i < parts.loops.size(); ++i)
    homes.push_back(std::make_unique<http::Home>(http::Home{parts.loops.at(i), i, store::Db(*parts.pools[i], *parts.listener, parts.clock), site}));
  return homes;
}

// The places of a database, which is not there.
void make_no_database(Proxy::Parts& parts) {
  const pg::ConnectOptions nowhere{.url = "host=/nonexistent dbname=none"};
  for (std::size_t i = 0; i < parts.loops.size(); ++i)
    parts.pools.push_back(std::make_unique<pg::Pool>(parts.loops.at(i), pg::PoolOptions{.connect = nowhere}));
  parts.listener = std::make_unique<pg::Listener>(parts.loops.at(0), nowhere);
}

Task<Result<void>> start_app(Proxy::Parts& parts) {
  std::vector<asio::any_io_executor> executors;
  for (std::size_t i = 0; i < parts.loops.size(); ++i) executors.push_back(parts.loops.at(i));
  parts.primary = std::make_unique<Primary>(parts.loops, parts.config.primary_url, parts.config.token, parts.roots);
  CO_TRY(wildcard, wildcard_of(parts.config.base, parts.url));
  make_no_database(parts);
  const ReplicaId self{parts.replica};
  parts.replicas = std::make_unique<tunnels::Replicas>(self, parts.url, std::string(kVersion));
  auto call_here = [&parts](std::size_t loop, AgentId agent, std::string ticket) { return parts.primary->call_here(loop, agent, std::move(ticket)); };
  parts.tunnels = std::make_unique<ProxyTunnels>(std::move(executors), *parts.replicas, std::move(call_here));
  parts.connections = std::make_unique<connections::Sessions>(self);
  parts.apps = std::make_unique<ProxyApps>(parts, wildcard);
  http::AppOptions options{.api_rate_per_minute = static_cast<int>(parts.config.base.api_rate_limit)};
  options.by_host = [hosts = &parts.apps->hosts](net::Exchange& exchange, http::Home& home) { return hosts->serve(exchange, home); };
  parts.app = std::make_unique<http::App>(proxy_routes(parts), make_homes(parts, wildcard), parts.strangers, std::move(options));
  co_return Result<void>();
}

std::string host_name() {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  return host;
}

Task<Result<void>> tell_primary(Proxy::Parts& parts) {
  api::RegisterWorkspaceProxyRequest ask;
  ask.access_url = parts.url;
  ask.wildcard_hostname = parts.app->home(0).site->wildcard_access_host;
  ask.replica_id = parts.replica;
  ask.replica_hostname = host_name();
  ask.replica_error = parts.complaint;
  ask.version = std::string(kVersion);
  co_return co_await parts.primary->register_replica(0, std::move(ask));
}

// With these every token of the next minutes is read without asking anybody.
Task<void> read_keys(Proxy::Parts& parts) {
  parts.complaint.clear();
  for (auto* ring : {&parts.apps->token_keys, &parts.apps->sealing_keys})
    if (const auto read = co_await ring->refresh(parts.app->home(0)); !read)
      parts.complaint = "The primary's keys could not be read: " + read.error().say;
  if (!parts.complaint.empty()) log::warn("the keys of the primary could not be read", {{"why", parts.complaint}});
}

// As a server does with what its database tells.
void heed(apps::Revoked& revoked, std::string_view told, Time now) {
  if (told == proxies::kEverybody) return revoked.of_everybody(now);
  const auto id = told.size() > 2 ? Uuid::parse(told.substr(2)) : std::nullopt;
  if (id && told.starts_with("u/")) revoked.of_user(UserId{*id}, now);
  if (id && told.starts_with("w/")) revoked.of_workspace(WorkspaceId{*id}, now);
}

// The first word is that any token may have been taken back while nobody listened.
Task<Result<void>> begin_to_hear(Proxy::Parts& parts) {
  CO_TRY(socket, co_await parts.primary->revocations(0));
  auto first = socket->read();
  CO_TRY(told, co_await aio::with_deadline(kFirstWord, "The primary did not say which tokens are taken back.", std::move(first)));
  heed(parts.apps->revoked, told.data, parts.clock.now());
  parts.news = std::move(socket);
  co_return Result<void>();
}

// Tokens that are taken back are no good here either. While the primary is away nobody can tell of any, and none is.
Task<void> hear_of_revocations(Proxy::Parts& parts) {
  for (auto pause = kFirstTry;; pause = std::min(pause * 2, kLongestTry)) {
    while (parts.news) {
      auto told = co_await parts.news->read();
      if (told) heed(parts.apps->revoked, told->data, parts.clock.now());
      if (!told) parts.news.reset();
      pause = kFirstTry;
    }
    co_await aio::sleep(pause);
    if (const auto begun = co_await begin_to_hear(parts); !begun)
      log::debug("the primary does not tell which tokens are taken back", {{"say", begun.error().say}});
  }
}

bool for_good(const Error& error) {
  return error.code == Code::unauthenticated || error.code == Code::forbidden || error.code == Code::invalid || error.code == Code::not_found;
}

// Errors: the primary wants nothing of this proxy. One that is away is waited for a while; then the loop goes on with that.
Task<Result<void>> introduce(Proxy::Parts& parts) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (auto pause = kFirstTry;; pause = std::min(pause * 2, kLongestTry)) {
    const auto told = co_await tell_primary(parts);
    if (told) break;
    const auto& error = told.error();
    if (for_good(error))
      co_return fail(error.code, fmt::format("{} does not take this proxy: {}", parts.config.primary_url, error.say), error.detail);
    log::warn("the primary cannot be reached yet", {{"url", parts.config.primary_url}, {"why", error.say}});
    if (std::chrono::steady_clock::now() > until) co_return Result<void>();
    co_await aio::sleep(pause);
  }
  co_await read_keys(parts);
  if (const auto begun = co_await begin_to_hear(parts); !begun)
    log::warn("the primary does not tell which tokens are taken back", {{"say", begun.error().say}});
  co_return Result<void>();
}

// The primary is told every half a minute that this proxy is there, and asked for its keys every ten; sooner while it has none.
Task<void> keep_in_touch(Proxy::Parts& parts) {
  for (int beat = 1;; ++beat) {
    co_await aio::sleep(proxies::kRegisterEvery);
    if (beat % kBeatsBetweenKeys == 0 || !parts.complaint.empty()) co_await read_keys(parts);
    if (const auto told = co_await tell_primary(parts); !told)
      log::warn("the primary could not be told that this proxy is there", {{"say", told.error().say}, {"why", told.error().why}});
  }
}

Task<void> take_leave(Proxy::Parts& parts) {
  if (!parts.tunnels) co_return;
  auto leaving = parts.primary->deregister(0, parts.replica);
  if (const auto told = co_await aio::with_deadline(kGoodbye, "The primary did not answer in time.", std::move(leaving)); !told)
    log::warn("the primary could not be told that this proxy stops", {{"say", told.error().say}});
  co_await parts.tunnels->stop();
}

Task<void> end_app(Proxy::Parts& parts) {
  if (!parts.apps) co_return;
  parts.news.reset();
  co_await parts.apps->doors.lines->stop();
  if (const auto told = co_await parts.apps->stats.flush(parts.app->home(0)); !told)
    log::warn("how much apps were used could not be told to the primary at the end", {{"say", told.error().say}});
  co_await parts.tunnels->close();
}

Task<void> close_all(Proxy::Parts& parts) {
  if (parts.listener) co_await parts.listener->stop();
  for (std::size_t i = 0; i < parts.pools.size(); ++i) co_await aio::on(parts.loops.at(i), parts.pools[i]->stop());
  if (parts.primary) co_await parts.primary->stop();
}

Task<void> stop_port(Proxy::Parts& parts, Milliseconds grace) {
  if (parts.net) co_await parts.net->stop(grace);
}

Part port_part(Proxy::Parts& parts) {
  const auto grace = std::chrono::duration_cast<Milliseconds>(parts.config.base.shutdown_grace);
  return {.name = "port", .start = [&parts] { return start_port(parts); }, .drain = [&parts, grace](Until) { return stop_port(parts, grace); }};
}

Part app_part(Proxy::Parts& parts) {
  return {.name = "app",
          .start = [&parts] { return start_app(parts); },
          .loops = {{"use of apps", 0, [&parts] { return parts.apps->stats.keep(parts.app->home(0)); }}},
          .take_no_more = [&parts](Until) { return take_leave(parts); },
          .end = [&parts](Until) { return end_app(parts); },
          .close = [&parts](Until) { return close_all(parts); }};
}

Part primary_part(Proxy::Parts& parts) {
  return {.name = "primary",
          .start = [&parts] { return introduce(parts); },
          .loops = {{"primary", 0, [&parts] { return keep_in_touch(parts); }},
                    {"tokens taken back", 0, [&parts] { return hear_of_revocations(parts); }}}};
}

Result<std::string> authorities(const std::string& path) {
  if (path.empty()) return std::string();
  return text_of_file(path);
}

}  // namespace

Proxy::Proxy(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Proxy::~Proxy() = default;
std::uint16_t Proxy::port() const { return parts_->net->port(); }
std::uint16_t Proxy::metrics_port() const { return parts_->metrics_net ? parts_->metrics_net->port() : 0; }
const std::string& Proxy::url() const { return parts_->url; }

Task<Result<std::unique_ptr<Proxy>>> Proxy::start(aio::Loops& loops, ProxyConfig config, const Clock& clock) {
  std::unique_ptr<Proxy> proxy(new Proxy(std::make_unique<Parts>(loops, std::move(config), clock)));
  Parts& parts = *proxy->parts_;
  CO_TRY(tls, tls_serving(parts.config.base));
  parts.tls = std::move(tls);
  CO_TRY(roots, authorities(parts.config.ca_file));
  parts.roots = std::move(roots);
  for (const auto make : {port_part, app_part, proxy_metrics_part, primary_part}) parts.list.add(make(parts));
  CO_CHECK(co_await parts.list.start());
  parts.ready = parts.app.get();
  co_return proxy;
}

Task<bool> Proxy::stop() { co_return co_await parts_->list.stop(); }

Task<int> run_proxy(aio::Loops& loops, ProxyConfig config) {
  auto proxy = co_await Proxy::start(loops, std::move(config));
  if (!proxy) {
    std::fprintf(stderr, "slipwayd proxy: %s %s\n", proxy.error().say.c_str(), proxy.error().detail.c_str());
    co_return 1;
  }
  boost::asio::signal_set signals(co_await aio::executor(), SIGINT, SIGTERM);  // before anybody is told that it can be stopped
  std::printf("Slipway proxy is ready: %s\n", (*proxy)->url().c_str());
  std::fflush(stdout);
  co_await signals.async_wait(aio::tuple);
  log::info("stopping");
  if (!co_await (*proxy)->stop()) std::_Exit(1);
  co_return 0;
}

}  // namespace slipway::server
