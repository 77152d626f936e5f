// Everything of a workspace proxy that runs, owned in the order in which it may go. Only server/proxy*.cpp sees this.
#pragma once

#include "aio/loops.hpp"
#include "features/apps/apps.hpp"
#include "features/apps/hosts.hpp"
#include "features/connections/connections.hpp"
#include "features/keys/keys.hpp"
#include "features/tunnels/replicas.hpp"
#include "http/app.hpp"
#include "net/server.hpp"
#include "pg/listener.hpp"
#include "pg/pool.hpp"
#include "server/part.hpp"
#include "server/proxy.hpp"
#include "server/proxy_primary.hpp"
#include "server/proxy_tunnels.hpp"

#include <atomic>

namespace slipway::server {

// Nobody is known here; nor does anybody lose a right because of that.
class Strangers final : public http::Authenticator {
 public:
  Task<Result<http::PrincipalPtr>> user(http::Home& home, std::string_view token, std::shared_ptr<store::Cost> cost) override;
  Task<Result<http::PrincipalPtr>> agent(http::Home& home, std::string_view token, std::shared_ptr<store::Cost> cost) override;
  Task<Result<http::PrincipalPtr>> provisioner(http::Home& home, std::string_view key, std::shared_ptr<store::Cost> cost) override;
};

// What apps and terminals stand on here: the primary's keys, and the primary itself in the place of a database.
struct ProxyApps {
  ProxyApps(Proxy::Parts& parts, std::optional<apps::Wildcard> wildcard);

  keys::Ring token_keys, sealing_keys;
  apps::Revoked revoked;
  apps::Tokens tokens;
  apps::SealedKeys sealed;
  apps::Visits visits;
  apps::Stats stats;
  apps::Doors doors;
  apps::Hosts hosts;
};

struct Proxy::Parts {
  Parts(aio::Loops& the_loops, ProxyConfig the_config, const Clock& the_clock)
      : loops(the_loops),
        config(std::move(the_config)),
        clock(the_clock),
        list(the_loops, {.grace = 2 * std::chrono::duration_cast<Milliseconds>(config.base.shutdown_grace)}) {}

  aio::Loops& loops;
  ProxyConfig config;
  const Clock& clock;
  PartList list;
  Uuid replica = Uuid::random();  // this process, to the primary
  std::optional<net::TlsServing> tls;
  std::string roots;           // PEM, of authorities to trust besides the system's
  std::string url, complaint;  // as people reach it; what it cannot do, for the primary to show

  std::unique_ptr<Primary> primary;
  std::unique_ptr<net::WebSocket> news;          // of tokens that are taken back; home: loop 0. Null: the primary cannot be heard
  std::vector<std::unique_ptr<pg::Pool>> pools;  // of no database: each statement fails
  std::unique_ptr<pg::Listener> listener;        // nor does this hear anything
  Strangers strangers;
  std::unique_ptr<tunnels::Replicas> replicas;
  std::unique_ptr<ProxyTunnels> tunnels;
  std::unique_ptr<connections::Sessions> connections;
  std::unique_ptr<ProxyApps> apps;
  std::unique_ptr<http::App> app;
  std::atomic<http::App*> ready = nullptr;  // app, once requests may reach it
  std::unique_ptr<net::Server> net;
  std::unique_ptr<net::Server> metrics_net;  // null: nobody scrapes this proxy
  struct {
    metric::Counter tokens, instead, no_answer;
  } asked;  // the primary, by what came of it
};

// proxy_issue.cpp: asks the primary whether a visitor may reach an app.
Task<apps::Resolution> ask_primary(Proxy::Parts& parts, apps::Visit& visit, const apps::Asked& asked);
// proxy_metrics.cpp
Part proxy_metrics_part(Proxy::Parts& parts);
// proxy_routes.cpp
http::Routes proxy_routes(Proxy::Parts& parts);

}  // namespace slipway::server
