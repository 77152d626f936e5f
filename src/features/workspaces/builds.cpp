#include "aio/blocking.hpp"
#include "api/gen/response.hpp"
#include "crypto/hash.hpp"
#include "features/jobs/jobs.hpp"
#include "features/jobs/meter.hpp"
#include "features/resources/resources.hpp"
#include "features/templates/templates.hpp"
#include "features/workspaces/workspaces.hpp"
#include "http/routes.hpp"
#include "provisioner/engine.hpp"
#include "provisioner/state_secrets.hpp"

namespace slipway::workspaces {

namespace {

using rbac::Action, rbac::Resource;

constexpr std::size_t kUsualBody = 1 << 20, kLargestState = 96 << 20;  // as long as what a build may bring home

http::AuditObject audit_of(const sql::Build& row) {
  return {.type = "workspace_build", .id = row.build_id.uuid, .target = row.name, .organization = row.organization_id};
}

Task<Result<sql::Build>> of_path(http::Call& call) {
  CO_TRY(id, call.path_id<BuildId>("workspacebuild"));
  CO_TRY(row, co_await sql::build_by_id(call.store(), id));
  if (!row) co_return not_found();
  call.audited(http::audit_about(audit_of(*row)));
  co_return std::move(*row);
}

Task<Result<api::WorkspaceBuild>> show(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  co_return co_await to_wire(call, row);
}

Task<Result<api::WorkspaceBuild>> show_by_number(http::Call& call) {
  const auto owner = owner_of_path(call);
  const std::string text(call.path("buildnumber"));
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos)
    co_return fail(Code::invalid, fmt::format("Failed to parse build number \"{}\" as integer.", text));
  CO_TRY(row, co_await sql::build_by_number(call.store(), owner.id, owner.name, std::string(call.path("workspacename")), std::stoi(text)));
  if (!row) co_return not_found();
  co_return co_await to_wire(call, *row);
}

Task<Result<std::vector<api::WorkspaceBuild>>> list(http::Call& call) {
  CO_TRY(id, call.path_id<WorkspaceId>("workspace"));
  CO_TRY(row, co_await find(call, id, true));
  CO_TRY(limit, call.query_int("limit", 0));
  CO_TRY(offset, call.query_int("offset", 0));
  CO_TRY(after, call.query_uuid("after_id"));
  std::optional<Time> after_time;
  if (const auto since = call.query("since"); since && !since->empty()) {
    after_time = parse_rfc3339(*since);
    if (!after_time) co_return fail_field("Query parameters have invalid values.", "since", "since must be a time such as 2026-01-31T15:04:05Z.");
  }
  CO_TRY(may, (call.store().permit<Action::read, Resource::workspace>(sql::object_of(row))));
  CO_TRY(rows, co_await sql::builds(call.store(), may, after_time, after, static_cast<std::int32_t>(limit), static_cast<std::int32_t>(offset)));
  co_return co_await to_wire(call, rows);
}

// Another version than the workspace has needs the right to use its template. A template may insist on its active version; whoever
// may change the template is not bound by that.
Task<Result<TemplateVersionId>> version_of(http::Call& call, const sql::Workspace& row, const api::CreateWorkspaceBuildRequest& ask) {
  const bool asked = ask.template_version_id && !ask.template_version_id->is_nil();
  const bool bound = ask.transition == "start" && row.require_active_version;
  if (!asked) co_return bound ? row.active_version_id : row.template_version_id;
  const TemplateVersionId version{*ask.template_version_id};
  if (version == row.template_version_id && (!bound || version == row.active_version_id)) co_return version;
  CO_TRY(parent, co_await templates::find_template(call, row.template_id));
  const auto target = templates::sql::object_of(parent);
  if (!call.store().may(Action::use, target)) co_return fail(Code::forbidden, "You may not use another version of this template.");
  if (!bound || version == row.active_version_id || call.store().may(Action::update, target)) co_return version;
  co_return fail(Code::forbidden, "The template requires its active version. Update the workspace to start it.");
}

// A state as somebody gives it, packed: what it was shown without is put back from what the workspace's builds left.
Task<Result<std::string>> whole_state(http::Call& call, const store::Judged<Action::update, Resource::template_>& may, WorkspaceId workspace,
                                      const std::string& base64) {
  CO_TRY(packed, co_await sql::last_states(call.store(), may, workspace));
  const auto fill_in = [&]() -> Result<std::string> {
    std::string given;
    if (!crypto::unbase64(base64, given)) return fail_field("Validation failed.", "state", "state must be base64.");
    std::vector<std::string> stored;
    for (const auto& one : packed) {
      TRY(plain, provisioner::unpack(one.data));
      stored.push_back(std::move(plain));
    }
    TRY(whole, provisioner::with_secrets(given, stored));
    return provisioner::pack(whole);
  };
  co_return co_await aio::blocking(fill_in);
}

// What replaces the last build's state: the one that was given, or none for an orphan, whose resources are left behind.
Task<Result<std::optional<std::string>>> state_of(http::Call& call, const sql::Workspace& row, const api::CreateWorkspaceBuildRequest& ask) {
  const bool orphan = ask.orphan.value_or(false), given = ask.state && !ask.state->empty();
  if (orphan && given) co_return fail(Code::invalid, "Orphan cannot be set together with state.");
  if (orphan && ask.transition != "delete") co_return fail(Code::invalid, "Orphan is only permitted when deleting a workspace.");
  if (!orphan && !given) co_return std::optional<std::string>();
  CO_TRY(parent, co_await templates::find_template(call, row.template_id));
  auto may = call.store().permit<Action::update, Resource::template_>(templates::sql::object_of(parent));
  if (!may) co_return fail(Code::forbidden, "Only template managers may provide custom state.");
  if (orphan) co_return std::optional(std::string());
  CO_TRY(state, co_await whole_state(call, *may, row.id, *ask.state));
  co_return std::optional(std::move(state));
}

// What the tool says of its own work is read by all who may read the workspace, and nothing in it is known to be no secret.
Result<void> may_debug(http::Call& call) {
  if (!call.store().may(Action::read, rbac::all_of(Resource::deployment_config)))
    return fail(Code::invalid, "Only administrators may ask for builds with another log level.");
  if (!call.home().site->debug_builds)
    return fail(Code::invalid, "Builds log what their tool does only on a server with --enable-terraform-debug-mode.");
  return {};
}

Task<Result<BuildPlan>> plan_of(http::Call& call, const sql::Workspace& row, const api::CreateWorkspaceBuildRequest& ask) {
  CO_TRY(version, co_await version_of(call, row, ask));
  BuildPlan plan{.transition = ask.transition, .version = version, .initiator = call.actor().user_id};
  if (ask.reason && !ask.reason->empty()) plan.reason = *ask.reason;
  if (ask.template_version_preset_id && !ask.template_version_preset_id->is_nil()) plan.preset = PresetId{*ask.template_version_preset_id};
  if (ask.rich_parameter_values)
    for (const auto& value : *ask.rich_parameter_values) plan.asked[value.name] = value.value;
  plan.log_level = ask.log_level.value_or("");
  if (!plan.log_level.empty()) CO_CHECK(may_debug(call));
  CO_TRY(state, co_await state_of(call, row, ask));
  plan.state = std::move(state);
  co_return plan;
}

// With a state in it a request is as large as that may be: which only those bring who may bring one.
Task<Result<api::CreateWorkspaceBuildRequest>> asked(http::Call& call, WorkspaceId id) {
  if (call.exchange().body_length().value_or(0) <= kUsualBody) co_return co_await call.body<api::CreateWorkspaceBuildRequest>();
  CO_TRY(row, co_await find(call, id));
  CO_TRY(parent, co_await templates::find_template(call, row.template_id));
  const bool manager = call.store().may(Action::update, templates::sql::object_of(parent));
  co_return co_await call.body<api::CreateWorkspaceBuildRequest>(manager ? kLargestState : kUsualBody);
}

// Somebody may claim a pool's workspace meanwhile: what was asked for was another's.
Task<Result<MayBuild>> permit_now(store::Tx& tx, const std::string& transition, const sql::Workspace& row) {
  if (row.owner_id != kPrebuildsUser) co_return permit_for(tx, transition, sql::object_of(row));
  CO_TRY(now, co_await sql::lock_list(tx, row.id));
  if (!now || (*now)->owner_id != row.owner_id) co_return not_found();
  co_return permit_for(tx, transition, sql::object_of(**now));
}

Task<Result<http::Created<api::WorkspaceBuild>>> create(http::Call& call) {
  CO_TRY(id, call.path_id<WorkspaceId>("workspace"));
  CO_TRY(ask, co_await asked(call, id));
  if (ask.transition != "start" && ask.transition != "stop" && ask.transition != "delete")
    co_return fail_field("Validation failed.", "transition", "transition must be start, stop or delete.");
  CO_TRY(row, co_await find(call, id));
  call.audited({.resource_type = "workspace_build", .target = row.name, .organization = row.organization_id, .action = ask.transition});
  CO_TRY(plan, co_await plan_of(call, row, ask));
  BuildId build;
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, co_await permit_now(tx, ask.transition, row));
    CO_TRY(made, co_await start_build(tx, may, std::move(plan)));
    build = made;
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  CO_TRY(made, co_await sql::build_by_id(call.store(), build));
  if (!made) co_return not_found();
  CO_TRY(wire, co_await to_wire(call, *made));
  co_return http::Created<api::WorkspaceBuild>{std::move(wire)};
}

