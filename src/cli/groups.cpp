#include "api/gen/groups.hpp"

#include "api/gen/users.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

constexpr const char* kColumns = "name, display name, members, quota allowance, organization, source, avatar, id";
constexpr const char* kMemberColumns = "username, email, name, status, last seen, id";

struct Options {
  std::string group, organization = "default", name, search;
  std::optional<std::string> display_name, avatar_url, quota_allowance;
  std::vector<std::string> users;
  bool yes = false;
  TableFlags flags;
};

Result<std::optional<std::int64_t>> credits(const std::optional<std::string>& text) {
  if (!text) return std::optional<std::int64_t>();
  if (const auto number = text::number<std::int64_t>(*text); number && *number >= 0) return number;
  return fail_field("That is no quota allowance.", "quota-allowance", "is a number of credits a day, such as 20");
}

Table table_of(const std::vector<api::Group>& groups) {
  Table table({"name", "display name", "members", "quota allowance", "organization", "source", "avatar", "id"}, 5);
  for (const auto& group : groups)
    table.add({group.name, group.display_name, std::to_string(group.total_member_count), std::to_string(group.quota_allowance),
               group.organization_name, group.source, group.avatar_url, group.id.str()});
  return table;
}

Result<api::Group> find_group(Session& session, const Options& options) {
  const bool by_id = Uuid::parse(options.group).has_value();
  auto found =
      session.get<api::Group>(by_id ? "/api/v2/groups/" + options.group
                                    : fmt::format("/api/v2/organizations/{}/groups/{}", segment(options.organization), segment(options.group)));
  if (!found && found.error().code == Code::not_found)
    return fail(Code::not_found, fmt::format("There is no group \"{}\", or you may not see it.", options.group),
                "slipway groups list shows those of an organization; choose another with --org.");
  return found;
}

Result<int> list(Session& session, const Options& options) {
  TRY(groups, session.get<std::vector<api::Group>>(fmt::format("/api/v2/organizations/{}/groups", segment(options.organization))));
  return table_of(groups).print(options.flags, api::to_json(groups), "No group found.");
}

Result<int> show(Session& session, const Options& options) {
  TRY(group, find_group(session, options));
  return table_of({group}).print(options.flags, api::to_json(group), "");
}

Result<int> create(Session& session, const Options& options) {
  TRY(allowance, credits(options.quota_allowance));
  api::CreateGroupRequest request;
  request.name = options.group;
  request.display_name = options.display_name.value_or("");
  request.avatar_url = options.avatar_url.value_or("");
  request.quota_allowance = allowance.value_or(0);
  TRY(group, session.send<api::Group>("POST", fmt::format("/api/v2/organizations/{}/groups", segment(options.organization)), request));
  tell("Created group {} in {}.\n", on_stderr(Colour::bold, group.name), group.organization_name);
  return 0;
}

Result<int> edit(Session& session, const Options& options) {
  TRY(allowance, credits(options.quota_allowance));
  TRY(group, find_group(session, options));
  api::PatchGroupRequest request;
  request.name = options.name;
  request.display_name = options.display_name;
  request.avatar_url = options.avatar_url;
  request.quota_allowance = allowance;
  TRY(changed, session.send<api::Group>("PATCH", "/api/v2/groups/" + group.id.str(), request));
  tell("Changed group {}.\n", changed.name);
  return 0;
}

Result<int> remove(Session& session, const Options& options) {
  TRY(group, find_group(session, options));
  if (!options.yes && can_ask()) {
    TRY(sure, ask_yes(fmt::format("Delete group {} with {} members?", group.name, group.total_member_count)));
    if (!sure) return fail(Code::cancelled, "Nothing was changed.");
  }
  TRY_OK(session.call("DELETE", "/api/v2/groups/" + group.id.str(), {}));
  tell("Group {} is deleted.\n", group.name);
  return 0;
}

Result<int> members(Session& session, const Options& options) {
  TRY(group, find_group(session, options));
  const auto query = options.search.empty() ? std::string() : "?q=" + segment(options.search);
  TRY(page, session.get<api::GroupMembersResponse>(fmt::format("/api/v2/groups/{}/members{}", group.id.str(), query)));
  Table table({"username", "email", "name", "status", "last seen", "id"}, 4);
  const Time now = system_clock().now();
  for (const auto& user : page.users)
    table.add({user.username, user.email, user.name, painted_status(user.status), ago(user.last_seen_at.value_or(kUnsetTime), now), user.id.str()});
  return table.print(options.flags, api::to_json(page.users), "The group has no member that you may see.");
}

