#include "server/config.hpp"

#include "base/version.hpp"
#include "features/apps/subdomain.hpp"
#include "formats/regex.hpp"
#include "formats/values.hpp"
#include "net/url.hpp"
#include "server/engine.hpp"
#include "server/settings.hpp"

#include <unistd.h>
#include <cstdlib>

namespace slipway::server {

namespace {

std::vector<Setting> program_settings(Config& c) {
  return {
      {"postgres-url",
       {"CODER_PG_CONNECTION_URL"},
       "",
       "pg_connection_url",
       "PostgreSQL to use. Without it one is run under the data directory.",
       secret(c.postgres_url)},
      {"postgres-wait", {}, "", "", "How long to wait for that PostgreSQL to come up.", duration(c.postgres_wait)},
      {"postgres-conn-max-open",
       {"CODER_PG_CONN_MAX_OPEN"},
       "pgConnMaxOpen",
       "pg_conn_max_open",
       "Most connections to PostgreSQL for requests, shared among the loops, at least three each; 0 is ten each.",
       number(c.database_connections, 0, 100000)},
      {"postgres-conn-max-idle",
       {"CODER_PG_CONN_MAX_IDLE"},
       "pgConnMaxIdle",
       "pg_conn_max_idle",
       "Most of these that stay open without work; auto is a third. The one or two of each loop that single statements share always stay.",
       number_or_auto(c.database_unused)},
      {"data-dir",
       {"CODER_CONFIG_DIR"},
       "",
       "",
       "Where the embedded PostgreSQL is kept, and what builds have made that the server does not know yet.",
       text(c.data_dir)},
      {"cache-dir",
       {"CODER_CACHE_DIRECTORY"},
       "cacheDir",
       "cache_directory",
       "Where providers and modules of builds are kept, which can be fetched again; $CACHE_DIRECTORY of systemd, else the data directory.",
       text(c.cache_dir)},
      {"bin-dir", {}, "", "", "Folder with the program slipway, which /bin serves.", text(c.bin_dir)},
      {"prometheus-enable",
       {"CODER_PROMETHEUS_ENABLE"},
       "introspection.prometheus.enable",
       "prometheus.enable",
       "Serve Prometheus metrics, at 127.0.0.1:2112 unless told otherwise.",
       choice(c.prometheus_enable)},
      {"prometheus-address",
       {"CODER_PROMETHEUS_ADDRESS"},
       "introspection.prometheus.address",
       "prometheus.address",
       "Serve Prometheus metrics here, such as 127.0.0.1:2112.",
       address(c.prometheus_address)},
      {"prometheus-collect-agent-stats",
       {"CODER_PROMETHEUS_COLLECT_AGENT_STATS"},
       "introspection.prometheus.collect_agent_stats",
       "prometheus.collect_agent_stats",
       "Metrics of what each agent reported.",
       flag(c.prometheus_agent_stats)},
      {"prometheus-collect-db-metrics",
       {"CODER_PROMETHEUS_COLLECT_DB_METRICS"},
       "introspection.prometheus.collect_db_metrics",
       "prometheus.collect_db_metrics",
       "Metrics of each SQL statement.",
       flag(c.prometheus_db_metrics)},
      {"provisioner-daemons",
       {"CODER_PROVISIONER_DAEMONS"},
       "provisioning.daemons",
       "provisioner.daemons",
       "Built-in provisioners, each running one build at a time.",
       number(c.provisioner_daemons, 0, 1000)},
      {"provisioner-daemon-poll-interval",
       {"CODER_PROVISIONER_DAEMON_POLL_INTERVAL"},
       "provisioning.daemonPollInterval",
       "provisioner.daemon_poll_interval",
       "How often an idle built-in provisioner looks for jobs, from 1s to 1m; it is told of new ones at once.",
       duration(c.provisioner_poll)},
      {"provisioner-force-cancel-interval",
       {"CODER_PROVISIONER_FORCE_CANCEL_INTERVAL"},
       "provisioning.forceCancelInterval",
       "provisioner.force_cancel_interval",
       "How long a build that is canceled may take to end by itself before the built-in provisioner kills it.",
       duration(c.force_cancel)},
      {"enable-terraform-debug-mode",
       {"CODER_ENABLE_TERRAFORM_DEBUG_MODE"},
       "introspection.logging.enableTerraformDebugMode",
       "enable_terraform_debug_mode",
       "Administrators may ask for builds whose logs have what the tool says of its own work; secrets may be in that.",
       flag(c.debug_builds)},
      {"terraform", {}, "", "", "Path of the tofu or terraform to run; else it is found on PATH.", text(c.terraform)},
      {"provisioner-organizations",
       {},
       "",
       "",
       "Organizations whose jobs the built-in provisioners run besides the default one's, by name; * is all.",
       list(c.provisioner_organizations)},
      {"threads", {}, "", "", "Loops to run; 0 is one a core.", number(c.threads, 0, 1024)},
      {"agent-stats-interval",
       {"CODER_AGENT_STATS_REFRESH_INTERVAL"},
       "introspection.agentStatsRefreshInterval",
       "agent_stat_refresh_interval",
       "How often agents report their statistics.",
       duration(c.agent_stats_interval)},
      {"autobuild-poll-interval",
       {"CODER_AUTOBUILD_POLL_INTERVAL"},
       "autobuildPollInterval",
       "autobuild_poll_interval",
       "How often schedules and deadlines of workspaces are looked at, from 1s to 1h; besides when the next is due.",
       duration(c.schedules_interval)},
      {"job-timeout", {}, "", "", "A running job that is silent for so long is failed.", duration(c.job_timeout)},
      {"shutdown-grace",
       {},
       "",
       "",
       "How long requests and builds may go on after SIGTERM; builds that are then interrupted get as long again.",
       duration(c.shutdown_grace)},
      {"log-format", {}, "", "", "human, json, or auto: human on a terminal.", format(c.log_format)},
      {"log-human",
       {"CODER_LOGGING_HUMAN"},
       "introspection.logging.humanPath",
       "logging.human",
       "File, /dev/stdout, /dev/stderr or /dev/null for the log in the form for people; with it --log-format has no effect.",
       text(c.log_outlets.human)},
      {"log-json", {"CODER_LOGGING_JSON"}, "introspection.logging.jsonPath", "logging.json", "Likewise in JSON, besides.", text(c.log_outlets.json)},
      {"log-stackdriver",
       {"CODER_LOGGING_STACKDRIVER"},
       "introspection.logging.stackdriverPath",
       "logging.stackdriver",
       "Likewise in JSON as Google Cloud Logging reads it, besides.",
       text(c.log_outlets.stackdriver)},
      {"log-filter",
       {"CODER_LOG_FILTER"},
       "introspection.logging.filter",
       "logging.log_filter",
       "Expressions; lines of --verbose whose message matches one are written without it. .* is all of them.",
       expressions(c.log_filter)},
      {"verbose", {"CODER_VERBOSE"}, "introspection.logging.verbose", "verbose", "Log each request and why it failed.", flag(c.verbose)},
  };
}

std::string help_text(const std::vector<Setting>& all) {
  return "slipwayd - the control plane of Slipway\n\n"
         "  slipwayd [server] [flags]      run the server; prints the URL to open\n"
         "  slipwayd provisioner [flags]   run a provisioner daemon alone (see slipwayd provisioner --help)\n"
         "  slipwayd proxy [flags]         carry apps for the people near another place (see slipwayd proxy --help)\n"
         "  slipwayd check-config [flags]  say what is wrong with the configuration, or nothing; exits 0 or 2\n"
         "  slipwayd postgres-builtin-url  print how to reach the PostgreSQL that a server without --postgres-url runs\n\n"
         "Every flag can be set by its variable or, without the leading dashes, in the YAML file of --config.\n"
         "Flags win over variables, variables over the file; a variable that is empty sets nothing.\n"
         "Lists: values with commas between them, in double quotes where they need it. Durations: 90s, 1h30m, 7d.\n"
         "Exit status: 0 after SIGTERM or SIGINT, 1 when it cannot start, 2 for wrong flags, 75 when PostgreSQL did not come up in time.\n\n" +
         help_of(all);
}

// Without the slash at its end. Errors: it is none that people and agents could open.
Result<void> settle_address(std::string_view setting, std::string& address) {
  while (address.ends_with('/')) address.pop_back();
  if (address.empty()) return {};
  const auto url = net::parse_url(address);
  const bool http = url && (url->scheme == "http" || url->scheme == "https");
  if (http && !url->has_userinfo && url->query.empty() && url->fragment.empty()) return {};
  return fail(
      Code::invalid,
      fmt::format("{} \"{}\" is not an address that people and agents could open: give one such as https://slipway.example.com.", setting, address));
}

// Errors: nobody's hosts would match it.
Result<void> check_wildcard(const Config& c) {
  if (c.wildcard_access_url.empty()) return {};
  auto wildcard = apps::Wildcard::parse(c.wildcard_access_url);
  if (!wildcard) return fail(Code::invalid, "--wildcard-access-url " + wildcard.error().say);
  return {};
}

// What a wildcard that works should be told of all the same.
void warn_of_wildcard(const Config& c, std::vector<std::pair<std::string, std::string>>& notices) {
  const auto wildcard = apps::Wildcard::parse(c.wildcard_access_url);
  if (wildcard && wildcard->shares_cookies())
    notices.emplace_back(
        "Hosts that are none of web apps get the cookies by which those are opened: give --wildcard-access-url a domain of its own, such as "
        "*.apps.example.com.",
        wildcard->cookie_domain());
}

Result<void> settle_tls(Config& c) {
  if (c.tls_enable && !*c.tls_enable) c.tls_cert_files = c.tls_key_files = {};
  if (c.tls_enable && *c.tls_enable && !c.tls()) return fail(Code::invalid, "--tls-enable needs --tls-cert-file and --tls-key-file.");
  if (c.tls() && c.tls_key_files.empty()) return fail(Code::invalid, "--tls-cert-file needs --tls-key-file.");
  if (c.tls() && c.tls_cert_files.size() != c.tls_key_files.size())
    return fail(Code::invalid, fmt::format("--tls-cert-file names {} and --tls-key-file {}: each certificate needs its key, in the same order.",
                                           c.tls_cert_files.size(), c.tls_key_files.size()));
  if (c.same_site == net::SameSite::none && !c.secure_cookies && !c.access_url.starts_with("https://"))
    return fail(Code::invalid, "--samesite-auth-cookie none needs --secure-auth-cookie: browsers take such a cookie over TLS only.");
  if (c.host_prefix_cookie && !c.secure_cookies && !c.access_url.starts_with("https://"))
    return fail(
        Code::invalid,
        "--host-prefix-cookie needs --secure-auth-cookie, or an --access-url with https: browsers take such a cookie over TLS only, so nobody "
        "could sign in.");
  return {};
}

Result<void> fill_defaults(Config& c) {
  // Other values were good elsewhere; a provisioner that is silent for longer than a minute counts as gone.
  c.provisioner_poll = std::clamp(c.provisioner_poll, Seconds(1), Seconds(60));
  c.force_cancel = std::max(c.force_cancel, Seconds(1));
  c.schedules_interval = std::clamp(c.schedules_interval, Seconds(1), Seconds(3600));
  if (c.no_rate_limits) c.api_rate_limit = c.login_rate_limit = c.account_login_rate_limit = 0;
  TRY_OK(settle_address("--oidc-redirect-url", c.login.oidc.redirect_url));
  TRY_OK(settle_address("--access-url", c.access_url));
  TRY_OK(check_wildcard(c));
  if (c.prometheus_enable && *c.prometheus_enable && c.prometheus_address.empty()) c.prometheus_address = "127.0.0.1:2112";
  if (c.prometheus_enable && !*c.prometheus_enable) c.prometheus_address.clear();
  if (c.data_dir.empty()) {
    const char* xdg = std::getenv("XDG_DATA_HOME");
    const char* home = std::getenv("HOME");
    c.data_dir = ::geteuid() == 0 ? "/var/lib/slipway"
                 : xdg && *xdg    ? std::string(xdg) + "/slipway"
                                  : std::string(home ? home : ".") + "/.local/share/slipway";
  }
  if (const char* own = std::getenv("CACHE_DIRECTORY"); own && c.cache_dir.empty()) {
    const std::string_view all = own;  // systemd names each folder of the unit
    c.cache_dir = all.substr(0, all.find(':'));
  }
  while (c.cache_dir.size() > 1 && c.cache_dir.ends_with('/')) c.cache_dir.pop_back();
  if (const auto url = c.postgres_url.reveal(); !url.empty() && url.find("://") == url.npos && url.find('=') == url.npos)
    return fail(Code::invalid, "--postgres-url is no address of a PostgreSQL: give one such as postgres://user:password@host:5432/database.");
  return {};
}

}  // namespace

std::function<bool(std::string_view)> wanted_lines(const Config& config) {
  auto all = std::make_shared<std::vector<formats::Regex>>();
  for (const auto& one : config.log_filter)
    if (auto compiled = formats::Regex::compile(one)) all->push_back(std::move(*compiled));
  if (all->empty()) return {};
  return [all](std::string_view message) { return std::ranges::any_of(*all, [&](const auto& one) { return one.found_in(message); }); };
}

std::string host_of(const std::string& address) {
  const auto colon = address.rfind(':');
  std::string host = colon == std::string::npos ? std::string() : address.substr(0, colon);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return host == "localhost" ? "127.0.0.1" : colon == 0 ? "0.0.0.0" : host;
}

std::uint16_t port_of(const std::string& address) {
  const auto port = formats::read_number(address.substr(address.rfind(':') + 1));
  return address.find(':') == std::string::npos || !port || *port < 0 || *port > 65535 ? 0 : static_cast<std::uint16_t>(*port);
}

bool is_address(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon + 1 == text.size() || text.find_first_not_of("0123456789", colon + 1) != std::string::npos) return false;
  const auto port = formats::read_number(text.substr(colon + 1));
  const bool bare_v6 = text.find(':') != colon && !text.starts_with('[');
  return port && *port <= 65535 && !bare_v6 && !host_of(text).empty();
}

