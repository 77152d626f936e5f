// Making, changing and ending organizations, and whose workspaces may be shared there.
#include "api/gen/response.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "features/organizations/members.hpp"
#include "features/organizations/objects.hpp"
#include "features/organizations/organizations.hpp"
#include "features/organizations/system_roles.hpp"
#include "http/routes.hpp"
#include "rbac/assign.hpp"
#include "store/store.hpp"

namespace slipway::organizations {

namespace {

using rbac::Action, rbac::Resource;

// The organization of the path; from here on a failure's line in the audit trail names it.
Task<Result<sql::Organization>> of_path(http::Call& call) {
  CO_TRY(row, co_await find(call, call.path("organization")));
  call.audited(http::audit_about(sql::audit_of(row)));
  co_return std::move(row);
}

// Paths use "default" for the default organization, whatever its name.
Result<void> valid_new_name(std::string_view name) {
  TRY_OK(names::valid_name(name));
  if (!net::iequals(name, "default")) return {};
  return fail_field("Organization name \"default\" is reserved.", "name", "Choose another name.");
}

Result<void> valid_texts(const std::optional<std::string>& display_name, const std::optional<std::string>& description,
                         const std::optional<std::string>& icon) {
  TRY_OK(names::valid_display_name(display_name.value_or("")));
  if (description && description->size() > 1024) return fail_field("Validation failed.", "description", "Use at most 1024 characters.");
  if (icon && icon->size() > 256) return fail_field("Validation failed.", "icon", "Use at most 256 characters.");
  return {};
}

Task<Result<http::Created<api::Organization>>> create(http::Call& call, const rbac::RoleBook& book, api::CreateOrganizationRequest ask) {
  if (!call.store().may(Action::create, rbac::all_of(Resource::organization))) co_return forbidden();
  CO_CHECK(valid_new_name(ask.name));
  CO_CHECK(valid_texts(ask.display_name, ask.description, ask.icon));
  const auto id = OrganizationId::random();
  const rbac::Object object{.type = Resource::organization, .id = id.uuid, .organization = id};
  const std::string display_name = ask.display_name.value_or("");
  const sql::InsertArgs args{.name = ask.name,
                             .display_name = display_name.empty() ? ask.name : display_name,
                             .description = ask.description.value_or(""),
                             .icon = ask.icon.value_or(""),
                             .default_roles = {std::string(rbac::roles::kOrgWorkspaceAccess)},
                             .now = call.now()};
  const std::vector<std::string> creator_roles{std::string(rbac::roles::kOrgAdmin)};
  const sql::Organization made{.id = id,
                               .name = args.name,
                               .display_name = args.display_name,
                               .description = args.description,
                               .icon = args.icon,
                               .is_default = false,
                               .created_at = args.now,
                               .updated_at = args.now,
                               .default_org_member_roles = args.default_roles,
                               .shareable_workspace_owners = std::string(rbac::name_of(rbac::Sharing::everyone))};
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::create, Resource::organization>(object)));
    CO_CHECK(co_await sql::insert(tx, may, args));
    CO_CHECK(co_await sql::insert_everyone(tx, may, args.now));
    CO_CHECK(co_await save_system_roles(tx, may, book, rbac::Sharing::everyone));
    CO_CHECK(co_await sql::insert_creator(tx, may, call.actor().user_id, creator_roles, args.now));
    tx.trace(http::audit_new(sql::audit_of(made)));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::Created<api::Organization>{to_wire(made)};
}

// Default roles are handed to every member at once: whoever sets them must be able to hand out each.
Task<Result<std::vector<std::string>>> default_roles(store::Tx& tx, const sql::Organization& row,
                                                     const std::optional<std::vector<std::string>>& asked, const rbac::CustomRoleExists& custom) {
  if (!asked) co_return row.default_org_member_roles;
  const rbac::RoleListChange change{.organization = row.id, .before = row.default_org_member_roles, .after = *asked};
  co_return rbac::check_role_list(*tx.actor().subject, change, custom);
}

Task<Result<api::Organization>> update(http::Call& call, api::UpdateOrganizationRequest ask) {
  CO_TRY(seen, co_await of_path(call));
  if (!call.store().may(Action::update, sql::object_of(seen))) co_return forbidden();
  const bool renamed = ask.name && !ask.name->empty() && *ask.name != seen.name;
  if (renamed) CO_CHECK(valid_new_name(*ask.name));
  CO_CHECK(valid_texts(ask.display_name, ask.description, ask.icon));
  const auto kept = [](const std::optional<std::string>& asked, const std::string& old) { return asked && !asked->empty() ? *asked : old; };
  auto after = seen;
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    rbac::CustomRoleExists custom;
    if (ask.default_org_member_roles) {
      CO_TRY(held, co_await custom_roles_held(tx, seen.id));
      custom = std::move(held);
    }
    CO_TRY(row, co_await sql::lock_organization(tx, seen.id));
    if (!row) co_return not_found();
    after = **row;
    CO_TRY(roles, co_await default_roles(tx, after, ask.default_org_member_roles, custom));
    CO_TRY(may, (store::permit<Action::update, Resource::organization>(tx, *row)));
    after.name = kept(ask.name, after.name);
    after.display_name = kept(ask.display_name, after.display_name);
    after.description = ask.description.value_or(after.description);
    after.icon = ask.icon.value_or(after.icon);
    after.default_org_member_roles = std::move(roles);
    after.updated_at = call.now();
    const sql::UpdateArgs args{.name = after.name,
                               .display_name = after.display_name,
                               .description = after.description,
                               .icon = after.icon,
                               .default_roles = after.default_org_member_roles,
                               .now = after.updated_at};
    CO_CHECK(co_await sql::update(tx, may, args));
    tx.trace(http::audit_change(sql::audit_of(**row), sql::audit_of(after)));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return to_wire(after);
}

