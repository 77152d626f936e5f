#include "cli/template_plan.hpp"

#include "api/gen/builds.hpp"
#include "api/gen/versions.hpp"
#include "cli/build_follower.hpp"
#include "cli/command.hpp"
#include "cli/lookup.hpp"
#include "cli/parameters.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

struct Options {
  std::string template_name, version_name, workspace_name = "plan", organization = "default";
  ParameterFlags parameters;
  bool verbose = false;
  TableFlags flags;
};

Result<Uuid> version_of(Session& session, const Options& options, const api::Template& parent) {
  if (options.version_name.empty()) return parent.active_version_id;
  TRY(version, session.get<api::TemplateVersion>(fmt::format("/api/v2/templates/{}/versions/{}", parent.id.str(), segment(options.version_name))));
  return version.id;
}

Result<int> plan(Session& session, const Options& options) {
  TRY(parent, find_template(session, options.organization, options.template_name));
  TRY(version, version_of(session, options, parent));
  TRY(chosen, choose_parameters(session, version, options.parameters, nullptr));
  const auto path = fmt::format("/api/v2/templateversions/{}/dry-run", version.str());
  const api::CreateTemplateVersionDryRunRequest ask{
      .workspace_name = options.workspace_name, .rich_parameter_values = std::move(chosen.values), .user_variable_values = {}};
  TRY(job, session.send<api::ProvisionerJob>("POST", path, ask));
  TRY_OK(follow_dry_run(session, version, job, {.debug = options.verbose}));
  TRY(resources, session.get<std::vector<api::WorkspaceResource>>(fmt::format("{}/{}/resources", path, job.id.str())));
  Table table({"resource", "agents", "daily cost", "type", "name"}, 3);
  for (const auto& resource : resources) {
    std::string agents;
    for (const auto& agent : resource.agents)
      agents += fmt::format("{}{} ({}, {})", agents.empty() ? "" : ", ", agent.name, agent.operating_system, agent.architecture);
    table.add({harmless(resource.type + "." + resource.name), harmless(agents), std::to_string(resource.daily_cost), harmless(resource.type),
               harmless(resource.name)});
  }
  return table.print(options.flags, api::to_json(resources), "The template would build nothing.");
}

}  // namespace

void add_template_plan(Command templates) {
  auto options = std::make_shared<Options>();
  auto command = templates.sub("plan", "Show what a template would build, without building it",
                               "slipway templates plan docker\nslipway templates plan docker --template-version v2 --parameter cpus=4 --output json");
  command.argument("template", options->template_name, "Its name");
  command.option("-O,--org", options->organization, "Organization of the template");
  command.option("--template-version", options->version_name, "Name of a version; the active one when absent");
  command.option("--workspace", options->workspace_name, "Name that the workspace would have");
  command.flag("-v,--verbose", options->verbose, "Show debug lines of the plan");
  options->parameters.add_to(command, false);
  options->flags.add_to(command, "resource, agents, daily cost, type, name");
  command.run([options](Session& session) { return plan(session, *options); });
}

}  // namespace slipway::cli
