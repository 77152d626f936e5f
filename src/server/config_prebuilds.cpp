#include "server/settings.hpp"

namespace slipway::server {

std::vector<Setting> prebuild_settings(prebuilds::Options& to) {
  return {
      {"workspace-prebuilds-reconciliation-interval",
       {"CODER_WORKSPACE_PREBUILDS_RECONCILIATION_INTERVAL"},
       "workspace_prebuilds.reconciliation_interval",
       "workspace_prebuilds.reconciliation_interval",
       "How often all pools of prebuilt workspaces are looked at, besides when something happens to one; 0 is 5m.",
       interval(to.interval, std::chrono::minutes(5))},
      {"workspace-prebuilds-reconciliation-backoff-interval",
       {"CODER_WORKSPACE_PREBUILDS_RECONCILIATION_BACKOFF_INTERVAL"},
       "workspace_prebuilds.reconciliation_backoff_interval",
       "workspace_prebuilds.reconciliation_backoff_interval",
       "How long a pool waits with new members for each of its builds that failed.",
       duration(to.backoff)},
      {"workspace-prebuilds-reconciliation-backoff-lookback-period",
       {"CODER_WORKSPACE_PREBUILDS_RECONCILIATION_BACKOFF_LOOKBACK_PERIOD"},
       "workspace_prebuilds.reconciliation_backoff_lookback_period",
       "workspace_prebuilds.reconciliation_backoff_lookback",
       "How far back failed builds of a pool count for that.",
       duration(to.lookback)},
      {"workspace-prebuilds-failure-hard-limit",
       {"CODER_WORKSPACE_PREBUILDS_FAILURE_HARD_LIMIT"},
       "workspace_prebuilds.failure_hard_limit",
       "workspace_prebuilds.failure_hard_limit",
       "So many builds of a pool that fail in a row end its filling until a new version of the template is active; 0 is never.",
       limit(to.failure_limit)},
  };
}

}  // namespace slipway::server
