#include "agent/environment.hpp"

#include <cctype>
#include <filesystem>

extern char** environ;

namespace slipway::agent {

namespace {

bool name_byte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

Environment predefined(const EnvironmentFacts& facts) {
  Environment out{
      {"CODER", "true"},
      {"CODER_WORKSPACE_ID", facts.workspace_id},
      {"CODER_WORKSPACE_NAME", facts.workspace_name},
      {"CODER_WORKSPACE_OWNER_NAME", facts.owner_name},
      {"CODER_WORKSPACE_AGENT_NAME", facts.agent_name},
      {"CODER_AGENT_TOKEN", facts.agent_token},
      {"CODER_AGENT_URL", facts.agent_url + "/"},  // scripts append to it as it is
      {"GIT_SSH_COMMAND", facts.executable + " gitssh --"},
      {"CS_DISABLE_GETTING_STARTED_OVERRIDE", "true"},
  };
  if (!facts.vscode_proxy_uri.empty()) out["VSCODE_PROXY_URI"] = facts.vscode_proxy_uri;
  return out;
}

// What a login would have set; a service manager often leaves these out.
void add_person(Environment& out, const EnvironmentFacts& facts) {
  if (!facts.user_name.empty()) {
    out.try_emplace("USER", facts.user_name);
    out.try_emplace("LOGNAME", facts.user_name);
  }
  if (!facts.home.empty()) out.try_emplace("HOME", facts.home);
  if (!facts.shell.empty()) out.try_emplace("SHELL", facts.shell);
}

}  // namespace

Environment compose_environment(const EnvironmentFacts& facts, const Environment& own, const Environment& manifest) {
  Environment out = predefined(facts);
  for (const auto& [name, value] : own) out.try_emplace(name, value);
  add_person(out, facts);
  const Environment before = out;
  for (const auto& [name, value] : manifest) out[name] = expand_variables(value, before);
  out["GIT_ASKPASS"] = facts.executable;
  if (!facts.unit_socket.empty()) out["CODER_AGENT_SOCKET_PATH"] = facts.unit_socket;
  if (!facts.script_bin_dir.empty()) {
    auto& path = out["PATH"];
    path = path.empty() ? facts.script_bin_dir : facts.script_bin_dir + ":" + path;
  }
  return out;
}

Environment own_environment() {
  Environment out;
  for (char** line = environ; line != nullptr && *line != nullptr; ++line) {
    const std::string_view text(*line);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos && equals > 0) out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

std::vector<std::string> as_assignments(const Environment& environment) {
  std::vector<std::string> out;
  out.reserve(environment.size());
  for (const auto& [name, value] : environment) out.push_back(name + "=" + value);
  return out;
}

std::string expand_variables(std::string_view text, const Environment& environment) {
  std::string out;
  const auto put = [&](std::string_view name) {
    if (const auto found = environment.find(name); found != environment.end()) out += found->second;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    if (text[i + 1] == '{') {
      const auto close = text.find('}', i + 2);
      if (close == std::string_view::npos) {
        out += text[i];
        continue;
      }
      put(text.substr(i + 2, close - i - 2));
      i = close;
      continue;
    }
    std::size_t end = i + 1;
    while (end < text.size() && name_byte(text[end])) ++end;
    if (end == i + 1) {
      out += text[i];
      continue;
    }
    put(text.substr(i + 1, end - i - 1));
    i = end - 1;
  }
  return out;
}

std::string expand_path(std::string_view path, std::string_view home, std::string_view base, const Environment& environment) {
  if (path.empty()) return {};
  std::string text(path);
  if (text == "~" || text.starts_with("~/")) text = std::string(home) + text.substr(1);
  text = expand_variables(text, environment);
  if (text.empty()) return {};
  std::filesystem::path out(text);
  if (out.is_relative()) out = std::filesystem::path(base) / out;
  std::string normal = out.lexically_normal().string();
  while (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  return normal;
}

}  // namespace slipway::agent
