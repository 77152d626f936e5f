#include "api/gen/roles.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

constexpr const char* kColumns = "name, display name, built in, assignable, permissions";
constexpr const char* kPermissionColumns = "level, resource, action, sign";

struct Options {
  std::string organization = "default", role, file;
  bool site = false, yes = false;
  TableFlags flags;
};

Result<std::string> roles_path(Session& session, const Options& options) {
  if (options.site) return "/api/v2/users/roles";
  TRY(organization, find_organization(session, options.organization));
  return fmt::format("/api/v2/organizations/{}/members/roles", organization.id.str());
}

Result<std::vector<api::AssignableRoles>> all_roles(Session& session, const Options& options) {
  TRY(path, roles_path(session, options));
  return session.get<std::vector<api::AssignableRoles>>(path);
}

Result<int> list(Session& session, const Options& options) {
  TRY(roles, all_roles(session, options));
  Table table({"name", "display name", "built in", "assignable", "permissions"});
  for (const auto& role : roles) {
    const auto count = role.site_permissions.size() + role.user_permissions.size() + role.organization_permissions.size() +
                       role.organization_member_permissions.size();
    table.add({role.name, role.display_name, role.built_in ? "yes" : "", role.assignable ? "yes" : "", std::to_string(count)});
  }
  return table.print(options.flags, api::to_json(roles), "No role found.");
}

Result<int> show(Session& session, const Options& options) {
  TRY(roles, all_roles(session, options));
  const auto role = std::ranges::find(roles, options.role, &api::AssignableRoles::name);
  if (role == roles.end())
    return fail(Code::not_found, fmt::format("There is no role \"{}\".", options.role),
                "slipway roles list shows those of an organization; --site those of the whole server.");
  Table table({"level", "resource", "action", "sign"});
  const auto add = [&table](const char* level, const std::vector<api::Permission>& permissions) {
    for (const auto& one : permissions) table.add({level, one.resource_type, one.action, one.negate ? "not" : ""});
  };
  add("site", role->site_permissions);
  add("user", role->user_permissions);
  add("organization", role->organization_permissions);
  add("member", role->organization_member_permissions);
  return table.print(options.flags, api::to_json(*role), "The role permits nothing.");
}

// The role as JSON, from a file or from stdin.
Result<api::CustomRoleRequest> read_role(const Options& options) {
  std::string text;
  if (options.file == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    std::ifstream in(options.file);
    if (!in) return fail(Code::invalid, fmt::format("Cannot read {}.", options.file), "Give a file with the role as JSON, or - for stdin.");
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
  TRY(role, api::from_json<api::CustomRoleRequest>(text));
  if (!options.role.empty()) role.name = options.role;
  return role;
}

Result<int> save(Session& session, const Options& options, const char* method, const char* done) {
  TRY(request, read_role(options));
  TRY(path, roles_path(session, options));
  TRY(role, session.send<api::Role>(method, path, request));
  tell("{} role {}.\n", done, on_stderr(Colour::bold, role.name));
  return 0;
}

Result<int> remove(Session& session, const Options& options) {
  if (!options.yes && can_ask()) {
    TRY(sure, ask_yes(fmt::format("Delete role {}? Its holders lose it.", options.role)));
    if (!sure) return fail(Code::cancelled, "Nothing was changed.");
  }
  TRY(path, roles_path(session, options));
  TRY_OK(session.call("DELETE", path + "/" + segment(options.role), {}));
  tell("Role {} is deleted.\n", options.role);
  return 0;
}

void add_organization(Command& command, Options& options) { command.option("-O,--org", options.organization, "Of this organization"); }

}  // namespace

void add_roles(Command root) {
  auto roles = root.sub("roles", "Roles: what their holders may do").alias("role");

  auto list_options = std::make_shared<Options>();
  auto listing = roles.sub("list", "List roles of an organization, or of the whole server", "slipway roles list --org lab\nslipway roles list --site")
                     .alias("ls");
  listing.flag("--site", list_options->site, "Roles of the whole server");
  add_organization(listing, *list_options);
  list_options->flags.add_to(listing, kColumns);
  listing.run([list_options](Session& session) { return list(session, *list_options); });

  auto show_options = std::make_shared<Options>();
  auto showing = roles.sub("show", "Show what a role permits", "slipway roles show organization-auditor\nslipway roles show owner --site");
  showing.argument("role", show_options->role, "Its name");
  showing.flag("--site", show_options->site, "A role of the whole server");
  add_organization(showing, *show_options);
  show_options->flags.add_to(showing, kPermissionColumns);
  showing.run([show_options](Session& session) { return show(session, *show_options); });

  for (const bool make : {true, false}) {
    auto options = std::make_shared<Options>();
    options->file = "-";
    auto command = make ? roles.sub("create", "Create a role of an organization from JSON",
                                    "slipway roles create watcher --file watcher.json\n"
                                    "slipway roles show watcher --output json | slipway roles create watcher2")
                        : roles.sub("edit", "Replace a role of an organization from JSON", "slipway roles edit watcher --file watcher.json");
    command.argument("role", options->role, "Its name");
    command.option("-f,--file", options->file, "File with the role as JSON; stdin when absent");
    add_organization(command, *options);
    command.run([options, make](Session& session) { return save(session, *options, make ? "POST" : "PUT", make ? "Created" : "Changed"); });
  }

  auto remove_options = std::make_shared<Options>();
  auto removing = roles.sub("delete", "Delete a role of an organization", "slipway roles delete watcher --yes").alias("rm");
  removing.argument("role", remove_options->role, "Its name");
  removing.flag("-y,--yes", remove_options->yes, "Do not ask");
  add_organization(removing, *remove_options);
  removing.run([remove_options](Session& session) { return remove(session, *remove_options); });
}

}  // namespace slipway::cli
