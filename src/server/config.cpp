#include "server/config.hpp"

#include "base/version.hpp"
#include "formats/yaml.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace slipway::server {

namespace {

using Set = std::function<bool(const std::string&)>;

// One setting: its flag, the names other products' deployments already set, what it does, and where its text goes.
struct Setting {
  std::string flag;
  std::vector<std::string> variables;
  std::string help;
  Set set;
  bool is_switch = false;
};

Set text(std::string& to) {
  return [&to](const std::string& value) { return to = value, true; };
}
Set list(std::vector<std::string>& to) {
  return [&to](const std::string& value) {
    to.clear();
    for (std::size_t at = 0; at <= value.size();) {
      const auto comma = std::min(value.find(',', at), value.size());
      if (comma > at) to.push_back(value.substr(at, comma - at));
      at = comma + 1;
    }
    return true;
  };
}
Set number(std::int64_t& to) {
  return [&to](const std::string& value) {
    const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), to);
    return fault == std::errc() && end == value.data() + value.size() && to >= 0;
  };
}
Set flag(bool& to) {
  return [&to](const std::string& value) {
    to = value == "true" || value == "1" || value.empty();
    return to || value == "false" || value == "0";
  };
}
// "90s", "15m", "24h", "7d" or combinations ("1h30m").
Set duration(Seconds& to) {
  return [&to](const std::string& value) {
    Seconds sum{0};
    std::int64_t digits = -1;
    for (char c : value) {
      if (c >= '0' && c <= '9') {
        digits = (digits < 0 ? 0 : digits) * 10 + (c - '0');
        if (digits > 1000000000) return false;
        continue;
      }
      const std::int64_t unit = c == 's' ? 1 : c == 'm' ? 60 : c == 'h' ? 3600 : c == 'd' ? 86400 : 0;
      if (unit == 0 || digits < 0) return false;
      sum += Seconds(digits * unit);
      digits = -1;
    }
    to = sum;
    return digits < 0 && !value.empty();
  };
}
Set secret(Secret& to) {
  return [&to](const std::string& value) { return to = Secret(value), true; };
}
Set format(log::Format& to) {
  return [&to](const std::string& value) {
    to = value == "json" ? log::Format::json : value == "human" ? log::Format::human : log::Format::automatic;
    return value == "json" || value == "human" || value == "auto";
  };
}

