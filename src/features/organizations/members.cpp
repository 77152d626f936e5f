#include "features/organizations/members.hpp"

#include "api/gen/roles.hpp"
#include "base/text.hpp"
#include "features/organizations/objects.hpp"
#include "features/organizations/organizations.hpp"
#include "features/users/users.hpp"
#include "http/filter.hpp"
#include "rbac/assign.hpp"
#include "store/store.hpp"

namespace slipway::organizations {

namespace {

using rbac::Action, rbac::Resource;

rbac::Object member_object(UserId user, OrganizationId organization) {
  return {.type = Resource::organization_member, .id = user.uuid, .owner = user, .organization = organization};
}

std::vector<api::SlimRole> slim(const std::vector<std::string>& names, OrganizationId organization, const rbac::RoleBook& book) {
  std::vector<api::SlimRole> out;
  for (const auto& name : names) {
    const auto role = book.organization(name);
    out.push_back({.name = name, .display_name = role ? role->display_name : name, .organization_id = organization.str()});
  }
  return out;
}

template <class Row>
api::OrganizationMemberWithUserData to_wire(const Row& row, const rbac::RoleBook& book) {
  api::OrganizationMemberWithUserData out;
  out.user_id = row.user_id.uuid;
  out.organization_id = row.organization_id.uuid;
  out.created_at = row.created_at;
  out.updated_at = row.updated_at;
  out.roles = slim(row.roles, row.organization_id, book);
  out.username = row.username;
  out.name = row.name;
  out.avatar_url = row.avatar_url;
  out.email = row.email;
  out.status = row.status;
  out.login_type = row.login_type;
  out.last_seen_at = row.last_seen_at;
  out.user_created_at = row.user_created_at;
  out.user_updated_at = row.user_updated_at;
  if (row.is_service_account) out.is_service_account = true;
  out.global_roles = users::slim_roles(row.rbac_roles);
  return out;
}

Task<Result<sql::MembersArgs>> read_filter(http::Call& call) {
  CO_TRY(organization, co_await find(call, call.path("organization")));
  CO_TRY(filter, http::parse_filter(call.query("q").value_or(""), "search", {"search", "user_id", "github_user_id", "role", "include_system"}));
  sql::MembersArgs args;
  args.organization_id = organization.id;
  if (const auto search = filter.last("search")) args.search = http::like(*search);
  CO_TRY(user, filter.uuid("user_id"));
  if (user) args.user_id = UserId{*user};
  if (const auto github = filter.last("github_user_id")) {
    const auto id = text::number<std::int64_t>(*github);
    if (!id) co_return fail_field("Invalid search query.", "q", fmt::format("Query param \"github_user_id\" must be a number, not \"{}\".", *github));
    args.github_id = id;
  }
  if (const auto role = filter.last("role")) args.role = *role;
  CO_TRY(system, filter.boolean("include_system"));
  args.include_system = system.value_or(false);
  co_return args;
}

Task<Result<std::vector<api::OrganizationMemberWithUserData>>> members(http::Call& call, const rbac::RoleBook& book) {
  CO_TRY(args, co_await read_filter(call));
  CO_TRY(rows, co_await sql::members(call.store(), args));
  std::vector<api::OrganizationMemberWithUserData> out;
  for (const auto& row : rows) out.push_back(to_wire(row, book));
  co_return out;
}

Task<Result<api::PaginatedMembersResponse>> paginated(http::Call& call, const rbac::RoleBook& book) {
  CO_TRY(args, co_await read_filter(call));
  CO_TRY(limit, call.query_int("limit", 0));
  CO_TRY(offset, call.query_int("offset", 0));
  args.most = static_cast<std::int32_t>(std::min<std::int64_t>(limit, 1 << 30));
  args.skip = static_cast<std::int32_t>(std::min<std::int64_t>(offset, 1 << 30));
  CO_TRY(rows, co_await sql::members(call.store(), args));
  api::PaginatedMembersResponse out;
  if (!rows.empty()) out.count = rows.front().total;
  if (rows.empty() && args.skip > 0) {  // past the end: the total is on the first page
    args.skip = 0;
    args.most = 1;
    CO_TRY(first, co_await sql::members(call.store(), args));
    if (!first.empty()) out.count = first.front().total;
  }
  for (const auto& row : rows) out.members.push_back(to_wire(row, book));
  co_return out;
}

Task<Result<sql::OneMember>> member_of_path(http::Call& call) {
  CO_TRY(organization, co_await find(call, call.path("organization")));
  const auto name = call.path("user");
  const auto id = name == "me" ? std::optional(call.actor().user_id) : UserId::parse(name);
  auto row = id ? co_await sql::member_by_id(call.store(), organization.id, *id)
                : co_await sql::member_by_name(call.store(), organization.id, std::string(name));
  if (!row) co_return std::unexpected(std::move(row).error());
  if (!*row) co_return not_found();
  co_return std::move(**row);
}

Task<Result<api::OrganizationMemberWithUserData>> member(http::Call& call, const rbac::RoleBook& book) {
  CO_TRY(row, co_await member_of_path(call));
  co_return to_wire(row, book);
}

Task<Result<api::OrganizationMember>> add(http::Call& call) {
  CO_TRY(organization, co_await find(call, call.path("organization")));
  CO_TRY(user, co_await users::find_changeable(call, call.path("user")));
  const Time now = call.now();
  const sql::OneMember made{
      .user_id = user.id, .organization_id = organization.id, .roles = {}, .created_at = now, .updated_at = now, .username = user.username};
  call.audited(http::audit_about(sql::audit_of(made)));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::create, Resource::organization_member>(member_object(user.id, organization.id))));
    CO_CHECK(co_await join(tx, may, now));
    tx.trace(http::audit_new(sql::audit_of(made)));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return api::OrganizationMember{
      .user_id = user.id.uuid, .organization_id = organization.id.uuid, .created_at = now, .updated_at = now, .roles = {}};
}

