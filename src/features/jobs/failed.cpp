// Whom a failed build concerns: whoever wanted it has seen it, so its template's administrators are told; of one that nobody asked for its owner is.
#include "features/jobs/jobs.hpp"
#include "features/notifications/notifications.hpp"

namespace slipway::jobs {

namespace {

using notifications::Event, notifications::Kind;

Event by_hand(const sql::Ended& job) {
  return {.kind = Kind::workspace_manual_build_failed,
          .to = {.template_admins = true},
          .labels = {{"name", *job.workspace},
                     {"template_name", *job.template_title},
                     {"template_version_name", *job.template_version},
                     {"initiator", *job.initiator},
                     {"workspace_owner_username", *job.owner},
                     {"workspace_build_number", std::to_string(*job.build_number)}},
          .key = job.build_id->str()};
}

// One that fails each hour is one message a day.
Event by_itself(const sql::Ended& job) {
  return {.kind = Kind::workspace_autobuild_failed,
          .to = {.users = {*job.owner_id}},
          .labels = {{"name", *job.workspace}, {"reason", *job.reason}},
          .key = job.workspace_id->str() + "/" + *job.reason,
          .once_a_day = true};
}

}  // namespace

bool made_by_hand(std::string_view reason) {
  return reason == "initiator" || reason == "dashboard" || reason == "cli" || reason.ends_with("_connection");
}

void tell_failed(store::Tx& tx, const sql::Ended& job) {
  if (job.job_status != "failed" || !job.build_id || job.owner_id == kPrebuildsUser) return;
  auto event = made_by_hand(*job.reason) ? by_hand(job) : by_itself(job);
  event.organization = *job.organization_id;
  event.targets = {job.workspace_id->uuid, job.owner_id->uuid, job.template_id->uuid, job.organization_id->uuid};
  event.created_by = "jobs";
  notifications::raise(tx, std::move(event));
}

}  // namespace slipway::jobs
