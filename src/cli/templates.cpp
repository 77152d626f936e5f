#include <filesystem>

#include "cli/archive.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"
#include "cli/template_edit.hpp"
#include "cli/template_init.hpp"
#include "cli/template_plan.hpp"
#include "cli/template_push.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

struct Options {
  std::string name, organization = "default", folder, version;
  std::vector<std::string> names;
  bool yes = false, all = false, to_stdout = false;
  TableFlags flags;
};
using Shared = std::shared_ptr<Options>;

std::string version_path(const api::Template& owner, std::string_view version) {
  return fmt::format("/api/v2/templates/{}/versions/{}", owner.id.str(), segment(version));
}

Result<int> list(Session& session, const Options& options) {
  TRY(all, session.get<std::vector<api::Template>>("/api/v2/templates"));
  Table table({"name", "display name", "last updated", "used by", "default ttl", "organization", "id", "provisioner", "deprecated"}, 6);
  const Time now = system_clock().now();
  for (const auto& one : all)
    table.add({one.name, one.display_name, ago(one.updated_at, now),
               fmt::format("{} developer{}", one.active_user_count, one.active_user_count == 1 ? "" : "s"),
               one.default_ttl_ms ? duration(Milliseconds(one.default_ttl_ms)) : "none", one.organization_name, one.id.str(), one.provisioner,
               one.deprecated ? "yes" : "no"});
  return table.print(options.flags, api::to_json(all), "There is no template yet. Make one with: slipway templates init");
}

Result<std::string> archive_of(Session& session, const api::TemplateVersion& version) {
  return session.call("GET", "/api/v2/files/" + version.job.file_id.str(), {});
}

Result<int> pull(Session& session, const Options& options) {
  TRY(owner, find_template(session, options.organization, options.name));
  Result<api::TemplateVersion> version = options.version.empty() || options.version == "active"
                                             ? session.get<api::TemplateVersion>("/api/v2/templateversions/" + owner.active_version_id.str())
                                             : session.get<api::TemplateVersion>(version_path(owner, options.version));
  if (!version) return std::unexpected(version.error());
  TRY(tar, archive_of(session, *version));
  if (options.to_stdout) {
    print_bytes(tar);
    return 0;
  }
  const std::filesystem::path folder = options.folder.empty() ? std::filesystem::path(owner.name) : std::filesystem::path(options.folder);
  TRY(count, unpack_tar(tar, folder, options.yes));
  tell("Wrote {} files of version {} to {}.\n", count, version->name, folder.string());
  return 0;
}

Result<int> versions_list(Session& session, const Options& options) {
  TRY(owner, find_template(session, options.organization, options.name));
  TRY(all, session.get<std::vector<api::TemplateVersion>>(
               fmt::format("/api/v2/templates/{}/versions{}", owner.id.str(), options.all ? "?include_archived=true" : "")));
  std::ranges::reverse(all);
  Table table({"name", "created", "created by", "status", "active", "message", "archived", "id"}, options.all ? 7 : 6);
  const Time now = system_clock().now();
  for (const auto& one : all)
    table.add({one.name, ago(one.created_at, now), one.created_by.username, painted_status(one.job.status),
               one.id == owner.active_version_id ? on_stdout(Colour::green, "active") : "", one.message, one.archived ? "yes" : "no", one.id.str()});
  return table.print(options.flags, api::to_json(all), "It has no version.");
}

Result<int> promote(Session& session, const Options& options) {
  TRY(owner, find_template(session, options.organization, options.name));
  TRY(version, session.get<api::TemplateVersion>(version_path(owner, options.version)));
  TRY_OK(session.call("PATCH", fmt::format("/api/v2/templates/{}/versions", owner.id.str()),
                      api::to_json(api::UpdateActiveTemplateVersion{.id = version.id})));
  tell("Version {} of template {} is active.\n", version.name, owner.name);
  return 0;
}

Result<int> archive(Session& session, const Options& options, bool back) {
  TRY(owner, find_template(session, options.organization, options.name));
  if (options.names.empty() && !back) {
    TRY(done, session.send<api::ArchiveTemplateVersionsResponse>("POST", fmt::format("/api/v2/templates/{}/versions/archive", owner.id.str()),
                                                                 api::ArchiveTemplateVersionsRequest{.all = options.all}));
    tell("Archived {} unused versions of template {}.\n", done.archived_ids.size(), owner.name);
    return 0;
  }
  for (const auto& name : options.names) {
    TRY(version, session.get<api::TemplateVersion>(version_path(owner, name)));
    TRY_OK(session.call("POST", fmt::format("/api/v2/templateversions/{}/{}", version.id.str(), back ? "unarchive" : "archive"), {}));
    tell("{} version {}.\n", back ? "Brought back" : "Archived", name);
  }
  return 0;
}

