// With whom a workspace is shared: its access list, as docs/guide/authorization.md has it.
#include "features/groups/groups.hpp"
#include "features/resources/resources.hpp"
#include "features/workspaces/workspaces.hpp"
#include "http/routes.hpp"
#include "rbac/role.hpp"
#include "store/db.hpp"

namespace slipway::workspaces {

namespace {

using rbac::Action, rbac::Resource;

// "use" connects, starts and stops; "admin" does everything but delete.
const std::map<std::string, std::string>& roles() {
  static const auto made = [] {
    std::vector<std::string> all;
    rbac::for_each_action(rbac::actions_of(Resource::workspace).without({Action::delete_}),
                          [&](Action action) { all.push_back(fmt::format("\"{}\"", rbac::name_of(action))); });
    return std::map<std::string, std::string>{{"use", R"({"permissions":["read","ssh","application_connect","start","stop"]})"},
                                              {"admin", fmt::format(R"({{"permissions":[{}]}})", fmt::join(all, ","))}};
  }();
  return made;
}

Task<Result<sql::Workspace>> of_path(http::Call& call) {
  CO_TRY(id, call.path_id<WorkspaceId>("workspace"));
  CO_TRY(row, co_await find(call, id));
  call.audited(http::audit_about(sql::audit_of(row)));
  co_return std::move(row);
}

// The deployment's switch binds everyone, administrators by an access list too.
Result<void> may_share(http::Call& call, const rbac::RoleBook& book, const sql::Workspace& row) {
  if (book.switches().no_workspace_sharing || !call.store().may(Action::share, sql::object_of(row))) return forbidden();
  return {};
}

Task<Result<api::WorkspaceACL>> show(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(may, (call.store().permit<Action::read, Resource::workspace>(sql::object_of(row))));
  api::WorkspaceACL out;
  CO_TRY(people, co_await sql::acl_users(call.store(), may));
  for (const auto& one : people)
    out.users.push_back(
        {.id = one.id.uuid, .username = one.username, .name = one.name, .avatar_url = one.avatar_url, .role = one.admin ? "admin" : "use"});
  CO_TRY(listed, co_await groups::on_list<api::WorkspaceGroup>(call, may, row.group_acl.text, store::AclShape::nested, Action::share));
  out.group = std::move(listed);
  co_return out;
}

// Sets the list, or clears it where nothing is asked, with the right to share the workspace as it is now; streams that others have
// open ask again. Who is named is locked before the workspace is: whoever ends goes the same way.
Task<Result<void>> share(http::Call& call, const sql::Workspace& row, const groups::AclAsk* asked) {
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    sql::SetAclArgs args{.now = call.now()};
    if (asked) {
      CO_TRY(change, co_await groups::check_acl(tx, row.organization_id, *asked));
      args = {
          .gone_users = change.gone_users, .users = {change.users}, .gone_groups = change.gone_groups, .groups = {change.groups}, .now = call.now()};
    }
    CO_TRY(list, co_await sql::lock_list(tx, row.id));
    if (!list) co_return not_found();
    CO_TRY(may, (store::permit<Action::share, Resource::workspace>(tx, *list)));
    auto changed = asked ? co_await sql::set_acl(tx, may, args) : co_await sql::clear_acl(tx, may, call.now());
    CO_TRY(acl, std::move(changed));
    if (!acl) co_return not_found();
    auto before = row, after = row;
    before.user_acl = (*list)->user_acl;
    before.group_acl = (*list)->group_acl;
    after.user_acl = acl->user_acl;
    after.group_acl = acl->group_acl;
    tx.trace(http::audit_change(sql::audit_of(before), sql::audit_of(after)));
    co_return co_await store::notify(tx, std::string(resources::kWorkspaceNews), row.id.str());
  };
  co_return co_await call.store().tx(body);
}

Task<Result<http::NoContent>> change(http::Call& call, const rbac::RoleBook& book, api::UpdateWorkspaceACL ask) {
  CO_TRY(row, co_await of_path(call));
  CO_CHECK(may_share(call, book, row));
  const groups::AclAsk asked{
      .users_field = "user_roles", .groups_field = "group_roles", .users = ask.user_roles, .groups = ask.group_roles, .known = roles()};
  CO_CHECK(co_await share(call, row, &asked));
  co_return http::NoContent{};
}

Task<Result<http::NoContent>> clear(http::Call& call, const rbac::RoleBook& book) {
  CO_TRY(row, co_await of_path(call));
  CO_CHECK(may_share(call, book, row));
  CO_CHECK(co_await share(call, row, nullptr));
  co_return http::NoContent{};
}

}  // namespace

void add_sharing_routes(http::Routes& routes, const rbac::RoleBook& book) {
  using http::Audit, http::Auth;
  const std::string acl = "/api/v2/workspaces/{workspace}/acl";
  routes.get<Auth::user, Audit::none>(acl, show);
  routes.patch<Auth::user, Audit::write>(acl, [&book](http::Call& call, api::UpdateWorkspaceACL ask) { return change(call, book, std::move(ask)); });
  routes.del<Auth::user, Audit::write>(acl, [&book](http::Call& call) { return clear(call, book); });
}

}  // namespace slipway::workspaces
