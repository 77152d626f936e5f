// Shell completion: the scripts call `slipway __complete <words>`, so they never go stale.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace slipway::cli {

class Program;

// What could follow these words (the last one may be unfinished): commands, flags, and the names of what is there.
std::vector<std::string> complete(Program& program, const std::vector<std::string>& words);

// Errors: invalid for a shell other than bash, zsh, fish.
Result<std::string> completion_script(std::string_view shell);

}  // namespace slipway::cli
