#include "cli/build_follower.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/parameters.hpp"
#include "cli/print.hpp"
#include "cli/quota.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

struct CreateOptions {
  std::string name, template_name, version, organization = "default", owner = "me", schedule;
  std::string automatic_updates;
  std::int64_t ttl_minutes = -1;
  bool detach = false, verbose = false;
  ParameterFlags parameters;
};

Result<api::Template> choose_template(Session& session, const CreateOptions& options) {
  if (!options.template_name.empty()) return find_template(session, options.organization, options.template_name);
  TRY(all, session.get<std::vector<api::Template>>("/api/v2/templates"));
  if (all.empty()) return fail(Code::precondition, "There is no template yet.", "Make one with: slipway templates init");
  if (!can_ask()) return fail_field("Which template?", "template", "is required: --template NAME");
  std::vector<std::string> names;
  for (const auto& one : all) names.push_back(one.display_name.empty() ? one.name : fmt::format("{} ({})", one.display_name, one.name));
  TRY(index, ask_choice("Template", names, all.size() == 1 ? 0 : all.size()));
  return all[index];
}

// `name` as it was given: with its owner, where that is somebody else.
void say_how_to_connect(const api::WorkspaceBuild& build, const std::string& name) {
  const auto has_agents = [](const api::WorkspaceResource& resource) { return !resource.agents.empty(); };
  if (std::ranges::none_of(build.resources, has_agents)) return;
  tell("Connect with: {}\n", on_stderr(Colour::bold, fmt::format("slipway ssh {}", name)));
}

Result<api::TemplateVersion> find_version(Session& session, const api::Template& owner, const std::string& name) {
  auto found = session.get<api::TemplateVersion>(fmt::format("/api/v2/templates/{}/versions/{}", owner.id.str(), segment(name)));
  if (!found && found.error().code == Code::not_found)
    return fail(Code::not_found, fmt::format("Template {} has no version \"{}\".", owner.name, name),
                fmt::format("slipway templates versions list {} shows those it has.", owner.name));
  return found;
}

Result<int> create(Session& session, CreateOptions& options) {
  TRY(chosen, choose_template(session, options));
  Uuid version = chosen.active_version_id;
  if (!options.version.empty()) {
    TRY(named, find_version(session, chosen, options.version));
    version = named.id;
  }
  if (options.name.empty()) {
    TRY(name, ask("Name of the workspace"));
    options.name = name;
  }
  std::string owner = options.owner, name = options.name;
  if (const auto slash = name.find('/'); slash != std::string::npos) {
    owner = name.substr(0, slash);
    name = name.substr(slash + 1);
  }
  TRY(parameters, choose_parameters(session, version, options.parameters, nullptr));

  tell_cost(session, version, chosen.organization_id, owner);

  api::CreateWorkspaceRequest ask;
  ask.name = name;
  if (options.version.empty())
    ask.template_id = chosen.id;
  else
    ask.template_version_id = version;
  if (!options.schedule.empty()) ask.autostart_schedule = options.schedule;
  if (options.ttl_minutes >= 0) ask.ttl_ms = options.ttl_minutes * 60000;
  if (!options.automatic_updates.empty()) ask.automatic_updates = options.automatic_updates;
  ask.rich_parameter_values = parameters.values;
  ask.template_version_preset_id = parameters.preset;
  auto sent = session.send<api::Workspace>("POST", fmt::format("/api/v2/users/{}/workspaces", segment(owner)), ask);
  if (!sent && sent.error().code == Code::not_found && owner != "me")
    return fail(Code::not_found, fmt::format("There is no user \"{}\", or you may not make workspaces for them.", owner));
  TRY(made, std::move(sent));
  if (options.detach) {
    tell("Workspace {} is being built. Follow it with: slipway logs --follow {}\n", made.name, options.name);
    return 0;
  }
  TRY_OK(follow_build(session, made.latest_build, {.debug = options.verbose}));
  tell("Workspace {} is ready.\n", on_stderr(Colour::bold, made.name));
  TRY(now, session.get<api::WorkspaceBuild>("/api/v2/workspacebuilds/" + made.latest_build.id.str()));
  say_how_to_connect(now, options.name);
  return 0;
}

struct ListOptions {
  std::string search = "owner:me";
  bool all = false;
  TableFlags flags;
};

std::string health_of(const api::Workspace& workspace) {
  if (workspace.latest_build.status != "running") return "";
  return workspace.health.healthy ? "healthy" : "unhealthy";
}

std::string stops_after(const api::Workspace& workspace, Time now) {
  if (workspace.latest_build.status != "running" || !workspace.latest_build.deadline || *workspace.latest_build.deadline <= kUnsetTime) return "";
  const auto left = std::chrono::duration_cast<Milliseconds>(*workspace.latest_build.deadline - now);
  return "in " + duration(std::chrono::duration_cast<Seconds>(std::max(left, Milliseconds(0))));
}

