// The programs that people and workspaces download from the server, and the script that installs one.
#pragma once

#include "http/routes.hpp"

#include <string>
#include <string_view>

namespace slipway::deployment {

// The file, beside the server, of what was asked for at /bin: one file is command line and agent, by what it is called. Nothing for what is no
// program of ours for a platform that there may be.
std::string program_file(std::string_view asked);
// What GET /install.sh answers for a server at `url`.
std::string install_script(std::string url);

// An empty `bin_dir` is the folder of the running program.
void add_program_routes(http::Routes& routes, std::string bin_dir, const std::string& access_url);

}  // namespace slipway::deployment
