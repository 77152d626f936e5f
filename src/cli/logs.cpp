#include "cli/build_follower.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/print.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

struct Options {
  std::string name;
  std::int64_t build = 0;
  bool follow = false, build_only = false, agent_only = false;
};

Result<int> logs(Session& session, const Options& options) {
  TRY(target, find_target(session, options.name));
  auto build = target.workspace.latest_build;
  if (options.build > 0) {
    TRY(older, session.get<api::WorkspaceBuild>(fmt::format("/api/v2/users/{}/workspace/{}/builds/{}", segment(target.workspace.owner_name),
                                                            segment(target.workspace.name), options.build)));
    build = older;
  }
  if (!options.agent_only) {
    TRY_OK(print_build_log(session, build, options.follow));
    TRY(after, session.get<api::WorkspaceBuild>("/api/v2/workspacebuilds/" + build.id.str()));
    build = after;
  }
  if (options.build_only) return 0;
  for (const auto& resource : build.resources)
    for (const auto& agent : resource.agents) {
      if (!target.agent.empty() && agent.name != target.agent) continue;
      print("{}\n", on_stdout(Colour::bold, "==> Agent " + agent.name));
      TRY_OK(print_agent_log(session, agent, options.follow));
    }
  return 0;
}

}  // namespace

void add_logs(Command root) {
  auto options = std::make_shared<Options>();
  auto command = root.sub("logs", "Print the log of a workspace's build and of its agents' scripts",
                          "slipway logs dev\nslipway logs dev --follow\nslipway logs dev --build-number 3 --build-only");
  command.argument("workspace", options->name, "Its name, or owner/name, or name.agent");
  command.option("-n,--build-number", options->build, "An earlier build; 0 is the last one");
  command.flag("-f,--follow", options->follow, "Go on with what comes");
  command.flag("--build-only", options->build_only, "Only the build");
  command.flag("--agent-only", options->agent_only, "Only the agents");
  command.run([options](Session& session) { return logs(session, *options); });
}

}  // namespace slipway::cli