// "1 workspace, 2 members"; empty when nothing holds it.
std::string named(const sql::HoldingsRow& held) {
  std::vector<std::string> parts;
  for (const auto& [count, what] : {std::pair(held.workspaces, "workspace"),
                                    {held.templates, "template"},
                                    {held.members, "member"},
                                    {held.groups, "group"},
                                    {held.provisioner_keys, "provisioner key"}})
    if (count > 0) parts.push_back(fmt::format("{} {}{}", count, what, count == 1 ? "" : "s"));
  return text::joined(parts, ", ");
}

Task<Result<api::Response>> remove(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::delete_, Resource::organization>(sql::object_of(row))));
    if (row.is_default) co_return fail(Code::invalid, "Default organization cannot be deleted.");
    CO_TRY(held, co_await sql::holdings(tx, may));
    if (const auto what = named(held); !what.empty())
      co_return fail(Code::invalid, "Error deleting organization.", fmt::format("This organization has {} that must be deleted first.", what));
    CO_TRY(gone, co_await sql::delete_organization(tx, may, call.now()));
    if (gone == 0) co_return not_found();
    tx.trace(http::audit_end(sql::audit_of(row)));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return api::Response{.message = "Organization has been deleted.", .detail = {}, .validations = {}};
}

api::WorkspaceSharingSettings sharing_of(const rbac::RoleBook& book, std::string_view mode) {
  return {.sharing_globally_disabled = book.switches().no_workspace_sharing,
          .sharing_disabled = mode == rbac::name_of(rbac::Sharing::none),
          .shareable_workspace_owners = std::string(mode)};
}

Task<Result<api::WorkspaceSharingSettings>> sharing(http::Call& call, const rbac::RoleBook& book) {
  CO_TRY(row, co_await find(call, call.path("organization")));
  co_return sharing_of(book, row.shareable_workspace_owners);
}

// Older clients know a switch only.
Result<rbac::Sharing> asked_mode(const api::UpdateWorkspaceSharingSettingsRequest& ask, const sql::Organization& row) {
  const auto present = rbac::sharing_named(row.shareable_workspace_owners).value_or(rbac::Sharing::none);
  auto mode = present;
  if (ask.shareable_workspace_owners && !ask.shareable_workspace_owners->empty())
    mode = rbac::sharing_named(*ask.shareable_workspace_owners).value_or(present);
  else if (ask.sharing_disabled)
    mode = *ask.sharing_disabled ? rbac::Sharing::none : present == rbac::Sharing::none ? rbac::Sharing::everyone : present;
  if (ask.sharing_disabled && *ask.sharing_disabled != (mode == rbac::Sharing::none))
    return fail_field("Validation failed.", "sharing_disabled", "Contradicts shareable_workspace_owners; leave one of them out.");
  return mode;
}

Task<Result<api::WorkspaceSharingSettings>> set_sharing(http::Call& call, const rbac::RoleBook& book,
                                                        api::UpdateWorkspaceSharingSettingsRequest ask) {
  CO_TRY(seen, co_await of_path(call));
  std::string name;
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(row, co_await sql::lock_organization(tx, seen.id));
    if (!row) co_return not_found();
    CO_TRY(may, (store::permit<Action::update, Resource::organization>(tx, *row)));
    CO_TRY(mode, asked_mode(ask, **row));
    name = rbac::name_of(mode);
    auto after = **row;
    after.shareable_workspace_owners = name;
    CO_CHECK(co_await sql::set_sharing(tx, may, name, call.now()));
    if (mode != rbac::Sharing::everyone) {
      CO_CHECK(co_await sql::stop_sharing(tx, may, mode == rbac::Sharing::none));
      CO_CHECK(co_await sql::stop_sharing_apps(tx, may, mode == rbac::Sharing::none));
    }
    CO_CHECK(co_await save_system_roles(tx, may.plain(), book, mode));
    tx.trace(http::audit_change(sql::audit_of(**row), sql::audit_of(after)));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return sharing_of(book, name);
}

}  // namespace

void add_setting_routes(http::Routes& routes, const rbac::RoleBook& book) {
  using http::Audit, http::Auth;
  const std::string one = "/api/v2/organizations/{organization}", sharing_settings = one + "/settings/workspace-sharing";
  routes.post<Auth::user, Audit::create>(
      "/api/v2/organizations", [&book](http::Call& call, api::CreateOrganizationRequest ask) { return create(call, book, std::move(ask)); });
  routes.patch<Auth::user, Audit::write>(one, update);
  routes.del<Auth::user, Audit::delete_>(one, remove);
  routes.get<Auth::user, Audit::none>(sharing_settings, [&book](http::Call& call) { return sharing(call, book); });
  routes.patch<Auth::user, Audit::write>(sharing_settings, [&book](http::Call& call, api::UpdateWorkspaceSharingSettingsRequest ask) {
    return set_sharing(call, book, std::move(ask));
  });
}

}  // namespace slipway::organizations
