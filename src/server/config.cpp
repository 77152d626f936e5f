#include "server/config.hpp"

#include "base/version.hpp"
#include "net/url.hpp"
#include "server/engine.hpp"
#include "server/settings.hpp"

#include <unistd.h>
#include <charconv>
#include <cstdlib>

namespace slipway::server {

namespace {

std::vector<Setting> settings(Config& c) {
  std::vector<Setting> all = {
      {"http-address", {"CODER_HTTP_ADDRESS"}, "Address and port to listen on.", text(c.http_address)},
      {"tls-cert-file", {"CODER_TLS_CERT_FILE"}, "PEM certificate chain; with it the address speaks TLS.", text(c.tls_cert_file)},
      {"tls-key-file", {"CODER_TLS_KEY_FILE"}, "PEM private key of the certificate; readable by its owner alone.", private_path(c.tls_key_file)},
      {"access-url", {"CODER_ACCESS_URL"}, "URL by which people and agents reach this deployment.", text(c.access_url)},
      {"wildcard-access-url", {"CODER_WILDCARD_ACCESS_URL"}, "Host pattern of web apps, such as *.apps.example.com.", text(c.wildcard_access_url)},
      {"postgres-url", {"CODER_PG_CONNECTION_URL"}, "PostgreSQL to use. Without it one is run under the data directory.", secret(c.postgres_url)},
      {"postgres-url-file", {"CODER_PG_CONNECTION_URL_FILE"}, "File that holds it; readable by its owner alone.", secret_file(c.postgres_url)},
      {"postgres-wait", {}, "How long to wait for that PostgreSQL to come up.", duration(c.postgres_wait)},
      {"data-dir", {"CODER_CONFIG_DIR"}, "Where the embedded PostgreSQL and caches are kept.", text(c.data_dir)},
      {"bin-dir", {}, "Folder with slipway and slipway-agent, which /bin serves.", text(c.bin_dir)},
      {"prometheus-address", {"CODER_PROMETHEUS_ADDRESS"}, "Serve Prometheus metrics here, such as 127.0.0.1:2112.", text(c.prometheus_address)},
      {"prometheus-enable",
       {"CODER_PROMETHEUS_ENABLE"},
       "Serve Prometheus metrics, at 127.0.0.1:2112 unless told otherwise.",
       choice(c.prometheus_enable),
       true},
      {"prometheus-collect-agent-stats",
       {"CODER_PROMETHEUS_COLLECT_AGENT_STATS"},
       "Metrics of what each agent reported.",
       flag(c.prometheus_agent_stats),
       true},
      {"prometheus-collect-db-metrics",
       {"CODER_PROMETHEUS_COLLECT_DB_METRICS"},
       "Metrics of each SQL statement.",
       flag(c.prometheus_db_metrics),
       true},
      {"relay-address", {"CODER_DERP_SERVER_RELAY_URL"}, "URL by which other replicas reach this one.", text(c.relay_address)},
      {"provisioner-daemons",
       {"CODER_PROVISIONER_DAEMONS"},
       "Built-in provisioners, each running one build at a time.",
       number(c.provisioner_daemons)},
      {"provisioner-daemon-poll-interval",
       {"CODER_PROVISIONER_DAEMON_POLL_INTERVAL"},
       "How often an idle built-in provisioner looks for jobs, at most 1m; it is told of new ones at once.",
       duration(c.provisioner_poll)},
      {"terraform", {}, "Path of the tofu or terraform to run; else it is found on PATH.", text(c.terraform)},
      {"provisioner-organizations",
       {},
       "Organizations whose jobs the built-in provisioners run, by name; * is all. Only the default one unless set.",
       list(c.provisioner_organizations)},
      {"threads", {}, "Loops to run; 0 is one a core.", number(c.threads)},
      {"api-rate-limit", {"CODER_API_RATE_LIMIT"}, "API requests a minute and person; 0 is no limit.", number(c.api_rate_limit)},
      {"login-rate-limit", {}, "Attempts to sign in a minute and address; 0 is no limit.", number(c.login_rate_limit)},
      {"account-login-rate-limit",
       {},
       "Wrong passwords a minute and account, wherever they come from; 0 is no limit.",
       number(c.account_login_rate_limit)},
      {"trusted-proxies",
       {"CODER_PROXY_TRUSTED_ORIGINS"},
       "Networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Host are believed.",
       list(c.trusted_proxies)},
      {"origins", {}, "Further exact origins (https://host) whose pages may open WebSockets.", list(c.origins)},
      {"session-duration", {"CODER_SESSION_DURATION"}, "How long an unused session lives.", duration(c.session_duration)},
      {"default-token-lifetime",
       {"CODER_DEFAULT_TOKEN_LIFETIME"},
       "Lifetime of an API token that asks for none.",
       duration(c.default_token_lifetime)},
      {"max-token-lifetime", {"CODER_MAX_TOKEN_LIFETIME"}, "Longest lifetime of an API token.", duration(c.max_token_lifetime)},
      {"max-admin-token-lifetime",
       {"CODER_MAX_ADMIN_TOKEN_LIFETIME"},
       "Longest lifetime of an API token of an owner.",
       duration(c.max_admin_token_lifetime)},
      {"agent-stats-interval", {"CODER_AGENT_STATS_REFRESH_INTERVAL"}, "How often agents report their statistics.", duration(c.agent_stats_interval)},
      {"job-timeout", {}, "A running job that is silent for so long is failed.", duration(c.job_timeout)},
      {"shutdown-grace", {}, "How long requests and builds may take to end after SIGTERM.", duration(c.shutdown_grace)},
      {"audit-logs-retention",
       {"CODER_AUDIT_LOGS_RETENTION"},
       "How long lines of the audit trail are kept; 0 is for ever.",
       duration(c.audit_logs_retention)},
      {"connection-logs-retention",
       {"CODER_CONNECTION_LOGS_RETENTION"},
       "How long lines of the connection log are kept; 0 is for ever.",
       duration(c.connection_logs_retention)},
      {"secure-auth-cookie", {"CODER_SECURE_AUTH_COOKIE"}, "Send session cookies over TLS only.", flag(c.secure_cookies), true},
      {"disable-password-auth", {"CODER_DISABLE_PASSWORD_AUTH"}, "Let nobody but owners sign in by password.", flag(c.disable_password_login), true},
      {"disable-path-apps", {"CODER_DISABLE_PATH_APPS"}, "Serve web apps on hosts of their own only.", flag(c.disable_path_apps), true},
      {"disable-owner-workspace-access",
       {"CODER_DISABLE_OWNER_WORKSPACE_ACCESS"},
       "Owners may not enter other people's workspaces.",
       flag(c.no_owner_workspace_exec),
       true},
      {"disable-workspace-sharing", {"CODER_DISABLE_WORKSPACE_SHARING"}, "Nobody may share a workspace.", flag(c.no_workspace_sharing), true},
      {"log-format", {}, "human, json, or auto: human on a terminal.", format(c.log_format)},
      {"verbose", {"CODER_VERBOSE"}, "Log each request and why it failed.", flag(c.verbose), true},
  };
  std::ranges::move(build_settings(c.provider_mirror, c.build_isolation, c.build_groups), std::back_inserter(all));
  std::ranges::move(login_settings(c.login), std::back_inserter(all));
  std::ranges::move(mail_settings(c.mail), std::back_inserter(all));
  return all;
}

std::string help_text(const std::vector<Setting>& all) {
  return "slipwayd - the control plane of Slipway\n\n"
         "  slipwayd [flags]               run the server; prints the URL to open\n"
         "  slipwayd provisioner [flags]   run a provisioner daemon alone (see slipwayd provisioner --help)\n\n"
         "Every flag can be set by its variable or, without the leading dashes, in the YAML file of --config.\n"
         "Flags win over variables, variables over the file.\n"
         "Exit status: 0 after SIGTERM or SIGINT, 1 when it cannot start, 2 for wrong flags, 75 when PostgreSQL did not come up in time.\n\n" +
         help_of(all);
}

bool is_address(const std::string& text) { return !host_of(text).empty() && (port_of(text) != 0 || text.ends_with(":0")); }

Result<void> fill_defaults(Config& c) {
  if (c.provisioner_poll < Seconds(1) || c.provisioner_poll > Seconds(60))
    return fail(Code::invalid, "--provisioner-daemon-poll-interval is between 1s and 1m: a provisioner that is silent for longer counts as gone.");
  if (c.tls() && c.tls_key_file.empty()) return fail(Code::invalid, "--tls-cert-file needs --tls-key-file.");
  if (!is_address(c.http_address)) return fail(Code::invalid, "--http-address must be an address and a port, such as 127.0.0.1:7080.");
  if (c.prometheus_enable && *c.prometheus_enable && c.prometheus_address.empty()) c.prometheus_address = "127.0.0.1:2112";
  if (c.prometheus_enable && !*c.prometheus_enable) c.prometheus_address.clear();
  if (!c.prometheus_address.empty() && !is_address(c.prometheus_address))
    return fail(Code::invalid, "--prometheus-address must be an address and a port, such as 127.0.0.1:2112.");
  if (c.data_dir.empty()) {
    const char* xdg = std::getenv("XDG_DATA_HOME");
    const char* home = std::getenv("HOME");
    c.data_dir = ::geteuid() == 0 ? "/var/lib/slipway"
                 : xdg && *xdg    ? std::string(xdg) + "/slipway"
                                  : std::string(home ? home : ".") + "/.local/share/slipway";
  }
  while (c.access_url.ends_with('/')) c.access_url.pop_back();
  if (!c.access_url.empty()) {
    const auto url = net::parse_url(c.access_url);
    if (!url || (url->scheme != "http" && url->scheme != "https") || url->has_userinfo || !url->query.empty() || !url->fragment.empty())
      return fail(
          Code::invalid,
          fmt::format("--access-url \"{}\" is not an address that people and agents could open: give one such as https://slipway.example.com.",
                      c.access_url));
  }
  return {};
}

}  // namespace

std::string host_of(const std::string& address) {
  const auto colon = address.rfind(':');
  std::string host = colon == std::string::npos ? std::string() : address.substr(0, colon);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return host == "localhost" ? "127.0.0.1" : colon == 0 ? "0.0.0.0" : host;
}

std::uint16_t port_of(const std::string& address) {
  const auto colon = address.rfind(':');
  std::uint16_t port = 0;
  if (colon != std::string::npos) std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
  return port;
}

Result<Parsed> parse_config(int argc, const char* const* argv) {
  Parsed parsed;
  const auto all = settings(parsed.config);
  TRY(given, read_settings("slipwayd", all, argc, argv));
  if (given.help || given.version) {
    parsed.print = given.help ? help_text(all) : fmt::format("slipwayd {}\n", kVersion);
    return parsed;
  }
  TRY_OK(fill_defaults(parsed.config));
  return parsed;
}

}  // namespace slipway::server