std::vector<Setting> settings(Config& c) {
  return {
      {"http-address", {"CODER_HTTP_ADDRESS"}, "Address and port to listen on.", text(c.http_address)},
      {"tls-cert-file", {"CODER_TLS_CERT_FILE"}, "PEM certificate chain; with it the address speaks TLS.", text(c.tls_cert_file)},
      {"tls-key-file", {"CODER_TLS_KEY_FILE"}, "PEM private key of the certificate; readable by its owner alone.", text(c.tls_key_file)},
      {"access-url", {"CODER_ACCESS_URL"}, "URL by which people and agents reach this deployment.", text(c.access_url)},
      {"wildcard-access-url", {"CODER_WILDCARD_ACCESS_URL"}, "Host pattern of web apps, such as *.apps.example.com.", text(c.wildcard_access_url)},
      {"postgres-url", {"CODER_PG_CONNECTION_URL"}, "PostgreSQL to use. Without it one is run under the data directory.", secret(c.postgres_url)},
      {"data-dir", {"CODER_CONFIG_DIR"}, "Where the embedded PostgreSQL and caches are kept.", text(c.data_dir)},
      {"bin-dir", {}, "Folder with slipway and slipway-agent, which /bin serves.", text(c.bin_dir)},
      {"prometheus-address", {"CODER_PROMETHEUS_ADDRESS"}, "Serve Prometheus metrics here, such as 127.0.0.1:2112.", text(c.prometheus_address)},
      {"relay-address", {"CODER_DERP_SERVER_RELAY_URL"}, "URL by which other replicas reach this one.", text(c.relay_address)},
      {"provisioner-daemons",
       {"CODER_PROVISIONER_DAEMONS"},
       "Built-in provisioners, each running one build at a time.",
       number(c.provisioner_daemons)},
      {"terraform", {}, "Path of the tofu or terraform to run; else it is found on PATH.", text(c.terraform)},
      {"threads", {}, "Loops to run; 0 is one a core.", number(c.threads)},
      {"api-rate-limit", {"CODER_API_RATE_LIMIT"}, "API requests a minute and person; 0 is no limit.", number(c.api_rate_limit)},
      {"login-rate-limit", {}, "Attempts to sign in a minute and address; 0 is no limit.", number(c.login_rate_limit)},
      {"trusted-proxies", {"CODER_PROXY_TRUSTED_ORIGINS"}, "Networks of reverse proxies whose X-Forwarded-For is believed.", list(c.trusted_proxies)},
      {"origins", {}, "Further exact origins (https://host) whose pages may open WebSockets.", list(c.origins)},
      {"session-duration", {"CODER_SESSION_DURATION"}, "How long an unused session lives.", duration(c.session_duration)},
      {"max-token-lifetime", {"CODER_MAX_TOKEN_LIFETIME"}, "Longest lifetime of an API token.", duration(c.max_token_lifetime)},
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
      {"disable-password-auth", {"CODER_DISABLE_PASSWORD_AUTH"}, "Refuse to sign in by password.", flag(c.disable_password_login), true},
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
}

std::string variable_of(const std::string& name) {
  std::string out = "SLIPWAY_";
  for (char c : name) out += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

// A secret in a file that others can read is no secret: refused, saying how to mend it.
Result<std::string> read_secret(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return fail(Code::invalid, fmt::format("Cannot read {}. Does it exist?", path));
  if ((info.st_mode & 077) != 0)
    return fail(Code::invalid, fmt::format("{} can be read by others. Run: chmod 600 {}", path, path));
  std::ifstream in(path);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

Result<void> apply(const Setting& setting, const std::string& value, const std::string& source) {
  if (setting.set(value)) return {};
  return fail(Code::invalid, fmt::format("{}: \"{}\" is not a value for this setting. {}", source, value, setting.help));
}

std::string help_of(const std::vector<Setting>& all) {
  std::string out =
      "slipwayd - the control plane of Slipway\n\n"
      "  slipwayd [flags]               run the server; prints the URL to open\n"
      "  slipwayd provisioner [flags]   run a provisioner daemon alone (see slipwayd provisioner --help)\n\n"
      "Every flag can be set by its variable or, without the leading dashes, in the YAML file of --config.\n"
      "Flags win over variables, variables over the file. --postgres-url can also be read from --postgres-url-file.\n\n";
  for (const auto& s : all) {
    std::string variables = variable_of(s.flag);
    for (const auto& v : s.variables) variables += ", " + v;
    out += fmt::format("  --{}{}\n        {}\n        {}\n", s.flag, s.is_switch ? "" : " VALUE", s.help, variables);
  }
  return out + "  --config FILE\n        YAML file with the same names.\n        SLIPWAY_CONFIG, CODER_CONFIG_PATH\n  --version, --help\n";
}

Result<void> fill_defaults(Config& c) {
  if (c.tls() && c.tls_key_file.empty()) return fail(Code::invalid, "--tls-cert-file needs --tls-key-file.");
  if (c.host().empty() || c.port() == 0)
    if (!c.http_address.ends_with(":0")) return fail(Code::invalid, "--http-address must be an address and a port, such as 127.0.0.1:7080.");
  if (c.data_dir.empty()) {
    const char* xdg = std::getenv("XDG_DATA_HOME");
    const char* home = std::getenv("HOME");
    c.data_dir = ::geteuid() == 0 ? "/var/lib/slipway" : xdg && *xdg ? std::string(xdg) + "/slipway" : std::string(home ? home : ".") + "/.local/share/slipway";
  }
  while (c.access_url.ends_with('/')) c.access_url.pop_back();
  return {};
}

}  // namespace

std::string Config::host() const {
  const auto colon = http_address.rfind(':');
  std::string host = colon == std::string::npos ? std::string() : http_address.substr(0, colon);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return host == "localhost" ? "127.0.0.1" : colon == 0 ? "0.0.0.0" : host;
}

std::uint16_t Config::port() const {
  const auto colon = http_address.rfind(':');
  std::uint16_t port = 0;
  if (colon != std::string::npos) std::from_chars(http_address.data() + colon + 1, http_address.data() + http_address.size(), port);
  return port;
}

Result<Parsed> parse_config(int argc, const char* const* argv) {
  Parsed parsed;
  auto all = settings(parsed.config);
  CLI::App app("slipwayd", "slipwayd");
  app.set_help_flag();
  bool help = false, version = false;
  std::string config_file, url_file;
  app.add_flag("--help,-h", help);
  app.add_flag("--version", version);
  app.add_option("--config", config_file);
  app.add_option("--postgres-url-file", url_file);
  std::map<std::string, std::string> given;
  for (const auto& s : all) {
    const auto store = [&given, name = s.flag](const std::string& value) { given[name] = value; };
    if (s.is_switch)
      app.add_flag_function("--" + s.flag, [&given, name = s.flag](std::int64_t) { given[name] = "true"; });
    else
      app.add_option_function<std::string>("--" + s.flag, store);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return fail(Code::invalid, fmt::format("{} Run slipwayd --help.", error.what()));
  }
  if (help || version) {
    parsed.print = help ? help_of(all) : fmt::format("slipwayd {}\n", kVersion);
    return parsed;
  }

  for (const char* name : {"SLIPWAY_CONFIG", "CODER_CONFIG_PATH"})
    if (const char* value = std::getenv(name); config_file.empty() && value) config_file = value;
  std::map<std::string, std::string> in_file;
  if (!config_file.empty()) {
    std::ifstream in(config_file);
    if (!in) return fail(Code::invalid, fmt::format("Cannot read the configuration file {}.", config_file));
    const std::string yaml((std::istreambuf_iterator<char>(in)), {});
    TRY(read, formats::read_yaml(yaml));
    for (auto& setting : read) in_file[setting.key] = std::move(setting.value);
  }
  for (const auto& s : all) {
    if (const auto found = given.find(s.flag); found != given.end()) {
      TRY_OK(apply(s, found->second, "--" + s.flag));
      continue;
    }
    std::vector<std::string> variables = {variable_of(s.flag)};
    variables.insert(variables.end(), s.variables.begin(), s.variables.end());
    const auto set = std::ranges::find_if(variables, [](const auto& name) { return std::getenv(name.c_str()) != nullptr; });
    if (set != variables.end()) {
      TRY_OK(apply(s, std::getenv(set->c_str()), *set));
    } else if (const auto found = in_file.find(s.flag); found != in_file.end()) {
      TRY_OK(apply(s, found->second, config_file + ": " + s.flag));
    }
    in_file.erase(s.flag);
  }
  if (!in_file.empty() && given.size() < all.size())
    for (const auto& [key, value] : in_file)
      if (std::ranges::none_of(all, [&key](const auto& s) { return s.flag == key; }))
        return fail(Code::invalid, fmt::format("{}: \"{}\" is no setting. Run slipwayd --help for all of them.", config_file, key));
  if (!url_file.empty()) {
    TRY(url, read_secret(url_file));
    parsed.config.postgres_url = Secret(std::move(url));
  }
  TRY_OK(fill_defaults(parsed.config));
  return parsed;
}

}  // namespace slipway::server
