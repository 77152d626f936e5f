// Pools of workspaces that are built ahead of demand: kept at their target here, handed over by a claim.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "features/prebuilds/options.hpp"
#include "http/home.hpp"
#include "store/store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::http {
class Routes;
}

namespace slipway::prebuilds {

// The key of the site's settings that holds {"reconciliation_paused": bool}.
inline constexpr std::string_view kSettingsKey = "prebuilds_settings";

// Whether `settings`, the value under that key, stops the reconciler; nothing stored: no. Errors: internal, for what is no such JSON.
Result<bool> paused(const std::optional<std::string>& settings);

// What one pass did.
struct Pass {
  bool paused = false;
  int pools = 0, leased = 0;  // looked at; of those that needed something, had for this pass
  int created = 0, removed = 0, canceled = 0;
  std::optional<Time> next;  // when a pool may need something by itself
};

// Whoever does the passes; each process is one of its own, and so is each of two in a test.
struct Replica {
  Uuid id = Uuid::random();
};

// Looks at the pools of `templates`, or at all, and does what their plans say. Two statements when nothing is to do, however many pools and
// members there are. Errors: the database's, and internal when the settings cannot be read; what goes wrong with one pool is logged,
// stored with its decision, and stops no other.
Task<Result<Pass>> reconcile(store::Db& db, const Options& options, const Replica& replica, std::vector<TemplateId> templates = {},
                             std::shared_ptr<store::Cost> cost = std::make_shared<store::Cost>());

// Pass after pass: by news, when something is due by itself, and each interval. Every replica runs it. Runs until cancelled.
Task<void> keep(http::Home& home, Options options);

void add_status_routes(http::Routes& routes, const Options& options);

}  // namespace slipway::prebuilds