using Leaving = store::OneOf<store::Permit<Action::delete_, Resource::organization_member>, store::Permit<Action::delete_, Resource::user>>;

// Ends a person's memberships in these organizations with what they gave. Returns how many there were.
Task<Result<std::int64_t>> leave(store::Tx& tx, const Leaving& may, const std::vector<OrganizationId>& organizations) {
  CO_TRY(removed, co_await sql::remove_member(tx, may, organizations));
  CO_CHECK(co_await sql::leave_groups(tx, may, organizations));
  CO_CHECK(co_await sql::leave_template_lists(tx, may, organizations));
  CO_CHECK(co_await sql::leave_workspace_lists(tx, may, organizations));
  co_return removed;
}

Task<Result<http::NoContent>> remove(http::Call& call) {
  CO_TRY(row, co_await member_of_path(call));
  call.audited(http::audit_about(sql::audit_of(row)));
  if (row.user_id == call.actor().user_id) co_return fail(Code::invalid, "You cannot remove yourself from an organization.");
  if (row.is_system) co_return forbidden();
  // Workspaces stay: without the membership their owner cannot reach them, and administrators say what becomes of them.
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::delete_, Resource::organization_member>(member_object(row.user_id, row.organization_id))));
    const std::vector<OrganizationId> here{may.organization()};
    CO_TRY(removed, co_await leave(tx, may, here));
    if (removed == 0) co_return not_found();
    CO_CHECK(co_await sql::end_keys(tx, may));
    tx.trace(http::audit_end(sql::audit_of(row)));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::NoContent{};
}

// Decided from the row under its lock: an older one would give back what was taken away meanwhile.
Task<Result<api::OrganizationMember>> set_roles(http::Call& call, const rbac::RoleBook& book, api::UpdateRoles ask) {
  CO_TRY(seen, co_await member_of_path(call));
  call.audited(http::audit_about(sql::audit_of(seen)));
  if (seen.user_id == call.actor().user_id) co_return fail(Code::invalid, "You cannot change your own organization roles.");
  if (seen.is_system) co_return forbidden();
  const Time now = call.now();
  std::vector<std::string> given;
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(custom, co_await custom_roles_held(tx, seen.organization_id));
    CO_TRY(row, co_await sql::lock_member(tx, seen.organization_id, seen.user_id));
    if (!row) co_return not_found();
    const rbac::RoleListChange change{.organization = seen.organization_id, .before = (*row)->roles, .after = ask.roles};
    CO_TRY(names, rbac::check_role_list(*call.actor().subject, change, custom));
    CO_TRY(may, (store::permit<Action::update, Resource::organization_member>(tx, *row)));
    CO_CHECK(co_await sql::set_member_roles(tx, may, names, now));
    auto after = **row;
    after.roles = names;
    tx.trace(http::audit_change(sql::audit_of(**row), sql::audit_of(after)));
    given = std::move(names);
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return api::OrganizationMember{.user_id = seen.user_id.uuid,
                                    .organization_id = seen.organization_id.uuid,
                                    .created_at = seen.created_at,
                                    .updated_at = now,
                                    .roles = slim(given, seen.organization_id, book)};
}

