// The lists of people and groups that an app or a port is shared with, as its workspace's owner keeps them.
#include "api/gen/apps.hpp"
#include "features/app_sharing/app_sharing.hpp"
#include "features/app_sharing/objects.hpp"
#include "features/groups/groups.hpp"
#include "features/resources/resources.hpp"
#include "features/tunnels/tunnels.hpp"
#include "http/audit.hpp"
#include "http/routes.hpp"
#include "rbac/role.hpp"
#include "store/db.hpp"

#include <tuple>

namespace slipway::app_sharing {

namespace {

using rbac::Action, rbac::Resource;

constexpr std::int64_t kMost = 1000;  // entries of a workspace

// A share is told as something that happened to its workspace.
http::AuditObject audit_of(const sql::Shareable& row, const std::string& what = "{}") {
  return {.type = "workspace", .id = row.workspace_id.uuid, .target = row.workspace_name, .organization = row.organization_id, .additional = what};
}

Task<Result<sql::Shareable>> of_path(http::Call& call) {
  CO_TRY(id, call.path_id<WorkspaceId>("workspace"));
  CO_TRY(row, co_await sql::shareable(call.store(), id));
  if (!row) co_return not_found();
  call.audited(http::audit_about(audit_of(*row)));
  co_return std::move(*row);
}

// What a list is of: an app by its slug, or a port of an agent.
struct Place {
  std::string slug, agent_name;
  std::int32_t port = 0;
};

template <class Ask>
Result<Place> place_of(const Ask& ask, const sql::Shareable& row) {
  const std::string app = ask.app.value_or(""), agent = ask.agent_name.value_or("");
  const std::int64_t port = ask.port.value_or(0);
  if (app.empty() == (port == 0)) return fail_field("Name one app or one port.", "app", "Is the app's slug; or leave it out and set port.");
  if (!app.empty()) return Place{.slug = app, .agent_name = {}};
  if (port < tunnels::kLeastPort || port > 65535)
    return fail_field("Port is not allowed.", "port", fmt::format("Must be between {} and 65535.", tunnels::kLeastPort));
  if (!agent.empty()) return Place{.slug = {}, .agent_name = agent, .port = static_cast<std::int32_t>(port)};
  if (row.agent_names.size() != 1) return fail_field("Name the agent that has the port.", "agent_name", "The workspace has not exactly one agent.");
  return Place{.slug = {}, .agent_name = row.agent_names.front(), .port = static_cast<std::int32_t>(port)};
}

bool has(const std::vector<std::string>& names, const std::string& name) { return std::ranges::find(names, name) != names.end(); }

// Only what is there is shared; what is no more can still be taken back.
Result<void> check_there(const Place& place, const sql::Shareable& row) {
  if (!place.slug.empty() && !has(row.app_slugs, place.slug))
    return fail_field("App not found.", "app", "The workspace's newest build has no such app that the server opens.");
  if (place.slug.empty() && !has(row.agent_names, place.agent_name))
    return fail_field("Agent not found.", "agent_name", "The workspace's newest build has no such agent.");
  return {};
}

Result<void> check_cap(const std::string& cap, const Place& place) {
  if (cap != "owner") return {};
  return fail_field("Sharing is not allowed. Max level is 'owner'.", place.slug.empty() ? "port" : "app", "The template does not allow it.");
}

// As with a workspace's access list, the deployment's switch binds everyone.
bool may_share(http::Call& call, const rbac::RoleBook& book, const sql::Shareable& row) {
  return !book.switches().no_workspace_sharing && call.store().may(Action::share, sql::object_of(row));
}

// ---- what there is ----

using Shares = std::map<std::tuple<std::string, std::string, std::int32_t>, api::WorkspaceAppShare>;

template <class Row>
api::WorkspaceAppShare& share_of(Shares& shares, const Row& row) {
  auto& share = shares[{row.slug, row.agent_name, row.port}];
  share.app = row.slug;
  share.agent_name = row.agent_name;
  share.port = row.port;
  return share;
}

Task<Result<api::WorkspaceAppSharing>> show(http::Call& call, const rbac::RoleBook& book) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(may, (call.store().permit<Action::read, Resource::workspace>(sql::object_of(row))));
  Shares shares;
  CO_TRY(people, co_await sql::listed_users(call.store(), may));
  for (const auto& one : people)
    share_of(shares, one).users.push_back({.id = one.id.uuid, .username = one.username, .name = one.name, .avatar_url = one.avatar_url});
  CO_TRY(groups, co_await sql::listed_groups(call.store(), may));
  for (const auto& one : groups)
    share_of(shares, one).groups.push_back({.id = one.id.uuid, .name = one.name, .display_name = one.display_name, .avatar_url = one.avatar_url});
  const bool allowed = row.max_port_sharing_level != "owner" && may_share(call, book, row);
  api::WorkspaceAppSharing out{.allowed = allowed, .shares = {}, .asking = row.asking};
  for (auto& [place, share] : shares) out.shares.push_back(std::move(share));
  co_return out;
}

// ---- what is changed ----

// Whose role is the one asked for: that which adds, or the empty one, which takes away.
template <class Id>
std::vector<Id> ids_of(const std::optional<groups::Roles>& roles, bool added) {
  std::vector<Id> out;
  for (const auto& [text, role] : roles.value_or(groups::Roles{}))
    if (const auto id = Id::parse(text); id && role.empty() != added) out.push_back(*id);
  return out;
}

struct Change {
  Place place;
  std::vector<UserId> users, gone_users;
  std::vector<GroupId> groups, gone_groups;
  bool adds() const { return !users.empty() || !groups.empty(); }
};

Task<Result<void>> store_change(store::Tx& tx, const store::LockedPermit<Action::share, Resource::workspace>& may, const Change& change, Time now) {
  const auto& place = change.place;
  const sql::RemoveArgs gone{
      .slug = place.slug, .agent_name = place.agent_name, .port = place.port, .user_ids = change.gone_users, .group_ids = change.gone_groups};
  CO_CHECK(co_await sql::remove(tx, may, gone));
  const sql::AddUsersArgs users{.slug = place.slug, .agent_name = place.agent_name, .port = place.port, .now = now, .user_ids = change.users};
  CO_CHECK(co_await sql::add_users(tx, may, users));
  const sql::AddGroupsArgs groups{.slug = place.slug, .agent_name = place.agent_name, .port = place.port, .now = now, .group_ids = change.groups};
  CO_CHECK(co_await sql::add_groups(tx, may, groups));
  CO_TRY(entries, co_await sql::count(tx, may));
  if (change.adds() && entries > kMost)
    co_return fail_field("These are too many people and groups.", "user_roles",
                         fmt::format("A workspace has at most {} entries. Share with a group in place of its members.", kMost));
  co_return Result<void>();
}

// Locked are, as everywhere: the people and groups, the template, the workspace.
Task<Result<http::NoContent>> change(http::Call& call, const rbac::RoleBook& book, api::UpdateWorkspaceAppSharing ask) {
  CO_TRY(row, co_await of_path(call));
  if (!may_share(call, book, row)) co_return forbidden();
  CO_TRY(place, place_of(ask, row));
  const Change wanted{.place = place,
                      .users = ids_of<UserId>(ask.user_roles, true),
                      .gone_users = ids_of<UserId>(ask.user_roles, false),
                      .groups = ids_of<GroupId>(ask.group_roles, true),
                      .gone_groups = ids_of<GroupId>(ask.group_roles, false)};
  if (wanted.adds()) CO_CHECK(check_there(place, row));
  const std::map<std::string, std::string> roles{{"use", "{}"}};
  const groups::AclAsk asked{
      .users_field = "user_roles", .groups_field = "group_roles", .users = ask.user_roles, .groups = ask.group_roles, .known = roles};
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_CHECK(co_await groups::check_acl(tx, row.organization_id, asked));
    CO_TRY(may_now, (tx.permit<Action::share, Resource::workspace>(sql::object_of(row))));
    CO_TRY(cap, co_await sql::hold_cap(tx, may_now));
    if (wanted.adds()) CO_CHECK(check_cap(cap, place));
    CO_TRY(locked, co_await sql::lock(tx, row.workspace_id));
    if (!locked) co_return not_found();
    CO_TRY(may, (store::permit<Action::share, Resource::workspace>(tx, *locked)));
    CO_CHECK(co_await store_change(tx, may, wanted, call.now()));
    const auto told = audit_of(row, "{\"app_sharing\":" + api::to_json(ask) + "}");
    tx.trace(http::audit_change(told, told));
    co_return co_await store::notify(tx, std::string(resources::kWorkspaceNews), row.workspace_id.str());
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::NoContent{};
}

Task<Result<http::NoContent>> end(http::Call& call, const rbac::RoleBook& book, api::EndWorkspaceAppSharing ask) {
  CO_TRY(row, co_await of_path(call));
  if (!may_share(call, book, row)) co_return forbidden();
  CO_TRY(place, place_of(ask, row));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(locked, co_await sql::lock(tx, row.workspace_id));
    if (!locked) co_return not_found();
    CO_TRY(may, (store::permit<Action::share, Resource::workspace>(tx, *locked)));
    CO_TRY(gone, co_await sql::remove_all(tx, may, place.slug, place.agent_name, place.port));
    if (gone == 0) co_return not_found();
    const auto told = audit_of(row, "{\"app_sharing_ended\":" + api::to_json(ask) + "}");
    tx.trace(http::audit_change(told, told));
    co_return co_await store::notify(tx, std::string(resources::kWorkspaceNews), row.workspace_id.str());
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::NoContent{};
}

}  // namespace

void add_routes(http::Routes& routes, const rbac::RoleBook& book) {
  using http::Audit, http::Auth;
  const std::string sharing = "/api/v2/workspaces/{workspace}/app-sharing";
  routes.get<Auth::user, Audit::none>(sharing, [&book](http::Call& call) { return show(call, book); });
  routes.patch<Auth::user, Audit::write>(
      sharing, [&book](http::Call& call, api::UpdateWorkspaceAppSharing ask) { return change(call, book, std::move(ask)); });
  routes.del<Auth::user, Audit::write>(sharing,
                                       [&book](http::Call& call, api::EndWorkspaceAppSharing ask) { return end(call, book, std::move(ask)); });
}

}  // namespace slipway::app_sharing
