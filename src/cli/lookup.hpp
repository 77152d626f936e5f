// From the names people type to what they mean.
#pragma once

#include "api/gen/organizations.hpp"
#include "api/gen/templates.hpp"
#include "api/gen/workspaces.hpp"
#include "cli/session.hpp"

namespace slipway::cli {

// "name" or "owner/name"; errors: not_found, saying which workspace.
Result<api::Workspace> find_workspace(Session& session, std::string_view name);
// As find_workspace, with ".agent" at the end when the workspace has several. Errors: invalid lists the agents.
struct Target {
  api::Workspace workspace;
  std::string agent;  // as typed; empty: the only one
};
Result<Target> find_target(Session& session, std::string_view name);
Result<api::WorkspaceAgent> find_agent(const api::WorkspaceBuild& build, std::string_view name);

// In that organization ("default" is one of its names).
Result<api::Template> find_template(Session& session, std::string_view organization, std::string_view name);
Result<api::Organization> find_organization(Session& session, std::string_view name);

// One path segment, percent-encoded.
std::string segment(std::string_view text);

// "running", "starting" ... coloured by what they mean.
std::string painted_status(std::string_view status);

}  // namespace slipway::cli
