#include "cli/reach.hpp"

#include <chrono>
#include <thread>

#include "cli/build_follower.hpp"
#include "cli/command.hpp"
#include "cli/lifecycle.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

constexpr Milliseconds kFirstPoll{50}, kPoll{500};

Result<api::Workspace> running_workspace(Session& session, const Target& target, const ReachOptions& options) {
  const auto& workspace = target.workspace;
  const auto& build = workspace.latest_build;
  const auto full = workspace.owner_name + '/' + workspace.name;
  const bool pending = build.job.status == "pending" || build.job.status == "running";
  if (build.status == "running") return workspace;
  if (build.transition == "start" && pending) {
    TRY_OK(follow_build(session, build));
  } else {
    if (options.no_start && session.face().coder) return fail(Code::precondition, "workspace must be started", full);
    if (options.no_start || build.transition == "delete")
      return fail(Code::precondition, fmt::format("Workspace {} is {}.", full, build.status), fmt::format("Start it with: slipway start {}", full));
    if (pending) TRY_OK(follow_build(session, build));
    tell("Workspace {} is {}; starting it.\n", full, build.status);
    TRY(started, start_workspace(session, workspace, {.yes = true}, options.start_reason));
    TRY_OK(follow_build(session, started));
  }
  return find_workspace(session, full);
}

// A state in which an agent that still runs its start-up scripts is done with them, well or badly.
bool has_started(const api::WorkspaceAgent& agent) { return agent.lifecycle_state != "created" && agent.lifecycle_state != "starting"; }

std::unexpected<Error> too_late(const api::WorkspaceAgent& agent, std::string_view workspace, Seconds limit) {
  const auto waited = duration(limit);
  if (agent.status == "connected")
    return fail(Code::precondition, fmt::format("The start-up scripts of agent {} still run after {}.", agent.name, waited),
                fmt::format("What they do: slipway logs {0} --agent-only --follow. Do not wait for them: --no-wait", workspace));
  return fail(Code::precondition, fmt::format("Agent {} has not connected within {}: it is {}.", agent.name, waited, agent.status),
              agent.troubleshooting_url.empty() ? fmt::format("See the build: slipway logs {0}. Begin again: slipway restart {0}", workspace)
                                                : agent.troubleshooting_url);
}

void warn_of_failed_start(const api::WorkspaceAgent& agent, std::string_view workspace) {
  if ((agent.lifecycle_state != "start_error" && agent.lifecycle_state != "start_timeout") || inside_our_ssh()) return;
  tell("{} A start-up script {}; the workspace may be incomplete. See: slipway logs {} --agent-only\n", on_stderr(Colour::yellow, "warning:"),
       agent.lifecycle_state == "start_error" ? "failed" : "took too long", workspace);
}

Result<api::WorkspaceAgent> connected_agent(Session& session, const api::WorkspaceAgent& found, std::string_view workspace,
                                            const ReachOptions& options) {
  StatusLine status;
  InterruptAdvice advice("\n");
  const auto began = std::chrono::steady_clock::now();
  auto pause = kFirstPoll;  // most that are waited for are there at once: a claimed workspace runs already
  while (true) {
    TRY(agent, session.get<api::WorkspaceAgent>("/api/v2/workspaceagents/" + found.id.str()));
    const bool waits_for_scripts = agent.startup_script_behavior == "blocking" && !options.no_wait && !has_started(agent);
    if (agent.status == "connected" && !waits_for_scripts) {
      status.clear();
      warn_of_failed_start(agent, workspace);
      return agent;
    }
    if (std::chrono::steady_clock::now() - began > Seconds(options.wait_seconds)) return too_late(agent, workspace, Seconds(options.wait_seconds));
    status.show(agent.status == "connected" ? "Waiting for the start-up scripts (--no-wait does not)"
                                            : fmt::format("Waiting for agent {} to connect", agent.name));
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, kPoll);
  }
}

}  // namespace

void ReachOptions::add_to(Command& command) {
  command.flag("--no-start", no_start, "Do not start it when it is stopped");
  command.flag("--no-wait", no_wait, "Do not wait for its start-up scripts");
  command.option("--wait-seconds", wait_seconds, "Give up waiting for the agent after this long");
}

void Reconnect::add_to(Command& command) {
  command.option("--reconnect-minutes", minutes, "Try for so long to get a lost connection back; what runs in it goes on");
}

std::string workspace_of_host(std::string name, const HostName& host) {
  if (!host.prefix.empty() && name.starts_with(host.prefix)) name.erase(0, host.prefix.size());
  if (const auto suffix = host.suffix.empty() ? "" : "." + host.suffix; !suffix.empty() && name.ends_with(suffix))
    name.erase(name.size() - suffix.size());
  // ssh knows no "/" in a host: owner--workspace stands for owner/workspace
  if (const auto dashes = name.find("--"); dashes != std::string::npos && name.find('/') == std::string::npos) name.replace(dashes, 2, "/");
  return name;
}

Result<api::WorkspaceAgent> reach(Session& session, Target& target, const ReachOptions& options) {
  TRY(workspace, running_workspace(session, target, options));
  target.workspace = workspace;
  TRY(agent, find_agent(workspace.latest_build, target.agent));
  return connected_agent(session, agent, workspace.owner_name + '/' + workspace.name, options);
}

std::optional<Error> what_changed(const api::Workspace& before, const Result<api::Workspace>& now) {
  const auto full = before.owner_name + '/' + before.name;
  if (!now && (now.error().code == Code::not_found || now.error().code == Code::gone))
    return Error{.code = Code::precondition, .say = fmt::format("Workspace {} was deleted, or you may see it no longer.", full)};
  if (!now || now->latest_build.id == before.latest_build.id) return std::nullopt;
  if (now->latest_build.transition == "delete") return Error{.code = Code::precondition, .say = fmt::format("Workspace {} was deleted.", full)};
  if (now->latest_build.transition == "stop")
    return Error{.code = Code::precondition,
                 .say = fmt::format("Workspace {} was stopped by {}.", full, now->latest_build.initiator_name),
                 .detail = fmt::format("Start it with: slipway start {}", full)};
  return Error{.code = Code::precondition,
               .say = fmt::format("Workspace {} was restarted by {}.", full, now->latest_build.initiator_name),
               .detail = "Connect again when it is ready."};
}

Error why_it_ended(Session& session, const api::Workspace& workspace, Error error) {
  return what_changed(workspace, session.get<api::Workspace>("/api/v2/workspaces/" + workspace.id.str())).value_or(std::move(error));
}

bool inside_our_ssh() { return environment({kInsideSsh}).has_value(); }

}  // namespace slipway::cli
