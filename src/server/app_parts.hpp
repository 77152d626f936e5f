// What web apps, ports and terminals stand on, one of each a process.
#pragma once

#include "features/apps/apps.hpp"
#include "features/apps/hosts.hpp"
#include "features/keys/keys.hpp"

namespace slipway::server {

struct Config;

struct AppParts {
  // Outlived by all that it is given. `url` is how people reach this server; `wildcard`: hosts of apps, if they have any.
  AppParts(const Config& config, const std::string& url, const Clock& clock, tunnels::Tunnels& tunnels, http::Authenticator& authenticator,
           connections::Sessions& connections, std::optional<apps::Wildcard> wildcard);

  keys::Ring token_keys, sealing_keys;
  apps::Revoked revoked;
  apps::Tokens tokens;
  apps::SealedKeys sealed;
  apps::Visits visits;
  apps::Stats stats;
  apps::Doors doors;
  apps::Hosts hosts;
};

// Errors: what is wrong with the setting.
Result<std::optional<apps::Wildcard>> wildcard_of(const Config& config, const std::string& url);

}  // namespace slipway::server
