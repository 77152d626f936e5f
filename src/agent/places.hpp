// Which folders the agent writes to: only those in which nobody else has a hand. /tmp is everybody's, so what lies there
// first on PATH, or is a link where the log is to be, may be somebody else's trap.
#pragma once

#include "agent/options.hpp"

#include <string>
#include <vector>

namespace slipway::agent {

// Makes the folders of `options` and puts private ones in the place of those that are not safe: below `home`/.cache, or a
// new one among the temporary files when there is no home either. What was replaced, and why, comes back in sentences.
std::vector<std::string> settle_places(Options& options, const std::string& home, const std::string& temporary = "/tmp");

}  // namespace slipway::agent
