// What the author of a template should know of it at its import, though it can be built. Pure.
#pragma once

#include "provisioner/job.hpp"

#include <string>
#include <vector>

namespace slipway::provisioner {

// Whole sentences; empty: nothing to say.
std::vector<std::string> advice_on(const Outcome& outcome);

}  // namespace slipway::provisioner
