// From rows to what the API says of resources and agents. Pure.
#pragma once

#include "features/agents/agents.hpp"
#include "features/agents/gen/agents_sql.hpp"

namespace slipway::agents {

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
std::map<std::string, std::string> environment_of(const std::optional<pg::Json>& stored);

}  // namespace slipway::agents
