// Everything that runs, owned in the order in which it may go. Only server/*.cpp sees this.
#pragma once

#include "aio/loops.hpp"
#include "features/agents/metadata_news.hpp"
#include "features/audit/audit.hpp"
#include "features/audit/recorder.hpp"
#include "features/chats/chats.hpp"
#include "features/connections/connections.hpp"
#include "features/identity/identity.hpp"
#include "features/inbox/news.hpp"
#include "features/jobs/meter.hpp"
#include "features/login/login.hpp"
#include "features/metrics/metrics.hpp"
#include "features/outbox/outbox.hpp"
#include "features/prebuilds/claim_meter.hpp"
#include "features/prebuilds/meter.hpp"
#include "features/provisioning/provisioning.hpp"
#include "features/recovery/recovery.hpp"
#include "features/scheduling/scheduling.hpp"
#include "features/sessions/sessions.hpp"
#include "features/templates/templates.hpp"
#include "features/tunnels/tunnels.hpp"
#include "features/workspaces/kept.hpp"
#include "http/app.hpp"
#include "http/feature.hpp"
#include "net/server.hpp"
#include "pg/embedded.hpp"
#include "pg/listener.hpp"
#include "provisioner/holdings.hpp"
#include "server/app_parts.hpp"
#include "server/part.hpp"
#include "server/readiness.hpp"
#include "server/reload.hpp"
#include "server/server.hpp"

namespace slipway::server {

struct Server::Parts {
  Parts(aio::Loops& the_loops, Config the_config, const Clock& the_clock, Watch the_watch)
      : loops(the_loops),
        config(std::move(the_config)),
        clock(the_clock),
        watch(std::move(the_watch)),
        list(the_loops, {.grace = 3 * std::chrono::duration_cast<Milliseconds>(config.shutdown_grace)}),
        readiness(the_clock, [this] { return facts(); }) {}

  Readiness::Facts facts() const;

  aio::Loops& loops;
  Config config;
  const Clock& clock;
  Watch watch;
  PartList list;  // what runs, in the order in which it starts
  Readiness readiness;
  std::optional<net::TlsServing> tls;
  std::string url, own_url;  // as it is known to people, and where it listens

  std::unique_ptr<pg::Embedded> embedded;
  std::vector<std::unique_ptr<pg::Pool>> pools;  // one a loop
  std::unique_ptr<pg::Listener> listener;
  std::unique_ptr<sessions::Sessions> sessions;
  std::unique_ptr<login::Login> login;
  std::unique_ptr<recovery::Recovery> recovery;
  std::unique_ptr<outbox::Outbox> outbox;        // works on loop 0
  std::unique_ptr<identity::Verifier> identity;  // fetches on loop 0
  identity::Meter identity_meter;
  identity::Refusals identity_refusals;
  std::unique_ptr<Reload> reload;
  std::unique_ptr<templates::Examples> examples;
  std::unique_ptr<audit::Recorder> recorder;
  std::unique_ptr<tunnels::Replicas> replicas;
  std::unique_ptr<tunnels::Tunnels> tunnels;
  std::unique_ptr<connections::Sessions> connections;
  std::unique_ptr<AppParts> apps;
  agents::MetadataNews metadata_news;
  inbox::News inbox_news;
  chats::News chat_news;
  chats::Limits chat_limits{config.chats_per_user};
  workspaces::Kept kept_workspaces{config.workspace_list_memory << 20};
  std::unique_ptr<jobs::Meter> job_meter;
  prebuilds::ClaimMeter claim_meter;
  std::unique_ptr<prebuilds::Meter> pool_meter;
  std::unique_ptr<metrics::Metrics> metrics;
  std::unique_ptr<http::App> app;
  std::shared_ptr<std::atomic<bool>> stopping = std::make_shared<std::atomic<bool>>(false);
  std::atomic<bool> migrated = false;
  std::atomic<http::App*> ready = nullptr;  // app, once requests may reach it
  std::unique_ptr<net::Server> net;
  std::unique_ptr<net::Server> tls_net;      // null: TLS has no listener of its own
  std::unique_ptr<net::Server> metrics_net;  // null: nobody scrapes this server

  std::vector<std::unique_ptr<provisioner::Engine>> engines;
  std::unique_ptr<provisioner::Holdings> holdings;
  std::unique_ptr<provisioner::JobSource> jobs;  // home: loop 0, like the daemons
  std::unique_ptr<provisioner::Runner> runner;

  pg::ConnectOptions database;  // what every connection is made with
};

// What jobs are told of this deployment, wherever they run.
provisioning::SourceOptions source_options(Server::Parts& parts);
// metrics.cpp: whatever counts. They are asked only once everything runs.
std::vector<metrics::Metrics::Source> metric_sources(Server::Parts& parts);

// app_parts.cpp: what has been counted and not yet written goes to the database when the server ends.
Part apps_part(Server::Parts& parts);

// features.cpp: all of them. What they lean on is read when they are asked, and lives as long as the parts.
std::vector<http::Feature> features(Server::Parts& parts);

}  // namespace slipway::server
