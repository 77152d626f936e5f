// What programs on people's machines and the dashboard are told, by the names that existing deployments set.
#include "api/gen/deployment.hpp"
#include "base/text.hpp"
#include "formats/values.hpp"
#include "formats/yaml.hpp"
#include "server/config.hpp"
#include "server/settings.hpp"

namespace slipway::server {

namespace {

namespace js = boost::json;

// Options with which a server could run programs on the machine of whoever asks it, or be trusted in another's place.
constexpr std::string_view kForbidden[] = {"host",
                                           "match",
                                           "include",
                                           "proxycommand",
                                           "proxyjump",
                                           "localcommand",
                                           "permitlocalcommand",
                                           "remotecommand",
                                           "knownhostscommand",
                                           "pkcs11provider",
                                           "securitykeyprovider",
                                           "smartcarddevice",
                                           "xauthlocation",
                                           "userknownhostsfile",
                                           "stricthostkeychecking"};

bool is_forbidden(std::string_view name) { return std::ranges::find(kForbidden, text::lower(name)) != std::end(kForbidden); }

}  // namespace

Value links(std::string& to) {
  const auto set = [&to](const std::string& value) {
    const auto tree = formats::read_yaml(value);
    if (!tree || tree->kind != formats::YamlNode::Kind::list) return false;
    const auto read = api::from_json<std::vector<api::LinkConfig>>(formats::json_of(*tree));
    if (read) to = api::to_json(*read);
    return read.has_value();
  };
  return {Form::structure, set, [&to] { return to.empty() ? js::value(js::array()) : js::parse(to); }};
}

// "frame-src https://example.com": a directive and at least one source.
Value policies(std::vector<std::string>& to) {
  const auto set = [&to](const std::string& value) {
    auto read = formats::read_csv(value);
    if (!read) return false;
    const auto is_policy = [](const std::string& one) {
      const auto blank = one.find(' ');
      const bool plain = std::ranges::all_of(one, [](char c) { return c >= 0x20 && c < 0x7f && c != ';' && c != ','; });
      return plain && blank != one.npos && blank > 0 && one.find_first_not_of(' ', blank) != one.npos &&
             one.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == blank;
    };
    if (!std::ranges::all_of(*read, is_policy)) return false;
    to = std::move(*read);
    return true;
  };
  const auto show = [&to] {
    js::array out;
    for (const auto& one : to) out.emplace_back(one);
    return js::value(out);
  };
  return {Form::list, set, show};
}

Value host_suffix(std::string& to) {
  const auto set = [&to](const std::string& value) {
    to = value;
    return !value.starts_with('.') && value.find_first_of(" \t\r\n*?") == value.npos;
  };
  return {Form::text, set, [&to] { return js::value(to); }};
}

Value ssh_options(std::map<std::string, std::string>& to) {
  const auto set = [&to](const std::string& value) -> Result<bool> {
    const auto all = formats::read_csv(value);
    if (!all) return false;
    to.clear();
    for (const auto& one : *all) {
      const auto mark = one.find_first_of("= ");
      if (mark == std::string::npos || mark == 0 || one.find_first_of("\r\n") != std::string::npos) return false;
      const auto name = one.substr(0, mark);
      if (is_forbidden(name))
        return fail(Code::invalid, fmt::format("{} may not be set: with it this server could run or trust things on people's machines.", name));
      to[name] = one.substr(std::min(one.find_first_not_of("= ", mark), one.size()));
    }
    return true;
  };
  const auto show = [&to] {
    js::array out;
    for (const auto& [name, value] : to) out.emplace_back(name + "=" + value);
    return js::value(out);
  };
  return {Form::list, set, show};
}

std::vector<Setting> client_settings(Config& c) {
  return {
      {"additional-csp-policy",
       {"CODER_ADDITIONAL_CSP_POLICY"},
       "networking.http.additionalCSPPolicy",
       "additional_csp_policy",
       "Further sources that pages of the dashboard may load from, each \"directive source\", such as frame-src https://example.com.",
       policies(c.content_policies)},
      {"docs-url", {"CODER_DOCS_URL"}, "networking.docsURL", "docs_url", "Where the dashboard's links to documentation lead.", text(c.docs_url)},
      {"support-links",
       {"CODER_SUPPORT_LINKS"},
       "supportLinks",
       "support.links",
       "YAML or JSON list of {name, target, icon} for the dashboard's menu.",
       links(c.support_links)},
      {"terms-of-service-url",
       {"CODER_TERMS_OF_SERVICE_URL"},
       "termsOfServiceURL",
       "terms_of_service_url",
       "Terms that who signs in is shown.",
       text(c.login.terms_of_service_url)},
      {"workspace-hostname-suffix",
       {"CODER_WORKSPACE_HOSTNAME_SUFFIX"},
       "client.workspaceHostnameSuffix",
       "workspace_hostname_suffix",
       "What SSH names of workspaces end with, after a dot.",
       host_suffix(c.workspace_hostname_suffix)},
      {"ssh-hostname-prefix",
       {"CODER_SSH_HOSTNAME_PREFIX"},
       "client.sshHostnamePrefix",
       "config_ssh.DeploymentName",
       "What SSH names of workspaces begin with, for older clients.",
       text(c.ssh_hostname_prefix)},
      {"ssh-config-options",
       {"CODER_SSH_CONFIG_OPTIONS"},
       "client.sshConfigOptions",
       "config_ssh.SSHConfigOptions",
       "Options that clients add to their SSH configuration, as Name=value.",
       ssh_options(c.ssh_config_options)},
      {"cli-upgrade-message",
       {"CODER_CLI_UPGRADE_MESSAGE"},
       "client.cliUpgradeMessage",
       "cli_upgrade_message",
       "What a command line of another release is told.",
       text(c.cli_upgrade_message)},
  };
}

}  // namespace slipway::server
