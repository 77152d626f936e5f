#include "http/routes.hpp"
#include "api/gen/response.hpp"
#include "base/names.hpp"
#include "features/organizations/organizations.hpp"
#include "features/resources/resources.hpp"
#include "features/templates/templates.hpp"
#include "features/users/users.hpp"
#include "features/workspaces/list.hpp"
#include "features/workspaces/preset_choice.hpp"
#include "features/workspaces/schedule.hpp"

namespace slipway::workspaces {

namespace {

using rbac::Action, rbac::Resource;

Task<Result<sql::Workspace>> of_path(http::Call& call) {
  CO_TRY(id, call.path_id<WorkspaceId>("workspace"));
  co_return co_await find(call, id);
}

Task<Result<api::Workspace>> show(http::Call& call) {
  CO_TRY(id, call.path_id<WorkspaceId>("workspace"));
  CO_TRY(deleted_too, call.query_bool("include_deleted"));
  CO_TRY(row, co_await find(call, id, deleted_too));
  co_return co_await to_wire(call, row);
}

Task<Result<api::Workspace>> show_by_name(http::Call& call) {
  const auto owner = owner_of_path(call);
  CO_TRY(deleted_too, call.query_bool("include_deleted"));
  const sql::ByOwnerAndNameArgs args{.viewer = call.actor().user_id.uuid,
                                     .owner_id = owner.id,
                                     .owner_name = owner.name,
                                     .name = std::string(call.path("workspacename")),
                                     .include_deleted = deleted_too};
  CO_TRY(row, co_await sql::by_owner_and_name(call.store(), args));
  if (!row) co_return not_found();
  co_return co_await to_wire(call, *row);
}

// The version asked for, or the active one of the template asked for.
struct Choice {
  templates::sql::Template parent;
  TemplateVersionId version;
};

Task<Result<Choice>> chosen(http::Call& call, const api::CreateWorkspaceRequest& ask) {
  const bool by_template = ask.template_id && !ask.template_id->is_nil();
  const bool by_version = ask.template_version_id && !ask.template_version_id->is_nil();
  if (by_template == by_version)
    co_return fail_field("Validation failed.", by_template ? "template_version_id" : "template_id",
                         "Give exactly one of template_id and template_version_id.");
  if (by_template) {
    auto parent = co_await templates::find_template(call, TemplateId{*ask.template_id});
    if (!parent && parent.error().code == Code::not_found)
      co_return fail_field("Validation failed.", "template_id", "The template does not exist, or you may not read it.");
    if (!parent) co_return std::unexpected(std::move(parent).error());
    const auto active = parent->active_version_id;
    co_return Choice{std::move(*parent), active};
  }
  auto version = co_await templates::find_version(call, TemplateVersionId{*ask.template_version_id});
  if (!version && version.error().code != Code::not_found) co_return std::unexpected(std::move(version).error());
  if (!version || !version->template_id)
    co_return fail_field("Validation failed.", "template_version_id", "The version does not exist, or belongs to no template yet.");
  CO_TRY(parent, co_await templates::find_template(call, *version->template_id));
  co_return Choice{std::move(parent), version->id};
}

// What the template lets people choose.
Result<void> fits_template(const templates::sql::Template& parent, const api::CreateWorkspaceRequest& ask) {
  if (ask.autostart_schedule && !ask.autostart_schedule->empty() && !parent.allow_user_autostart)
    return fail_field("Autostart is not allowed for workspaces using this template.", "schedule",
                      "The template does not let workspaces start by themselves.");
  if (ask.ttl_ms && *ask.ttl_ms != parent.default_ttl_ms && !parent.allow_user_autostop)
    return fail_field("Custom autostop TTL is not allowed for workspaces using this template.", "ttl_ms",
                      "The template sets how long its workspaces run.");
  return valid_ttl(ask.ttl_ms);
}

std::unexpected<Error> name_taken(Error error, const std::string& name) {
  if (error.code == Code::conflict) error.say = fmt::format("Workspace \"{}\" already exists.", name);
  return std::unexpected(std::move(error));
}

// Which preset the plan is for: known from here on with its values. Errors: as choose().
Task<Result<std::optional<PresetChoice>>> choose_preset(store::Tx& tx, const MayCreate& may, BuildPlan& plan) {
  CO_TRY(presets, co_await templates::sql::presets(tx, may, plan.version));
  CO_TRY(choice, choose(presets, plan.preset, plan.asked));
  if (choice) {
    plan.preset = choice->id;
    plan.preset_values = choice->values;
  }
  co_return choice;
}

Task<Result<http::Created<api::Workspace>>> create_for(http::Call& call, const Pools& pools, const users::sql::User& owner,
                                                       api::CreateWorkspaceRequest ask) {
  CO_CHECK(names::valid_name(ask.name));
  CO_TRY(choice, co_await chosen(call, ask));
  const auto& parent = choice.parent;
  call.audited({.resource_type = "workspace", .target = ask.name, .organization = parent.organization_id});
  if (!parent.deprecated.empty()) co_return fail(Code::invalid, fmt::format("Template \"{}\" has been deprecated.", parent.name), parent.deprecated);
  auto use = call.store().permit<Action::use, Resource::template_>(templates::sql::object_of(parent));
  if (!use) co_return std::unexpected(use.error());
  CO_CHECK(fits_template(parent, ask));
  CO_TRY(next_start, next_start_of(ask.autostart_schedule, call.now(), start_days(parent.autostart_block_days_of_week)));

  auto id = WorkspaceId::random();  // unless it is one that was built ahead
  const rbac::Object object{.type = Resource::workspace, .id = id.uuid, .owner = owner.id, .organization = parent.organization_id};
  if (parent.require_active_version && choice.version != parent.active_version_id &&
      !call.store().may(Action::update, templates::sql::object_of(parent)))
    co_return fail(Code::forbidden, "The template requires its active version.");
  BuildPlan plan{.transition = "start", .version = choice.version, .initiator = call.actor().user_id, .first = true};
  if (ask.template_version_preset_id && !ask.template_version_preset_id->is_nil()) plan.preset = PresetId{*ask.template_version_preset_id};
  if (ask.rich_parameter_values)
    for (auto& value : *ask.rich_parameter_values) plan.asked[value.name] = value.value;
  std::optional<std::string> schedule;
  if (ask.autostart_schedule && !ask.autostart_schedule->empty()) schedule = ask.autostart_schedule;
  const auto ttl = ask.ttl_ms ? ask.ttl_ms : parent.default_ttl_ms > 0 ? std::optional(parent.default_ttl_ms) : std::nullopt;
  const sql::InsertArgs args{.template_id = parent.id,
                             .name = ask.name,
                             .autostart_schedule = schedule,
                             .ttl_ms = ttl,
                             .now = call.now(),
                             .automatic_updates = ask.automatic_updates && !ask.automatic_updates->empty() ? *ask.automatic_updates : "never"};
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::create, Resource::workspace>(object)));
    CO_TRY(preset, co_await choose_preset(tx, may, plan));
    const bool from_pool = preset && preset->has_pool && choice.version == parent.active_version_id;
    bool claimed = false;
    if (from_pool) {
      const Wish wish{.wanted = object,
                      .template_id = parent.id,
                      .preset = preset->id,
                      .fields = args,
                      .next_start = next_start,
                      .asked_by = call.actor().user_id};
      auto taken = co_await pools.claim(tx, wish, plan);
      if (!taken) co_return name_taken(std::move(taken).error(), ask.name);
      claimed = taken->has_value();
      if (claimed) id = **taken;
    }
    if (!claimed) {
      auto inserted = co_await sql::insert(tx, may, args);
      if (!inserted) co_return name_taken(std::move(inserted).error(), ask.name);
      if (*inserted == 0) co_return not_found();  // the template is gone; or the owner is no member, whom this organization tells nothing
    }
    const sql::Workspace made{.id = id,
                              .owner_id = owner.id,
                              .organization_id = parent.organization_id,
                              .template_id = parent.id,
                              .name = ask.name,
                              .autostart_schedule = schedule,
                              .ttl_ms = ttl,
                              .automatic_updates = args.automatic_updates,
                              .user_acl = {"{}"},
                              .group_acl = {"{}"},
                              .template_icon = parent.icon};
    tx.trace(http::audit_new(sql::audit_of(made)));
    if (claimed) co_return Result<void>();
    CO_TRY(build, co_await start_build(tx, may, std::move(plan)));
    if (from_pool) CO_CHECK(co_await pools.missed(tx, may, build, preset->id));
    if (!schedule) co_return Result<void>();
    CO_TRY(update, (tx.permit<Action::update, Resource::workspace>(object)));
    co_return co_await sql::set_autostart(tx, update, schedule, call.actor().user_id.uuid, next_start, call.now());
  };
  CO_CHECK(co_await call.store().tx(body));
  CO_TRY(row, co_await find(call, id));
  CO_TRY(wire, co_await to_wire(call, row));
  co_return http::Created<api::Workspace>{std::move(wire)};
}

