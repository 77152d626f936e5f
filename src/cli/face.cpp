#include "cli/face.hpp"

#include <algorithm>
#include <array>

namespace slipway::cli {

namespace {

std::string_view base_name(std::string_view path) {
  path.remove_prefix(path.find_last_of("/\\") == path.npos ? 0 : path.find_last_of("/\\") + 1);
  if (path.ends_with(".exe")) path.remove_suffix(4);
  return path;
}

// Git asks with the question as the only argument, in the environment of a command of its own.
bool asks_for_git(std::string_view argv0, const std::vector<std::string>& arguments, const Variables& variable) {
  if (arguments.size() != 1) return false;
  const std::string_view question = arguments.front();
  if (!question.starts_with("Username ") && !question.starts_with("Password ")) return false;
  return variable("GIT_PREFIX") || variable("GIT_ASKPASS").value_or("") == argv0;
}

bool is_of_agent(const std::vector<std::string>& arguments) {
  constexpr std::array<std::string_view, 3> kOfAgent{"agent", "gitssh", "gitaskpass"};
  return !arguments.empty() && std::ranges::find(kOfAgent, arguments.front()) != kOfAgent.end();
}

}  // namespace

Personality personality(std::string_view argv0, const std::vector<std::string>& arguments, const Variables& variable) {
  const auto name = base_name(argv0);
  if (name.starts_with("slipway-agent") || asks_for_git(argv0, arguments, variable)) return Personality::agent;
  const auto wanted = variable("SLIPWAY_PERSONALITY").value_or("");
  const bool slipway = wanted == "slipway" || (wanted != "coder" && name.starts_with("slipway"));
  if (slipway) return Personality::slipway;
  return is_of_agent(arguments) ? Personality::agent : Personality::coder;
}

}  // namespace slipway::cli
