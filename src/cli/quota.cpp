#include "cli/quota.hpp"

#include "api/gen/versions.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

constexpr const char* kColumns = "organization, spent, budget, left";

struct Options {
  std::string user = "me", organization;
  TableFlags flags;
};

struct Line {
  std::string organization;
  api::WorkspaceQuota quota;
};

Result<api::WorkspaceQuota> quota_of(Session& session, const std::string& organization, const std::string& user) {
  return session.get<api::WorkspaceQuota>(fmt::format("/api/v2/organizations/{}/members/{}/workspace-quota", segment(organization), segment(user)));
}

Result<int> show(Session& session, const Options& options) {
  std::vector<Line> lines;
  if (!options.organization.empty()) {
    TRY(quota, quota_of(session, options.organization, options.user));
    lines.push_back({options.organization, quota});
  } else {
    TRY(organizations, session.get<std::vector<api::Organization>>(fmt::format("/api/v2/users/{}/organizations", segment(options.user))));
    for (const auto& one : organizations) {
      TRY(quota, quota_of(session, one.id.str(), options.user));
      lines.push_back({one.name, quota});
    }
  }
  Table table({"organization", "spent", "budget", "left"});
  std::map<std::string, api::WorkspaceQuota> json;
  for (const auto& [organization, quota] : lines) {
    table.add({organization, std::to_string(quota.credits_consumed), std::to_string(quota.budget),
               std::to_string(std::max<std::int64_t>(quota.budget - quota.credits_consumed, 0))});
    json[organization] = quota;
  }
  return table.print(options.flags, api::to_json(json), "A member of no organization has no quota.");
}

}  // namespace

std::string words_of(const api::WorkspaceQuota& quota) {
  return fmt::format("{} of {} credits a day are spent, {} are left.", quota.credits_consumed, quota.budget,
                     std::max<std::int64_t>(quota.budget - quota.credits_consumed, 0));
}

void tell_cost(Session& session, const Uuid& version, const Uuid& organization, const std::string& owner) {
  const auto resources = session.get<std::vector<api::WorkspaceResource>>(fmt::format("/api/v2/templateversions/{}/resources", version.str()));
  if (!resources) return;
  std::int64_t cost = 0;
  for (const auto& resource : *resources)
    if (resource.workspace_transition == "start") cost += std::max<std::int64_t>(resource.daily_cost, 0);
  if (cost == 0) return;
  const auto quota = quota_of(session, organization.str(), owner);
  if (!quota) return;
  tell("It costs about {} credits a day: {}\n", cost, words_of(*quota));
  if (quota->credits_consumed + cost > quota->budget)
    tell("{}\n", on_stderr(Colour::yellow,
                           "That is more than is left, so the build may be refused. Stop or delete other workspaces first, or ask an "
                           "administrator for more."));
}

void add_quota(Command root) {
  auto options = std::make_shared<Options>();
  auto command = root.sub("quota", "Show what workspaces may cost a day, and what is spent", "slipway quota\nslipway quota ana --org default");
  command.optional_argument("user", options->user, "Whose, when not your own; prebuilds for that of the prebuilt workspaces");
  command.option("-O,--org", options->organization, "In this organization only");
  options->flags.add_to(command, kColumns);
  command.run([options](Session& session) { return show(session, *options); });
}

}  // namespace slipway::cli
