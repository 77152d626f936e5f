// What the deployment says of itself, and the files it serves: dashboard, executables.
#pragma once

#include "base/assets.hpp"
#include "http/routes.hpp"

#include <map>
#include <string>
#include <vector>

namespace slipway::deployment {

struct Files {
  Assets dashboard;
  std::string bin_dir;                // the programs that /bin serves; empty: beside the running program
  std::string access_url;             // which /install.sh names
  std::vector<std::string> policies;  // "directive source …": what the dashboard's pages may load besides
};

// What the configuration says of the deployment.
struct Options {
  std::string config = "{}";  // the answer that shows the configuration, JSON
  std::string docs_url;
  std::string support_links;  // JSON array of links; empty: none
  std::string upgrade_message;
  std::string hostname_prefix = "coder.", hostname_suffix = "coder";
  std::map<std::string, std::string> ssh_config_options;
};

// What GET /healthz answers: the loop that runs this is all that it tells of.
net::Response alive();
void add_routes(http::Routes& routes, const Options& options);
// What the dashboard asks of the deployment: features, appearance. After the routes of all other features: one is said to
// be on when its routes are there.
void add_site_routes(http::Routes& routes, const Options& options);
// The Content-Security-Policy of the dashboard's pages.
std::string dashboard_policy(const std::vector<std::string>& policies);
void add_file_routes(http::Routes& routes, Files files);

}  // namespace slipway::deployment