Task<Result<http::Created<api::Workspace>>> create(http::Call& call, Pools pools, api::CreateWorkspaceRequest ask) {
  CO_TRY(owner, co_await users::find(call, call.path("user")));
  co_return co_await create_for(call, pools, owner, std::move(ask));
}

Task<Result<http::Created<api::Workspace>>> create_in_organization(http::Call& call, Pools pools, api::CreateWorkspaceRequest ask) {
  CO_CHECK(co_await organizations::find(call, call.path("organization")));
  co_return co_await create(call, pools, std::move(ask));
}

std::unexpected<Error> renames_are_off() {
  return fail(Code::invalid, "Workspaces cannot be renamed here: whoever runs this server would have to set --allow-workspace-renames.",
              "A template may call cloud resources after its workspace, and the next build would destroy them and make others.");
}

Task<Result<http::NoContent>> rename(http::Call& call, api::UpdateWorkspaceRequest ask) {
  CO_TRY(row, co_await of_path(call));
  call.audited(http::audit_about(sql::audit_of(row)));
  const std::string name = ask.name && !ask.name->empty() ? *ask.name : row.name;
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::workspace>(sql::object_of(row))));
    if (name != row.name && !call.home().site->allow_renames) co_return renames_are_off();
    CO_CHECK(names::valid_name(name));
    CO_CHECK(co_await sql::rename(tx, may, name, call.now()));
    auto after = row;
    after.name = name;
    tx.trace(http::audit_change(sql::audit_of(row), sql::audit_of(after)));
    co_return co_await store::notify(tx, std::string(resources::kWorkspaceNews), row.id.str());
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::NoContent{};
}

}  // namespace