std::vector<Setting> settings_of(Config& to) {
  auto all = network_settings(to);
  for (auto& more : {tls_settings(to), program_settings(to), build_settings(to.provider_mirror, to.build_isolation, to.build_groups),
                     people_settings(to), client_settings(to), login_settings(to.login), mail_settings(to.mail),
                     notification_settings(to.notifications), identity_settings(to.identity), prebuild_settings(to.prebuilds)})
    all.insert(all.end(), more.begin(), more.end());
  return with_files(std::move(all));
}

Result<Parsed> parse_config(int argc, const char* const* argv) {
  Parsed parsed;
  TRY(given, read_settings("slipwayd", settings_of(parsed.config), accepted_options(), argc, argv));
  if (given.help || given.version) {
    Config initial;
    parsed.print = given.help ? help_text(settings_of(initial)) : fmt::format("slipwayd {}\n", kVersion);
    return parsed;
  }
  TRY_OK(settle_tls(parsed.config));
  TRY_OK(fill_defaults(parsed.config));
  parsed.config.sources = std::move(given.sources);
  parsed.config.secret_files = std::move(given.files);
  for (const auto& [text, names] : given.notices) parsed.notices.emplace_back(text, names);
  warn_of_wildcard(parsed.config, parsed.notices);
  parsed.config.reread = [words = std::vector<std::string>(argv, argv + argc)]() -> Result<Config> {
    std::vector<const char*> again;
    for (const auto& word : words) again.push_back(word.c_str());
    TRY(fresh, parse_config(static_cast<int>(again.size()), again.data()));
    return std::move(fresh.config);
  };
  return parsed;
}

}  // namespace slipway::server
