// Shell completion: the scripts call `slipway __complete <words>`, so they never go stale.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace slipway::cli {

// Errors: invalid for a shell other than bash, zsh, fish.
Result<std::string> completion_script(std::string_view shell);

}  // namespace slipway::cli
