// The agent as a program: itself, and the two helpers that Git calls it as. In its own file this is all there is; in the one file that
// is command line and agent, it is what that file is when it is called so.
#pragma once

#include <string>
#include <vector>

namespace slipway::agent {

// `arguments` without the program's name. The exit code.
int run_program(const std::vector<std::string>& arguments);

}  // namespace slipway::agent