// A build that its daemon does not let go of may be ended by whoever may change the template: `force`.
Task<Result<api::Response>> cancel(http::Call& call, jobs::Meter& meter) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(force, call.query_bool("force"));
  const auto expected = call.query("expect_status").value_or("");
  if (!expected.empty() && expected != "pending" && expected != "running")
    co_return fail_field("Query parameters have invalid values.", "expect_status", "expect_status must be pending or running.");
  CO_TRY(parent, co_await templates::find_template(call, row.template_id));
  const bool manager = call.store().may(Action::update, templates::sql::object_of(parent));
  if (!parent.allow_user_cancel_workspace_jobs && !manager)
    co_return fail(Code::forbidden, "User is not allowed to cancel workspace builds. Owner role is required.");
  if (force && !manager) co_return fail(Code::forbidden, "Ending a build by force needs the right to change its template.");
  std::optional<jobs::sql::Ended> counted;
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::workspace>(sql::object_of(row))));
    CO_TRY(status, co_await jobs::sql::state_of(tx, may, row.job_id));
    if (!expected.empty() && status != expected)
      co_return fail(Code::precondition, fmt::format("Build status is \"{}\", not \"{}\".", status.value_or(""), expected));
    if (force) {
      CO_TRY(ended, co_await jobs::sql::force_cancel(
                        tx, may, call.now(), "Ended by force: its resources may still exist. Start or delete the workspace again.", row.job_id));
      if (ended == 0) co_return fail(Code::invalid, "Job has already completed!");
      CO_TRY(found, co_await jobs::sql::ended_by_force(tx, may, row.job_id));
      counted = std::move(found);
      CO_CHECK(co_await jobs::tell_stopped(tx, row.job_id));
    } else if (auto cancelled = co_await jobs::cancel(tx, may, row.job_id); !cancelled) {
      Error error = cancelled.error();
      if (error.code == Code::precondition) error.code = Code::invalid;  // the contract answers 400 here
      co_return std::unexpected(std::move(error));
    }
    auto before = audit_of(row), after = before;
    before.fields.emplace_back("cancelled", false);
    after.fields.emplace_back("cancelled", true);
    tx.trace(http::audit_change(before, after));
    if (row.owner_id == kPrebuildsUser) CO_CHECK(co_await store::notify(tx, std::string(jobs::kPools), row.template_id.str()));
    co_return co_await store::notify(tx, std::string(resources::kWorkspaceNews), row.id.str());
  };
  CO_CHECK(co_await call.store().tx(body));
  if (counted) meter.ended(*counted, false, call.now());
  co_return api::Response{.message = force ? "Job has been ended by force." : "Job has been marked as canceled...", .detail = {}, .validations = {}};
}

