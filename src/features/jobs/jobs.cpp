#include "features/jobs/jobs.hpp"

#include "store/db.hpp"

#include <boost/json.hpp>

namespace slipway::jobs {

Tags complete_tags(Tags tags) {
  tags.try_emplace("scope", "organization");
  tags.try_emplace("owner", "");
  return tags;
}

Tags tags_for(UserId who, Tags tags) {
  const bool own = tags.contains("scope") && tags["scope"] == "user";
  tags["scope"] = own ? "user" : "organization";
  tags["owner"] = own ? who.str() : "";
  return tags;
}

std::string describe(const Tags& tags) {
  std::string out;
  for (const auto& [name, value] : tags)
    if (name != "scope" && name != "owner") out += fmt::format("{}{}={}", out.empty() ? "" : ", ", name, value);
  if (tags.contains("scope") && tags.at("scope") == "user") out += out.empty() ? "scope=user" : ", scope=user";
  return out.empty() ? "none" : out;
}

std::string to_json(const Tags& tags) { return api::to_json(tags); }

std::string shown_engine(const std::string& engine) { return engine == "replay" ? "echo" : engine; }

Task<Result<void>> post(store::Tx& tx, const MayPost& may, NewJob job) {
  const auto tags = complete_tags(std::move(job.tags));
  const sql::InsertArgs args{
      .id = job.id,
      .initiator_id = job.initiator,
      .type = job.type,
      .provisioner = job.provisioner,
      .file_id = job.file_id,
      .input = {job.input},
      .tags = {to_json(tags)},
      .now = tx.now(),
      .wanted = fmt::format(
          "No connected provisioner fits this job: it wants one for its organization with the engine {} and the tags: {}. It waits until one "
          "connects. Built-in provisioners serve the default organization unless --provisioner-organizations names others.",
          job.provisioner, describe(tags)),
      .seen_since = tx.now() - kDaemonGone};
  CO_CHECK(co_await sql::insert(tx, may, args));
  co_return co_await store::notify(tx, std::string(kPosted), job.id.str());
}

Task<Result<void>> cancel(store::Tx& tx, const MayCancel& may, JobId job) {
  CO_TRY(status, co_await sql::request_cancel(tx, may, tx.now(), job));
  if (!status) co_return fail(Code::precondition, "The job has already ended or is being canceled.");
  co_return co_await tell_stopped(tx, job);
}

Task<Result<void>> tell_stopped(store::Tx& tx, JobId job) {
  CO_CHECK(co_await store::notify(tx, std::string(kStopped), job.str()));
  co_return co_await store::notify(tx, std::string(kNews), job.str());
}

api::ProvisionerJob to_wire(const sql::Job& row) {
  api::ProvisionerJob job;
  job.id = row.id.uuid;
  job.created_at = row.created_at;
  job.started_at = row.started_at;
  job.completed_at = row.completed_at;
  job.canceled_at = row.canceled_at;
  job.error = row.error;
  job.error_code = row.error_code;
  job.status = row.job_status;
  if (row.worker_id) job.worker_id = row.worker_id->uuid;
  job.worker_name = row.worker_name;
  job.file_id = row.file_id.uuid;
  if (auto tags = api::from_json<std::map<std::string, std::string>>(row.tags.text)) job.tags = std::move(*tags);
  job.queue_position = row.queue_position;
  job.queue_size = row.queue_size;
  job.organization_id = row.organization_id.uuid;
  job.initiator_id = row.initiator_id.uuid;
  if (auto input = api::from_json<api::ProvisionerJobInput>(row.input.text)) job.input = std::move(*input);
  job.type = row.type;
  job.logs_overflowed = row.logs_overflowed;
  return job;
}

namespace {

ById by_id(const std::vector<sql::Job>& rows) {
  ById jobs;
  for (const auto& row : rows) jobs.emplace(row.id, to_wire(row));
  return jobs;
}

}  // namespace

Task<Result<ById>> load(store::Store& store, const MayLoad& may, std::vector<JobId> ids) {
  CO_TRY(rows, co_await sql::by_ids(store, may, ids));
  co_return by_id(rows);
}

Task<Result<Matches>> matched(store::Store& store, const MayLoad& may, std::vector<JobId> ids) {
  CO_TRY(rows, co_await sql::matched(store, may, store.now() - kDaemonGone, ids));
  Matches found;
  for (const auto& row : rows)
    found.emplace(row.id, api::MatchedProvisioners{.count = row.count, .available = row.available, .most_recently_seen = row.most_recently_seen});
  co_return found;
}

Task<Result<ById>> load_visible(store::Store& store, std::vector<JobId> ids) {
  CO_TRY(rows, co_await sql::by_ids_of_list(store, ids));
  co_return by_id(rows);
}

}  // namespace slipway::jobs
