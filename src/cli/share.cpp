#include "api/gen/apps.hpp"

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

constexpr const char* kColumns = "app or port, agent, level, people, groups";

struct Options {
  std::string workspace, what, level, protocol = "http";
  std::vector<std::string> users, groups;
  TableFlags flags;
  bool names() const { return !users.empty() || !groups.empty(); }
};

std::string sharing_of(const api::Workspace& workspace) { return fmt::format("/api/v2/workspaces/{}/app-sharing", workspace.id.str()); }
std::string levels_of(const api::Workspace& workspace) { return fmt::format("/api/v2/workspaces/{}/port-share", workspace.id.str()); }

// What reads as a port is one, as in an app's address.
std::optional<std::int64_t> port_named(std::string_view text) { return text::number<std::int64_t>(text); }

// ---- who is named ----

Result<std::map<std::string, std::string>> people(Session& session, const std::vector<std::string>& names, const std::string& role) {
  std::map<std::string, std::string> out;
  for (const auto& name : names) {
    if (const auto id = Uuid::parse(name)) {
      out[id->str()] = role;
      continue;
    }
    auto found = session.get<api::User>("/api/v2/users/" + segment(name));
    if (!found && found.error().code == Code::not_found)
      return fail(Code::not_found, fmt::format("There is no user \"{}\", or you may not see them.", name),
                  "Name them by their id, or ask them for it.");
    TRY(user, std::move(found));
    out[user.id.str()] = role;
  }
  return out;
}

Result<std::map<std::string, std::string>> groups_of(Session& session, const api::Workspace& workspace, const std::vector<std::string>& names,
                                                     const std::string& role) {
  std::map<std::string, std::string> out;
  for (const auto& name : names) {
    if (const auto id = Uuid::parse(name)) {
      out[id->str()] = role;
      continue;
    }
    auto found = session.get<api::Group>(fmt::format("/api/v2/organizations/{}/groups/{}", workspace.organization_id.str(), segment(name)));
    if (!found && found.error().code == Code::not_found)
      return fail(Code::not_found, fmt::format("There is no group \"{}\" in the workspace's organization, or you may not see it.", name),
                  "slipway groups list shows those there are.");
    TRY(group, std::move(found));
    out[group.id.str()] = role;
  }
  return out;
}

// The place is set by the caller: an app, or a port with its agent.
Result<void> change_list(Session& session, const api::Workspace& workspace, api::UpdateWorkspaceAppSharing ask, const Options& options,
                         const std::string& role) {
  TRY(users, people(session, options.users, role));
  TRY(groups, groups_of(session, workspace, options.groups, role));
  if (!users.empty()) ask.user_roles = std::move(users);
  if (!groups.empty()) ask.group_roles = std::move(groups);
  TRY_OK(session.call("PATCH", sharing_of(workspace), api::to_json(ask)));
  return {};
}

std::string named(const Options& options) {
  std::vector<std::string> all = options.users;
  for (const auto& group : options.groups) all.push_back("group " + group);
  return text::joined(all, ", ");
}

// ---- commands ----

Result<int> share_app(Session& session, const Options& options) {
  if (!options.names()) return fail_field("With whom?", "user", "names somebody: --user ana, or --group team");
  TRY(target, find_target(session, options.workspace));
  TRY_OK(change_list(session, target.workspace, {.app = options.what}, options, "use"));
  tell("App {} of {} is shared with {}.\n", options.what, target.workspace.name, named(options));
  return 0;
}

