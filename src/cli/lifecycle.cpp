#include "cli/lifecycle.hpp"

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
  ParameterFlags parameters;
  std::string reason;  // of a plugin that starts it
  bool yes = false, orphan = false, force = false, detach = false, verbose = false, always_ask = false;
};

Result<api::WorkspaceBuild> request_build(Session& session, const api::Workspace& workspace, const api::CreateWorkspaceBuildRequest& ask) {
  return session.send<api::WorkspaceBuild>("POST", fmt::format("/api/v2/workspaces/{}/builds", workspace.id.str()), ask);
}

Result<std::vector<api::WorkspaceBuildParameter>> last_parameters(Session& session, const api::Workspace& workspace) {
  return session.get<std::vector<api::WorkspaceBuildParameter>>(
      fmt::format("/api/v2/workspacebuilds/{}/parameters", workspace.latest_build.id.str()));
}

Result<void> wait_or_say(Session& session, const api::WorkspaceBuild& build, const Options& options, std::string_view done) {
  if (options.detach) {
    tell("Build {} has been queued. Follow it with: slipway logs --follow {}\n", build.build_number, options.name);
    return {};
  }
  TRY_OK(follow_build(session, build, {.debug = options.verbose}));
  tell("Workspace {} {}.\n", on_stderr(Colour::bold, build.workspace_name), done);
  return {};
}

// ": agent main is disconnected" ...
std::string ailing_agents(const api::Workspace& workspace) {
  std::string out;
  for (const auto& resource : workspace.latest_build.resources)
    for (const auto& agent : resource.agents)
      if (!agent.health.healthy) out += fmt::format("{} agent {} is {}", out.empty() ? ":" : ",", agent.name, agent.status);
  return out;
}

Result<int> start(Session& session, const Options& options) {
  TRY(workspace, find_workspace(session, options.name));
  if (workspace.latest_build.status == "running") {
    if (workspace.health.healthy)
      tell("Workspace {} is already running.\n", workspace.name);
    else
      tell("Workspace {} is already running, but not healthy{}. To begin again: slipway restart {}\n", workspace.name, ailing_agents(workspace),
           options.name);
    return 0;
  }
  TRY(build, start_workspace(session, workspace, options.parameters, options.reason));
  TRY_OK(wait_or_say(session, build, options, "is started"));
  return 0;
}

Result<int> stop(Session& session, const Options& options) {
  TRY(workspace, find_workspace(session, options.name));
  api::CreateWorkspaceBuildRequest ask;
  ask.transition = api::WorkspaceTransition::stop;
  ask.reason = api::BuildReason::cli;
  TRY(build, request_build(session, workspace, ask));
  TRY_OK(wait_or_say(session, build, options, "is stopped"));
  return 0;
}

Result<int> restart(Session& session, const Options& options) {
  TRY(workspace, find_workspace(session, options.name));
  Options waiting = options;
  waiting.detach = false;
  if (workspace.latest_build.status == "running") TRY_OK(stop(session, waiting));
  TRY(stopped, find_workspace(session, options.name));
  TRY(build, start_workspace(session, stopped, options.parameters, options.reason));
  TRY_OK(wait_or_say(session, build, options, "is started"));
  return 0;
}

Result<int> update(Session& session, const Options& options) {
  TRY(workspace, find_workspace(session, options.name));
  if (!workspace.outdated && options.parameters.values.empty() && !options.always_ask) {
    tell("Workspace {} already has the template's active version.\n", workspace.name);
    return 0;
  }
  api::CreateWorkspaceBuildRequest ask;
  ask.transition = api::WorkspaceTransition::start;
  ask.template_version_id = workspace.template_active_version_id;
  ask.reason = api::BuildReason::cli;
  TRY(before, last_parameters(session, workspace));
  const std::vector<api::WorkspaceBuildParameter> nothing;
  TRY(parameters, choose_parameters(session, workspace.template_active_version_id, options.parameters, options.always_ask ? &nothing : &before));
  ask.rich_parameter_values = parameters.values;
  if (workspace.latest_build.status == "running") {
    Options quiet = options;
    quiet.detach = false;
    TRY_OK(stop(session, quiet));
  }
  TRY(build, request_build(session, workspace, ask));
  TRY_OK(wait_or_say(session, build, options, "is updated"));
  return 0;
}

