#include "features/jobs/jobs.hpp"
#include "features/templates/templates.hpp"
#include "formats/markdown.hpp"

#include <boost/json.hpp>

namespace slipway::templates {

namespace {

constexpr std::string_view kDays[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

std::optional<std::int64_t> known(std::int64_t milliseconds) { return milliseconds < 0 ? std::optional<std::int64_t>() : milliseconds; }

void add(api::Template& to, const sql::Statistics& known_of) {
  constexpr std::string_view transitions[] = {"delete", "start", "stop"};
  const auto time = [&](std::size_t place) { return place < known_of.build_times.size() ? known(known_of.build_times[place]) : std::nullopt; };
  to.active_user_count = known_of.active_users;
  for (std::size_t i = 0; i < 3; ++i) to.build_time_stats[std::string(transitions[i])] = {.P50 = time(2 * i), .P95 = time(2 * i + 1)};
}

}  // namespace

std::vector<std::string> weekdays(unsigned bits) {
  std::vector<std::string> names;
  for (unsigned day = 0; day < 7; ++day)
    if ((bits >> day) & 1) names.emplace_back(kDays[day]);
  return names;
}

Result<unsigned> weekday_bits(const std::vector<std::string>& names, const std::string& field) {
  unsigned bits = 0;
  for (const auto& name : names) {
    const auto day = std::ranges::find(kDays, name);
    if (day == std::end(kDays)) return fail_field("Invalid request.", field, fmt::format("\"{}\" is not a day: use monday to sunday.", name));
    bits |= 1U << (day - std::begin(kDays));
  }
  return bits;
}

api::Template bare(const sql::Template& row) {
  api::Template out;
  out.id = row.id.uuid;
  out.created_at = row.created_at;
  out.updated_at = row.updated_at;
  out.organization_id = row.organization_id.uuid;
  out.organization_name = row.organization_name;
  out.organization_display_name = row.organization_display_name;
  out.organization_icon = row.organization_icon;
  out.name = row.name;
  out.display_name = row.display_name;
  out.provisioner = row.provisioner;
  out.active_version_id = row.active_version_id.uuid;
  out.description = row.description;
  out.deprecated = !row.deprecated.empty();
  out.deprecation_message = row.deprecated;
  out.deleted = row.deleted;
  out.icon = row.icon;
  out.default_ttl_ms = row.default_ttl_ms;
  out.activity_bump_ms = row.activity_bump_ms;
  out.time_til_autostop_notify_ms = row.time_til_autostop_notify_ms;
  out.autostop_requirement = {.days_of_week = weekdays(static_cast<unsigned>(row.autostop_requirement_days_of_week)),
                              .weeks = row.autostop_requirement_weeks};
  out.autostart_requirement = {.days_of_week = weekdays(~static_cast<unsigned>(row.autostart_block_days_of_week) & 0x7f)};
  out.created_by_id = row.created_by.uuid;
  out.created_by_name = row.created_by_name;
  out.allow_user_autostart = row.allow_user_autostart;
  out.allow_user_autostop = row.allow_user_autostop;
  out.allow_user_cancel_workspace_jobs = row.allow_user_cancel_workspace_jobs;
  out.failure_ttl_ms = row.failure_ttl_ms;
  out.time_til_dormant_ms = row.time_til_dormant_ms;
  out.time_til_dormant_autodelete_ms = row.time_til_dormant_autodelete_ms;
  out.require_active_version = row.require_active_version;
  out.max_port_share_level = row.max_port_sharing_level;
  out.cors_behavior = row.cors_behavior;
  out.use_classic_parameter_flow = row.use_classic_parameter_flow;
  out.disable_module_cache = row.disable_module_cache;
  return out;
}

Task<Result<std::vector<api::Template>>> to_wire(http::Call& call, const std::vector<sql::Template>& rows) {
  std::vector<api::Template> out;
  std::map<TemplateId, sql::Statistics> known_of;
  std::vector<TemplateId> ids;
  for (const auto& row : rows) ids.push_back(row.id);
  if (!ids.empty()) {
    CO_TRY(found, co_await sql::statistics(call.store(), ids));
    for (auto& one : found) known_of.emplace(one.id, std::move(one));
  }
  for (const auto& row : rows) {
    out.push_back(bare(row));
    add(out.back(), known_of[row.id]);
  }
  co_return out;
}

Task<Result<api::Template>> to_wire(http::Call& call, const sql::Template& row) {
  const std::vector<sql::Template> one{row};
  CO_TRY(templates, co_await to_wire(call, one));
  co_return std::move(templates.front());
}

api::TemplateVersionParameter to_wire(const sql::Parameter& row) {
  api::TemplateVersionParameter out;
  out.name = row.name;
  out.display_name = row.display_name;
  out.description = row.description;
  out.description_plaintext = formats::plain_of_markdown(row.description);
  out.type = row.type;
  out.form_type = row.form_type;
  out.mutable_ = row.mutable_;
  out.default_value = row.default_value;
  out.icon = row.icon;
  if (auto options = api::from_json<std::vector<api::TemplateVersionParameterOption>>(row.options.text)) out.options = std::move(*options);
  out.validation_error = row.validation_error;
  out.validation_regex = row.validation_regex;
  if (row.validation_min) out.validation_min = *row.validation_min;
  if (row.validation_max) out.validation_max = *row.validation_max;
  out.validation_monotonic = row.validation_monotonic;
  out.required = row.required;
  out.ephemeral = row.ephemeral;
  return out;
}

namespace {

api::TemplateVersion shown(const sql::Version& row, api::ProvisionerJob job) {
  api::TemplateVersion out;
  out.id = row.id.uuid;
  if (row.template_id) out.template_id = row.template_id->uuid;
  out.organization_id = row.organization_id.uuid;
  out.created_at = row.created_at;
  out.updated_at = row.updated_at;
  out.name = row.name;
  out.message = row.message;
  out.job = std::move(job);
  out.readme = row.readme;
  out.created_by = {
      .id = row.created_by.uuid, .username = row.created_by_name, .name = row.created_by_full_name, .avatar_url = row.created_by_avatar};
  out.archived = row.archived;
  out.has_external_agent = row.has_external_agent;
  if (auto foreseen = api::from_json<std::vector<api::ClaimReplacement>>(row.claim_replacements.text)) out.claim_replacements = std::move(*foreseen);
  return out;
}

}  // namespace

Task<Result<std::vector<api::TemplateVersion>>> to_wire(http::Call& call, const std::vector<sql::Version>& rows) {
  std::vector<api::TemplateVersion> out;
  if (rows.empty()) co_return out;
  CO_TRY(may, (call.store().permit<rbac::Action::read, rbac::Resource::template_>(sql::object_of(rows.front()))));
  std::vector<JobId> ids, waiting;
  for (const auto& row : rows) ids.push_back(row.job_id);
  CO_TRY(jobs, co_await jobs::load(call.store(), may, ids));
  for (const auto& row : rows) {
    out.push_back(shown(row, std::move(jobs[row.job_id])));
    if (out.back().job.status == api::ProvisionerJobStatus::pending) waiting.push_back(row.job_id);
  }
  if (waiting.empty()) co_return out;
  CO_TRY(matched, co_await jobs::matched(call.store(), may, waiting));
  for (auto& version : out)
    if (const auto found = matched.find(JobId{version.job.id}); found != matched.end()) version.matched_provisioners = found->second;
  co_return out;
}

Task<Result<api::TemplateVersion>> to_wire(http::Call& call, const sql::Version& row) {
  const std::vector<sql::Version> one{row};
  CO_TRY(versions, co_await to_wire(call, one));
  co_return std::move(versions.front());
}

}  // namespace slipway::templates
