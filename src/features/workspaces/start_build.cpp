#include "features/jobs/jobs.hpp"
#include "features/resources/resources.hpp"
#include "features/templates/tags.hpp"
#include "features/templates/templates.hpp"
#include "features/workspaces/parameters.hpp"
#include "features/workspaces/schedule.hpp"
#include "features/workspaces/told.hpp"
#include "features/workspaces/workspaces.hpp"
#include "provisioner/job.hpp"
#include "store/db.hpp"

namespace slipway::workspaces {

namespace {

// Not every end of a job reaches the scheduler as news (one that is reaped, or ended by force), so it looks.
constexpr Seconds kLookWhileBusy{30};

Values to_values(const std::vector<std::string>& names, const std::vector<std::string>& texts) {
  Values values;
  for (std::size_t i = 0; i < names.size(); ++i) values[names[i]] = texts[i];
  return values;
}

Task<Result<Values>> preset_values(store::Tx& tx, const MayBuild& may, const BuildPlan& plan) {
  if (!plan.preset) co_return Values();
  if (plan.preset_values) co_return *plan.preset_values;
  CO_TRY(presets, co_await templates::sql::presets(tx, may, plan.version));
  for (const auto& preset : presets)
    if (preset.id == *plan.preset) co_return to_values(preset.names, preset.values);
  co_return fail_field("Validation failed.", "template_version_preset_id", "This version has no such preset.");
}

Task<Result<Values>> values_for(store::Tx& tx, const MayBuild& may, const BuildPlan& plan, std::optional<BuildId> last) {
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
  auto asked = plan.asked;
  // What a pool was built with is what its preset says, whatever else the claimant asks for.
  if (plan.first && plan.stage == provisioner::Prebuild::claim) std::erase_if(asked, [&](const auto& value) { return preset.contains(value.first); });
  co_return resolve(
      {.declared = declared, .asked = std::move(asked), .preset = std::move(preset), .previous = std::move(previous), .first_build = plan.first});
}

// Where the build runs: where its version was imported, and as the template says with the values of this build. What stops or deletes
// must find its way whatever a newer version asks for.
Task<Result<jobs::Tags>> tags_for(store::Tx& tx, const MayBuild& may, const BuildPlan& plan, jobs::Tags tags, const std::string& source,
                                  templates::TagInputs inputs) {
  if (source.empty()) co_return tags;
  CO_TRY(variables, co_await templates::sql::tag_variables(tx, may, plan.version));
  for (auto& variable : variables) inputs.variables[variable.name] = std::move(variable.value);
  auto wanted = templates::tags_of(source, inputs);
  if (!wanted && plan.transition == "start") co_return std::unexpected(std::move(wanted).error());
  if (wanted)
    for (auto& [name, value] : *wanted) tags[name] = std::move(value);
  co_return tags;
}

Told told(WorkspaceId id, const sql::LockRow& w) {
  return {.id = id, .owner = w.owner_id, .organization = w.organization_id, .parent = w.template_id, .name = w.name};
}

Told told(const sql::BuildRules& rules) {
  return {.id = rules.workspace_id, .owner = rules.owner_id, .organization = rules.organization_id, .parent = rules.template_id, .name = rules.name};
}

// An orphaned workspace leaves its resources alone, so nobody needs to be there to run anything.
Task<Result<void>> finish_without_daemon(store::Tx& tx, const MayBuild& may, JobId job, const sql::LockRow& workspace, const BuildPlan& plan) {
  CO_TRY(matched, co_await jobs::matched(tx, may, {job}));
  if (matched[job].available > 0) co_return Result<void>();
  CO_TRY(finished, co_await jobs::sql::finish_unrun(tx, may, tx.now(), job));
  if (finished == 0) co_return Result<void>();
  CO_CHECK(co_await store::notify(tx, std::string(jobs::kNews), job.str()));
  tell_deleted(tx, told(WorkspaceId{may.id()}, workspace), plan.reason, plan.initiator, tx.actor().name);
  co_return co_await sql::give_up(tx, may, tx.now());
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

// A pool's workspace has a second name in the policy, which those who look after templates hold: either is enough, for its end and for the
// change of its row that goes with it. Whoever may not is told that there is nothing to delete.
Result<MayBuild> permit_delete(store::Tx& tx, const rbac::Object& object) {
  using rbac::Action, rbac::Resource;
  if (object.owner == kPrebuildsUser) {
    auto pooled = object;
    pooled.type = Resource::prebuilt_workspace;
    if (!tx.may(Action::update, pooled) && !tx.may(Action::update, object)) return not_found();
    if (auto may = tx.permit<Action::delete_, Resource::workspace>(pooled)) return MayBuild(std::move(*may));
  }
  auto may = tx.permit<Action::delete_, Resource::workspace>(object);
  if (!may) return not_found();
  return MayBuild(std::move(*may));
}

}  // namespace

Result<MayBuild> permit_for(store::Tx& tx, std::string_view transition, const rbac::Object& object) {
  if (transition == "start") {
    TRY(may, (tx.permit<rbac::Action::start, rbac::Resource::workspace>(object)));
    return MayBuild(may);
  }
  if (transition == "stop") {
    TRY(may, (tx.permit<rbac::Action::stop, rbac::Resource::workspace>(object)));
    return MayBuild(may);
  }
  return permit_delete(tx, object);
}

Task<Result<BuildId>> start_build(store::Tx& tx, const MayBuild& may, BuildPlan plan) {
  CO_TRY(locked, co_await sql::lock(tx, may, tx.now() + kLookWhileBusy, plan.version));
  if (!locked) co_return not_found();
  if (locked->owner_id != may.owner()) co_return not_found();  // claimed meanwhile: the right was judged for another's workspace
  if (plan.transition == "start" && !locked->owner_is_member)
    co_return fail(Code::invalid, "The workspace's owner is not an active member of its organization, so it cannot be started.");
  CO_TRY(last, co_await sql::latest_job(tx, may));
  if (last && last->busy) co_return fail(Code::conflict, "A workspace build is already active.", "Wait for it to end, or cancel it.");
  CO_TRY(version, co_await templates::sql::version_by_id(tx, plan.version));
  if (!version) co_return fail_field("Validation failed.", "template_version_id", "This template version does not exist or you may not use it.");
  if (!locked->version_fits)
    co_return fail_field("template version doesn't match template", "template_version_id", "Choose a version of the workspace's own template.");
  CO_TRY(jobs, co_await jobs::load(tx, may, {version->job_id}));
  const auto& import = jobs[version->job_id];
  if (import.status != "succeeded")
    co_return fail(Code::invalid, fmt::format("The template version was not imported successfully (its job is {}).", import.status),
                   import.error.empty() ? "Wait for the import to end, or choose another version." : import.error);
  CO_TRY(values, co_await values_for(tx, may, plan, last && !plan.first ? std::optional(last->id) : std::nullopt));

  CO_TRY(tags, co_await tags_for(tx, may, plan, import.tags, version->workspace_tags,
                                 {.variables = {}, .parameters = values, .owner = locked->owner_name}));

  const auto build_id = BuildId::random();
  CO_TRY(engine, co_await jobs::sql::engine_of(tx, may, version->job_id));
  if (locked->owner_id == kPrebuildsUser) plan.stage = provisioner::Prebuild::create;
  if (locked->claim_open && plan.transition == "start") plan.stage = provisioner::Prebuild::claim;  // again, until one succeeds
  std::string input = "{\"workspace_build_id\":\"" + build_id.str() + "\"";
  if (plan.stage != provisioner::Prebuild::none) input += fmt::format(",\"prebuilt_workspace_stage\":{}", std::to_underlying(plan.stage));
  if (!plan.log_level.empty()) input += ",\"log_level\":\"debug\"";
  jobs::NewJob job{.type = "workspace_build",
                   .provisioner = engine,
                   .file_id = FileId{import.file_id},
                   .input = input + "}",
                   .tags = std::move(tags),
                   .initiator = plan.initiator};
  CO_CHECK(co_await jobs::post(tx, may, job));
  sql::InsertBuildArgs args{.build_id = build_id,
                            .template_version_id = plan.version,
                            .preset_id = plan.preset,
                            .build_number = last ? last->build_number + 1 : 1,
                            .transition = plan.transition,
                            .reason = plan.reason,
                            .initiator_id = plan.initiator,
                            .job_id = job.id,
                            .provisioner_state = {},
                            .now = tx.now()};
  if (plan.state) args.provisioner_state = pg::Bytes{*plan.state};
  CO_CHECK(co_await sql::insert_build(tx, may, args));
  tell_queued(tx, WorkspaceId{may.id()},
              {.id = build_id,
               .plan = plan,
               .workspace = *locked,
               .version = *version,
               .values = values,
               .last_version = last ? std::optional(last->template_version_id) : std::nullopt});
  std::vector<std::string> names, texts;
  for (auto& [name, value] : values) {
    names.push_back(name);
    texts.push_back(std::move(value));
  }
  if (!names.empty()) CO_CHECK(co_await sql::insert_parameters(tx, may, names, texts, build_id));
  if (plan.orphans()) CO_CHECK(co_await finish_without_daemon(tx, may, job.id, *locked, plan));
  tx.trace(trace_of(*locked, may.id(), args));
  // An administrator takes a member out of its pool by this.
  if (locked->owner_id == kPrebuildsUser && plan.initiator != kPrebuildsUser)
    CO_CHECK(co_await store::notify(tx, std::string(jobs::kPools), locked->template_id.str()));
  CO_CHECK(co_await store::notify(tx, std::string(resources::kWorkspaceNews), WorkspaceId{may.id()}.str()));
  co_return build_id;
}

Task<Result<std::string>> store_build(store::DutyTx<rbac::Duty::provisioner_daemon>& tx, BuildId build, const provisioner::Outcome& outcome,
                                      bool succeeded) {
  CO_TRY(rules, co_await sql::rules_of_build(tx, build));
  if (!rules) co_return not_found();
  const Time now = tx.now();
  const bool started = succeeded && rules->transition == "start";
  Lifetime limits;
  if (started && rules->owner_id != kPrebuildsUser)
    limits = lifetime({.ttl_ms = rules->ttl_ms,
                       .stop_days = static_cast<unsigned>(rules->autostop_requirement_days_of_week),
                       .stop_weeks = rules->autostop_requirement_weeks},
                      now);
  sql::StoreBuildArgs args{
      .provisioner_state = {},
      .succeeded = succeeded,
      .daily_cost = static_cast<std::int32_t>(std::min<std::int64_t>(outcome.daily_cost(), std::numeric_limits<std::int32_t>::max())),
      .has_ai_task = outcome.has_ai_task,
      .has_external_agent = outcome.has_external_agent,
      .deadline = limits.deadline,
      .max_deadline = limits.max_deadline,
      .now = now,
      .build_id = build};
  if (succeeded && outcome.state.empty()) args.provisioner_state = pg::Bytes{};  // nothing exists any more; else keep_state() has kept it
  CO_TRY(row, co_await sql::store_build(tx, args));
  if (!row) co_return not_found();
  if (succeeded) CO_CHECK(co_await templates::sql::note_build_time(tx, now, build));
  // Who starts a workspace uses it; a schedule that does so does not.
  const bool used = started && rules->reason != "autostart";
  const bool deleted = succeeded && row->transition == "delete";
  CO_CHECK(co_await sql::ended(tx, deleted, now, used, row->workspace_id));
  if (deleted) tell_deleted(tx.tx(), told(*rules), rules->reason, rules->initiator_id, rules->initiator_name);
  CO_CHECK(co_await store::notify(tx, std::string(resources::kWorkspaceNews), row->workspace_id.str()));
  CO_CHECK(co_await store::notify(tx, std::string(templates::kSchedules), {}));
  if (rules->owner_id == kPrebuildsUser) CO_CHECK(co_await store::notify(tx, std::string(jobs::kPools), rules->template_id.str()));
  co_return std::move(row->transition);
}

}  // namespace slipway::workspaces
