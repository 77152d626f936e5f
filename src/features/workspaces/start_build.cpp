#include "features/agents/agents.hpp"
#include "features/jobs/jobs.hpp"
#include "features/templates/templates.hpp"
#include "features/workspaces/parameters.hpp"
#include "features/workspaces/workspaces.hpp"
#include "provisioner/engine.hpp"
#include "store/db.hpp"

namespace slipway::workspaces {

namespace {

// The file, engine and tags of a version's own import: its builds run from the same archive.
struct Origin {
  FileId file;
  std::string engine;
  std::map<std::string, std::string> tags;
};

Values to_values(const std::vector<std::string>& names, const std::vector<std::string>& texts) {
  Values values;
  for (std::size_t i = 0; i < names.size(); ++i) values[names[i]] = texts[i];
  return values;
}

Task<Result<Values>> preset_values(store::Tx& tx, const store::AnyPermit& may, const BuildPlan& plan) {
  if (!plan.preset) co_return Values();
  CO_TRY(presets, co_await templates::sql::presets(tx, may, plan.version));
  for (const auto& preset : presets)
    if (preset.id == *plan.preset) co_return to_values(preset.names, preset.values);
  co_return fail_field("Validation failed.", "template_version_preset_id", "This version has no such preset.");
}

Task<Result<Values>> values_for(store::Tx& tx, const store::AnyPermit& may, const BuildPlan& plan, std::optional<BuildId> last) {
  std::vector<api::TemplateVersionParameter> declared;
  CO_TRY(rows, co_await templates::sql::parameters(tx, may, plan.version));
  for (const auto& row : rows) declared.push_back(templates::to_wire(row));
  CO_TRY(preset, co_await preset_values(tx, may, plan));
  Values previous;
  if (last) {
    CO_TRY(before, co_await sql::parameters_of(tx, may, *last));
    for (auto& row : before) previous[row.name] = std::move(row.value);
  }
  // Stopping and deleting must work whatever a newer version demands: they keep what the workspace has.
  if (plan.transition != "start" && plan.asked.empty()) co_return previous;
  co_return resolve({.declared = declared, .asked = plan.asked, .preset = std::move(preset), .previous = std::move(previous), .first_build = plan.first});
}

store::Trace trace_of(const sql::LockRow& workspace, const Uuid& id, const sql::InsertBuildArgs& build) {
  http::AuditObject object{.type = "workspace_build",
                           .id = build.build_id.uuid,
                           .target = workspace.name,
                           .organization = workspace.organization_id,
                           .fields = {{"template_version_id", build.template_version_id},
                                      {"template_version_preset_id", build.preset_id},
                                      {"transition", build.transition},
                                      {"initiator_id", build.initiator_id}}};
  object.additional = api::to_json(std::map<std::string, std::string>{{"workspace_name", workspace.name},
                                                                      {"workspace_owner", workspace.owner_name},
                                                                      {"workspace_id", id.str()},
                                                                      {"build_reason", build.reason},
                                                                      {"build_number", std::to_string(build.build_number)}});
  if (build.provisioner_state) object.fields.emplace_back("provisioner_state", std::string("given"));
  auto trace = http::audit_new(object);
  trace.action = build.transition;
  trace.user = build.initiator_id;
  return trace;
}

}  // namespace

Task<Result<BuildId>> start_build(http::Call& call, store::Tx& tx, const store::AnyPermit& may, BuildPlan plan) {
  CO_TRY(locked, co_await sql::lock(tx, may));
  if (!locked) co_return not_found();
  CO_TRY(last, co_await sql::latest_job(tx, may));
  if (last && last->busy) co_return fail(Code::conflict, "A workspace build is already active.", "Wait for it to end, or cancel it.");
  CO_TRY(version, co_await templates::sql::version_by_id(tx, plan.version));
  if (!version) co_return fail_field("Validation failed.", "template_version_id", "This template version does not exist or you may not use it.");
  CO_TRY(jobs, co_await jobs::load(tx, may, {version->job_id}));
  const auto& import = jobs[version->job_id];
  if (import.status != "succeeded")
    co_return fail(Code::invalid, fmt::format("The template version was not imported successfully (its job is {}).", import.status),
                   import.error.empty() ? "Wait for the import to end, or choose another version." : import.error);
  CO_TRY(values, co_await values_for(tx, may, plan, last ? std::optional(last->id) : std::nullopt));

  const auto build_id = BuildId::random();
  CO_TRY(engine, co_await sql::engine_of(tx, may, version->job_id));
  std::string input = "{\"workspace_build_id\":\"" + build_id.str() + "\"";
  if (!plan.log_level.empty()) input += ",\"log_level\":\"debug\"";
  jobs::NewJob job{.type = "workspace_build", .provisioner = engine, .file_id = FileId{import.file_id}, .input = input + "}", .tags = import.tags, .initiator = call.actor().user_id};
  CO_CHECK(co_await jobs::post(tx, may, job));
  sql::InsertBuildArgs args{.build_id = build_id, .template_version_id = plan.version, .preset_id = plan.preset,
                            .build_number = last ? last->build_number + 1 : 1, .transition = plan.transition, .reason = plan.reason,
                            .initiator_id = call.actor().user_id, .job_id = job.id, .provisioner_state = {}, .now = call.now()};
  if (plan.state) args.provisioner_state = pg::Bytes{provisioner::pack(*plan.state)};
  CO_CHECK(co_await sql::insert_build(tx, may, args));
  std::vector<std::string> names, texts;
  for (auto& [name, value] : values) {
    names.push_back(name);
    texts.push_back(std::move(value));
  }
  if (!names.empty()) CO_CHECK(co_await sql::insert_parameters(tx, may, build_id, names, texts));
  tx.trace(trace_of(*locked, may.id(), args));
  CO_CHECK(co_await store::notify(tx, std::string(agents::kWorkspaceNews), Id<struct WorkspaceTag>{may.id()}.str()));
  co_return build_id;
}

Task<Result<std::string>> store_build(store::DutyTx<rbac::Duty::provisioner_daemon>& tx, BuildId build, const provisioner::Outcome& outcome, bool succeeded) {
  sql::StoreBuildArgs args{.provisioner_state = {}, .daily_cost = static_cast<std::int32_t>(outcome.daily_cost()), .has_ai_task = outcome.has_ai_task,
                           .has_external_agent = outcome.has_external_agent, .succeeded = succeeded, .now = tx.now(), .build_id = build};
  args.provisioner_state = pg::Bytes{outcome.state};
  CO_TRY(row, co_await sql::store_build(tx, args));
  if (!row) co_return not_found();
  CO_CHECK(co_await sql::ended(tx, succeeded && row->transition == "delete", tx.now(), row->workspace_id));
  CO_CHECK(co_await store::notify(tx, std::string(agents::kWorkspaceNews), row->workspace_id.str()));
  co_return std::move(row->transition);
}

}  // namespace slipway::workspaces
