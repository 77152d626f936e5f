#include "api/gen/organizations.hpp"

#include "api/gen/roles.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

constexpr const char* kColumns = "name, display name, default, description, default member roles, created at, id";
constexpr const char* kMemberColumns = "username, roles, email, name, status, site roles, id";

struct Options {
  std::string organization = "default", user, search;
  std::optional<std::string> name, display_name, description, icon;
  std::vector<std::string> roles;
  bool yes = false, none = false;
  TableFlags flags;
};

std::string names_of(const std::vector<api::SlimRole>& roles) {
  std::vector<std::string> names;
  for (const auto& role : roles) names.push_back(role.name);
  return text::joined(names, " ");
}

Table table_of(const std::vector<api::Organization>& organizations) {
  Table table({"name", "display name", "default", "description", "default member roles", "created at", "id"}, 4);
  for (const auto& one : organizations)
    table.add({one.name, one.display_name, one.is_default ? "yes" : "", one.description, text::joined(one.default_org_member_roles, " "),
               to_rfc3339(std::chrono::floor<Seconds>(one.created_at)), one.id.str()});
  return table;
}

std::string path_of(const api::Organization& organization) { return "/api/v2/organizations/" + organization.id.str(); }

Result<int> list(Session& session, const Options& options) {
  TRY(organizations, session.get<std::vector<api::Organization>>("/api/v2/organizations"));
  return table_of(organizations).print(options.flags, api::to_json(organizations), "You are in no organization.");
}

Result<int> show(Session& session, const Options& options) {
  TRY(organization, find_organization(session, options.organization));
  return table_of({organization}).print(options.flags, api::to_json(organization), "");
}

Result<int> create(Session& session, const Options& options) {
  const api::CreateOrganizationRequest request{
      .name = options.name.value_or(""), .display_name = options.display_name, .description = options.description, .icon = options.icon};
  TRY(organization, session.send<api::Organization>("POST", "/api/v2/organizations", request));
  tell("Created organization {}; you administer it.\n", on_stderr(Colour::bold, organization.name));
  return 0;
}

Result<int> edit(Session& session, const Options& options) {
  TRY(organization, find_organization(session, options.organization));
  api::UpdateOrganizationRequest request{.name = options.name,
                                         .display_name = options.display_name,
                                         .description = options.description,
                                         .icon = options.icon,
                                         .default_org_member_roles = {}};
  if (options.none || !options.roles.empty()) request.default_org_member_roles = options.none ? std::vector<std::string>() : options.roles;
  TRY(changed, session.send<api::Organization>("PATCH", path_of(organization), request));
  tell("Changed organization {}.\n", changed.name);
  return 0;
}

Result<int> remove(Session& session, const Options& options) {
  TRY(organization, find_organization(session, options.organization));
  if (!options.yes && can_ask()) {
    TRY(sure, ask_yes(fmt::format("Delete organization {}?", organization.name)));
    if (!sure) return fail(Code::cancelled, "Nothing was changed.");
  }
  TRY_OK(session.call("DELETE", path_of(organization), {}));
  tell("Organization {} is deleted.\n", organization.name);
  return 0;
}

Result<int> members(Session& session, const Options& options) {
  TRY(organization, find_organization(session, options.organization));
  const auto query = options.search.empty() ? std::string() : "?q=" + segment(options.search);
  TRY(page, session.get<api::PaginatedMembersResponse>(path_of(organization) + "/paginated-members" + query));
  Table table({"username", "roles", "email", "name", "status", "site roles", "id"}, 3);
  for (const auto& one : page.members)
    table.add({one.username, names_of(one.roles), one.email, one.name, painted_status(one.status), names_of(one.global_roles), one.user_id.str()});
  return table.print(options.flags, api::to_json(page.members), "No member found.");
}

Result<int> add_member(Session& session, const Options& options) {
  TRY(organization, find_organization(session, options.organization));
  TRY_OK(session.call("POST", fmt::format("{}/members/{}", path_of(organization), segment(options.user)), {}));
  tell("{} is a member of {}.\n", options.user, organization.name);
  return 0;
}

Result<int> remove_member(Session& session, const Options& options) {
  TRY(organization, find_organization(session, options.organization));
  if (!options.yes && can_ask()) {
    TRY(sure, ask_yes(fmt::format("Remove {} from {}? Groups, roles and shares there go with the membership; workspaces stay.", options.user,
                                  organization.name)));
    if (!sure) return fail(Code::cancelled, "Nothing was changed.");
  }
  TRY_OK(session.call("DELETE", fmt::format("{}/members/{}", path_of(organization), segment(options.user)), {}));
  tell("{} is no longer a member of {}.\n", options.user, organization.name);
  return 0;
}