Task<Result<http::Handled>> logs(http::Call& call, http::Authenticator& authenticator) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(may, (call.store().permit<Action::read, Resource::workspace>(sql::object_of(row))));
  auto reads = [id = row.build_id](store::Store& now) -> Task<Result<bool>> {
    CO_TRY(again, co_await sql::build_by_id(now, id));
    co_return again.has_value();
  };
  co_return co_await jobs::answer_logs(call, may, row.job_id, http::Standing(call, authenticator, "build " + row.build_id.str(), reads));
}

Task<Result<std::vector<api::WorkspaceBuildParameter>>> parameters(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(may, (call.store().permit<Action::read, Resource::workspace>(sql::object_of(row))));
  CO_TRY(rows, co_await sql::parameters_of(call.store(), may, row.build_id));
  std::vector<api::WorkspaceBuildParameter> out;
  for (auto& p : rows) out.push_back({.name = std::move(p.name), .value = std::move(p.value)});
  co_return out;
}

Task<Result<std::vector<api::WorkspaceResource>>> resources(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(may, (call.store().permit<Action::read, Resource::workspace>(sql::object_of(row))));
  CO_TRY(found, co_await resources::load_resources(call.store(), may, {row.job_id}));
  co_return std::move(found[row.job_id]);
}

Task<Result<http::Raw>> state(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(parent, co_await templates::find_template(call, row.template_id));
  CO_TRY(may, (call.store().permit<Action::update, Resource::template_>(templates::sql::object_of(parent))));
  CO_TRY(packed, co_await sql::state_of(call.store(), may, row.build_id));
  const auto show = [&]() -> Result<std::string> {
    TRY(plain, provisioner::unpack(packed && *packed ? (*packed)->data : std::string()));
    return provisioner::without_secrets(plain);
  };
  CO_TRY(shown, co_await aio::blocking(show));
  co_return http::Raw{{.status = 200, .headers = {{"Content-Type", "application/octet-stream"}}, .body = std::move(shown)}};
}

