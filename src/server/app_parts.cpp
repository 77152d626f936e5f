#include "server/app_parts.hpp"

#include "base/log.hpp"
#include "server/parts.hpp"

namespace slipway::server {

namespace {

apps::Options app_options(const Config& config, const std::string& url) {
  return {.path_apps = !config.disable_path_apps,
          .dangers = config.path_app_dangers,
          .uniform_denial = config.uniform_app_denial,
          .answer_limit = config.app_answer_limit,
          .secure_cookies = config.secure_cookies || url.starts_with("https://"),
          .cold_per_minute = static_cast<int>(config.api_rate_limit)};
}

Task<void> end_apps(Server::Parts& parts) {
  if (!parts.app) co_return;
  co_await parts.apps->doors.lines->stop();
  auto& home = parts.app->home(0);
  co_await parts.apps->visits.write_all(home);
  if (const auto stored = co_await parts.apps->stats.flush(home); !stored)
    log::warn("how much apps were used could not be written down at the end", {{"why", stored.error().why}});
}

}  // namespace

AppParts::AppParts(const Config& config, const std::string& url, const Clock& clock, tunnels::Tunnels& tunnels, http::Authenticator& authenticator,
                   connections::Sessions& connections, std::optional<apps::Wildcard> wildcard)
    : token_keys(keys::kAppTokens, clock, keys::from_database(keys::kAppTokens)),
      sealing_keys(keys::kAppApiKeys, clock, keys::from_database(keys::kAppApiKeys)),
      tokens(token_keys, revoked),
      sealed(sealing_keys, clock),
      visits(app_options(config, url).stale),
      stats(clock, apps::store_stats()),
      doors{.tunnels = tunnels,
            .authenticator = authenticator,
            .tokens = tokens,
            .visits = visits,
            .stats = stats,
            .sealed = sealed,
            .connections = connections,
            .options = app_options(config, url),
            .wildcard = std::move(wildcard),
            .wrong_tokens = std::make_shared<http::WrongTokens>(static_cast<int>(config.api_rate_limit))},
      hosts(doors, static_cast<int>(config.api_rate_limit)) {}

Result<std::optional<apps::Wildcard>> wildcard_of(const Config& config, const std::string& url) {
  if (config.wildcard_access_url.empty()) return std::nullopt;
  TRY(wildcard, apps::Wildcard::parse(config.wildcard_access_url));
  return wildcard.with_port_of(url);
}

Part apps_part(Server::Parts& parts) {
  return {.name = "apps",
          .loops = {{"visits to apps", 0, [&parts] { return parts.apps->visits.keep(parts.app->home(0)); }},
                    {"use of apps", 0, [&parts] { return parts.apps->stats.keep(parts.app->home(0)); }}},
          .end = [&parts](Until) { return end_apps(parts); }};
}

}  // namespace slipway::server
