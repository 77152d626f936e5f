#include "cli/completion.hpp"

namespace slipway::cli {

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
