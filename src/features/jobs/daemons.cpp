// The provisioner daemons of an organization: who they are and what they do now.
#include "features/jobs/listed.hpp"
#include "features/organizations/organizations.hpp"
#include "http/routes.hpp"

namespace slipway::jobs {

namespace {

std::optional<api::ProvisionerDaemonJob> job_of(const std::optional<JobId>& id, const std::optional<std::string>& status,
                                                const std::optional<std::string>& name, const std::optional<std::string>& icon,
                                                const std::optional<std::string>& display) {
  if (!id) return std::nullopt;
  return api::ProvisionerDaemonJob{.id = id->uuid,
                                   .status = status.value_or(""),
                                   .template_name = name.value_or(""),
                                   .template_icon = icon.value_or(""),
                                   .template_display_name = display.value_or("")};
}

Task<Result<std::vector<api::ProvisionerDaemon>>> list(http::Call& call) {
  CO_TRY(organization, co_await organizations::find(call, call.path("organization")));
  CO_TRY(ids, listed_ids<DaemonId>(call, "ids"));
  CO_TRY(statuses, listed_words(call, "status", api::ProvisionerDaemonStatus::kAll));
  CO_TRY(tags, asked_tags(call));
  CO_TRY(offline, call.query_bool("offline"));
  CO_TRY(max_age, asked_span(call, "max_age"));
  CO_TRY(most, asked_limit(call));
  const bool wants_offline = offline || std::ranges::find(statuses, api::ProvisionerDaemonStatus::offline) != statuses.end();
  sql::DaemonsArgs args{.organization_id = organization.id,
                        .shown_since = call.now() - kDaemonGone,
                        .offline = wants_offline,
                        .max_age_since = {},
                        .daemon_ids = std::move(ids),
                        .tags = std::move(tags),
                        .statuses = std::move(statuses),
                        .seen_since = call.now() - kDaemonGone,
                        .most = most};
  if (max_age) args.max_age_since = call.now() - *max_age;
  CO_TRY(rows, co_await sql::daemons(call.store(), args));
  std::vector<api::ProvisionerDaemon> out;
  for (const auto& row : rows) out.push_back(to_wire(row, call.now()));
  co_return out;
}

}  // namespace

api::ProvisionerDaemon to_wire(const sql::Daemon& row, Time now) {
  api::ProvisionerDaemon out;
  out.id = row.id.uuid;
  out.organization_id = row.organization_id.uuid;
  out.key_id = row.key_id.uuid;
  out.created_at = row.created_at;
  out.last_seen_at = row.last_seen_at;
  out.name = row.name;
  out.version = row.version;
  out.api_version = row.api_version;
  for (const auto& engine : row.provisioners) out.provisioners.push_back(shown_engine(engine));
  if (auto tags = api::from_json<Tags>(row.tags.text)) out.tags = std::move(*tags);
  out.key_name = row.key_id == kBuiltInKey ? std::optional<std::string>("built-in") : row.key_name;
  const bool here = row.last_seen_at && *row.last_seen_at > now - kDaemonGone;
  out.status = std::string(!here            ? api::ProvisionerDaemonStatus::offline
                           : row.current_id ? api::ProvisionerDaemonStatus::busy
                                            : api::ProvisionerDaemonStatus::idle);
  out.current_job = job_of(row.current_id, row.current_status, row.current_template, row.current_icon, row.current_display);
  out.previous_job = job_of(row.previous_id, row.previous_status, row.previous_template, row.previous_icon, row.previous_display);
  return out;
}

void add_daemon_routes(http::Routes& routes) {
  routes.get<http::Auth::user, http::Audit::none>("/api/v2/organizations/{organization}/provisionerdaemons", list);
}

}  // namespace slipway::jobs
