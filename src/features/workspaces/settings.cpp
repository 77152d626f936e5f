// What a workspace's owner sets: schedule, lifetime, favourites, dormancy.
#include "api/gen/response.hpp"
#include "features/resources/resources.hpp"
#include "features/templates/templates.hpp"
#include "features/workspaces/parameters.hpp"
#include "features/workspaces/schedule.hpp"
#include "features/workspaces/workspaces.hpp"
#include "http/routes.hpp"
#include "store/db.hpp"

namespace slipway::workspaces {

namespace {

using rbac::Action, rbac::Resource;
using Update = store::Permit<Action::update, Resource::workspace>;

// Runs `act(tx, permit)` with the right to update the workspace; watchers are told. What changed, if the trail is to show it.
template <class F>
Task<Result<void>> change(http::Call& call, const sql::Workspace& row, std::optional<store::Trace> trace, F& act) {
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::workspace>(sql::object_of(row))));
    CO_CHECK(co_await act(tx, may));
    if (trace) tx.trace(*trace);
    co_return co_await store::notify(tx, std::string(resources::kWorkspaceNews), row.id.str());
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return Result<void>();
}

store::Trace change_to(const sql::Workspace& before, const sql::Workspace& after) {
  return http::audit_change(sql::audit_of(before), sql::audit_of(after));
}

Task<Result<sql::Workspace>> of_path(http::Call& call) {
  CO_TRY(id, call.path_id<WorkspaceId>("workspace"));
  CO_TRY(row, co_await find(call, id));
  call.audited(http::audit_about(sql::audit_of(row)));
  co_return row;
}

// Nothing acts on a prebuilt workspace by schedule until somebody has claimed it.
Task<Result<sql::Workspace>> with_schedule(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  if (row.owner_id == kPrebuildsUser) co_return fail(Code::conflict, "A prebuilt workspace has no schedule until it is claimed.");
  co_return row;
}

Task<Result<void>> wake_scheduler(store::Tx& tx) { co_return co_await store::notify(tx, std::string(templates::kSchedules), {}); }

Task<Result<http::NoContent>> set_autostart(http::Call& call, api::UpdateWorkspaceAutostartRequest ask) {
  CO_TRY(row, co_await with_schedule(call));
  const std::optional<std::string> schedule = ask.schedule && !ask.schedule->empty() ? ask.schedule : std::nullopt;
  if (schedule && !row.allow_user_autostart)
    co_return fail_field("Autostart is not allowed for workspaces using this template.", "schedule",
                         "The template does not let workspaces start by themselves.");
  CO_TRY(next, next_start_of(schedule, call.now(), start_days(row.autostart_block_days_of_week)));
  auto act = [&](store::Tx& tx, const Update& may) -> Task<Result<void>> {
    CO_CHECK(co_await sql::set_autostart(tx, may, schedule, call.actor().user_id.uuid, next, call.now()));
    co_return co_await wake_scheduler(tx);
  };
  auto after = row;
  after.autostart_schedule = schedule;
  CO_CHECK(co_await change(call, row, change_to(row, after), act));
  co_return http::NoContent{};
}

Task<Result<http::NoContent>> set_ttl(http::Call& call, api::UpdateWorkspaceTTLRequest ask) {
  CO_TRY(row, co_await with_schedule(call));
  if (!row.allow_user_autostop)
    co_return fail_field("Custom autostop TTL is not allowed for workspaces using this template.", "ttl_ms",
                         "The template sets how long its workspaces run.");
  CO_CHECK(valid_ttl(ask.ttl_ms));
  const auto ttl = ask.ttl_ms && *ask.ttl_ms > 0 ? ask.ttl_ms : std::nullopt;
  auto act = [&](store::Tx& tx, const Update& may) -> Task<Result<void>> {
    CO_CHECK(co_await sql::set_ttl(tx, may, ttl, call.now()));
    if (!ttl) CO_CHECK(co_await sql::drop_deadline(tx, may, call.now(), row.build_id));  // else the next start obeys it
    co_return Result<void>();
  };
  auto after = row;
  after.ttl_ms = ttl;
  CO_CHECK(co_await change(call, row, change_to(row, after), act));
  co_return http::NoContent{};
}

Task<Result<api::Response>> extend(http::Call& call, api::PutExtendWorkspaceRequest ask) {
  CO_TRY(row, co_await with_schedule(call));
  if (row.transition != "start") co_return fail(Code::conflict, "Workspace must be started before its deadline can be moved.");
  if (ask.deadline < call.now() + Seconds(60))
    co_return fail_field("Invalid deadline.", "deadline", "The new deadline must be at least one minute from now.");
  if (row.max_deadline && ask.deadline > *row.max_deadline)
    co_return fail_field("Invalid deadline.", "deadline", "The template does not let this workspace run so long.");
  if (row.deadline == ask.deadline) co_return fail(Code::unchanged, "Nothing changed.");
  auto act = [&](store::Tx& tx, const Update& may) -> Task<Result<void>> {
    CO_CHECK(co_await sql::set_deadline(tx, may, ask.deadline, call.now(), row.build_id));
    co_return co_await wake_scheduler(tx);
  };
  const auto build_with = [&row](std::optional<Time> deadline) {
    return http::AuditObject{.type = "workspace_build",
                             .id = row.build_id.uuid,
                             .target = row.name,
                             .organization = row.organization_id,
                             .fields = {{"deadline", deadline}}};
  };
  CO_CHECK(co_await change(call, row, http::audit_change(build_with(row.deadline), build_with(ask.deadline)), act));
  co_return api::Response{.message = "Deadline updated to " + to_rfc3339(ask.deadline) + ".", .detail = {}, .validations = {}};
}