Result<int> edit_roles(Session& session, const Options& options) {
  if (options.none != options.roles.empty()) return fail_field("Say which roles.", "roles", "are names of roles, or --none for none");
  TRY(organization, find_organization(session, options.organization));
  const api::UpdateRoles request{.roles = options.roles};
  TRY(member,
      session.send<api::OrganizationMember>("PUT", fmt::format("{}/members/{}/roles", path_of(organization), segment(options.user)), request));
  tell("{} has in {}: {}\n", options.user, organization.name, member.roles.empty() ? "no role" : names_of(member.roles));
  return 0;
}

void add_texts(Command& command, Options& options) {
  command.option("--display-name", options.display_name, "How people see it");
  command.option("--description", options.description, "What it is for");
  command.option("--icon", options.icon, "Address or path of a picture");
}

void add_member_commands(Command organizations) {
  auto members_of = organizations.sub("members", "Who belongs to an organization").alias("member");

  auto list_options = std::make_shared<Options>();
  auto listing = members_of.sub("list", "List members", "slipway organizations members list --org lab").alias("ls");
  listing.option("--search", list_options->search, "Filter: part of a name, user_id:, include_system:true");
  listing.option("-O,--org", list_options->organization, "Of this organization");
  list_options->flags.add_to(listing, kMemberColumns);
  listing.run([list_options](Session& session) { return members(session, *list_options); });

  auto add_options = std::make_shared<Options>();
  auto adding = members_of.sub("add", "Add a user to an organization", "slipway organizations members add bo --org lab");
  adding.argument("user", add_options->user, "Username or id");
  adding.option("-O,--org", add_options->organization, "To this organization");
  adding.run([add_options](Session& session) { return add_member(session, *add_options); });

  auto remove_options = std::make_shared<Options>();
  auto removing =
      members_of.sub("remove", "Remove a user from an organization", "slipway organizations members remove bo --org lab --yes").alias("rm");
  removing.argument("user", remove_options->user, "Username or id");
  removing.flag("-y,--yes", remove_options->yes, "Do not ask");
  removing.option("-O,--org", remove_options->organization, "From this organization");
  removing.run([remove_options](Session& session) { return remove_member(session, *remove_options); });

  auto role_options = std::make_shared<Options>();
  auto editing = members_of.sub("edit-roles", "Say which roles a member has",
                                "slipway organizations members edit-roles bo --role organization-auditor\n"
                                "slipway organizations members edit-roles bo --none");
  editing.argument("user", role_options->user, "Username or id");
  editing.option("--role", role_options->roles, "A role to have; repeatable; roles not named are taken away");
  editing.flag("--none", role_options->none, "No role at all");
  editing.option("-O,--org", role_options->organization, "In this organization");
  editing.run([role_options](Session& session) { return edit_roles(session, *role_options); });
}

}  // namespace

void add_organizations(Command root) {
  auto organizations = root.sub("organizations", "Organizations and their members").alias("organization").alias("orgs").alias("org");

  auto list_options = std::make_shared<Options>();
  auto listing = organizations.sub("list", "List organizations", "slipway organizations list").alias("ls");
  list_options->flags.add_to(listing, kColumns);
  listing.run([list_options](Session& session) { return list(session, *list_options); });

  auto show_options = std::make_shared<Options>();
  auto showing = organizations.sub("show", "Show an organization", "slipway organizations show lab");
  showing.optional_argument("organization", show_options->organization, "Its name or id; the default one when absent");
  show_options->flags.add_to(showing, kColumns);
  showing.run([show_options](Session& session) { return show(session, *show_options); });

  auto create_options = std::make_shared<Options>();
  create_options->name = "";
  auto creating = organizations.sub("create", "Create an organization", "slipway organizations create lab --description \"Experiments\"");
  creating.argument("name", *create_options->name, "Letters, digits and single dashes");
  add_texts(creating, *create_options);
  creating.run([create_options](Session& session) { return create(session, *create_options); });

  auto edit_options = std::make_shared<Options>();
  auto editing = organizations.sub("edit", "Change an organization",
                                   "slipway organizations edit lab --name laboratory\n"
                                   "slipway organizations edit lab --default-role organization-workspace-access");
  editing.argument("organization", edit_options->organization, "Its name or id");
  editing.option("-n,--name", edit_options->name, "A new name");
  add_texts(editing, *edit_options);
  editing.option("--default-role", edit_options->roles, "A role that every member has; repeatable; others are taken away");
  editing.flag("--no-default-roles", edit_options->none, "Members get no role by themselves: they cannot own workspaces");
  editing.run([edit_options](Session& session) { return edit(session, *edit_options); });

  auto remove_options = std::make_shared<Options>();
  auto removing =
      organizations.sub("delete", "Delete an organization that holds nothing any more", "slipway organizations delete lab --yes").alias("rm");
  removing.argument("organization", remove_options->organization, "Its name or id");
  removing.flag("-y,--yes", remove_options->yes, "Do not ask");
  removing.run([remove_options](Session& session) { return remove(session, *remove_options); });

  add_member_commands(organizations);
}

}  // namespace slipway::cli
