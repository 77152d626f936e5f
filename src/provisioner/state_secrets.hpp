// What a state tells in secret about a workspace's owner and agents is left out where a state is shown, and put back where
// somebody gives such a state back. Pure; any thread.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::provisioner {

// The state (plain, not packed) with a mark in the place of each secret: tokens and private key of the owner, tokens for external
// services, tokens of agents, wherever the state repeats them in clear. All else stays byte for byte.
// Errors: invalid where it is not JSON, and so cannot be searched.
Result<std::string> without_secrets(std::string_view state);

// The reverse, with the secrets of the states that the workspace had, the newest first. A mark of what the next build computes
// anew may stay where none of them knows it. Errors: invalid when the mark of an agent's token would stay: it would be the token.
Result<std::string> with_secrets(std::string_view shown, const std::vector<std::string>& stored);

}  // namespace slipway::provisioner
