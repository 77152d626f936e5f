#include "server/server.hpp"

#include "aio/blocking.hpp"
#include "base/log.hpp"
#include "base/memory.hpp"
#include "base/private_file.hpp"
#include "base/version.hpp"
#include "features/apps/subdomain.hpp"
#include "features/notifications/notifications.hpp"
#include "features/organizations/organizations.hpp"
#include "features/retention/retention.hpp"
#include "http/credentials.hpp"
#include "pg/migrate.hpp"
#include "server/assets.hpp"
#include "server/certificates.hpp"
#include "server/database.hpp"
#include "server/engine.hpp"
#include "server/front.hpp"

#include <unistd.h>
#include <charconv>
#include <filesystem>

namespace slipway::server {

namespace {

// No statement outlives the longest request that waits for one.
constexpr Seconds kStatementLimit{30};
// One address may hold so many connections; trusted proxies and this machine any number.
constexpr std::size_t kConnectionsPerAddress = 2000;
// A database that has not answered for so long is away.
constexpr Seconds kAnsweredWithin{15};
// Requests a minute of one agent, many times what ours sends at its busiest.
constexpr int kAgentRate = 1200;

Result<std::vector<pg::Migration>> embedded_migrations() {
  std::vector<pg::Migration> all;
  for (const auto& asset : assets::migrations()) {
    pg::Migration migration{.name = std::string(asset.path.substr(5, asset.path.size() - 9)), .text = std::string(asset.bytes)};
    std::from_chars(asset.path.data(), asset.path.data() + 4, migration.number);
    all.push_back(std::move(migration));
  }
  std::ranges::sort(all, {}, &pg::Migration::number);
  return all;
}

Task<Result<void>> open_database(Server::Parts& parts) {
  if (parts.config.postgres_url.empty()) {
    log::info("starting the embedded PostgreSQL", {{"data", parts.config.data_dir}});
    CO_TRY(embedded, co_await pg::Embedded::start({.data_dir = parts.config.data_dir, .patience = Seconds(10)}));
    parts.embedded = std::move(embedded);
    parts.database.url = parts.embedded->url().reveal();
    CO_CHECK(write_private(parts.config.data_dir + "/postgres.url", parts.database.url));  // for people with psql
  } else {
    parts.database.url = parts.config.postgres_url.reveal();
    if (const auto file = parts.config.secret_files.find("postgres-url"); file != parts.config.secret_files.end())
      parts.database.url_now = url_in_file(file->second, parts.config.postgres_url);
    CO_CHECK(co_await await_postgres(parts.database, parts.config.postgres_wait));
  }
  parts.database.statement_timeout = kStatementLimit;
  CO_TRY(migrations, embedded_migrations());
  CO_TRY(applied, co_await pg::migrate(parts.database, std::move(migrations), {.name = std::string(kNumbers), .oldest = "2.29.0"}));
  if (applied > 0) log::info("brought the database up to date", {{"migrations", std::to_string(applied)}});
  parts.migrated = true;
  co_return Result<void>();
}

std::shared_ptr<http::Site> make_site(const Config& config, const std::string& url) {
  auto site = std::make_shared<http::Site>();
  site->access_url = url;
  if (const auto wildcard = apps::Wildcard::parse(config.wildcard_access_url)) site->wildcard_access_host = wildcard->with_port_of(url).printed();
  site->version = std::string(kVersion);
  site->secure_cookies = config.secure_cookies || url.starts_with("https://");
  site->host_prefix = config.host_prefix_cookie;
  site->debug_builds = config.debug_builds;
  site->allow_renames = config.allow_workspace_renames;
  site->trusted_proxies = config.trusted_proxies;
  site->origins = config.origins;
  site->origins.push_back(url);
  return site;
}

std::string caches_of(const Config& config) { return config.cache_dir + "/provisioner"; }

Task<Result<identity::Anchors>> read_anchors(const identity::Options& options) {
  const auto read = [&options] { return identity::load_anchors(options); };
  co_return co_await aio::blocking(read);
}

Task<void> nothing() { co_return; }
Task<Result<void>> at_once_done(Result<void> outcome) { co_return outcome; }

// Of the caches of builds, as far as it is not in the data folder: a part of its own for each server. Empty: there is no such folder.
Task<std::string> downloads_folder(const Config& config, const Uuid& holder) {
  if (config.cache_dir.empty()) co_return "";
  const auto make = [folder = caches_of(config)] {
    std::error_code fault;
    std::filesystem::create_directories(folder, fault);
    return !fault && ::access(folder.c_str(), W_OK | X_OK) == 0;
  };
  if (co_await aio::blocking(make)) co_return caches_of(config) + "/" + holder.str();
  log::warn("the folder of --cache-dir cannot be written to, so caches are kept in the data folder",
            {{"folder", config.cache_dir}, {"next", "let the account of this process write there"}});
  co_return "";
}

Task<std::unique_ptr<provisioner::Engine>> built_in_engine(const Config& config, std::string downloads) {
  EngineConfig asked{.terraform = config.terraform,
                     .provider_mirror = config.provider_mirror,
                     .isolation = config.build_isolation,
                     .groups = config.build_groups,
                     .force_cancel = config.force_cancel,
                     .cache = config.data_dir + "/provisioner",
                     .downloads = std::move(downloads),
                     .secrets = {config.data_dir}};
  if (!asked.downloads.empty()) asked.secrets.push_back(caches_of(config));
  asked.secrets.insert(asked.secrets.end(), config.tls_key_files.begin(), config.tls_key_files.end());
  for (const auto& [flag, path] : config.secret_files) asked.secrets.push_back(path);
  auto made = co_await make_engine(std::move(asked));
  if (!made.found) log::warn("no template can be built: " + made.found.error().say, {{"next", made.found.error().detail}});
  co_return std::move(made.engine);
}

// The built-in daemons, on loop 0. Errors: another process uses their folder.
Task<Result<void>> start_provisioners(Server::Parts& parts) {
  const auto hold = [folder = parts.config.data_dir + "/provisioner"] { return provisioner::Holdings::open(folder); };
  CO_TRY(holdings, co_await aio::blocking(hold));
  parts.holdings = std::move(holdings);
  if (parts.config.provisioner_daemons > 0) {
    auto downloads = co_await downloads_folder(parts.config, parts.holdings->id());
    parts.engines.push_back(co_await built_in_engine(parts.config, std::move(downloads)));
  }
  parts.engines.push_back(provisioner::make_replay_engine());
  std::vector<provisioner::Engine*> engines;
  for (auto& engine : parts.engines) engines.push_back(engine.get());
  auto jobs = source_options(parts);
  jobs.holder = parts.holdings->id();
  parts.jobs = provisioning::make_store_source(parts.app->home(0), std::move(jobs));
  provisioner::RunnerOptions options;
  options.daemons = static_cast<int>(parts.config.provisioner_daemons);
  options.name_prefix = "built-in";
  options.patience = parts.config.provisioner_poll;
  options.drain = options.shutdown_grace = parts.config.shutdown_grace;
  options.holdings = parts.holdings.get();
  parts.runner = std::make_unique<provisioner::Runner>(parts.loops.at(0), *parts.jobs, engines, options);
  parts.runner->start();
  co_return Result<void>();
}

// Prometheus has a listener of its own, so that metrics need not be where people are.
Result<void> start_metrics(Server::Parts& parts) {
  const std::string& address = parts.config.prometheus_address;
  if (address.empty()) return {};
  auto serve = [&parts](net::Exchange& exchange) { return parts.metrics->serve(exchange); };
  net::ServerOptions options;
  options.host = host_of(address);
  options.port = port_of(address);
  options.limits.connections_per_loop = 64;
  parts.metrics_net = std::make_unique<net::Server>(parts.loops, std::move(options), serve);
  if (auto listening = parts.metrics_net->start(); !listening) {
    parts.metrics_net.reset();
    Error error = listening.error();
    error.say = "--prometheus-address: " + error.say;
    return std::unexpected(std::move(error));
  }
  log::info("metrics are served", {{"address", fmt::format("{}:{}", host_of(address), parts.metrics_net->port())}});
  return {};
}

// What the audit journal still holds goes to the database while there is one; else it waits for the next start.
Task<void> end_recorder(Server::Parts& parts) {
  if (!parts.app) co_return;
  if (const auto stored = co_await parts.recorder->store_all(parts.app->home(0)); !stored)
    log::warn("the audit journal waits for the next start", {{"why", stored.error().why}});
}

pg::PoolOptions pool_options(const Server::Parts& parts) {
  const Config& config = parts.config;
  pg::PoolOptions options{.connect = parts.database, .measure = config.prometheus_db_metrics};
  share_connections(options, config.database_connections, config.database_unused, parts.loops.size());
  if (config.database_transactions > 0) options.exclusive = config.database_transactions;
  options.acquire_timeout = config.database_patience;
  return options;
}

Task<Result<void>> start_database(Server::Parts& parts) {
  CO_CHECK(co_await open_database(parts));
  for (std::size_t i = 0; i < parts.loops.size(); ++i) parts.pools.push_back(std::make_unique<pg::Pool>(parts.loops.at(i), pool_options(parts)));
  parts.listener = std::make_unique<pg::Listener>(parts.loops.at(0), parts.database);
  co_return Result<void>();
}

Task<void> close_database(Server::Parts& parts) {
  if (parts.listener) co_await parts.listener->stop();
  std::vector<Task<void>> closing;
  for (std::size_t i = 0; i < parts.pools.size(); ++i) closing.push_back(aio::on(parts.loops.at(i), parts.pools[i]->stop()));
  co_await aio::at_once(std::move(closing));
  if (parts.embedded) co_await parts.embedded->stop();
}

Task<void> stop_people(Server::Parts& parts) {
  std::vector<Task<void>> stopping;
  for (std::size_t i = 0; i < parts.loops.size(); ++i) {
    stopping.push_back(aio::on(parts.loops.at(i), parts.login->stop(i)));
    stopping.push_back(aio::on(parts.loops.at(i), parts.recovery->stop(i)));
  }
  stopping.push_back(aio::on(parts.loops.at(0), parts.identity->stop()));
  stopping.push_back(aio::on(parts.loops.at(0), parts.outbox->drain()));
  co_await aio::at_once(std::move(stopping));
}

std::unique_ptr<sessions::Sessions> make_sessions(const Config& config, std::size_t loops) {
  rbac::RoleBook book({.no_owner_workspace_exec = config.no_owner_workspace_exec, .no_workspace_sharing = config.no_workspace_sharing});
  return std::make_unique<sessions::Sessions>(std::move(book), loops,
                                              sessions::Options{.session_duration = config.session_duration,
                                                                .default_token_lifetime = config.default_token_lifetime,
                                                                .max_token_lifetime = config.max_token_lifetime,
                                                                .max_admin_token_lifetime = config.max_admin_token_lifetime,
                                                                .sessions_live_on = !config.fixed_sessions,
                                                                .password_login = !config.disable_password_login,
                                                                .same_site = config.same_site,
                                                                .wrong_passwords_per_minute = static_cast<int>(config.account_login_rate_limit)});
}

std::string transport_security(const Config& config) {
  if (config.transport_security == 0) return {};
  std::string out = fmt::format("max-age={}", config.transport_security);
  for (const auto& option : config.transport_options) out += "; " + option;
  return out;
}

// Errors: a sentence about the address or what is shown there.
Result<std::unique_ptr<net::Server>> listen(Server::Parts& parts, const std::string& address, bool tls) {
  const Config& config = parts.config;
  auto reach = [&parts](net::Exchange& exchange) { return receive(parts, exchange); };
  net::ServerOptions options{.host = host_of(address), .port = port_of(address)};
  if (tls) options.tls = parts.tls;
  if (options.tls) options.transport_security = transport_security(config);
  options.limits.connections_per_address = kConnectionsPerAddress;
  auto shared = config.trusted_proxies;
  shared.insert(shared.end(), {"127.0.0.0/8", "::1/128"});
  options.trusted = [shared = std::move(shared)](std::string_view from) { return http::in_networks(from, shared); };
  options.received = client_from(config);
  auto net = std::make_unique<net::Server>(parts.loops, std::move(options), reach);
  TRY_OK(net->start());
  return net;
}

std::string url_of(const std::string& address, const net::Server& net, bool tls) {
  auto host = host_of(address);
  if (host == "0.0.0.0" || host == "::") host = "127.0.0.1";
  return fmt::format("{}{}:{}", tls ? "https://" : "http://", host, net.port());
}

// The port comes first of all: the URL that everything else is told may depend on it, and however long the database takes, probes are
// answered. Until the app is there, all others are told to wait.
Task<Result<void>> start_port(Server::Parts& parts) {
  const Config& config = parts.config;
  const bool apart = config.tls_apart();
  CO_TRY(first, listen(parts, config.http_address, !apart));
  parts.net = std::move(first);
  parts.own_url = url_of(config.http_address, *parts.net, config.tls() && !apart);
  parts.url = parts.own_url;
  if (apart) {
    CO_TRY(second, listen(parts, config.tls_address, true));
    parts.tls_net = std::move(second);
    parts.url = url_of(config.tls_address, *parts.tls_net, true);
  }
  if (!config.access_url.empty()) parts.url = config.access_url;
  co_return Result<void>();
}

std::vector<std::unique_ptr<http::Home>> make_homes(Server::Parts& parts) {
  const auto site = make_site(parts.config, parts.url);
  std::vector<std::unique_ptr<http::Home>> homes;
  for (std::size_t i = 0; i < parts.loops.size(); ++i)
    homes.push_back(std::make_unique<http::Home>(http::Home{parts.loops.at(i), i, store::Db(*parts.pools[i], *parts.listener, parts.clock), site}));
  return homes;
}

http::Routes make_routes(Server::Parts& parts) {
  http::Routes routes;
  for (const auto& feature : features(parts))
    if (feature.routes) feature.routes(routes);
  return routes;
}

// What requests are answered with; nobody reaches it yet.
Task<Result<void>> start_app(Server::Parts& parts) {
  const Config& config = parts.config;
  std::vector<asio::any_io_executor> executors;
  for (std::size_t i = 0; i < parts.loops.size(); ++i) executors.push_back(parts.loops.at(i));
  parts.replicas = std::make_unique<tunnels::Replicas>(ReplicaId::random(), !config.relay_address.empty() ? config.relay_address : parts.own_url,
                                                       std::string(kVersion));
  parts.tunnels = std::make_unique<tunnels::Tunnels>(std::move(executors), *parts.replicas);
  parts.connections = std::make_unique<connections::Sessions>(parts.replicas->id());
  CO_TRY(wildcard, wildcard_of(config, parts.url));
  parts.apps = std::make_unique<AppParts>(config, parts.url, parts.clock, *parts.tunnels, *parts.sessions, *parts.connections, std::move(wildcard));
  parts.job_meter = std::make_unique<jobs::Meter>(config.provisioner_daemons);
  parts.pool_meter = std::make_unique<prebuilds::Meter>(config.prebuilds);
  parts.metrics = std::make_unique<metrics::Metrics>(
      parts.loops.at(0), metrics::Options{.interval = config.metrics_interval, .agent_stats = config.prometheus_agent_stats}, metric_sources(parts));
  auto record = [&parts](const http::Finished& call) { return parts.recorder->record(call); };
  auto by_host = [hosts = &parts.apps->hosts](net::Exchange& exchange, http::Home& home) { return hosts->serve(exchange, home); };
  http::AppOptions options{.request_limit = config.request_limit,
                           .api_rate_per_minute = static_cast<int>(config.api_rate_limit),
                           .login_rate_per_minute = static_cast<int>(config.login_rate_limit),
                           .agent_rate_per_minute = config.api_rate_limit == 0 ? 0 : kAgentRate,
                           .wrong_tokens = parts.apps->doors.wrong_tokens,
                           .audit = record,
                           .watch = std::move(parts.watch),
                           .by_host = by_host};
  parts.app = std::make_unique<http::App>(make_routes(parts), make_homes(parts), *parts.sessions, std::move(options));
  CO_CHECK(co_await organizations::write_system_roles(parts.app->home(0), parts.sessions->book()));
  const auto delivery = outbox::delivery_of(config.notifications, config.mail);
  CO_CHECK(co_await notifications::write_kinds(parts.app->home(0), delivery));
  co_return Result<void>();
}

Part database_part(Server::Parts& parts) {
  return {.name = "database", .start = [&parts] { return start_database(parts); }, .close = [&parts](Until) { return close_database(parts); }};
}

Task<void> stop_listening(Server::Parts& parts, Milliseconds grace) {
  std::vector<Task<void>> stopping;
  for (auto* net : {parts.net.get(), parts.tls_net.get()})
    if (net) stopping.push_back(net->stop(grace));
  co_await aio::at_once(std::move(stopping));
}

// Builds first: whoever follows one that ends reads its end.
Task<void> drain(Server::Parts& parts, Until until) {
  if (parts.runner) co_await parts.runner->stop();
  parts.runner.reset();
  parts.jobs.reset();
  // Connections are cut a little before their part would be.
  const auto left = std::chrono::ceil<Milliseconds>(until - std::chrono::steady_clock::now()) - Milliseconds(500);
  co_await stop_listening(parts, std::min<Milliseconds>(left, parts.config.shutdown_grace));
}

// Where a start fails before there is anything to drain, its port is what is left.
Part port_part(Server::Parts& parts) {
  return {
      .name = "port", .start = [&parts] { return start_port(parts); }, .close = [&parts](Until) { return stop_listening(parts, Milliseconds(0)); }};
}

// After the database, so that it drains before that closes, also when a later part does not start.
Part requests_part(Server::Parts& parts) {
  return {.name = "requests", .drain = [&parts](Until until) { return drain(parts, until); }};
}

Task<void> end_app(Server::Parts& parts) {
  if (parts.tunnels) co_await parts.tunnels->close();
  co_await aio::on(parts.loops.at(0), parts.outbox->stop());
}

Part app_part(Server::Parts& parts) {
  Part part{.name = "app",
            .start = [&parts] { return start_app(parts); },
            .take_no_more = [&parts](Until) { return parts.tunnels ? parts.tunnels->stop() : nothing(); },
            .drain = [&parts](Until) { return stop_people(parts); },
            .end = [&parts](Until) { return end_app(parts); }};
  for (std::size_t i = 0; i < parts.loops.size(); ++i)
    part.loops.push_back({fmt::format("keys last used {}", i), i, [&parts, i] { return parts.sessions->write_last_used(parts.app->home(i)); }});
  return part;
}

Part audit_part(Server::Parts& parts) {
  return {.name = "audit", .loops = {{"audit", 0, [&parts] { return parts.recorder->keep_storing(parts.app->home(0)); }}}, .end = [&parts](Until) {
            return end_recorder(parts);
          }};
}

// What a load has left behind goes back to the system soon after it.
Task<void> keep_memory_small() {
  constexpr Seconds kEvery{10};
  memory::Thrift thrift;
  for (;;) {
    co_await aio::sleep(kEvery);
    const auto look = [&thrift] {  // walks what is free: not on a loop
      if (!thrift.worth_it(memory::resident(), memory::unused())) return;
      memory::give_back();
      thrift.gave_back(memory::resident(), memory::unused());
    };
    co_await aio::blocking(look);
  }
}

Part files_part(Server::Parts& parts) {
  return {.name = "files", .loops = {{"files", 0, [&parts] { return parts.reload->keep(); }}}};
}

Part memory_part(Server::Parts&) { return {.name = "memory", .loops = {{"memory", 0, keep_memory_small}}}; }

// What features do by themselves.
Part features_part(Server::Parts& parts) {
  Part part{.name = "features"};
  for (const auto& feature : features(parts))
    for (const auto& loop : feature.loops)
      part.loops.push_back({std::string(loop.name), 0, [&parts, run = loop.run] { return run(parts.app->home(0)); }});
  return part;
}

// This server's row comes first: agents' tunnels refer to it.
Part tunnels_part(Server::Parts& parts) {
  return {.name = "tunnels",
          .start = [&parts] { return parts.replicas->begin(parts.app->home(0)); },
          .loops = {{"replica", 0, [&parts] { return parts.replicas->keep(parts.app->home(0)); }}},
          .end = [&parts](Until) { return parts.replicas->end(parts.app->home(0)); }};
}

Task<void> take_no_more_jobs(provisioner::Runner* runner) {
  if (runner) runner->take_no_more();
  co_return;
}

Part provisioners_part(Server::Parts& parts) {
  auto reap = [&parts] { return provisioning::reap(parts.app->home(0), *parts.job_meter, parts.config.job_timeout, std::chrono::hours(24)); };
  return {.name = "provisioners",
          .start = [&parts] { return start_provisioners(parts); },
          .loops = {{"silent jobs", 0, reap}, {"jobs purge", 0, [&parts] { return provisioning::purge(parts.app->home(0)); }}},
          .take_no_more = [&parts](Until) { return take_no_more_jobs(parts.runner.get()); }};
}

Part metrics_part(Server::Parts& parts) {
  auto start = [&parts]() -> Task<Result<void>> { return at_once_done(start_metrics(parts)); };
  auto stop = [&parts](Until) -> Task<void> { return parts.metrics_net ? parts.metrics_net->stop(Seconds(1)) : nothing(); };
  return {.name = "metrics",
          .start = start,
          .loops = {{"metrics", 0, [&parts] { return parts.metrics->collect(parts.app->home(0)); }}},
          .take_no_more = stop};
}

}  // namespace

// A replica's beat is a statement that the pool has carried.
Readiness::Facts Server::Parts::facts() const {
  Readiness::Facts facts{.migrations = migrated};
  if (!ready.load()) return facts;
  const auto beat = replicas->last_beat();
  const auto within = [&](Seconds limit) { return beat && clock.now() - *beat <= limit; };
  facts.database = within(kAnsweredWithin);
  facts.replica = within(tunnels::kReplicaAlive);
  facts.serving = !*stopping;
  return facts;
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() = default;
std::uint16_t Server::port() const { return parts_->net->port(); }
std::uint16_t Server::tls_port() const { return parts_->tls_net ? parts_->tls_net->port() : 0; }
std::uint16_t Server::metrics_port() const { return parts_->metrics_net ? parts_->metrics_net->port() : 0; }
const std::string& Server::url() const { return parts_->url; }
const http::Routes& Server::routes() const { return parts_->app->routes(); }
std::set<std::string> Server::untraced() const { return parts_->recorder->untraced(); }

Task<Result<std::unique_ptr<Server>>> Server::start(aio::Loops& loops, Config config, const Clock& clock, Watch watch) {
  std::unique_ptr<Server> server(new Server(std::make_unique<Parts>(loops, std::move(config), clock, std::move(watch))));
  Parts& parts = *server->parts_;
  // Whatever is wrong with the settings is said before anything runs.
  CO_TRY(tls, tls_serving(parts.config));
  parts.tls = std::move(tls);
  if (const auto hosts = parts.tls ? untrusted_hosts(parts.config, *parts.tls) : std::string(); !hosts.empty())
    log::warn("no certificate is for the hosts of web apps, so browsers will not open them",
              {{"hosts", hosts}, {"next", "add a certificate for that name to --tls-cert-file, and its key to --tls-key-file"}});
  CO_CHECK(login::check(parts.config.login));
  CO_CHECK(net::check(parts.config.mail));
  CO_CHECK(outbox::check(parts.config.notifications));
  CO_TRY(anchors, co_await read_anchors(parts.config.identity));
  crypto::set_password_work(parts.config.password_work);
  parts.sessions = make_sessions(parts.config, loops.size());
  parts.login = std::make_unique<login::Login>(*parts.sessions, loops.size(), parts.config.login);
  parts.recovery = std::make_unique<recovery::Recovery>(loops.size(), parts.config.mail);
  outbox::warn_of(parts.config.notifications, parts.config.mail);
  parts.outbox = std::make_unique<outbox::Outbox>(loops.at(0), parts.config.notifications, parts.config.mail, parts.stopping);
  parts.identity = std::make_unique<identity::Verifier>(loops.at(0), std::move(anchors), parts.config.identity.reach, clock);
  parts.recorder = std::make_unique<audit::Recorder>(parts.config.data_dir + "/audit");
  parts.reload = std::make_unique<Reload>(parts);
  parts.examples = std::make_unique<templates::Examples>(assets::examples());
  for (const auto make : {port_part, database_part, requests_part, app_part, tunnels_part, audit_part, apps_part, memory_part, files_part,
                          provisioners_part, features_part, metrics_part})
    parts.list.add(make(parts));
  CO_CHECK(co_await parts.list.start());
  parts.ready = parts.app.get();
  co_return server;
}

Task<void> Server::reload() { co_await aio::on(parts_->loops.at(0), parts_->reload->now()); }

void Server::hurry() {
  if (parts_->runner) parts_->runner->hurry();
}

Task<bool> Server::stop() {
  parts_->stopping->store(true);
  co_return co_await parts_->list.stop();
}

}  // namespace slipway::server