Result<int> share_port(Session& session, const Options& options) {
  if (!options.names() && options.level.empty())
    return fail_field("With whom?", "level", "is one of: organization, authenticated, public; or name people with --user and --group");
  const auto port = port_named(options.what);
  if (!port) return fail_field("That is no port.", "port", "is a number such as 8080");
  TRY(target, find_target(session, options.workspace));
  TRY(agent, find_agent(target.workspace.latest_build, target.agent));
  if (!options.level.empty()) {
    const api::UpsertWorkspaceAgentPortShareRequest ask{
        .agent_name = agent.name, .port = *port, .share_level = options.level, .protocol = options.protocol};
    TRY_OK(session.call("POST", levels_of(target.workspace), api::to_json(ask)));
    tell("Port {} of {}.{} is shared: {}.\n", *port, target.workspace.name, agent.name, options.level);
  }
  if (!options.names()) return 0;
  api::UpdateWorkspaceAppSharing ask;
  ask.port = port;
  ask.agent_name = agent.name;
  TRY_OK(change_list(session, target.workspace, std::move(ask), options, "use"));
  tell("Port {} of {}.{} is shared with {}.\n", *port, target.workspace.name, agent.name, named(options));
  return 0;
}

// True when there was something; what is not there is no failure here.
Result<bool> took_back(Session& session, const std::string& path, const std::string& json) {
  const auto done = session.call("DELETE", path, json);
  if (done) return true;
  if (done.error().code == Code::not_found) return false;
  return std::unexpected(done.error());
}

// All sharing of the app or port: its list and, of a port, its level.
Result<int> end_all(Session& session, const Target& target, const Options& options, const std::string& agent) {
  const auto port = port_named(options.what);
  api::EndWorkspaceAppSharing list;
  if (port) {
    list.port = port;
    list.agent_name = agent;
  } else {
    list.app = options.what;
  }
  TRY(listed, took_back(session, sharing_of(target.workspace), api::to_json(list)));
  bool levelled = false;
  if (port) {
    TRY(had,
        took_back(session, levels_of(target.workspace), api::to_json(api::DeleteWorkspaceAgentPortShareRequest{.agent_name = agent, .port = *port})));
    levelled = had;
  }
  if (!listed && !levelled)
    return fail(Code::not_found, fmt::format("{} of {} is shared with nobody.", options.what, target.workspace.name),
                "slipway share list shows what is. An app's level is set by its template.");
  tell("{} of {} is shared no more.\n", options.what, target.workspace.name);
  return 0;
}

// As it was named: a stopped workspace has no agent to look at.
Result<std::string> agent_named(const Target& target) {
  if (!target.agent.empty()) return target.agent;
  TRY(agent, find_agent(target.workspace.latest_build, {}));
  return agent.name;
}

Result<int> remove(Session& session, const Options& options) {
  TRY(target, find_target(session, options.workspace));
  const auto port = port_named(options.what);
  std::string agent;
  if (port) {
    TRY(name, agent_named(target));
    agent = std::move(name);
  }
  if (!options.names()) return end_all(session, target, options, agent);
  api::UpdateWorkspaceAppSharing ask;
  if (port) {
    ask.port = port;
    ask.agent_name = agent;
  } else {
    ask.app = options.what;
  }
  TRY_OK(change_list(session, target.workspace, std::move(ask), options, ""));
  tell("{} of {} is no more shared with {}.\n", options.what, target.workspace.name, named(options));
  return 0;
}

// ---- what is shared ----

struct Line {
  std::string what, agent, level;
  std::vector<std::string> people, groups;
};

Line& line_of(std::vector<Line>& lines, const std::string& what, const std::string& agent) {
  const auto same = [&](const Line& line) { return line.what == what && line.agent == agent; };
  if (const auto found = std::ranges::find_if(lines, same); found != lines.end()) return *found;
  return lines.emplace_back(Line{.what = what, .agent = agent, .level = {}, .people = {}, .groups = {}});
}

std::vector<Line> lines_of(const api::Workspace& workspace, const api::WorkspaceAppSharing& lists, const api::WorkspaceAgentPortShares& levels) {
  std::vector<Line> lines;
  for (const auto& resource : workspace.latest_build.resources)
    for (const auto& agent : resource.agents)
      for (const auto& app : agent.apps)
        if (!app.external && app.sharing_level != "owner") line_of(lines, app.slug, "").level = app.sharing_level;
  for (const auto& share : levels.shares) line_of(lines, std::to_string(share.port), share.agent_name).level = share.share_level;
  for (const auto& share : lists.shares) {
    auto& line = line_of(lines, share.app.empty() ? std::to_string(share.port) : share.app, share.agent_name);
    for (const auto& user : share.users) line.people.push_back(user.username);
    for (const auto& group : share.groups) line.groups.push_back(group.name);
  }
  return lines;
}