Result<int> list(Session& session, const ListOptions& options) {
  std::string path = "/api/v2/workspaces";
  if (!options.all && !options.search.empty()) path += "?q=" + segment(options.search);
  TRY(found, session.get<api::WorkspacesResponse>(path));
  Table table({"workspace", "template", "status", "healthy", "last built", "current version", "outdated", "stops", "starts at", "id", "organization",
               "last used"},
              8);
  const Time now = system_clock().now();
  for (const auto& one : found.workspaces)
    table.add({one.owner_name + '/' + one.name, one.template_name, painted_status(one.latest_build.status), health_of(one),
               ago(one.latest_build.created_at, now), one.latest_build.template_version_name, one.outdated ? "yes" : "no", stops_after(one, now),
               one.autostart_schedule, one.id.str(), one.organization_name, ago(one.last_used_at, now)});
  return table.print(options.flags, api::to_json(found.workspaces), "No workspace found. Make one with: slipway create NAME");
}

struct ShowOptions {
  std::string name;
  TableFlags flags;
};

Result<int> show(Session& session, const ShowOptions& options) {
  TRY(workspace, find_workspace(session, options.name));
  const auto& build = workspace.latest_build;
  Table table({"resource", "kind", "status", "lifecycle", "version", "health"});
  for (const auto& resource : build.resources) {
    if (resource.hide) continue;
    table.add({resource.type + "." + resource.name, "resource", "", "", "", ""});
    for (const auto& agent : resource.agents) {
      table.add({"  " + agent.name + " (" + agent.operating_system + ", " + agent.architecture + ")", "agent", painted_status(agent.status),
                 agent.lifecycle_state, agent.version, agent.health.healthy ? "healthy" : agent.health.reason});
      for (const auto& app : agent.apps)
        table.add({"    " + (app.display_name.empty() ? app.slug : app.display_name), "app", "", "", "", app.health});
    }
  }
  if (options.flags.output != "json")
    print("{}  {}  {} of template {}, build {} ({})\n\n", on_stdout(Colour::bold, workspace.owner_name + '/' + workspace.name),
          painted_status(build.status), build.template_version_name, workspace.template_name, build.build_number, build.transition);
  return table.print(options.flags, api::to_json(workspace), "It has no resources.");
}

Result<int> rename(Session& session, const std::string& from, const std::string& to) {
  TRY(workspace, find_workspace(session, from));
  TRY_OK(session.call("PATCH", "/api/v2/workspaces/" + workspace.id.str(), api::to_json(api::UpdateWorkspaceRequest{.name = to})));
  tell("Workspace {} is now named {}.\n", workspace.name, to);
  return 0;
}

void add_create(Command root) {
  auto options = std::make_shared<CreateOptions>();
  auto command = root.sub("create", "Create a workspace from a template",
                          "slipway create dev --template docker\n"
                          "slipway create dev --template docker --parameter region=eu --parameter cpus=4 --yes\n"
                          "slipway create ana/dev --template docker --preset large");
  command.optional_argument("name", options->name, "Its name, or owner/name");
  command.option("-t,--template", options->template_name, "Name of the template; asked for when absent");
  command.option("--template-version", options->version, "Name of a version, instead of the active one");
  command.option("-O,--org", options->organization, "Organization of the template");
  command.option("--start-at", options->schedule, "Start it by this schedule, such as \"CRON_TZ=Europe/Vienna 0 8 * * 1-5\"");
  command.option("--stop-after-minutes", options->ttl_minutes, "Stop it that long after its start; -1 is the template's default");
  command.option("--automatic-updates", options->automatic_updates, "always or never");
  command.flag("--no-wait", options->detach, "Do not wait for the build");
  command.flag("-v,--verbose", options->verbose, "Show debug lines of the build");
  options->parameters.add_to(command, true);
  command.run([options](Session& session) { return create(session, *options); });
}

void add_list(Command root) {
  auto options = std::make_shared<ListOptions>();
  auto command = root.sub("list", "List workspaces",
                          "slipway list\nslipway list --all\nslipway list --search \"owner:me status:running "
                          "template:docker\"\nslipway list --column workspace,status --output table")
                     .alias("ls");
  command.option("--search", options->search, "Filter: owner:, template:, name:, status:, organization: ...");
  command.flag("-a,--all", options->all, "Of every owner");
  options->flags.add_to(command,
                        "workspace, template, status, healthy, last built, current version, outdated, stops, starts "
                        "at, id, organization, last used");
  command.run([options](Session& session) { return list(session, *options); });
}

}  // namespace

void add_workspaces(Command root) {
  add_create(root);
  add_list(root);

  auto show_options = std::make_shared<ShowOptions>();
  auto show_command = root.sub("show", "Show a workspace, its resources and agents", "slipway show dev\nslipway show ana/dev --output json");
  show_command.argument("workspace", show_options->name, "Its name, or owner/name");
  show_options->flags.add_to(show_command, "resource, kind, status, lifecycle, version, health");
  show_command.run([show_options](Session& session) { return show(session, *show_options); });

  auto names = std::make_shared<std::pair<std::string, std::string>>();
  auto rename_command = root.sub("rename", "Give a workspace another name", "slipway rename dev dev-old");
  rename_command.argument("workspace", names->first, "Its name, or owner/name");
  rename_command.argument("new-name", names->second, "The new name");
  rename_command.run([names](Session& session) { return rename(session, names->first, names->second); });
}

}  // namespace slipway::cli
