#include "server/server.hpp"

#include "aio/blocking.hpp"
#include "base/log.hpp"
#include "base/private_file.hpp"
#include "base/version.hpp"
#include "features/organizations/organizations.hpp"
#include "pg/migrate.hpp"
#include "server/assets.hpp"
#include "server/database.hpp"
#include "server/engine.hpp"
#include "server/parts.hpp"
#include "server/secret_file.hpp"

#include <charconv>
#include <fstream>

namespace slipway::server {

namespace {

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

Result<std::optional<net::TlsIdentity>> tls_identity(const Config& config) {
  if (!config.tls()) return std::optional<net::TlsIdentity>();
  net::TlsIdentity identity;
  std::ifstream in(config.tls_cert_file);
  if (!in) return fail(Code::invalid, fmt::format("Cannot read {}.", config.tls_cert_file));
  identity.certificate_chain_pem.assign(std::istreambuf_iterator<char>(in), {});
  TRY(key, read_secret(config.tls_key_file));
  identity.private_key_pem = std::move(key);
  return std::optional(std::move(identity));
}

Task<Result<void>> open_database(Server::Parts& parts) {
  if (parts.config.postgres_url.empty()) {
    log::info("starting the embedded PostgreSQL", {{"data", parts.config.data_dir}});
    CO_TRY(embedded, co_await pg::Embedded::start({.data_dir = parts.config.data_dir}));
    parts.embedded = std::move(embedded);
    parts.database.url = parts.embedded->url().reveal();
    CO_CHECK(write_private(parts.config.data_dir + "/postgres.url", parts.database.url));  // for people with psql
  } else {
    parts.database.url = parts.config.postgres_url.reveal();
    CO_CHECK(co_await await_postgres(parts.database, parts.config.postgres_wait));
  }
  CO_TRY(migrations, embedded_migrations());
  CO_TRY(applied, co_await pg::migrate(parts.database, std::move(migrations), {.name = std::string(kVersion.substr(1, 6)), .oldest = "2.29.0"}));
  if (applied > 0) log::info("brought the database up to date", {{"migrations", std::to_string(applied)}});
  co_return Result<void>();
}

std::shared_ptr<http::Site> make_site(const Config& config, const std::string& url) {
  auto site = std::make_shared<http::Site>();
  site->access_url = url;
  site->wildcard_access_host = config.wildcard_access_url;
  site->version = std::string(kVersion);
  site->secure_cookies = config.secure_cookies || url.starts_with("https://");
  site->trusted_proxies = config.trusted_proxies;
  site->origins = config.origins;
  site->origins.push_back(url);
  return site;
}

Task<void> reach_app(Server::Parts& parts, net::Exchange& exchange) {
  if (http::App* app = parts.ready.load()) co_return co_await app->serve(exchange);
  auto sent = co_await exchange.send(http::json(503, R"({"message":"The server is starting. Try again in a moment."})"));
  if (!sent) log::debug("a caller went away while the server was starting");
}

Task<int> stop_pool(pg::Pool& pool) {
  co_await pool.stop();
  co_return 0;
}

Task<int> stop_nursery(aio::Nursery& nursery) {
  co_await nursery.stop();
  co_return 0;
}

Task<int> stop_login(login::Login& login, std::size_t loop) {
  co_await login.stop(loop);
  co_return 0;
}

Task<int> stop_recovery(recovery::Recovery& recovery, std::size_t loop) {
  co_await recovery.stop(loop);
  co_return 0;
}

Task<std::unique_ptr<provisioner::Engine>> built_in_engine(const Config& config) {
  EngineConfig asked{.terraform = config.terraform,
                     .provider_mirror = config.provider_mirror,
                     .isolation = config.build_isolation,
                     .groups = config.build_groups,
                     .cache = config.data_dir + "/provisioner",
                     .secrets = {config.data_dir, config.tls_key_file}};
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
  if (parts.config.provisioner_daemons > 0) parts.engines.push_back(co_await built_in_engine(parts.config));
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
  auto keep_schedules = [](http::Home* home) -> Task<void> { co_await scheduling::keep(*home); };
  parts.background[0]->start(keep_schedules, &parts.app->home(0));
  auto purge = [](http::Home* home) -> Task<void> { co_await provisioning::purge(*home); };
  parts.background[0]->start(purge, &parts.app->home(0));
  auto reap = [](http::Home* home, jobs::Meter* meter, Seconds silent) -> Task<void> {
    co_await provisioning::reap(*home, *meter, silent, std::chrono::hours(24));
  };
  parts.background[0]->start(reap, &parts.app->home(0), parts.job_meter.get(), parts.config.job_timeout);
  co_return Result<void>();
}

// This server's row comes first: agents' tunnels refer to it.
Task<Result<void>> start_tunnels(Server::Parts& parts) {
  auto& home = parts.app->home(0);
  CO_CHECK(co_await aio::on(home.executor, parts.replicas->begin(home)));
  auto keep = [](agents::Replicas* replicas, http::Home* at) -> Task<void> { co_await replicas->keep(*at); };
  auto purge = [](http::Home* at) -> Task<void> { co_await agents::purge(*at); };
  parts.background[0]->start(keep, parts.replicas.get(), &home);
  auto record = [](audit::Recorder* recorder, http::Home* at) -> Task<void> { co_await recorder->keep_storing(*at); };
  parts.background[0]->start(purge, &home);
  auto purge_trail = [](http::Home* at, audit::Retention kept) -> Task<void> { co_await audit::purge(*at, kept); };
  parts.background[0]->start(purge_trail, &home,
                             audit::Retention{.audit = parts.config.audit_logs_retention, .connections = parts.config.connection_logs_retention});
  parts.background[0]->start(record, parts.recorder.get(), &home);
  co_return Result<void>();
}

// Prometheus has a listener of its own, so that metrics need not be where people are.
Result<void> start_metrics(Server::Parts& parts) {
  auto collect = [](metrics::Metrics* metrics, http::Home* home) -> Task<void> { co_await metrics->collect(*home); };
  parts.background[0]->start(collect, parts.metrics.get(), &parts.app->home(0));
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
Task<int> end_recorder(Server::Parts& parts) {
  if (const auto stored = co_await parts.recorder->store_all(parts.app->home(0)); !stored)
    log::warn("the audit journal waits for the next start", {{"why", stored.error().why}});
  co_return 0;
}

Task<int> start_background(Server::Parts& parts, std::size_t loop) {
  auto keep_seen = [](sessions::Sessions* sessions, http::Home* home) -> Task<void> { co_await sessions->write_last_used(*home); };
  parts.background[loop]->start(keep_seen, parts.sessions.get(), &parts.app->home(loop));
  co_return 0;
}

}  // namespace

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() = default;
std::uint16_t Server::port() const { return parts_->net->port(); }
std::uint16_t Server::metrics_port() const { return parts_->metrics_net ? parts_->metrics_net->port() : 0; }
const std::string& Server::url() const { return parts_->url; }
const http::Routes& Server::routes() const { return parts_->app->routes(); }
std::set<std::string> Server::untraced() const { return parts_->recorder->untraced(); }

Task<Result<std::unique_ptr<Server>>> Server::start(aio::Loops& loops, Config config, const Clock& clock, Watch watch) {
  auto owned = std::make_unique<Parts>(loops, std::move(config), clock);
  Parts& parts = *owned;
  crypto::set_password_work(parts.config.password_work);
  std::unique_ptr<Server> server(new Server(std::move(owned)));
  CO_TRY(tls, tls_identity(parts.config));
  if (auto opened = co_await open_database(parts); !opened) {
    if (parts.embedded) co_await parts.embedded->stop();
    co_return std::unexpected(opened.error());
  }

  for (std::size_t i = 0; i < loops.size(); ++i) {
    parts.pools.push_back(
        std::make_unique<pg::Pool>(loops.at(i), pg::PoolOptions{.connect = parts.database, .measure = parts.config.prometheus_db_metrics}));
    parts.background.push_back(std::make_unique<aio::Nursery>(loops.at(i)));
  }
  parts.listener = std::make_unique<pg::Listener>(loops.at(0), parts.database);
  rbac::RoleBook book({.no_owner_workspace_exec = parts.config.no_owner_workspace_exec, .no_workspace_sharing = parts.config.no_workspace_sharing});
  parts.sessions =
      std::make_unique<sessions::Sessions>(std::move(book), loops.size(),
                                           sessions::Options{.session_duration = parts.config.session_duration,
                                                             .default_token_lifetime = parts.config.default_token_lifetime,
                                                             .max_token_lifetime = parts.config.max_token_lifetime,
                                                             .max_admin_token_lifetime = parts.config.max_admin_token_lifetime,
                                                             .password_login = !parts.config.disable_password_login,
                                                             .wrong_passwords_per_minute = static_cast<int>(parts.config.account_login_rate_limit)});
  CO_CHECK(login::check(parts.config.login));
  parts.login = std::make_unique<login::Login>(*parts.sessions, loops.size(), parts.config.login);
  CO_CHECK(net::check(parts.config.mail));
  parts.recovery = std::make_unique<recovery::Recovery>(loops.size(), parts.config.mail);

  // The port comes first: the URL that everything else is told may depend on it.
  auto reach = [&parts](net::Exchange& exchange) { return reach_app(parts, exchange); };
  parts.net = std::make_unique<net::Server>(
      loops, net::ServerOptions{.host = parts.config.host(), .port = parts.config.port(), .tls = std::move(tls)}, reach);
  if (auto listening = parts.net->start(); !listening) {
    auto error = listening.error();
    co_await server->stop();
    co_return std::unexpected(std::move(error));
  }
  const std::string scheme = parts.config.tls() ? "https://" : "http://";
  const std::string host = parts.config.host() == "0.0.0.0" || parts.config.host() == "::" ? "127.0.0.1" : parts.config.host();
  parts.url = !parts.config.access_url.empty() ? parts.config.access_url : fmt::format("{}{}:{}", scheme, host, parts.net->port());

  const auto site = make_site(parts.config, parts.url);
  std::vector<std::unique_ptr<http::Home>> homes;
  for (std::size_t i = 0; i < loops.size(); ++i)
    homes.push_back(std::make_unique<http::Home>(http::Home{loops.at(i), i, store::Db(*parts.pools[i], *parts.listener, clock), site}));
  parts.recorder = std::make_unique<audit::Recorder>(parts.config.data_dir + "/audit");
  auto record = [&parts](const http::Finished& call) { return parts.recorder->record(call); };
  http::AppOptions options{.api_rate_per_minute = static_cast<int>(parts.config.api_rate_limit),
                           .login_rate_per_minute = static_cast<int>(parts.config.login_rate_limit),
                           .audit = record,
                           .watch = std::move(watch),
                           .by_host = {}};
  parts.examples = std::make_unique<templates::Examples>(assets::examples());
  const std::string relay_address =
      !parts.config.relay_address.empty() ? parts.config.relay_address : fmt::format("{}{}:{}", scheme, host, parts.net->port());
  std::vector<asio::any_io_executor> executors;
  for (std::size_t i = 0; i < loops.size(); ++i) executors.push_back(loops.at(i));
  parts.replicas = std::make_unique<agents::Replicas>(ReplicaId::random(), relay_address, std::string(kVersion));
  parts.tunnels = std::make_unique<agents::Tunnels>(std::move(executors), *parts.replicas);
  parts.job_meter = std::make_unique<jobs::Meter>(parts.config.provisioner_daemons);
  parts.metrics = std::make_unique<metrics::Metrics>(
      loops.at(0), metrics::Options{.interval = parts.config.metrics_interval, .agent_stats = parts.config.prometheus_agent_stats},
      metric_sources(parts));
  parts.app = std::make_unique<http::App>(make_routes(parts), std::move(homes), *parts.sessions, std::move(options));
  if (auto written = co_await aio::on(loops.at(0), organizations::write_system_roles(parts.app->home(0), parts.sessions->book())); !written) {
    co_await server->stop();
    co_return std::unexpected(written.error());
  }
  for (std::size_t i = 0; i < loops.size(); ++i) co_await aio::on(loops.at(i), start_background(parts, i));
  if (auto started = co_await start_tunnels(parts); !started) {
    co_await server->stop();
    co_return std::unexpected(started.error());
  }
  if (auto started = co_await start_provisioners(parts); !started) {
    co_await server->stop();
    co_return std::unexpected(started.error());
  }
  if (auto started = start_metrics(parts); !started) {
    co_await server->stop();
    co_return std::unexpected(started.error());
  }
  parts.ready = parts.app.get();
  co_return server;
}

void Server::hurry() {
  if (parts_->runner) parts_->runner->hurry();
}

Task<void> Server::stop() {
  Parts& parts = *parts_;
  parts.stopping->store(true);
  if (parts.runner) co_await parts.runner->stop();  // first: whoever follows a build that ends reads its end
  if (parts.tunnels) co_await parts.tunnels->stop();
  if (parts.metrics_net) co_await parts.metrics_net->stop(Seconds(1));
  if (parts.net) co_await parts.net->stop(parts.config.shutdown_grace);
  for (std::size_t i = 0; parts.login && i < parts.loops.size(); ++i) co_await aio::on(parts.loops.at(i), stop_login(*parts.login, i));
  for (std::size_t i = 0; parts.recovery && i < parts.loops.size(); ++i) co_await aio::on(parts.loops.at(i), stop_recovery(*parts.recovery, i));
  parts.jobs.reset();
  for (std::size_t i = 0; i < parts.background.size(); ++i) co_await aio::on(parts.loops.at(i), stop_nursery(*parts.background[i]));
  if (parts.recorder && parts.app) co_await aio::on(parts.loops.at(0), end_recorder(parts));
  if (parts.replicas && parts.app) co_await aio::on(parts.loops.at(0), parts.replicas->end(parts.app->home(0)));
  if (parts.listener) co_await parts.listener->stop();
  for (std::size_t i = 0; i < parts.pools.size(); ++i) co_await aio::on(parts.loops.at(i), stop_pool(*parts.pools[i]));
  if (parts.embedded) co_await parts.embedded->stop();
}

}  // namespace slipway::server
