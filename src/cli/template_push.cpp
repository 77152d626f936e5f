#include "cli/template_push.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

#include "cli/archive.hpp"
#include "cli/build_follower.hpp"
#include "cli/command.hpp"
#include "cli/lookup.hpp"
#include "cli/parameters.hpp"
#include "cli/print.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

struct Options {
  std::string template_name, folder = ".", organization = "default", version_name, message, variables_file;
  std::vector<std::string> variables, tags;
  bool activate = true, yes = false, verbose = false;
};

Result<std::vector<api::VariableValue>> variables_of(const Options& options) {
  std::vector<api::VariableValue> out;
  if (!options.variables_file.empty()) {
    std::ifstream in(options.variables_file);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in) return fail(Code::invalid, fmt::format("Cannot read {}.", options.variables_file));
    TRY(parsed, parse_parameter_file(text));
    for (auto& one : parsed) out.push_back({std::move(one.name), std::move(one.value)});
  }
  for (const auto& text : options.variables) {
    TRY(one, parse_parameter(text));
    out.push_back({std::move(one.name), std::move(one.value)});
  }
  return out;
}

Result<std::string> tar_of(const Options& options) {
  if (options.folder == "-") return std::string{std::istreambuf_iterator<char>(std::cin), {}};
  TRY(packed, pack_folder(options.folder));
  for (const auto& name : packed.skipped)
    tell("{} {} is left out: it is a link or no file.\n", on_stderr(Colour::yellow, "warning:"), harmless(name));
  return std::move(packed.tar);
}

// The variables that the import says it lacks.
std::string missing_variables(Session& session, const api::TemplateVersion& version, const std::vector<api::VariableValue>& given) {
  const auto declared =
      session.get<std::vector<api::TemplateVersionVariable>>(fmt::format("/api/v2/templateversions/{}/variables", version.id.str()));
  std::vector<std::string> names;
  for (std::size_t i = 0; declared && i < declared->size(); ++i) {
    const auto& one = (*declared)[i];
    if (one.required && std::ranges::find(given, one.name, &api::VariableValue::name) == given.end()) names.push_back(one.name);
  }
  return names.empty() ? "" : fmt::format("Give them with --variable name=value: {}", fmt::join(names, ", "));
}

Result<void> confirmed(const Options& options, const std::string& name, bool exists) {
  if (options.yes || !can_ask()) return {};
  TRY(sure, ask_yes(exists ? fmt::format("Push {} to template {}?", options.folder, name)
                           : fmt::format("Create template {} from {}?", name, options.folder)));
  if (!sure) return fail(Code::cancelled, "Nothing was pushed.");
  return {};
}

Result<api::TemplateVersion> import(Session& session, const Options& options, const api::Organization& organization,
                                    const std::optional<api::Template>& existing, std::string tar) {
  TRY(variables, variables_of(options));
  api::CreateTemplateVersionRequest ask;
  if (!options.version_name.empty()) ask.name = options.version_name;
  if (!options.message.empty()) ask.message = options.message;
  if (existing) ask.template_id = existing->id;
  ask.storage_method = "file";
  ask.provisioner = "terraform";
  for (const auto& text : options.tags) {
    TRY(tag, parse_parameter(text));
    ask.tags[tag.name] = tag.value;
  }
  ask.user_variable_values = variables;
  TRY(answer, session.upload("/api/v2/files", std::move(tar), "application/x-tar"));
  TRY(file, api::from_json<api::UploadResponse>(answer));
  ask.file_id = file.hash;
  TRY(version, session.send<api::TemplateVersion>("POST", fmt::format("/api/v2/organizations/{}/templateversions", organization.id.str()), ask));
  auto done = follow_version(session, version, {.debug = options.verbose});
  if (!done) {
    if (const auto more = missing_variables(session, version, variables); !more.empty())
      done.error().detail += (done.error().detail.empty() ? "" : "\n  ") + more;
    return std::unexpected(done.error());
  }
  return version;
}

Result<int> push(Session& session, const Options& options) {
  std::string name = options.template_name;
  if (name.empty() && options.folder != "-") name = std::filesystem::weakly_canonical(options.folder).filename().string();
  if (name.empty()) return fail_field("Which template?", "template", "is required when the files come from stdin");
  TRY(organization, find_organization(session, options.organization));
  TRY(tar, tar_of(options));
  auto found = find_template(session, options.organization, name);
  if (!found && found.error().code != Code::not_found) return std::unexpected(found.error());
  const auto existing = found ? std::optional(*found) : std::nullopt;
  TRY_OK(confirmed(options, name, existing.has_value()));
  TRY(version, import(session, options, organization, existing, std::move(tar)));
  if (!existing) {
    api::CreateTemplateRequest ask;
    ask.name = name;
    ask.template_version_id = version.id;
    TRY(made, session.send<api::Template>("POST", fmt::format("/api/v2/organizations/{}/templates", organization.id.str()), ask));
    tell("Created template {} with version {}. Try it: slipway create dev --template {}\n", on_stderr(Colour::bold, made.name), version.name,
         made.name);
    return 0;
  }
  if (options.activate)
    TRY_OK(session.call("PATCH", fmt::format("/api/v2/templates/{}/versions", existing->id.str()),
                        api::to_json(api::UpdateActiveTemplateVersion{.id = version.id})));
  tell("Pushed version {} to template {}{}.\n", version.name, existing->name, options.activate ? "; it is active" : "; it is not active yet");
  return 0;
}

}  // namespace

void add_template_push(Command templates) {
  auto options = std::make_shared<Options>();
  auto command = templates.sub("push", "Upload a folder as a new version of a template, or as a new template",
                               "slipway templates push docker\n"
                               "slipway templates push docker --directory ./docker --name v2 --message \"Bigger disk\" --yes\n"
                               "slipway templates push docker --variable host=example.com --activate=false\n"
                               "tar c . | slipway templates push docker --directory -");
  command.alias("create");
  command.optional_argument("template", options->template_name, "Its name; the folder's when absent");
  command.option("-d,--directory", options->folder, "Folder with the .tf files; - reads a tar from stdin");
  command.option("-O,--org", options->organization, "Organization of the template");
  command.option("--name", options->version_name, "Name of the version; made up when absent");
  command.option("-m,--message", options->message, "What has changed");
  command.option("--variable", options->variables, "A template variable as name=value; repeatable");
  command.option("--variables-file", options->variables_file, "A file with lines of name: value");
  command.option("--provisioner-tag", options->tags, "Only provisioners with this tag, as key=value; repeatable");
  command.flag("--activate", options->activate, "Make it the active version; --activate=false does not");
  command.flag("-v,--verbose", options->verbose, "Show debug lines of the import");
  command.flag("-y,--yes", options->yes, "Do not ask");
  command.run([options](Session& session) { return push(session, *options); });
}

}  // namespace slipway::cli