std::vector<api::Permission> permissions_of(const pg::Json& stored) {
  auto list = api::from_json<std::vector<api::Permission>>(stored.text);
  return list ? std::move(*list) : std::vector<api::Permission>();
}

Task<Result<std::vector<api::AssignableRoles>>> roles(http::Call& call, const rbac::RoleBook& book) {
  CO_TRY(organization, co_await find(call, call.path("organization")));
  const auto all = rbac::all_in(Resource::assign_org_role, organization.id);
  CO_TRY(may, (call.store().permit<Action::read, Resource::assign_org_role>(all)));
  CO_TRY(custom, co_await sql::custom_roles(call.store(), may));
  const bool assigns = call.store().may(Action::assign, all);
  const auto assignable = [&](const std::string& name, bool stored) {
    return assigns && rbac::may_assign(*call.actor().subject, {name, organization.id}, stored);
  };
  std::vector<api::AssignableRoles> out;
  for (const auto& role : book.organization_roles()) {
    auto one = users::to_wire(*role, organization.id);
    one.built_in = true;
    one.assignable = assignable(role->name, false);
    out.push_back(std::move(one));
  }
  for (const auto& row : custom) {
    api::AssignableRoles one;
    one.name = row.name;
    one.organization_id = organization.id.str();
    one.display_name = row.display_name;
    one.organization_permissions = permissions_of(row.org_permissions);
    one.organization_member_permissions = permissions_of(row.member_permissions);
    one.assignable = assignable(row.name, true);
    out.push_back(std::move(one));
  }
  co_return out;
}

}  // namespace

Task<Result<rbac::CustomRoleExists>> custom_roles_held(store::Tx& tx, OrganizationId organization) {
  CO_TRY(may, (tx.permit<Action::read, Resource::assign_org_role>(rbac::all_in(Resource::assign_org_role, organization))));
  CO_TRY(names, co_await sql::hold_custom_roles(tx, may));
  co_return [names = std::move(names)](OrganizationId, std::string_view name) { return std::ranges::find(names, name) != names.end(); };
}

Task<Result<void>> join(store::Tx& tx, const store::Permit<Action::create, Resource::organization_member>& may, Time now) {
  CO_TRY(given, co_await sql::hold_default_roles(tx, may));
  if (!rbac::may_bring_into(*tx.actor().subject, given, may.organization()))
    co_return fail(Code::forbidden, "The organization gives each of its members roles that you may not hand out.",
                   "Ask somebody who may, an administrator of the organization for example, to add them.");
  co_return co_await sql::add_member(tx, may, now);
}

Task<Result<void>> leave_all(store::Tx& tx, const store::Permit<Action::delete_, Resource::user>& may) {
  CO_TRY(organizations, co_await sql::memberships(tx, may));
  CO_CHECK(co_await leave(tx, may, organizations));
  co_return Result<void>();
}

void add_member_routes(http::Routes& routes, const rbac::RoleBook& book) {
  using http::Audit, http::Auth;
  const std::string organization = "/api/v2/organizations/{organization}", people = organization + "/members";
  routes.get<Auth::user, Audit::none>(people, [&book](http::Call& call) { return members(call, book); });
  routes.get<Auth::user, Audit::none>(organization + "/paginated-members", [&book](http::Call& call) { return paginated(call, book); });
  routes.get<Auth::user, Audit::none>(people + "/roles", [&book](http::Call& call) { return roles(call, book); });
  routes.get<Auth::user, Audit::none>(people + "/{user}", [&book](http::Call& call) { return member(call, book); });
  routes.post<Auth::user, Audit::create>(people + "/{user}", add);
  routes.del<Auth::user, Audit::delete_>(people + "/{user}", remove);
  routes.put<Auth::user, Audit::write>(people + "/{user}/roles",
                                       [&book](http::Call& call, api::UpdateRoles ask) { return set_roles(call, book, std::move(ask)); });
}

}  // namespace slipway::organizations