Task<Result<http::NoContent>> set_state(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(parent, co_await templates::find_template(call, row.template_id));
  CO_TRY(manages, (call.store().permit<Action::update, Resource::template_>(templates::sql::object_of(parent))));
  CO_TRY(ask, co_await call.body<api::UpdateWorkspaceBuildStateRequest>(kLargestState));
  CO_TRY(whole, co_await whole_state(call, manages, row.id, ask.state));
  const pg::Bytes packed{std::move(whole)};
  auto body = [&](store::Tx& tx) -> Task<Result<std::int64_t>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::template_>(templates::sql::object_of(parent))));
    auto before = audit_of(row), after = before;
    http::audit_replaced(before, after, "provisioner_state");
    tx.trace(http::audit_change(before, after));
    co_return co_await sql::set_state(tx, may, packed, call.now(), row.build_id);
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::NoContent{};
}

Task<Result<api::WorkspaceBuildTimings>> timings_of(http::Call& call, const rbac::Object& object, JobId job) {
  CO_TRY(may, (call.store().permit<Action::read, Resource::workspace>(object)));
  CO_TRY(rows, co_await jobs::sql::timings(call.store(), may, job));
  CO_TRY(out, co_await resources::load_timings(call.store(), may, job));
  for (const auto& t : rows)
    out.provisioner_timings.push_back({.job_id = t.job_id.uuid,
                                       .started_at = t.started_at,
                                       .ended_at = t.ended_at,
                                       .stage = t.stage,
                                       .source = t.source,
                                       .action = t.action,
                                       .resource = t.resource});
  co_return out;
}

Task<Result<api::WorkspaceBuildTimings>> timings(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  co_return co_await timings_of(call, sql::object_of(row), row.job_id);
}

Task<Result<api::WorkspaceBuildTimings>> latest_timings(http::Call& call) {
  CO_TRY(id, call.path_id<WorkspaceId>("workspace"));
  CO_TRY(row, co_await find(call, id));
  co_return co_await timings_of(call, sql::object_of(row), row.job_id);
}

}  // namespace

void add_build_routes(http::Routes& routes, http::Authenticator& authenticator, jobs::Meter& meter) {
  using http::Audit, http::Auth, http::Rate;
  const std::string one = "/api/v2/workspacebuilds/{workspacebuild}";
  routes.get<Auth::user, Audit::none>("/api/v2/users/{user}/workspace/{workspacename}/builds/{buildnumber}", show_by_number);
  routes.get<Auth::user, Audit::none>("/api/v2/workspaces/{workspace}/builds", list);
  routes.post<Auth::user, Audit::start, http::Rate::api, http::Within::upload>("/api/v2/workspaces/{workspace}/builds", create);
  routes.get<Auth::user, Audit::none>("/api/v2/workspaces/{workspace}/timings", latest_timings);
  routes.get<Auth::user, Audit::none>(one, show);
  routes.patch<Auth::user, Audit::write>(one + "/cancel", [&meter](http::Call& call) { return cancel(call, meter); });
  routes.get<Auth::user, Audit::none>(one + "/logs", [&authenticator](http::Call& call) { return logs(call, authenticator); });
  routes.get<Auth::user, Audit::none>(one + "/parameters", parameters);
  routes.get<Auth::user, Audit::none>(one + "/resources", resources);
  routes.get<Auth::user, Audit::none>(one + "/state", state);
  routes.put<Auth::user, Audit::write, http::Rate::api, http::Within::upload>(one + "/state", set_state);
  routes.get<Auth::user, Audit::none>(one + "/timings", timings);
}

}  // namespace slipway::workspaces
