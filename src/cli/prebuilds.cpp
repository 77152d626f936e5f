#include "api/gen/prebuilds.hpp"

#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "net/message.hpp"

namespace slipway::cli {
namespace {

constexpr const char* kSettings = "/api/v2/prebuilds/settings";
constexpr const char* kStatusColumns = "preset, version, workspaces, why, next, last failure, preset id";
constexpr const char* kColumns = "workspace, template, status, healthy, built, version, outdated, id, organization";

struct ListOptions {
  std::string template_name;
  TableFlags flags;
};

struct TemplateOptions {
  std::string template_name, organization = "default";
  bool yes = false;
};

struct StatusOptions {
  std::string template_name, organization = "default";
  TableFlags flags;
};

Result<int> set_paused(Session& session, bool paused) {
  const auto body = api::to_json(api::PrebuildsSettings{.reconciliation_paused = paused});
  TRY(answer, session.request("PUT", kSettings, body, "application/json"));
  if (answer.status != 200 && answer.status != 304) return std::unexpected(error_of(answer.status, answer.body));
  tell("Prebuilds are {}{}.\n", answer.status == 304 ? "already " : "now ", paused ? "paused" : "resumed");
  if (paused) tell("Those that run stay and can still be claimed. Go on with: slipway prebuilds resume\n");
  return 0;
}

Result<int> list(Session& session, const ListOptions& options) {
  std::string query = "owner:prebuilds";
  if (!options.template_name.empty()) query += " template:\"" + options.template_name + '"';
  TRY(found, session.get<api::WorkspacesResponse>("/api/v2/workspaces?q=" + segment(query)));
  Table table({"workspace", "template", "status", "healthy", "built", "version", "outdated", "id", "organization"}, 7);
  const Time now = system_clock().now();
  for (const auto& one : found.workspaces) {
    const auto& build = one.latest_build;
    table.add({one.name, one.template_name, painted_status(build.status), build.status == "running" ? one.health.healthy ? "yes" : "no" : "",
               ago(build.created_at, now), build.template_version_name, one.outdated ? "yes" : "no", one.id.str(), one.organization_name});
  }
  return table.print(options.flags, api::to_json(found.workspaces), "No prebuilt workspace that you may see.");
}

Result<int> invalidate(Session& session, const TemplateOptions& options) {
  TRY(chosen, find_template(session, options.organization, options.template_name));
  if (!options.yes && can_ask()) {
    TRY(sure, ask_yes(fmt::format("Build all prebuilt workspaces of {} anew?", chosen.name)));
    if (!sure) return fail(Code::cancelled, "Nothing was changed.");
  }
  TRY(done, session.send<api::InvalidatePresetsResponse>("POST", fmt::format("/api/v2/templates/{}/prebuilds/invalidate", chosen.id.str()),
                                                         std::map<std::string, std::string>()));
  if (done.invalidated.empty()) tell("The active version of {} has no preset with prebuilt workspaces.\n", chosen.name);
  for (const auto& one : done.invalidated)
    tell("Prebuilt workspaces of preset {} (version {}) are built anew.\n", one.preset_name, one.template_version_name);
  return 0;
}

std::string counts_of(const api::PrebuildCounts& counts) {
  std::string out = fmt::format("{} of {} ready", counts.eligible, counts.desired);
  const auto also = [&out](std::int64_t count, std::string_view what) {
    if (count > 0) out += fmt::format(", {} {}", count, what);
  };
  also(counts.running - counts.expired - counts.eligible, "not ready yet");
  also(counts.starting, "being built");
  also(counts.expired, "out of date");
  also(counts.failed, "failed");
  also(counts.deleting, "being removed");
  return out;
}

Result<int> status(Session& session, const StatusOptions& options) {
  TRY(chosen, find_template(session, options.organization, options.template_name));
  TRY(found, session.get<api::PrebuildStatus>(fmt::format("/api/v2/templates/{}/prebuilds/status", chosen.id.str())));
  if (found.paused) tell("Pools are paused everywhere. Go on with: slipway prebuilds resume\n");
  Table table({"preset", "version", "workspaces", "why", "next", "last failure", "preset id"}, 4);
  for (const auto& pool : found.pools)
    table.add({pool.preset_name, pool.template_version_name, counts_of(pool.counts), pool.reason, pool.next_at ? to_rfc3339(*pool.next_at) : "",
               pool.last_failure, pool.preset_id.str()});
  return table.print(options.flags, api::to_json(found), fmt::format("No preset of {} keeps workspaces ready.", chosen.name));
}

}  // namespace

void add_prebuilds(Command root) {
  auto prebuilds = root.sub("prebuilds", "Look after workspaces that are built ahead of demand",
                            "slipway prebuilds list\nslipway prebuilds pause\nslipway prebuilds status docker");
  prebuilds.sub("pause", "Build and delete no prebuilt workspaces, of any template, until resumed", "slipway prebuilds pause")
      .run([](Session& session) { return set_paused(session, true); });
  prebuilds.sub("resume", "Go on after a pause", "slipway prebuilds resume").run([](Session& session) { return set_paused(session, false); });

  auto list_options = std::make_shared<ListOptions>();
  auto listing =
      prebuilds.sub("list", "List prebuilt workspaces that nobody has claimed", "slipway prebuilds list\nslipway prebuilds list --template docker")
          .alias("ls");
  listing.option("-t,--template", list_options->template_name, "Of this template only");
  list_options->flags.add_to(listing, kColumns);
  listing.run([list_options](Session& session) { return list(session, *list_options); });

  auto shown = std::make_shared<StatusOptions>();
  auto showing = prebuilds.sub("status", "Show a template's pools, and why each is as it is",
                               "slipway prebuilds status docker\nslipway prebuilds status docker --output json");
  showing.argument("template", shown->template_name, "Name of the template");
  showing.option("-O,--org", shown->organization, "Organization of the template");
  shown->flags.add_to(showing, kStatusColumns);
  showing.run([shown](Session& session) { return status(session, *shown); });

  auto stale = std::make_shared<TemplateOptions>();
  auto invalidating =
      prebuilds.sub("invalidate", "Replace a template's prebuilt workspaces by new ones", "slipway prebuilds invalidate docker --yes");
  invalidating.argument("template", stale->template_name, "Name of the template");
  invalidating.option("-O,--org", stale->organization, "Organization of the template");
  invalidating.flag("-y,--yes", stale->yes, "Do not ask");
  invalidating.run([stale](Session& session) { return invalidate(session, *stale); });
}

}  // namespace slipway::cli
