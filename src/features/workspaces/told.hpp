// What people are told of a workspace: docs/guide/notifications-events.md. Only this feature includes it.
#pragma once

#include "features/templates/templates.hpp"
#include "features/workspaces/parameters.hpp"
#include "features/workspaces/workspaces.hpp"

namespace slipway::workspaces {

// Who deleted it: somebody, or nobody but its dormancy.
void tell_deleted(store::Tx& tx, const Told& workspace, std::string_view reason, UserId initiator, const std::string& initiator_name);

// A build that was queued just now: that a workspace was made, or got another version.
struct QueuedBuild {
  BuildId id;
  const BuildPlan& plan;
  const sql::LockRow& workspace;
  const templates::sql::Version& version;
  const Values& values;
  std::optional<TemplateVersionId> last_version;
};
void tell_queued(store::Tx& tx, WorkspaceId workspace, const QueuedBuild& build);

}  // namespace slipway::workspaces
