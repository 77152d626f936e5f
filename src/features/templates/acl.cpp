// Who may use a template: its access list, as docs/guide/authorization.md has it.
#include "api/gen/response.hpp"
#include "features/groups/groups.hpp"
#include "features/templates/templates.hpp"
#include "features/users/users.hpp"
#include "http/filter.hpp"
#include "http/routes.hpp"
#include "store/store.hpp"

namespace slipway::templates {

namespace {

using rbac::Action, rbac::Resource;

const std::map<std::string, std::string> kRoles = {{"use", R"(["read","use"])"}, {"admin", R"(["*"])"}};

Task<Result<sql::Template>> of_path(http::Call& call) {
  CO_TRY(id, call.path_id<TemplateId>("template"));
  co_return co_await find_template(call, id);
}

// A list shows addresses of people, so it is for those who may change it.
Result<store::Judged<Action::update, Resource::template_>> may_change(http::Call& call, const sql::Template& row) {
  return call.store().permit<Action::update, Resource::template_>(sql::object_of(row));
}

api::TemplateUser to_wire(const sql::AclUsersRow& row) {
  api::TemplateUser out;
  out.id = row.id.uuid;
  out.username = row.username;
  out.name = row.name;
  out.avatar_url = row.avatar_url;
  out.email = row.email;
  out.created_at = row.created_at;
  out.updated_at = row.updated_at;
  out.last_seen_at = row.last_seen_at;
  out.status = row.status;
  out.login_type = row.login_type;
  if (row.is_service_account) out.is_service_account = true;
  for (const auto& id : row.organization_ids) out.organization_ids.push_back(id.uuid);
  out.roles = users::slim_roles(row.rbac_roles);
  out.role = row.admin ? "admin" : "use";
  return out;
}

Task<Result<api::TemplateACL>> show(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(may, may_change(call, row));
  api::TemplateACL out;
  CO_TRY(people, co_await sql::acl_users(call.store(), may));
  for (const auto& one : people) out.users.push_back(to_wire(one));
  CO_TRY(listed, co_await groups::on_list<api::TemplateGroup>(call, may, row.group_acl.text, store::AclShape::flat, Action::update));
  out.group = std::move(listed);
  co_return out;
}

Task<Result<api::Response>> change(http::Call& call, api::UpdateTemplateACL ask) {
  CO_TRY(row, co_await of_path(call));
  call.audited(http::audit_about(sql::audit_of(row)));
  CO_CHECK(may_change(call, row));
  const groups::AclAsk asked{
      .users_field = "user_perms", .groups_field = "group_perms", .users = ask.user_perms, .groups = ask.group_perms, .known = kRoles};
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(change, co_await groups::check_acl(tx, row.organization_id, asked));
    CO_TRY(list, co_await sql::lock_list(tx, row.id));
    if (!list) co_return not_found();
    CO_TRY(may, (store::permit<Action::update, Resource::template_>(tx, *list)));
    const sql::SetAclArgs args{
        .gone_users = change.gone_users, .users = {change.users}, .gone_groups = change.gone_groups, .groups = {change.groups}, .now = call.now()};
    CO_TRY(acl, co_await sql::set_acl(tx, may, args));
    if (!acl) co_return not_found();
    auto before = row, after = row;
    before.user_acl = (*list)->user_acl;
    before.group_acl = (*list)->group_acl;
    after.user_acl = acl->user_acl;
    after.group_acl = acl->group_acl;
    tx.trace(http::audit_change(sql::audit_of(before), sql::audit_of(after)));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return api::Response{.message = "Successfully updated template ACL list.", .detail = {}, .validations = {}};
}

// Whom the list could name: members and groups of the template's organization.
Task<Result<api::ACLAvailable>> available(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  CO_CHECK(may_change(call, row));
  CO_TRY(filter, http::parse_filter(call.query("q").value_or(""), "search", {"search"}));
  CO_TRY(limit, call.query_int("limit", 0));
  CO_TRY(offset, call.query_int("offset", 0));
  const std::optional<std::string> search = filter.has("search") ? std::optional(http::like(*filter.last("search"))) : std::nullopt;
  const auto most = static_cast<std::int32_t>(std::min<std::int64_t>(limit, 1 << 30)),
             skip = static_cast<std::int32_t>(std::min<std::int64_t>(offset, 1 << 30));
  api::ACLAvailable out;
  CO_TRY(people, co_await groups::sql::candidates(call.store(), row.organization_id, search, most, skip));
  for (const auto& one : people) out.users.push_back(groups::person(one));
  CO_TRY(rows, co_await groups::sql::list(
                   call.store(), groups::sql::ListArgs{.organization_id = row.organization_id, .search = search, .most = most, .skip = skip}));
  CO_TRY(listed, co_await groups::to_wire(call, rows));
  out.groups = std::move(listed);
  co_return out;
}

}  // namespace

void add_acl_routes(http::Routes& routes) {
  using http::Audit, http::Auth;
  const std::string acl = "/api/v2/templates/{template}/acl";
  routes.get<Auth::user, Audit::none>(acl, show);
  routes.patch<Auth::user, Audit::write>(acl, change);
  routes.get<Auth::user, Audit::none>(acl + "/available", available);
}

}  // namespace slipway::templates
