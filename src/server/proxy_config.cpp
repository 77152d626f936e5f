// The settings of `slipwayd proxy`: its own, and those that a server has by the same names.
#include "base/version.hpp"
#include "net/url.hpp"
#include "server/proxy.hpp"
#include "server/settings.hpp"

#include <array>

namespace slipway::server {

namespace {

// Of a server's settings of addresses and TLS; a proxy has one address, and no sessions of its own.
constexpr std::array<std::string_view, 10> kShared = {"http-address",          "access-url",         "wildcard-access-url", "trusted-proxies",
                                                      "proxy-trusted-headers", "secure-auth-cookie", "tls-cert-file",       "tls-key-file",
                                                      "tls-min-version",       "tls-ciphers"};

std::vector<Setting> settings(ProxyConfig& c) {
  std::vector<Setting> all = {
      {"primary-access-url", {"CODER_PRIMARY_ACCESS_URL"}, "", "", "Address of the server, where people open the dashboard.", text(c.primary_url)},
      {"proxy-session-token",
       {"CODER_PROXY_SESSION_TOKEN"},
       "",
       "",
       "What \"slipway proxies create\" has printed; better given by its variable or --proxy-session-token-file.",
       secret(c.token)},
      {"ca-file", {}, "", "", "PEM certificates of authorities to trust besides the system's.", text(c.ca_file)},
      {"disable-path-apps", {"CODER_DISABLE_PATH_APPS"}, "", "", "Serve apps on hosts of their own only.", flag(c.base.disable_path_apps)},
      {"prometheus-address",
       {"CODER_PROMETHEUS_ADDRESS"},
       "",
       "",
       "Serve Prometheus metrics here, such as 127.0.0.1:2112.",
       address(c.base.prometheus_address)},
      {"threads", {}, "", "", "Loops to run; 0 is one a core.", number(c.base.threads, 0, 1024)},
      {"shutdown-grace", {}, "", "", "How long requests may go on after SIGTERM.", duration(c.base.shutdown_grace)},
      {"log-format", {}, "", "", "human, json, or auto: human on a terminal.", format(c.base.log_format)},
      {"verbose", {"CODER_VERBOSE"}, "", "", "Log each request and why it failed.", flag(c.base.verbose)},
  };
  for (auto& family : {network_settings(c.base), tls_settings(c.base)})
    for (const auto& one : family)
      if (std::ranges::find(kShared, one.flag) != kShared.end()) all.push_back(one);
  return with_files(std::move(all));
}

// Without the slash at its end. Errors: it is none that browsers could open.
Result<void> settle(std::string_view setting, std::string& address) {
  while (address.ends_with('/')) address.pop_back();
  const auto url = net::parse_url(address);
  const bool http = url && (url->scheme == "http" || url->scheme == "https");
  if (http && !url->has_userinfo && url->target() == "/" && url->fragment.empty()) return {};
  return fail(Code::invalid, fmt::format("{} \"{}\" is not an address without a path, such as https://slipway.example.com.", setting, address));
}

Result<void> fill_defaults(ProxyConfig& c) {
  if (c.primary_url.empty()) return fail(Code::invalid, "--primary-access-url is needed: where people open the dashboard.");
  TRY_OK(settle("--primary-access-url", c.primary_url));
  if (!c.base.access_url.empty()) TRY_OK(settle("--access-url", c.base.access_url));
  if (c.token.empty())
    return fail(Code::invalid,
                "A proxy's token is needed: --proxy-session-token-file, or SLIPWAY_PROXY_SESSION_TOKEN. Make one: slipway proxies create NAME.");
  if (c.base.tls_cert_files.size() != c.base.tls_key_files.size())
    return fail(Code::invalid, "--tls-cert-file and --tls-key-file go together: each certificate needs its key, in the same order.");
  return {};
}

}  // namespace

Result<ProxyParsed> parse_proxy_config(int argc, const char* const* argv) {
  ProxyParsed parsed;
  TRY(given, read_settings("slipwayd proxy", settings(parsed.config), {}, argc, argv));
  if (given.version) parsed.print = fmt::format("slipwayd {}\n", kVersion);
  if (given.help) {
    ProxyConfig initial;
    parsed.print =
        "slipwayd proxy - carry apps and terminals of workspaces for the people near this machine\n\n"
        "  slipwayd proxy [start] --primary-access-url https://slipway.example.com --access-url https://sydney.example.com \\\n"
        "      --proxy-session-token-file /etc/slipway/token\n\n"
        "People sign in at the primary, and agents come to the proxy when somebody wants them. It needs to reach the primary; people and\n"
        "agents need to reach it. Make a token: slipway proxies create NAME. It prints a line once the primary knows it.\n\n" +
        help_of(settings(initial));
  }
  if (!parsed.print.empty()) return parsed;
  TRY_OK(fill_defaults(parsed.config));
  parsed.config.base.secret_files = std::move(given.files);
  for (const auto& [text, names] : given.notices) parsed.notices.emplace_back(text, names);
  return parsed;
}

}  // namespace slipway::server