Result<int> list(Session& session, const Options& options) {
  TRY(target, find_target(session, options.workspace));
  TRY(lists, session.get<api::WorkspaceAppSharing>(sharing_of(target.workspace)));
  TRY(levels, session.get<api::WorkspaceAgentPortShares>(levels_of(target.workspace)));
  Table table({"app or port", "agent", "level", "people", "groups"});
  for (const auto& line : lines_of(target.workspace, lists, levels))
    table.add({line.what, line.agent, line.level.empty() ? "owner" : line.level, text::joined(line.people, ", "), text::joined(line.groups, ", ")});
  if (!lists.allowed) tell("You cannot share apps and ports of {} by name: its template does not allow it, or you may not.\n", target.workspace.name);
  const auto json = fmt::format(R"({{"lists":{},"ports":{}}})", api::to_json(lists.shares), api::to_json(levels.shares));
  return table.print(options.flags, json, fmt::format("Nothing of {} is shared.", target.workspace.name));
}

void add_names(Command& command, Options& options, const std::string& what) {
  command.option("-u,--user", options.users, what + " this person: a username, an id, or me (repeatable)");
  command.option("-g,--group", options.groups, what + " this group of the workspace's organization: a name or an id (repeatable)");
}

}  // namespace

void add_share(Command root) {
  auto share = root.sub("share", "Let others open an app or a port of a workspace",
                        "slipway share app dev code --user bo\nslipway share port dev 8080 --level organization\nslipway share list dev");

  auto app_options = std::make_shared<Options>();
  auto app = share.sub("app", "Share an app with people and groups", "slipway share app dev code --user bo --user eve --group reviewers");
  app.argument("workspace", app_options->workspace, "Name of the workspace");
  app.argument("app", app_options->what, "The app's slug, as in its address");
  add_names(app, *app_options, "With");
  app.run([app_options](Session& session) { return share_app(session, *app_options); });

  auto port_options = std::make_shared<Options>();
  auto port = share.sub("port", "Share a port with a level of visitors, or with people and groups",
                        "slipway share port dev 8080 --level public\nslipway share port dev.main 8443 --level organization --protocol https\n"
                        "slipway share port dev 8080 --group reviewers");
  port.argument("workspace", port_options->workspace, "Name of the workspace, with .agent when it has several");
  port.argument("port", port_options->what, "From 9 to 65535");
  port.option("-l,--level", port_options->level, "With organization, authenticated or public");
  port.option("--protocol", port_options->protocol, "What the port speaks: http or https");
  add_names(port, *port_options, "With");
  port.run([port_options](Session& session) { return share_port(session, *port_options); });

  auto list_options = std::make_shared<Options>();
  auto listing = share.sub("list", "List what is shared, and with whom", "slipway share list dev\nslipway share list dev --output json").alias("ls");
  listing.argument("workspace", list_options->workspace, "Name of the workspace");
  list_options->flags.add_to(listing, kColumns);
  listing.run([list_options](Session& session) { return list(session, *list_options); });

  auto remove_options = std::make_shared<Options>();
  auto removing = share
                      .sub("remove", "Take sharing back: from some, or from all when nobody is named",
                           "slipway share remove dev code --user bo\nslipway share remove dev 8080")
                      .alias("rm");
  removing.argument("workspace", remove_options->workspace, "Name of the workspace, with .agent when it has several");
  removing.argument("app-or-port", remove_options->what, "The app's slug, or the port");
  add_names(removing, *remove_options, "From");
  removing.run([remove_options](Session& session) { return remove(session, *remove_options); });
}

}  // namespace slipway::cli
