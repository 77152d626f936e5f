#include "agent/options.hpp"

#include "agent/duration.hpp"
#include "agent/watchdog.hpp"
#include "base/text.hpp"

#include <array>
#include <set>

namespace slipway::agent {

namespace {

struct Flag {
  std::string_view name;
  std::string_view variable;
  bool is_switch;
  std::string_view initial;
  std::string_view help;
};

constexpr std::array kFlags{
    Flag{"agent-url", "CODER_AGENT_URL", false, "", "URL of the Slipway server. Required."},
    Flag{"agent-token", "CODER_AGENT_TOKEN", false, "", "Token that proves which agent this is."},
    Flag{"agent-token-file", "CODER_AGENT_TOKEN_FILE", false, "", "File that holds the token."},
    Flag{"auth", "CODER_AGENT_AUTH", false, "token", "token, google-instance-identity, aws-instance-identity or azure-instance-identity."},
    Flag{"agent-name", "CODER_AGENT_NAME", false, "", "Which agent to be when several share one cloud instance."},
    Flag{"log-dir", "CODER_AGENT_LOG_DIR", false, "", "Folder of the log files; default: ~/.cache/slipway-agent."},
    Flag{"script-data-dir", "CODER_AGENT_SCRIPT_DATA_DIR", false, "",
         "Folder where scripts keep data; default: the system's folder for temporary files."},
    Flag{"socket-path", "CODER_AGENT_SOCKET_PATH", false, "", "Where commands reach this agent; default: a socket in --log-dir."},
    Flag{"ssh-max-timeout", "CODER_AGENT_SSH_MAX_TIMEOUT", false, "72h", "Longest time an SSH session may stay idle."},
    Flag{"hold-connections", "SLIPWAY_AGENT_HOLD_CONNECTIONS", false, "1h", "How long an SSH session waits for a client that lost its connection."},
    Flag{"block-file-transfer", "CODER_BLOCK_FILE_TRANSFER", true, "false", "Refuse nc, rsync, scp and sftp over SSH."},
    Flag{"no-reap", "", true, "false", "Do not start a reaper of orphaned processes when running as PID 1."},
    Flag{"log-human", "CODER_AGENT_LOGGING_HUMAN", false, "/dev/stderr", "Where human-readable log lines go; only /dev/stderr."},
    Flag{"log-json", "CODER_AGENT_LOGGING_JSON", false, "", "Set to /dev/stderr to log JSON lines instead."},
    // What existing deployments set and this agent has no part for: taken and without effect.
    Flag{"log-stackdriver", "CODER_AGENT_LOGGING_STACKDRIVER", false, "", ""},
    Flag{"tailnet-listen-port", "CODER_AGENT_TAILNET_LISTEN_PORT", false, "0", ""},
    Flag{"pprof-address", "CODER_AGENT_PPROF_ADDRESS", false, "", ""},
    Flag{"prometheus-address", "CODER_AGENT_PROMETHEUS_ADDRESS", false, "", ""},
    Flag{"debug-address", "CODER_AGENT_DEBUG_ADDRESS", false, "", ""},
};

using Values = std::map<std::string, std::string, std::less<>>;

const Flag* find_flag(std::string_view name) {
  for (const auto& flag : kFlags)
    if (flag.name == name) return &flag;
  return nullptr;
}

Values initial_values(const Environment& environment) {
  Values out;
  for (const auto& flag : kFlags) {
    const auto set = flag.variable.empty() ? environment.end() : environment.find(flag.variable);
    out[std::string(flag.name)] = set == environment.end() || set->second.empty() ? std::string(flag.initial) : set->second;
  }
  return out;
}

Result<Values> read_flags(const std::vector<std::string>& arguments, std::size_t from, Values values) {
  for (std::size_t i = from; i < arguments.size(); ++i) {
    std::string_view text = arguments[i];
    if (!text.starts_with("--")) return fail(Code::invalid, fmt::format("The agent takes no argument {:?}. See --help.", text));
    text.remove_prefix(2);
    const auto equals = text.find('=');
    const auto* flag = find_flag(text.substr(0, equals));
    if (flag == nullptr) return fail(Code::invalid, fmt::format("There is no flag --{}. See --help.", text.substr(0, equals)));
    std::string value = "true";
    if (equals != std::string_view::npos) {
      value = text.substr(equals + 1);
    } else if (!flag->is_switch) {
      if (++i == arguments.size()) return fail(Code::invalid, fmt::format("The flag --{} needs a value.", flag->name));
      value = arguments[i];
    }
    values[std::string(flag->name)] = std::move(value);
  }
  return values;
}

Result<bool> read_bool(const Values& values, std::string_view name) {
  const std::string& text = values.find(name)->second;
  if (text == "true" || text == "1" || text == "t" || text == "TRUE" || text == "True") return true;
  if (text == "false" || text == "0" || text == "f" || text == "FALSE" || text == "False") return false;
  return fail(Code::invalid, fmt::format("The flag --{} is true or false, not {:?}.", name, text));
}

Result<AuthKind> read_auth(const std::string& text) {
  if (text == "token") return AuthKind::token;
  if (text == "google-instance-identity") return AuthKind::google;
  if (text == "aws-instance-identity") return AuthKind::aws;
  if (text == "azure-instance-identity") return AuthKind::azure;
  return fail(Code::invalid, fmt::format("The flag --auth cannot be {:?}. See --help.", text));
}

Result<std::string> read_url(std::string text) {
  if (text.empty()) return fail(Code::invalid, "CODER_AGENT_URL or --agent-url must be set to the URL of the Slipway server.");
  if (!text.starts_with("http://") && !text.starts_with("https://"))
    return fail(Code::invalid, fmt::format("The agent URL {:?} must begin with http:// or https://.", text));
  while (text.ends_with('/')) text.pop_back();
  return text;
}

Result<std::vector<std::string>> read_subsystems(const Environment& environment) {
  static constexpr std::array<std::string_view, 3> kKnown{"envbox", "envbuilder", "exectrace"};
  const auto found = environment.find("CODER_AGENT_SUBSYSTEM");
  std::set<std::string> out;
  const std::string_view text = found == environment.end() ? std::string_view() : found->second;
  for (const auto part : text::split(text, ',')) {
    const auto one = text::trim(part);
    if (!one.empty() && std::ranges::find(kKnown, one) == kKnown.end()) return fail(Code::invalid, fmt::format("invalid subsystem {:?}", one));
    if (!one.empty()) out.emplace(one);
  }
  return std::vector<std::string>(out.begin(), out.end());
}

std::string temporary_folder(const Environment& environment) {
  const auto found = environment.find("TMPDIR");
  return found == environment.end() || found->second.empty() ? "/tmp" : found->second;
}

Result<Options> to_options(const Values& values, const Environment& environment) {
  const auto text = [&](std::string_view name) { return values.find(name)->second; };
  Options out;
  TRY(url, read_url(text("agent-url")));
  TRY(auth, read_auth(text("auth")));
  TRY(block, read_bool(values, "block-file-transfer"));
  TRY(no_reap, read_bool(values, "no-reap"));
  TRY(subsystems, read_subsystems(environment));
  const auto idle = parse_duration(text("ssh-max-timeout"));
  if (!idle) return fail(Code::invalid, "The flag --ssh-max-timeout is a duration such as 72h or 30m.");
  const auto hold = parse_duration(text("hold-connections"));
  if (!hold) return fail(Code::invalid, "The flag --hold-connections is a duration such as 1h or 30m.");
  out.hold_connections = *hold;
  out.url = std::move(url);
  out.auth = auth;
  out.token = text::trim(text("agent-token"));
  out.token_file = text("agent-token-file");
  out.agent_name = text::trim(text("agent-name"));
  if (const auto found = environment.find("CODER_AGENT_METADATA_URL"); found != environment.end()) out.metadata_url = found->second;
  out.log_dir = text("log-dir").empty() ? temporary_folder(environment) : text("log-dir");
  out.socket_path = text("socket-path");
  out.script_data_dir = text("script-data-dir").empty() ? temporary_folder(environment) : text("script-data-dir");
  out.ssh_max_timeout = *idle;
  out.block_file_transfer = block;
  out.no_reap = no_reap;
  out.subsystems = std::move(subsystems);
  if (const auto found = environment.find(kResumes); found != environment.end()) out.resumes = lifecycle_named(found->second);
  if (!text("log-json").empty()) out.log_format = log::Format::json;
  if (out.auth == AuthKind::token && out.token.empty() && out.token_file.empty())
    return fail(Code::invalid, "CODER_AGENT_TOKEN or CODER_AGENT_TOKEN_FILE must be set for token auth");
  return out;
}

bool is_git_prompt(const std::string& argument) { return argument.starts_with("Username for ") || argument.starts_with("Password for "); }

}  // namespace

Result<Invocation> read_invocation(const std::vector<std::string>& arguments, const Environment& environment) {
  Invocation out;
  std::size_t from = 0;
  if (!arguments.empty()) {
    const std::string& first = arguments[0];
    if (is_git_prompt(first)) return Invocation{.kind = Invocation::Kind::askpass, .options = {}, .arguments = {first}};
    if (first == "gitssh") {
      const std::size_t skip = arguments.size() > 1 && arguments[1] == "--" ? 2 : 1;
      out.kind = Invocation::Kind::git_ssh;
      out.arguments.assign(arguments.begin() + static_cast<std::ptrdiff_t>(skip), arguments.end());
      return out;
    }
    from = first == "agent" ? 1 : 0;  // what start scripts of existing templates say
    const std::string_view word = from < arguments.size() ? std::string_view(arguments[from]) : std::string_view();
    if (word == "--help" || word == "-h" || word == "help") return Invocation{.kind = Invocation::Kind::help, .options = {}, .arguments = {}};
    if (word == "--version" || word == "version") return Invocation{.kind = Invocation::Kind::version, .options = {}, .arguments = {}};
  }
  TRY(values, read_flags(arguments, from, initial_values(environment)));
  TRY(options, to_options(values, environment));
  out.options = std::move(options);
  return out;
}

std::string usage() {
  std::string out =
      "The agent of a workspace: connects it to its Slipway server.\n\n"
      "  slipway-agent [agent] [flags]        serve this workspace\n"
      "  slipway-agent gitssh -- <arguments>  run ssh with the owner's Git key\n\nFlags:\n";
  for (const auto& flag : kFlags) {
    if (flag.help.empty()) continue;
    out += fmt::format("  --{:<20} {}", flag.name, flag.help);
    if (!flag.variable.empty()) out += fmt::format(" [${}]", flag.variable);
    if (!flag.initial.empty() && !flag.is_switch) out += fmt::format(" (default {})", flag.initial);
    out += '\n';
  }
  out +=
      "\nOn its way to the server it heeds HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, and trusts what SSL_CERT_FILE and\n"
      "SSL_CERT_DIR name, as other programs do.\n";
  return out;
}

}  // namespace slipway::agent
