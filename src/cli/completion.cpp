#include "cli/completion.hpp"

#include "cli/command.hpp"
#include "cli/lookup.hpp"

namespace slipway::cli {
namespace {

// The value of a global flag among the words, in either spelling.
std::string flag_value(const std::vector<std::string>& words, std::string_view flag) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == flag && i + 1 < words.size()) return words[i + 1];
    if (words[i].starts_with(flag) && words[i].substr(flag.size()).starts_with('=')) return words[i].substr(flag.size() + 1);
  }
  return {};
}

// For an argument or the value of a flag, by its name.
std::vector<std::string> names_of(Session& session, const std::string& what) {
  std::vector<std::string> out;
  if (what == "output") {
    out = {"table", "json"};
  } else if (what == "automatic-updates") {
    out = {"always", "never"};
  } else if (what == "org") {
    const auto found = session.get<std::vector<api::Organization>>("/api/v2/users/me/organizations");
    for (std::size_t i = 0; found && i < found->size(); ++i) out.push_back((*found)[i].name);
  } else if (what == "workspace") {
    const auto found = session.get<api::WorkspacesResponse>("/api/v2/workspaces?q=" + segment("owner:me"));
    for (std::size_t i = 0; found && i < found->workspaces.size(); ++i) out.push_back(found->workspaces[i].name);
  } else if (what == "template" || what == "templates") {
    const auto found = session.get<std::vector<api::Template>>("/api/v2/templates");
    for (std::size_t i = 0; found && i < found->size(); ++i) out.push_back((*found)[i].name);
  }
  return out;
}

}  // namespace

std::vector<std::string> complete(Program& program, const std::vector<std::string>& words) {
  auto offer = program.complete(words);
  if (offer.argument.empty()) return offer.words;
  Globals globals;
  globals.face = program.face();
  globals.url = flag_value(words, "--url");
  globals.token = flag_value(words, "--token");
  globals.config_dir = flag_value(words, globals.face.coder ? "--global-config" : "--config-dir");
  Session session(globals);
  for (auto& name : names_of(session, offer.argument))
    if (name.starts_with(words.back())) offer.words.push_back(std::move(name));
  return offer.words;
}

Result<std::string> completion_script(std::string_view shell) {
  if (shell == "bash")
    return R"(_slipway() {
  local IFS=$'\n'
  COMPREPLY=($(slipway __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _slipway slipway
)";
  if (shell == "zsh")
    return R"(#compdef slipway
_slipway() {
  local -a found
  found=("${(@f)$(slipway __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then compadd -a found; else _files; fi
}
if [ "$funcstack[1]" = "_slipway" ]; then _slipway "$@"; else compdef _slipway slipway; fi
)";
  if (shell == "fish")
    return R"(function __slipway_complete
  slipway __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null
end
complete -c slipway -f -a '(__slipway_complete)'
)";
  return fail_field("There is no completion for that shell.", "shell", "is one of: bash, zsh, fish");
}

}  // namespace slipway::cli