Result<int> remove(Session& session, const Options& options) {
  for (const auto& name : options.names) {
    TRY(owner, find_template(session, options.organization, name));
    if (!options.yes) {
      TRY(sure, ask_yes(fmt::format("Delete template {}?", owner.name)));
      if (!sure) return fail(Code::cancelled, "Nothing more was deleted.");
    }
    TRY_OK(session.call("DELETE", "/api/v2/templates/" + owner.id.str(), {}));
    tell("Deleted template {}.\n", owner.name);
  }
  return 0;
}

template <class F>
Shared with(Command command, F act) {
  auto options = std::make_shared<Options>();
  command.option("-O,--org", options->organization, "Organization of the template");
  command.run([options, act](Session& session) { return act(session, *options); });
  return options;
}

void add_versions(Command templates) {
  auto versions = templates.sub("versions", "Versions of a template").alias("version");
  auto listing = versions.sub("list", "List the versions of a template", "slipway templates versions list docker");
  auto list_options = with(listing, versions_list);
  listing.argument("template", list_options->name, "Its name");
  listing.flag("--include-archived", list_options->all, "Archived ones too");
  list_options->flags.add_to(listing, "name, created, created by, status, active, message, archived, id");

  auto promoting = versions.sub("promote", "Make a version the active one", "slipway templates versions promote docker --template-version v2");
  auto promote_options = with(promoting, promote);
  promoting.argument("template", promote_options->name, "Its name");
  promoting.option("--template-version", promote_options->version, "Name of the version");

  auto archiving = versions.sub("archive", "Archive versions", "slipway templates versions archive docker v1 v2");
  auto archive_options = with(archiving, [](Session& session, const Options& options) { return archive(session, options, false); });
  archiving.argument("template", archive_options->name, "Its name");
  archiving.arguments("versions", archive_options->names, "Names of versions");

  auto reviving = versions.sub("unarchive", "Bring archived versions back", "slipway templates versions unarchive docker v1");
  auto revive_options = with(reviving, [](Session& session, const Options& options) { return archive(session, options, true); });
  reviving.argument("template", revive_options->name, "Its name");
  reviving.arguments("versions", revive_options->names, "Names of versions");
}

}  // namespace

void add_templates(Command root) {
  auto templates = root.sub("templates", "Templates: what workspaces are made from").alias("template");

  add_template_init(templates);

  auto listing = templates.sub("list", "List templates", "slipway templates list --column name,id").alias("ls");
  auto list_options = with(listing, list);
  list_options->flags.add_to(listing, "name, display name, last updated, used by, default ttl, organization, id, provisioner, deprecated");

  add_template_push(templates);
  add_template_plan(templates);

  auto pulling = templates.sub("pull", "Write a template's files into a folder",
                               "slipway templates pull docker\nslipway templates pull docker ./there "
                               "--template-version v2\nslipway templates pull docker --tar > docker.tar");
  auto pull_options = with(pulling, pull);
  pulling.argument("template", pull_options->name, "Its name");
  pulling.optional_argument("directory", pull_options->folder, "Where to; the template's name when absent");
  pulling.option("--template-version", pull_options->version, "Name of a version; the active one when absent");
  pulling.flag("--tar", pull_options->to_stdout, "Write the tar to stdout");
  pulling.flag("-y,--yes", pull_options->yes, "Overwrite files");

  add_versions(templates);
  add_template_edit(templates);

  auto archiving = templates.sub("archive", "Archive versions that failed and nobody uses", "slipway templates archive docker --all");
  auto archive_options = with(archiving, [](Session& session, const Options& options) { return archive(session, options, false); });
  archiving.argument("template", archive_options->name, "Its name");
  archiving.flag("--all", archive_options->all, "Unused versions that succeeded too");

  auto deleting = templates.sub("delete", "Delete templates", "slipway templates delete docker --yes").alias("rm");
  auto delete_options = with(deleting, remove);
  deleting.arguments("templates", delete_options->names, "Their names");
  deleting.flag("-y,--yes", delete_options->yes, "Do not ask");
}

}  // namespace slipway::cli
