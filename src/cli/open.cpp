// slipway open: apps and ports of a workspace, in the browser.
#include "api/gen/proxies.hpp"
#include "cli/app_address.hpp"
#include "cli/browser.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"

#include <map>

namespace slipway::cli {
namespace {

struct Options {
  std::string workspace, app, region;
  bool no_open = false;
  TableFlags flags;
};

struct Found {
  const api::WorkspaceAgent* agent = nullptr;
  const api::WorkspaceApp* app = nullptr;
};

// All that there are, of the agent that was named if one was.
std::vector<Found> apps_of(const Target& target) {
  std::vector<Found> found;
  for (const auto& resource : target.workspace.latest_build.resources)
    for (const auto& agent : resource.agents)
      if (target.agent.empty() || agent.name == target.agent)
        for (const auto& app : agent.apps) found.push_back({&agent, &app});
  return found;
}

Result<api::Region> find_region(Session& session, const std::string& name) {
  TRY(answer, session.get<api::RegionsResponse>("/api/v2/regions"));
  std::vector<std::string> names;
  for (auto& region : answer.regions) {
    if (name.empty() || region.name == name) return std::move(region);
    names.push_back(region.name);
  }
  return fail(Code::not_found, fmt::format("There is no region \"{}\".", name), fmt::format("There are: {}", fmt::join(names, ", ")));
}

Result<int> list(const Target& target, const api::Region& region, const TableFlags& flags) {
  Table table({"app", "name", "health", "sharing", "address"});
  std::vector<api::WorkspaceApp> json;
  for (const auto& [agent, app] : apps_of(target)) {
    const auto address = address_of(*app, *agent, target.workspace, region);
    table.add({app->slug, app->display_name, app->health, app->sharing_level, address.value_or(app->url)});
    json.push_back(*app);
  }
  return table.print(flags, api::to_json(json), "It has no apps: it is stopped, or its template declares none.");
}

Result<std::string> wanted(const Target& target, const std::string& word, const api::Region& region) {
  std::vector<std::string> slugs;
  for (const auto& [agent, app] : apps_of(target)) {
    if (app->slug == word) return address_of(*app, *agent, target.workspace, region);
    slugs.push_back(app->slug);
  }
  if (is_port(word)) {
    TRY(agent, find_agent(target.workspace.latest_build, target.agent));
    return address_of_port(word, agent, target.workspace, region);
  }
  return fail(Code::not_found, fmt::format("Workspace {} has no app \"{}\".", target.workspace.name, word),
              slugs.empty() ? std::string("It has none: it is stopped, or its template declares none.")
                            : fmt::format("It has: {}; or give a port, such as 8080.", fmt::join(slugs, ", ")));
}

Result<int> open_app(Session& session, const Options& options) {
  TRY(target, find_target(session, options.workspace));
  TRY(region, find_region(session, options.region));
  if (options.app.empty()) return list(target, region, options.flags);
  TRY(address, wanted(target, options.app, region));
  if (is_beyond_dns(address))
    tell("The name of its host has a part of more than 63 characters, which no name server knows: give the workspace or the app a shorter name.\n");
  if (options.flags.output == "json")
    print_json(api::to_json(std::map<std::string, std::string>{{"url", address}}));
  else
    print("{}\n", address);
  if (!options.no_open) open_browser(address);
  return 0;
}

}  // namespace

void add_open(Command root) {
  auto open = root.sub("open", "Open what runs in a workspace");
  auto options = std::make_shared<Options>();
  auto command = open.sub("app", "Open an app or a port of a workspace in the browser, or list its apps",
                          "slipway open app dev\nslipway open app dev code-server\nslipway open app ana/dev.main 8080 --no-open");
  command.argument("workspace", options->workspace, "Its name, owner/name, or name.agent");
  command.optional_argument("app", options->app, "Slug of the app, or a port: 8080, or 8080s when it speaks TLS; without it all apps are listed");
  command.option("--region", options->region, "Name of the region to open it by; else the deployment's own");
  command.flag("--no-open", options->no_open, "Print the address and do not open a browser");
  options->flags.add_to(command, "app, name, health, sharing, address");
  command.run([options](Session& session) { return open_app(session, *options); });
}

}  // namespace slipway::cli