Task<Result<sql::Workspace>> find(http::Call& call, WorkspaceId id, bool deleted_too) {
  CO_TRY(row, co_await sql::by_id(call.store(), call.actor().user_id.uuid, id));
  if (!row) co_return not_found();
  if (row->deleted && !deleted_too)
    co_return fail(Code::gone,
                   fmt::format("Workspace \"{}\" was deleted, you can view this workspace by specifying '?include_deleted=true' and trying again.",
                               row->id.str()));
  co_return std::move(*row);
}

PathOwner owner_of_path(const http::Call& call) {
  const auto name = call.path("user");
  if (name == "me") return {.id = call.actor().user_id};
  if (const auto id = UserId::parse(name)) return {.id = *id};
  return {.name = std::string(name)};
}

void add_routes(http::Routes& routes, const Pools& pools, Kept& kept) {
  using http::Audit, http::Auth, http::Rate;
  routes.get<Auth::user, Audit::none>("/api/v2/workspaces", [&kept](http::Call& call) { return list(call, kept); });
  routes.post<Auth::user, Audit::create>("/api/v2/users/{user}/workspaces",
                                         [pools](http::Call& call, api::CreateWorkspaceRequest ask) { return create(call, pools, std::move(ask)); });
  routes.post<Auth::user, Audit::create>(
      "/api/v2/organizations/{organization}/members/{user}/workspaces",
      [pools](http::Call& call, api::CreateWorkspaceRequest ask) { return create_in_organization(call, pools, std::move(ask)); });
  routes.get<Auth::user, Audit::none>("/api/v2/organizations/{organization}/members/{user}/workspaces/available-users", available_users);
  routes.get<Auth::user, Audit::none>("/api/v2/users/{user}/workspace/{workspacename}", show_by_name);
  routes.get<Auth::user, Audit::none>("/api/v2/workspaces/{workspace}", show);
  routes.patch<Auth::user, Audit::write>("/api/v2/workspaces/{workspace}", rename);
}

}  // namespace slipway::workspaces
