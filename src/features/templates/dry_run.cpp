// Dry runs: a plan of a version with given values, for whoever could make a workspace of it. Nothing is built and nothing kept but
// what the plan said.
#include "api/gen/response.hpp"
#include "base/names.hpp"
#include "features/jobs/jobs.hpp"
#include "features/resources/resources.hpp"
#include "features/templates/templates.hpp"
#include "http/routes.hpp"
#include "http/standing.hpp"

namespace slipway::templates {

namespace {

using rbac::Action, rbac::Resource;

std::string input_of(TemplateVersionId version, const api::CreateTemplateVersionDryRunRequest& ask) {
  std::string json = "{\"template_version_id\":\"" + version.str() + "\"";
  json += ",\"workspace_name\":" + api::to_json(ask.workspace_name);
  json += ",\"rich_parameter_values\":" + api::to_json(ask.rich_parameter_values);
  if (ask.user_variable_values) json += ",\"user_variable_values\":" + api::to_json(*ask.user_variable_values);
  return json + "}";
}

Task<Result<sql::Version>> version_of(http::Call& call) {
  CO_TRY(id, call.path_id<TemplateVersionId>("templateversion"));
  co_return co_await find_version(call, id);
}

// The dry run of the path; it is as visible as a workspace of whoever started it.
Task<Result<sql::DryRun>> of_path(http::Call& call) {
  CO_TRY(version, co_await version_of(call));
  CO_TRY(id, call.path_id<JobId>("jobID"));
  CO_TRY(row, co_await sql::dry_run(call.store(), id, version.id));
  if (!row) co_return not_found();
  co_return std::move(*row);
}

Task<Result<api::ProvisionerJob>> job_of(http::Call& call, const sql::DryRun& row) {
  CO_TRY(may, (call.store().permit<Action::read, Resource::workspace>(sql::object_of(row))));
  CO_TRY(jobs, co_await jobs::load(call.store(), may, {row.id}));
  co_return std::move(jobs[row.id]);
}

Task<Result<http::Created<api::ProvisionerJob>>> create(http::Call& call, api::CreateTemplateVersionDryRunRequest ask) {
  CO_TRY(version, co_await version_of(call));
  CO_TRY(read, co_await after_import(call, version));
  if (!ask.workspace_name.empty()) CO_CHECK(names::valid_name(ask.workspace_name));
  CO_TRY(imports, co_await jobs::load(call.store(), read, {version.job_id}));
  const auto& import = imports[version.job_id];
  if (import.status != api::ProvisionerJobStatus::succeeded)
    co_return fail(Code::precondition, "The import of this template version did not succeed, so there is nothing to plan.", import.error);
  CO_TRY(engine, co_await jobs::sql::engine_of(call.store(), read, version.job_id));
  jobs::NewJob job{.type = std::string(api::ProvisionerJobType::template_version_dry_run),
                   .provisioner = engine,
                   .file_id = FileId{import.file_id},
                   .input = input_of(version.id, ask),
                   .tags = import.tags,
                   .initiator = call.actor().user_id};
  const sql::DryRun row{.id = job.id, .initiator_id = call.actor().user_id, .organization_id = version.organization_id};
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::create, Resource::workspace>(sql::object_of(row))));
    co_return co_await jobs::post(tx, may, std::move(job));
  };
  CO_CHECK(co_await call.store().tx(body));
  CO_TRY(made, co_await job_of(call, row));
  co_return http::Created<api::ProvisionerJob>{std::move(made)};
}

Task<Result<api::ProvisionerJob>> show(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  co_return co_await job_of(call, row);
}

Task<Result<std::vector<api::WorkspaceResource>>> resources(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(job, co_await job_of(call, row));
  if (!job.completed_at) co_return fail(Code::precondition, "Job hasn't completed!");
  CO_TRY(may, (call.store().permit<Action::read, Resource::workspace>(sql::object_of(row))));
  CO_TRY(found, co_await resources::load_resources(call.store(), may, {row.id}));
  co_return std::move(found[row.id]);
}

Task<Result<http::Handled>> logs(http::Call& call, http::Authenticator& authenticator) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(may, (call.store().permit<Action::read, Resource::workspace>(sql::object_of(row))));
  CO_TRY(version, call.path_id<TemplateVersionId>("templateversion"));
  auto reads = [id = row.id, version](store::Store& now) -> Task<Result<bool>> {
    CO_TRY(again, co_await sql::dry_run(now, id, version));
    co_return again.has_value();
  };
  co_return co_await jobs::answer_logs(call, may, row.id, http::Standing(call, authenticator, "dry run " + row.id.str(), reads));
}

Task<Result<api::Response>> cancel(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(job, co_await job_of(call, row));
  if (job.completed_at) co_return fail(Code::precondition, "Job has already completed!");
  if (job.canceled_at) co_return fail(Code::precondition, "Job has already been marked as canceled!");
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::workspace>(sql::object_of(row))));
    co_return co_await jobs::cancel(tx, may, row.id);
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return api::Response{.message = "Job has been marked as canceled.", .detail = {}, .validations = {}};
}

Task<Result<api::MatchedProvisioners>> matched(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(may, (call.store().permit<Action::read, Resource::workspace>(sql::object_of(row))));
  CO_TRY(found, co_await jobs::matched(call.store(), may, {row.id}));
  co_return found[row.id];
}

}  // namespace

void add_dry_run_routes(http::Routes& routes, http::Authenticator& authenticator) {
  using http::Audit, http::Auth;
  const std::string all = "/api/v2/templateversions/{templateversion}/dry-run", one = all + "/{jobID}";
  routes.post<Auth::user, Audit::none>(all, create);
  routes.get<Auth::user, Audit::none>(one, show);
  routes.get<Auth::user, Audit::none>(one + "/resources", resources);
  routes.get<Auth::user, Audit::none>(one + "/logs", [&authenticator](http::Call& call) { return logs(call, authenticator); });
  routes.patch<Auth::user, Audit::none>(one + "/cancel", cancel);
  routes.get<Auth::user, Audit::none>(one + "/matched-provisioners", matched);
}

}  // namespace slipway::templates
