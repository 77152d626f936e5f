// Shows a provisioner job while it runs: log lines under their stages, how long each stage took, and what the job waits
// for. Survives the loss of its connection: it comes back and goes on after the last line it has shown.
#pragma once

#include "api/gen/builds.hpp"
#include "api/gen/versions.hpp"
#include "cli/session.hpp"

namespace slipway::cli {

struct FollowOptions {
  bool debug = false;          // lines of level debug and trace too
  std::string interrupt = {};  // what Ctrl-C says
};

// Until the build is over. Errors: internal with the job's own error when it failed or was canceled.
Result<void> follow_build(Session& session, const api::WorkspaceBuild& build, FollowOptions options = {});
Result<void> follow_version(Session& session, const api::TemplateVersion& version, FollowOptions options = {});
Result<void> follow_dry_run(Session& session, const Uuid& version, const api::ProvisionerJob& started, FollowOptions options = {});

// What has been logged so far; with `follow` until the job ends, without judging how.
Result<void> print_build_log(Session& session, const api::WorkspaceBuild& build, bool follow);
// Likewise of an agent's start-up scripts.
Result<void> print_agent_log(Session& session, const api::WorkspaceAgent& agent, bool follow);

}  // namespace slipway::cli
