// From rows to what the API says of resources and agents. Pure.
#pragma once

#include "features/resources/resources.hpp"

namespace slipway::resources {

struct LoadedRows {
  std::vector<sql::Resource> resources;
  std::vector<sql::ResourceMetadata> metadata;
  std::vector<sql::Agent> agents;
  std::vector<sql::App> apps;
  std::vector<sql::Status> statuses;
  std::vector<sql::Script> scripts;
  std::vector<sql::LogSource> log_sources;
};

ResourcesByJob assemble(LoadedRows rows, Time now);

}  // namespace slipway::resources
