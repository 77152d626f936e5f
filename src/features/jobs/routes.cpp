// Daemons and jobs of an organization, for those who run it.
#include "api/gen/provisioners.hpp"
#include "features/jobs/jobs.hpp"
#include "features/organizations/organizations.hpp"
#include "http/routes.hpp"
#include "store/store.hpp"

#include <sstream>

namespace slipway::jobs {

namespace {

using rbac::Action, rbac::Resource;

// A daemon reports every few seconds; silent for so long it is counted as gone.
constexpr Seconds kGone{90};

std::vector<std::string> listed(const std::optional<std::string>& text) {
  std::vector<std::string> out;
  std::stringstream parts(text.value_or(""));
  for (std::string part; std::getline(parts, part, ',');)
    if (!part.empty()) out.push_back(part);
  return out;
}

Result<std::vector<JobId>> listed_ids(const std::optional<std::string>& text) {
  std::vector<JobId> out;
  for (const auto& one : listed(text)) {
    const auto id = JobId::parse(one);
    if (!id) return fail_field("Query parameters have invalid values.", "ids", fmt::format("\"{}\" is not a UUID.", one));
    out.push_back(*id);
  }
  return out;
}

api::ProvisionerDaemon to_wire(const sql::Daemon& row, Time now) {
  static const Uuid built_in = *Uuid::parse("00000000-0000-0000-0000-000000000001");
  api::ProvisionerDaemon out;
  out.id = row.id.uuid;
  out.organization_id = row.organization_id.uuid;
  out.key_id = row.key_id.uuid;
  out.created_at = row.created_at;
  out.last_seen_at = row.last_seen_at;
  out.name = row.name;
  out.version = row.version;
  out.api_version = row.api_version;
  out.provisioners = row.provisioners;
  if (auto tags = api::from_json<std::map<std::string, std::string>>(row.tags.text)) out.tags = std::move(*tags);
  if (row.key_id.uuid == built_in) out.key_name = "built-in";
  const bool here = row.last_seen_at && *row.last_seen_at > now - kGone;
  out.status = !here ? "offline" : row.job_id ? "busy" : "idle";
  if (row.job_id) {
    api::ProvisionerDaemonJob job;
    job.id = row.job_id->uuid;
    job.status = "running";
    out.current_job = std::move(job);
  }
  return out;
}

Task<Result<std::vector<api::ProvisionerDaemon>>> daemons(http::Call& call) {
  CO_TRY(organization, co_await organizations::find(call, call.path("organization")));
  CO_TRY(limit, call.query_int("limit", 50));
  CO_TRY(offline, call.query_bool("offline"));
  CO_TRY(rows, co_await sql::daemons(call.store(), organization.id, call.now() - kGone, offline, static_cast<std::int32_t>(std::min<std::int64_t>(limit, 1000))));
  std::vector<api::ProvisionerDaemon> out;
  for (const auto& row : rows) out.push_back(to_wire(row, call.now()));
  co_return out;
}

Task<Result<std::vector<api::ProvisionerJob>>> list_jobs(http::Call& call) {
  CO_TRY(organization, co_await organizations::find(call, call.path("organization")));
  CO_TRY(limit, call.query_int("limit", 50));
  CO_TRY(asked, listed_ids(call.query("ids")));
  const auto all = rbac::all_in(Resource::provisioner_jobs, organization.id);
  if (!call.store().may(Action::read, all)) co_return std::vector<api::ProvisionerJob>();
  CO_TRY(may, (call.store().permit<Action::read, Resource::provisioner_jobs>(all)));
  CO_TRY(ids, co_await sql::list(call.store(), organization.id, asked, listed(call.query("status")), static_cast<std::int32_t>(std::min<std::int64_t>(limit, 1000))));
  CO_TRY(loaded, co_await load(call.store(), may, ids));
  std::vector<api::ProvisionerJob> out;
  for (const auto& id : ids) out.push_back(std::move(loaded[id]));
  co_return out;
}

Task<Result<api::ProvisionerJob>> one_job(http::Call& call) {
  CO_TRY(organization, co_await organizations::find(call, call.path("organization")));
  CO_TRY(id, call.path_id<JobId>("job"));
  CO_TRY(may, (call.store().permit<Action::read, Resource::provisioner_jobs>(rbac::all_in(Resource::provisioner_jobs, organization.id))));
  CO_TRY(ids, co_await sql::list(call.store(), organization.id, {id}, {}, 1));
  if (ids.empty()) co_return not_found();
  CO_TRY(loaded, co_await load(call.store(), may, ids));
  co_return std::move(loaded[id]);
}

}  // namespace

void add_routes(http::Routes& routes) {
  using http::Audit, http::Auth;
  const std::string organization = "/api/v2/organizations/{organization}";
  routes.get<Auth::user, Audit::none>(organization + "/provisionerdaemons", daemons);
  routes.get<Auth::user, Audit::none>(organization + "/provisionerjobs", list_jobs);
  routes.get<Auth::user, Audit::none>(organization + "/provisionerjobs/{job}", one_job);
}

}  // namespace slipway::jobs