Result<int> change_members(Session& session, const Options& options, bool add) {
  TRY(group, find_group(session, options));
  api::PatchGroupRequest request;
  for (const auto& name : options.users) {
    TRY(user, session.get<api::User>("/api/v2/users/" + segment(name)));
    (add ? request.add_users : request.remove_users).push_back(user.id.str());
  }
  TRY(changed, session.send<api::Group>("PATCH", "/api/v2/groups/" + group.id.str(), request));
  tell("Group {} has {} members.\n", changed.name, changed.total_member_count);
  return 0;
}

void add_texts(Command& command, Options& options) {
  command.option("--display-name", options.display_name, "How people see it");
  command.option("--avatar-url", options.avatar_url, "Address or path of a picture");
  command.option("--quota-allowance", options.quota_allowance, "Credits a day that each member's workspaces may cost");
}

void add_organization(Command& command, Options& options) { command.option("-O,--org", options.organization, "Organization of the group"); }

void add_members(Command groups) {
  auto members_of = groups.sub("members", "Who is in a group").alias("member");

  auto list_options = std::make_shared<Options>();
  auto listing = members_of.sub("list", "List the members of a group", "slipway groups members list team").alias("ls");
  listing.argument("group", list_options->group, "Its name or id");
  listing.option("--search", list_options->search, "Part of a name or address");
  add_organization(listing, *list_options);
  list_options->flags.add_to(listing, kMemberColumns);
  listing.run([list_options](Session& session) { return members(session, *list_options); });

  for (const bool add : {true, false}) {
    auto options = std::make_shared<Options>();
    auto command = add ? members_of.sub("add", "Add people to a group", "slipway groups members add team ana bo")
                       : members_of.sub("remove", "Take people out of a group", "slipway groups members remove team bo").alias("rm");
    command.argument("group", options->group, "Its name or id");
    command.arguments("users", options->users, "Usernames, ids, or me");
    add_organization(command, *options);
    command.run([options, add](Session& session) { return change_members(session, *options, add); });
  }
}

}  // namespace

void add_groups(Command root) {
  auto groups = root.sub("groups", "Groups of an organization's members").alias("group");

  auto list_options = std::make_shared<Options>();
  auto listing = groups.sub("list", "List groups", "slipway groups list\nslipway groups list --org lab --output json").alias("ls");
  add_organization(listing, *list_options);
  list_options->flags.add_to(listing, kColumns);
  listing.run([list_options](Session& session) { return list(session, *list_options); });

  auto show_options = std::make_shared<Options>();
  auto showing = groups.sub("show", "Show a group", "slipway groups show team");
  showing.argument("group", show_options->group, "Its name or id");
  add_organization(showing, *show_options);
  show_options->flags.add_to(showing, kColumns);
  showing.run([show_options](Session& session) { return show(session, *show_options); });

  auto create_options = std::make_shared<Options>();
  auto creating = groups.sub("create", "Create a group", "slipway groups create team --quota-allowance 20");
  creating.argument("name", create_options->group, "Letters, digits and single dashes");
  add_texts(creating, *create_options);
  add_organization(creating, *create_options);
  creating.run([create_options](Session& session) { return create(session, *create_options); });

  auto edit_options = std::make_shared<Options>();
  auto editing = groups.sub("edit", "Change a group", "slipway groups edit team --name dev-team\nslipway groups edit Everyone --quota-allowance 5");
  editing.argument("group", edit_options->group, "Its name or id");
  editing.option("-n,--name", edit_options->name, "A new name");
  add_texts(editing, *edit_options);
  add_organization(editing, *edit_options);
  editing.run([edit_options](Session& session) { return edit(session, *edit_options); });

  auto remove_options = std::make_shared<Options>();
  auto removing = groups.sub("delete", "Delete a group", "slipway groups delete team --yes").alias("rm");
  removing.argument("group", remove_options->group, "Its name or id");
  removing.flag("-y,--yes", remove_options->yes, "Do not ask");
  add_organization(removing, *remove_options);
  removing.run([remove_options](Session& session) { return remove(session, *remove_options); });

  add_members(groups);
}

}  // namespace slipway::cli
