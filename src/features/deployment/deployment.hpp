// What the deployment says of itself, and the files it serves: dashboard, executables.
#pragma once

#include "base/assets.hpp"
#include "http/routes.hpp"

#include <string>

namespace slipway::deployment {

struct Files {
  Assets dashboard;
  std::string bin_dir;  // slipway and slipway-agent; empty: beside the running program
};

void add_routes(http::Routes& routes);
void add_site_routes(http::Routes& routes);  // what the dashboard asks of the deployment: features, appearance, regions
void add_file_routes(http::Routes& routes, Files files);

}  // namespace slipway::deployment
