#include "agent/commands.hpp"

#include "agent/files.hpp"
#include "base/text.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace slipway::agent {

namespace {

bool can_enter(const std::string& path) {
  struct stat info{};
  return !path.empty() && ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::string home_of(const CommandEnvironment& environment) {
  for (const auto& [name, value] : environment.variables)
    if (name == "HOME") return value;
  return {};
}

}  // namespace

std::vector<std::string> script_arguments(const std::string& shell, const std::string& script) {
  const std::string_view text(script);
  const auto start = text.find_first_not_of(" \t\r\n");
  std::vector<std::string> out;
  if (start != std::string_view::npos && text.substr(start).starts_with("#!")) {
    const auto line = text.substr(start + 2, text.find('\n', start) - start - 2);
    const auto words = text::words(line, " \t\r");
    out.assign(words.begin(), words.end());
  }
  if (out.empty()) out = {shell};
  out.emplace_back("-c");
  out.push_back(script);
  return out;
}

bool is_hushed(const std::string& home) { return ::access((home + "/.hushlogin").c_str(), F_OK) == 0; }

std::string message_of_the_day(const std::string& path, const std::string& home) {
  if (path.empty() || is_hushed(home)) return {};
  std::string out;
  for (const char byte : read_small_file(path, 64 << 10).value_or("")) {
    if (byte == '\n' && !out.ends_with('\r')) out += '\r';
    out += byte;
  }
  if (!out.empty() && !out.ends_with('\n')) out += "\r\n";
  return out;
}

Commands::Commands(User user, std::string executable, std::string agent_url, std::string script_bin_dir, std::string unit_socket)
    : user_(std::move(user)), own_(own_environment()) {
  facts_.executable = std::move(executable);
  facts_.agent_url = std::move(agent_url);
  facts_.script_bin_dir = std::move(script_bin_dir);
  facts_.unit_socket = std::move(unit_socket);
  facts_.user_name = user_.name;
  facts_.home = user_.home;
  facts_.shell = user_.shell;
  // Programs next to the agent (its own, under other names) are found last.
  const auto slash = facts_.executable.rfind('/');
  if (slash != std::string::npos && slash > 0) {
    auto& path = own_["PATH"];
    if (path.empty()) path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    path += ":" + facts_.executable.substr(0, slash);
  }
  own_.erase("CODER_AGENT_TOKEN_FILE");
  update({}, {});
}

void Commands::update(const api::AgentManifest& manifest, const std::string& token) {
  facts_.workspace_id = manifest.workspace_id.is_nil() ? "" : manifest.workspace_id.str();
  facts_.workspace_name = manifest.workspace_name;
  facts_.owner_name = manifest.owner_name;
  facts_.agent_name = manifest.agent_name;
  facts_.agent_token = token;
  facts_.vscode_proxy_uri = manifest.vscode_port_proxy_uri;
  const Environment wanted(manifest.environment_variables.begin(), manifest.environment_variables.end());
  const auto variables = compose_environment(facts_, own_, wanted);
  directory_ = expand_path(manifest.directory, user_.home, user_.home, variables);
  motd_file_ = expand_path(manifest.motd_file, user_.home, user_.home, variables);
  auto next = std::make_shared<CommandEnvironment>();
  next->variables.assign(variables.begin(), variables.end());
  next->directory = directory_.empty() ? user_.home : directory_;
  next->shell = user_.shell;
  current_.store(std::move(next));
}

CommandEnvironmentSource Commands::source() const {
  return [this] { return now(); };
}

aio::ProcessOptions process_options(const CommandEnvironment& environment, std::vector<std::string> arguments) {
  aio::ProcessOptions out;
  out.argv = std::move(arguments);
  for (const auto& [name, value] : environment.variables) out.environment.set(name, value);
  out.directory = can_enter(environment.directory) ? environment.directory : home_of(environment);
  if (!can_enter(out.directory)) out.directory = "/";
  return out;
}

}  // namespace slipway::agent
