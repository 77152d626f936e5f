// Web apps, ports and terminals of workspaces: which of them a request is for, whether its caller may reach it, and the way there and
// back. By the dashboard's own address: /@owner/workspace[.agent]/apps/slug/…; by hosts of their own: app--agent--workspace--owner.….
#pragma once

#include "features/apps/access.hpp"
#include "features/apps/lines.hpp"
#include "features/apps/resolve.hpp"
#include "features/apps/sealed_key.hpp"
#include "features/apps/stats.hpp"
#include "features/apps/subdomain.hpp"
#include "features/apps/token.hpp"
#include "features/apps/visits.hpp"
#include "features/connections/connections.hpp"
#include "features/tunnels/tunnels.hpp"
#include "http/authenticator.hpp"
#include "http/rate.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace slipway::http {
class Routes;
}

namespace slipway::apps {

struct Options {
  bool path_apps = true;  // false: CODER_DISABLE_PATH_APPS
  Dangers dangers = {};
  bool uniform_denial = false;            // whoever may not connect to a workspace learns nothing of its apps, not even whether they are there
  Milliseconds answer_limit{600'000};     // from a request to the head of the app's answer: long polls are shorter
  bool secure_cookies = false;            // only over TLS
  Seconds stale = std::chrono::hours(1);  // a visit that nobody has come back to for so long is over
  int cold_per_minute = 0;                // requests of nobody who is known to path apps, by network; 0: no limit
  std::string dashboard = {};             // on a workspace proxy: the dashboard's address; empty: it is this server's own
};

// What all of this stands on. Wanted as long as the routes are.
struct Doors {
  tunnels::Tunnels& tunnels;
  http::Authenticator& authenticator;
  Tokens& tokens;
  Visits& visits;
  Stats& stats;
  SealedKeys& sealed;
  connections::Sessions& connections;
  Options options;
  std::optional<Wildcard> wildcard;
  std::shared_ptr<http::WrongTokens> wrong_tokens = {};  // null: nobody counts them
  // Not null on a workspace proxy: who asks the primary in place of the database.
  std::function<Task<Resolution>(Visit&, const Asked&)> elsewhere = {};
  std::shared_ptr<Lines> lines = std::make_shared<Lines>();  // to apps, for the next request

  // Where people sign in, without a slash at the end.
  const std::string& dashboard(const http::Site& site) const { return options.dashboard.empty() ? site.access_url : options.dashboard; }
};

// Apps under this server's own address.
void add_routes(http::Routes& routes, Doors& doors);

}  // namespace slipway::apps
