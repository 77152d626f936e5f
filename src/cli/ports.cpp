#include "api/gen/agents.hpp"
#include "api/gen/apps.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/table.hpp"

namespace slipway::cli {
namespace {

constexpr const char* kColumns = "port, process, network, shared";

struct Options {
  std::string workspace;
  TableFlags flags;
};

std::string level_of(const api::WorkspaceAgentPortShares& shares, const std::string& agent, std::int64_t port) {
  for (const auto& share : shares.shares)
    if (share.agent_name == agent && share.port == port) return share.share_level;
  return {};
}

// With how many the port is shared by name.
std::size_t named(const api::WorkspaceAppSharing& sharing, const std::string& agent, std::int64_t port) {
  for (const auto& share : sharing.shares)
    if (share.app.empty() && share.agent_name == agent && share.port == port) return share.users.size() + share.groups.size();
  return 0;
}

std::string shared_with(std::string level, std::size_t names) {
  if (names == 0) return level;
  return fmt::format("{}{}{} by name", level, level.empty() ? "" : ", ", names);
}

Result<int> list(Session& session, const Options& options) {
  TRY(target, find_target(session, options.workspace));
  TRY(agent, find_agent(target.workspace.latest_build, target.agent));
  TRY(ports, session.get<api::WorkspaceAgentListeningPortsResponse>(fmt::format("/api/v2/workspaceagents/{}/listening-ports", agent.id.str())));
  const auto workspace = "/api/v2/workspaces/" + target.workspace.id.str();
  TRY(levels, session.get<api::WorkspaceAgentPortShares>(workspace + "/port-share"));
  TRY(sharing, session.get<api::WorkspaceAppSharing>(workspace + "/app-sharing"));
  Table table({"port", "process", "network", "shared"});
  for (const auto& one : ports.ports)
    table.add({std::to_string(one.port), one.process_name, one.network,
               shared_with(level_of(levels, agent.name, one.port), named(sharing, agent.name, one.port))});
  return table.print(options.flags, api::to_json(ports.ports),
                     fmt::format("Nothing listens in {}.{} that could be opened.", target.workspace.name, agent.name));
}

}  // namespace

void add_ports(Command root) {
  auto options = std::make_shared<Options>();
  auto command =
      root.sub("ports", "List the ports that programs in a workspace listen on", "slipway ports dev\nslipway ports dev.main --output json");
  command.argument("workspace", options->workspace, "Name of the workspace, with .agent when it has several");
  options->flags.add_to(command, kColumns);
  command.run([options](Session& session) { return list(session, *options); });
}

}  // namespace slipway::cli
