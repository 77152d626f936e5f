// What the server is told: flags, then SLIPWAY_* (and the CODER_* names of existing deployments), then a YAML file.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/log_outlets.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/password.hpp"
#include "features/apps/access.hpp"
#include "features/login/login.hpp"
#include "features/outbox/outbox.hpp"
#include "features/prebuilds/options.hpp"
#include "identity/options.hpp"
#include "net/cookie.hpp"
#include "net/mail.hpp"
#include "net/tls.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::server {

// Of an address and port such as 127.0.0.1:7080, [::1]:7080 or :7080, which is every address. No port: 0.
std::string host_of(const std::string& address);
std::uint16_t port_of(const std::string& address);
bool is_address(const std::string& text);

struct Config {
  std::string http_address = "127.0.0.1:7080";
  std::optional<bool> tls_enable;  // true: TLS at an address of its own; not given: the http address speaks it when there is a certificate
  std::string tls_address = "127.0.0.1:3443";
  std::vector<std::string> tls_cert_files, tls_key_files;  // each with the key at its place
  net::TlsVersion tls_least = net::TlsVersion::v1_2;
  std::vector<std::string> tls_suites;         // empty: OpenSSL's own choice
  std::int64_t transport_security = 0;         // seconds that browsers shall insist on TLS; 0: they are told nothing
  std::vector<std::string> transport_options;  // of the same: includeSubDomains, preload
  bool redirect_to_access_url = false;
  std::string access_url;                 // empty: http(s)://<http address>
  std::string wildcard_access_url;        // "*.apps.example.com", or empty
  Secret postgres_url;                    // empty: the embedded PostgreSQL
  Seconds postgres_wait{60};              // how long it may take to come up before slipwayd gives up
  std::string data_dir;                   // empty: $XDG_DATA_HOME/slipway, or /var/lib/slipway as root
  std::string cache_dir;                  // of what can be fetched again; empty: in the data folder
  std::string bin_dir;                    // slipway and slipway-agent, served at /bin; empty: beside slipwayd
  std::string prometheus_address;         // empty: no metrics listener
  std::optional<bool> prometheus_enable;  // true: at the usual address if none is given; false: not even at the one given
  bool prometheus_agent_stats = false;    // series per agent of what it reported
  bool prometheus_db_metrics = false;     // series per SQL statement
  Seconds metrics_interval{30};           // how often the gauges that only the database knows are read while somebody scrapes
  std::string relay_address;              // how other replicas reach this one; empty: the http address
  std::int64_t provisioner_daemons = 3;
  Seconds provisioner_poll{30};  // an idle one looks for jobs so often, besides being told of them
  std::string terraform;         // path of tofu or terraform; empty: found on PATH
  std::string provider_mirror;   // filesystem mirror of providers; empty: looked for beside the tool
  std::string build_isolation = "auto";
  std::vector<std::string> build_groups;               // further groups of the accounts that builds run under
  std::vector<std::string> provisioner_organizations;  // names that the built-in ones serve besides the default one; "*": all
  std::int64_t threads = 0;                            // 0: one a core
  std::int64_t database_connections = 0;               // most of this server; 0: ten a loop
  std::optional<std::int64_t> database_unused;         // most of them without work; not given: a third
  Seconds schedules_interval{30};                      // schedules and deadlines are looked at so often, besides when one is due
  bool no_rate_limits = false;                         // of no kind
  std::int64_t api_rate_limit = 512;                   // requests a minute and person; 0: none
  std::int64_t login_rate_limit = 60;
  std::int64_t chats_per_user = 10'000;        // that are not archived; 0: no limit
  std::int64_t workspace_list_memory = 16;     // MiB of rows that are kept ready; 0: none
  std::int64_t account_login_rate_limit = 10;  // wrong passwords a minute and account; 0: no limit
  std::vector<std::string> trusted_proxies;
  std::vector<std::string> trusted_headers = {"X-Forwarded-For"};  // where they say whom they speak for; the first that is there counts
  std::vector<std::string> origins;                                // besides the access URL's: may open WebSockets
  Seconds session_duration = std::chrono::hours(24);
  bool fixed_sessions = false;  // they do not live on while they are used
  Seconds default_token_lifetime = std::chrono::hours(24 * 7);
  Seconds max_token_lifetime = std::chrono::hours(24) * 365 * 100;
  Seconds max_admin_token_lifetime = std::chrono::hours(24 * 7);
  Seconds agent_stats_interval{30};
  Seconds job_timeout{25};  // a running job without a sign of life for so long is failed
  Seconds shutdown_grace{30};
  Seconds force_cancel = std::chrono::minutes(3);  // from interrupting a build to killing it
  std::size_t database_transactions = 0;           // at once on one loop; 0: as the above shares them out; no flag leads to another
  Milliseconds database_patience{10'000};          // of who waits for a connection; no flag leads to another
  Milliseconds request_limit{30'000};              // no flag leads to another
  Milliseconds app_answer_limit{600'000};          // nor here: from a request to the head of a path app's answer
  Seconds audit_logs_retention{0};                 // 0: kept for ever
  Seconds connection_logs_retention{0};
  std::vector<std::string> content_policies;  // "directive source …", besides those of the dashboard's own
  std::string docs_url;
  std::string support_links;  // JSON array of {name, target, icon}; empty: none
  std::string cli_upgrade_message;
  std::string ssh_hostname_prefix = "coder.", workspace_hostname_suffix = "coder";
  std::map<std::string, std::string> ssh_config_options;
  Seconds api_keys_retention = std::chrono::hours(24 * 7);    // after their end; 0: kept for ever
  Seconds agent_logs_retention = std::chrono::hours(24 * 7);  // after the agent was last connected; 0: kept for ever
  bool secure_cookies = false;
  bool host_prefix_cookie = false;               // of the session's cookie
  net::SameSite same_site = net::SameSite::lax;  // of the session's cookie
  bool disable_password_login = false;
  bool disable_path_apps = false;
  bool uniform_app_denial = false;
  apps::Dangers path_app_dangers;
  bool no_owner_workspace_exec = false;
  bool no_workspace_sharing = false;
  bool allow_workspace_renames = false;
  bool debug_builds = false;
  crypto::PasswordWork password_work = crypto::PasswordWork::interactive;  // no flag leads to another
  login::Options login;                                                    // OpenID Connect and GitHub
  net::MailOptions mail;
  outbox::Options notifications;
  identity::Options identity;  // of machines in clouds
  prebuilds::Options prebuilds;
  log::Format log_format = log::Format::automatic;
  log::Outlets log_outlets;
  std::vector<std::string> log_filter;  // expressions: lines of the level debug that are written whatever the level
  bool verbose = false;
  std::map<std::string, std::string> sources;       // flags of what was set, to "flag", "env" or "yaml"
  std::map<std::string, std::string> secret_files;  // flags of secrets, to the files that hold them
  Milliseconds watch_interval{10'000};              // of files that may be exchanged; no flag leads to another
  std::function<Result<Config>()> reread;           // all of this, read anew from where it came; blocks. Empty: nobody can

  std::string host() const { return host_of(http_address); }
  std::uint16_t port() const { return port_of(http_address); }
  bool tls() const { return !tls_cert_files.empty(); }
  bool tls_apart() const { return tls() && tls_enable.value_or(false); }
};

// argv[0] is the program. Errors: a sentence that names the flag, variable or file at fault. `help` is set instead when
// --help or --version asked for text to print.
struct Parsed {
  Config config;
  std::string print;                                         // not empty: print it and exit 0
  std::vector<std::pair<std::string, std::string>> notices;  // sentences and what they are about, for the log
};
struct Setting;
// Every setting of the server with its place in `to`, which must live as long.
std::vector<Setting> settings_of(Config& to);
// What GET /api/v2/deployment/config answers. Secrets are blank.
std::string config_json(Config config);
Result<Parsed> parse_config(int argc, const char* const* argv);
// Which of the debug log's lines it wants besides; null: none.
std::function<bool(std::string_view)> wanted_lines(const Config& config);

}  // namespace slipway::server
