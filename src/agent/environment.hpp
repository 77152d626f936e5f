// What a command started by the agent finds in its environment, and how paths of a template are expanded. Pure.
// Precedence, low to high: predefined, the agent's own environment, the manifest, agent-level names.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::agent {

using Environment = std::map<std::string, std::string, std::less<>>;

// The facts that predefined names are made of.
struct EnvironmentFacts {
  std::string workspace_id;
  std::string workspace_name;
  std::string owner_name;
  std::string agent_name;
  std::string agent_url;  // without a slash at its end
  std::string agent_token;
  std::string executable;        // absolute path of this program
  std::string vscode_proxy_uri;  // empty: no VSCODE_PROXY_URI
  std::string script_bin_dir;    // put in front of PATH
  std::string unit_socket;       // empty: no CODER_AGENT_SOCKET_PATH
  std::string user_name;
  std::string home;
  std::string shell;
};

// The whole environment of one command. `own` is the agent's environment, `manifest` what the template asks for.
Environment compose_environment(const EnvironmentFacts& facts, const Environment& own, const Environment& manifest);

// This process' environment.
Environment own_environment();

// `NAME=value` lines, as execve takes them.
std::vector<std::string> as_assignments(const Environment& environment);

// Replaces $NAME and ${NAME}; a name that is not there becomes nothing; `$` before anything else stays.
std::string expand_variables(std::string_view text, const Environment& environment);

// `~`, variables, and a relative path (which joins `base`) made absolute and normal. Empty stays empty.
std::string expand_path(std::string_view path, std::string_view home, std::string_view base, const Environment& environment);

}  // namespace slipway::agent