// A heartbeat of somebody at work: it keeps the workspace from its deadline and from dormancy. An empty body is legal.
Task<Result<http::NoContent>> used(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(text, co_await call.exchange().body(4096));
  if (!text.empty()) CO_CHECK(api::from_request<api::PostWorkspaceUsageRequest>(text));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::workspace>(sql::object_of(row))));
    co_return co_await mark_used(tx, may);
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::NoContent{};
}

Task<Result<api::Workspace>> set_dormant(http::Call& call, api::UpdateWorkspaceDormancy ask) {
  CO_TRY(row, co_await with_schedule(call));
  if (ask.dormant == row.dormant_at.has_value()) co_return fail(Code::unchanged, "Nothing changed.");
  const std::optional<Time> since = ask.dormant ? std::optional(call.now()) : std::nullopt;
  const Told told{.id = row.id, .owner = row.owner_id, .organization = row.organization_id, .parent = row.template_id, .name = row.name};
  const Parking parking{.at = call.now(),
                        .reason = "initiated by user",
                        .by = call.actor().user_id,
                        .by_name = call.actor().name,
                        .deleted_after = Milliseconds(row.time_til_dormant_autodelete_ms)};
  auto act = [&](store::Tx& tx, const Update& may) -> Task<Result<void>> {
    CO_CHECK(co_await sql::set_dormant(tx, may, since, call.now()));
    if (since) tell_dormant(tx, told, parking);
    co_return co_await wake_scheduler(tx);
  };
  auto after = row;
  after.dormant_at = since;
  CO_CHECK(co_await change(call, row, change_to(row, after), act));
  CO_TRY(changed, co_await find(call, row.id));
  co_return co_await to_wire(call, changed);
}

template <bool Add>
Task<Result<http::NoContent>> set_favorite(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  if (row.owner_id != call.actor().user_id) co_return fail(Code::forbidden, "You can only favorite workspaces that you own.");
  auto act = [&](store::Tx& tx, const Update& may) -> Task<Result<void>> {
    if (Add) co_return co_await sql::favorite(tx, may, call.actor().user_id);
    CO_CHECK(co_await sql::unfavorite(tx, may, call.actor().user_id));
    co_return Result<void>();
  };
  CO_CHECK(co_await change(call, row, std::nullopt, act));
  co_return http::NoContent{};
}

Task<Result<http::NoContent>> set_automatic_updates(http::Call& call, api::UpdateWorkspaceAutomaticUpdatesRequest ask) {
  CO_TRY(row, co_await of_path(call));
  if (ask.automatic_updates != "always" && ask.automatic_updates != "never")
    co_return fail_field("Validation failed.", "automatic_updates", "automatic_updates must be always or never.");
  auto after = row;
  after.automatic_updates = ask.automatic_updates;
  auto act = [&](store::Tx& tx, const Update& may) { return sql::set_automatic_updates(tx, may, ask.automatic_updates, call.now()); };
  CO_CHECK(co_await change(call, row, change_to(row, after), act));
  co_return http::NoContent{};
}

// Would a start with the active version need an answer that the workspace does not have?
Task<Result<api::ResolveAutostartResponse>> resolve_autostart(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  if (row.automatic_updates != "always" || row.template_version_id == row.active_version_id) co_return api::ResolveAutostartResponse{};
  CO_TRY(may, (call.store().permit<Action::read, Resource::workspace>(sql::object_of(row))));
  std::vector<api::TemplateVersionParameter> declared;
  CO_TRY(rows, co_await templates::sql::parameters(call.store(), may, row.active_version_id));
  for (const auto& parameter : rows) declared.push_back(templates::to_wire(parameter));
  Values previous;
  CO_TRY(values, co_await sql::parameters_of(call.store(), may, row.build_id));
  for (auto& value : values) previous[value.name] = std::move(value.value);
  co_return api::ResolveAutostartResponse{
      .parameter_mismatch =
          !resolve({.declared = declared, .asked = {}, .preset = {}, .previous = std::move(previous), .first_build = false}).has_value()};
}

}  // namespace

void add_setting_routes(http::Routes& routes) {
  using http::Audit, http::Auth, http::Rate;
  const std::string one = "/api/v2/workspaces/{workspace}";
  routes.put<Auth::user, Audit::write>(one + "/autostart", set_autostart);
  routes.put<Auth::user, Audit::write>(one + "/ttl", set_ttl);
  routes.put<Auth::user, Audit::write>(one + "/extend", extend);
  routes.post<Auth::user, Audit::none>(one + "/usage", used);
  routes.put<Auth::user, Audit::write>(one + "/dormant", set_dormant);
  routes.put<Auth::user, Audit::none>(one + "/favorite", set_favorite<true>);
  routes.del<Auth::user, Audit::none>(one + "/favorite", set_favorite<false>);
  routes.put<Auth::user, Audit::write>(one + "/autoupdates", set_automatic_updates);
  routes.get<Auth::user, Audit::none>(one + "/resolve-autostart", resolve_autostart);
}

}  // namespace slipway::workspaces
