// Jobs of an organization, for those who run it.
#include "http/routes.hpp"
#include "features/jobs/listed.hpp"
#include "features/organizations/organizations.hpp"
#include "features/users/users.hpp"

namespace slipway::jobs {

namespace {

using rbac::Action, rbac::Resource;

void fill(api::ProvisionerJob& job, const sql::About& row) {
  job.metadata.template_version_name = row.version_name.value_or("");
  if (row.template_id) job.metadata.template_id = row.template_id->uuid;
  job.metadata.template_name = row.template_name.value_or("");
  job.metadata.template_display_name = row.template_display_name.value_or("");
  job.metadata.template_icon = row.template_icon.value_or("");
  if (row.workspace_id) job.metadata.workspace_id = row.workspace_id->uuid;
  job.metadata.workspace_name = row.workspace_name.value_or("");
  job.metadata.workspace_build_transition = row.transition.value_or("");
  if (job.status == api::ProvisionerJobStatus::pending || job.status == api::ProvisionerJobStatus::running) job.available_workers = row.workers;
}

Task<Result<std::vector<api::ProvisionerJob>>> described(http::Call& call, OrganizationId organization, std::vector<JobId> ids) {
  CO_TRY(may, (call.store().permit<Action::read, Resource::provisioner_jobs>(rbac::all_in(Resource::provisioner_jobs, organization))));
  CO_TRY(loaded, co_await load(call.store(), may, ids));
  CO_TRY(rows, co_await sql::about(call.store(), may, call.now() - kDaemonGone, ids));
  for (const auto& row : rows)
    if (const auto job = loaded.find(row.id); job != loaded.end()) fill(job->second, row);
  std::vector<api::ProvisionerJob> out;
  for (const auto& id : ids) out.push_back(std::move(loaded[id]));
  co_return out;
}

Task<Result<std::vector<api::ProvisionerJob>>> list(http::Call& call) {
  CO_TRY(organization, co_await organizations::find(call, call.path("organization")));
  sql::ListArgs args{.organization_id = organization.id};
  CO_TRY(ids, listed_ids<JobId>(call, "ids"));
  CO_TRY(statuses, listed_words(call, "status", api::ProvisionerJobStatus::kAll));
  CO_TRY(tags, asked_tags(call));
  CO_TRY(most, asked_limit(call));
  if (const auto who = call.query("initiator"); who && !who->empty()) {
    auto user = co_await users::find(call, *who);
    if (!user)
      co_return fail_field("Query parameters have invalid values.", "initiator", fmt::format("There is no user \"{}\" that you may see.", *who));
    args.initiator_id = user->id;
  }
  args.ids = std::move(ids);
  args.statuses = std::move(statuses);
  args.tags = std::move(tags);
  args.most = most;
  CO_TRY(found, co_await sql::list(call.store(), args));
  if (found.empty()) co_return std::vector<api::ProvisionerJob>();
  co_return co_await described(call, organization.id, std::move(found));
}

Task<Result<api::ProvisionerJob>> one(http::Call& call) {
  CO_TRY(organization, co_await organizations::find(call, call.path("organization")));
  CO_TRY(id, call.path_id<JobId>("job"));
  CO_TRY(ids, co_await sql::list(call.store(),
                                 {.organization_id = organization.id, .ids = {id}, .statuses = {}, .tags = {}, .initiator_id = {}, .most = 1}));
  if (ids.empty()) co_return not_found();
  CO_TRY(jobs, co_await described(call, organization.id, std::move(ids)));
  co_return std::move(jobs.at(0));
}

}  // namespace

void add_routes(http::Routes& routes) {
  using http::Audit, http::Auth;
  const std::string jobs = "/api/v2/organizations/{organization}/provisionerjobs";
  routes.get<Auth::user, Audit::none>(jobs, list);
  routes.get<Auth::user, Audit::none>(jobs + "/{job}", one);
  add_daemon_routes(routes);
  add_key_routes(routes);
}

}  // namespace slipway::jobs