Result<int> remove(Session& session, const Options& options) {
  TRY(workspace, find_workspace(session, options.name));
  if (!options.yes) {
    TRY(sure, ask_yes(fmt::format("Delete workspace {}/{} and what it holds?", workspace.owner_name, workspace.name)));
    if (!sure) return fail(Code::cancelled, "Nothing was deleted.");
  }
  api::CreateWorkspaceBuildRequest ask;
  ask.transition = api::WorkspaceTransition::delete_;
  ask.reason = api::BuildReason::cli;
  if (options.orphan) ask.orphan = true;
  TRY(build, request_build(session, workspace, ask));
  TRY_OK(wait_or_say(session, build, options, options.orphan ? "is deleted; its resources are left behind" : "is deleted"));
  return 0;
}

Result<int> cancel(Session& session, const Options& options) {
  TRY(workspace, find_workspace(session, options.name));
  const auto path = fmt::format("/api/v2/workspacebuilds/{}/cancel{}", workspace.latest_build.id.str(), options.force ? "?force=true" : "");
  TRY_OK(session.call("PATCH", path, {}));
  tell("Build {} of workspace {} is being canceled.\n", workspace.latest_build.build_number, workspace.name);
  return 0;
}

struct Spec {
  const char* name;
  const char* what;
  const char* examples;
  Result<int> (*act)(Session&, const Options&);
  bool takes_parameters;
};

void add(Command root, const Spec& spec) {
  auto options = std::make_shared<Options>();
  auto command = root.sub(spec.name, spec.what, spec.examples);
  command.argument("workspace", options->name, "Its name, or owner/name");
  command.flag("--no-wait", options->detach, "Do not wait for the build");
  command.flag("-v,--verbose", options->verbose, "Show debug lines of the build");
  if (spec.takes_parameters)
    options->parameters.add_to(command, false);
  else
    command.flag("-y,--yes", options->yes, spec.act == stop ? "For scripts that give it; it asks nothing" : "Do not ask");
  if (command.face().coder) command.hidden("--reason", options->reason);
  if (spec.act == update) command.flag("--always-prompt", options->always_ask, "Ask for every parameter again");
  if (spec.act == remove) {
    command.alias("rm");
    command.flag("--orphan", options->orphan, "Forget it without destroying its resources (owners only)");
  }
  command.run([options, act = spec.act](Session& session) { return act(session, *options); });
}

}  // namespace

Result<api::WorkspaceBuild> start_workspace(Session& session, const api::Workspace& workspace, const ParameterFlags& flags, std::string_view reason) {
  api::CreateWorkspaceBuildRequest ask;
  ask.transition = api::WorkspaceTransition::start;
  ask.reason = reason.empty() ? std::string(api::BuildReason::cli) : std::string(reason);
  const Uuid version = workspace.template_require_active_version || workspace.automatic_updates == "always"
                           ? workspace.template_active_version_id
                           : workspace.latest_build.template_version_id;
  ask.template_version_id = version;
  TRY(before, last_parameters(session, workspace));
  TRY(parameters, choose_parameters(session, version, flags, &before));
  ask.rich_parameter_values = parameters.values;
  return request_build(session, workspace, ask);
}

void add_lifecycle(Command root) {
  add(root, {"start", "Start a workspace", "slipway start dev\nslipway start ana/dev --no-wait", start, true});
  add(root, {"stop", "Stop a workspace", "slipway stop dev", stop, false});
  add(root, {"restart", "Stop a workspace and start it again", "slipway restart dev --parameter cpus=8", restart, true});
  add(root, {"update", "Bring a workspace to its template's active version", "slipway update dev\nslipway update dev --always-prompt", update, true});
  auto options = std::make_shared<Options>();
  auto canceling = root.sub("cancel", "Cancel the build of a workspace that is under way", "slipway cancel dev");
  canceling.flag("--force", options->force, "End it now, whatever its provisioner does (template managers only)");
  canceling.argument("workspace", options->name, "Its name, or owner/name");
  canceling.run([options](Session& session) { return cancel(session, *options); });
  add(root, {"delete", "Delete a workspace and what it holds", "slipway delete dev --yes", remove, false});
}

}  // namespace slipway::cli
