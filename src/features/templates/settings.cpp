#include "features/templates/settings.hpp"

#include "base/names.hpp"
#include "features/jobs/jobs.hpp"
#include "features/templates/told.hpp"

#include <tuple>

namespace slipway::templates {

namespace {

using rbac::Action, rbac::Resource;

constexpr unsigned kEveryDay = 0x7f;
constexpr std::int64_t kMostWeeks = 16;

// The days a template keeps are those on which workspaces must stop, and those on which they may not start.
struct Days {
  std::int16_t stop = 0;
  std::int64_t weeks = 0;
  std::int16_t no_start = 0;
};

Result<Days> days_of(Days days, const std::optional<api::TemplateAutostopRequirement>& stop,
                     const std::optional<api::TemplateAutostartRequirement>& start) {
  if (stop) {
    TRY(bits, weekday_bits(stop->days_of_week, "autostop_requirement.days_of_week"));
    if (stop->weeks < 0 || stop->weeks > kMostWeeks)
      return fail_field("Invalid request.", "autostop_requirement.weeks", fmt::format("Must be a number of weeks from 0 to {}.", kMostWeeks));
    days.stop = static_cast<std::int16_t>(bits);
    days.weeks = bits == 0 ? 0 : std::max<std::int64_t>(stop->weeks, 1);
  }
  if (start) {
    TRY(bits, weekday_bits(start->days_of_week, "autostart_requirement.days_of_week"));
    days.no_start = static_cast<std::int16_t>(~bits & kEveryDay);
  }
  return days;
}

using Span = std::pair<const char*, std::optional<std::int64_t>>;

Result<void> valid_spans(std::initializer_list<Span> spans) {
  for (const auto& [field, value] : spans)
    if (value && *value < 0) return fail_field("Invalid request.", field, "Must be a number of milliseconds, zero or more.");
  return {};
}

Result<sql::UpdateMetaArgs> changed(const sql::Template& row, const api::UpdateTemplateMeta& ask, Time now) {
  if (ask.name && !ask.name->empty()) TRY_OK(names::valid_name(*ask.name));
  if (ask.display_name) TRY_OK(names::valid_display_name(*ask.display_name));
  TRY_OK(valid_spans({{"default_ttl_ms", ask.default_ttl_ms},
                      {"activity_bump_ms", ask.activity_bump_ms},
                      {"time_til_autostop_notify_ms", ask.time_til_autostop_notify_ms},
                      {"failure_ttl_ms", ask.failure_ttl_ms},
                      {"time_til_dormant_ms", ask.time_til_dormant_ms},
                      {"time_til_dormant_autodelete_ms", ask.time_til_dormant_autodelete_ms}}));
  TRY(days, days_of({row.autostop_requirement_days_of_week, row.autostop_requirement_weeks, row.autostart_block_days_of_week},
                    ask.autostop_requirement, ask.autostart_requirement));
  return sql::UpdateMetaArgs{.name = ask.name && !ask.name->empty() ? *ask.name : row.name,
                             .display_name = ask.display_name.value_or(row.display_name),
                             .description = ask.description.value_or(row.description),
                             .icon = ask.icon.value_or(row.icon),
                             .default_ttl_ms = ask.default_ttl_ms.value_or(row.default_ttl_ms),
                             .activity_bump_ms = ask.activity_bump_ms.value_or(row.activity_bump_ms),
                             .time_til_autostop_notify_ms = ask.time_til_autostop_notify_ms.value_or(row.time_til_autostop_notify_ms),
                             .autostop_days = days.stop,
                             .autostop_weeks = days.weeks,
                             .autostart_blocked_days = days.no_start,
                             .everyone = ask.disable_everyone_group_access ? std::optional(!*ask.disable_everyone_group_access) : std::nullopt,
                             .allow_user_autostart = ask.allow_user_autostart.value_or(row.allow_user_autostart),
                             .allow_user_autostop = ask.allow_user_autostop.value_or(row.allow_user_autostop),
                             .allow_user_cancel_workspace_jobs = ask.allow_user_cancel_workspace_jobs.value_or(row.allow_user_cancel_workspace_jobs),
                             .failure_ttl_ms = ask.failure_ttl_ms.value_or(row.failure_ttl_ms),
                             .time_til_dormant_ms = ask.time_til_dormant_ms.value_or(row.time_til_dormant_ms),
                             .time_til_dormant_autodelete_ms = ask.time_til_dormant_autodelete_ms.value_or(row.time_til_dormant_autodelete_ms),
                             .require_active_version = ask.require_active_version.value_or(row.require_active_version),
                             .deprecated = ask.deprecation_message.value_or(row.deprecated),
                             .max_port_sharing_level = ask.max_port_share_level && !ask.max_port_share_level->empty() ? *ask.max_port_share_level
                                                                                                                      : row.max_port_sharing_level,
                             .cors_behavior = ask.cors_behavior && !ask.cors_behavior->empty() ? *ask.cors_behavior : row.cors_behavior,
                             .use_classic_parameter_flow = ask.use_classic_parameter_flow.value_or(row.use_classic_parameter_flow),
                             .disable_module_cache = ask.disable_module_cache.value_or(row.disable_module_cache),
                             .now = now};
}

// Whether the scheduler may have to do something else, or sooner, to workspaces.
bool moves_schedules(const sql::Template& row, const sql::UpdateMetaArgs& args) {
  const auto before = std::tie(row.default_ttl_ms, row.time_til_autostop_notify_ms, row.autostop_requirement_days_of_week,
                               row.autostop_requirement_weeks, row.autostart_block_days_of_week, row.allow_user_autostart, row.allow_user_autostop,
                               row.failure_ttl_ms, row.time_til_dormant_ms, row.time_til_dormant_autodelete_ms);
  return before != std::tie(args.default_ttl_ms, args.time_til_autostop_notify_ms, args.autostop_days, args.autostop_weeks,
                            args.autostart_blocked_days, args.allow_user_autostart, args.allow_user_autostop, args.failure_ttl_ms,
                            args.time_til_dormant_ms, args.time_til_dormant_autodelete_ms);
}

// What is shared already comes down to the template's level too. People and groups are of the organization: only no sharing at all ends
// theirs.
Task<Result<void>> cap_port_shares(store::Tx& tx, const store::Permit<Action::update, Resource::template_>& may, const std::string& level) {
  if (level == "public") co_return Result<void>();
  if (level == "owner") {
    CO_CHECK(co_await sql::end_port_shares(tx, may));
    CO_CHECK(co_await sql::end_app_shares(tx, may));
    co_return Result<void>();
  }
  std::vector<std::string> above{"public"};
  if (level == "organization") above.emplace_back("authenticated");
  CO_CHECK(co_await sql::cap_port_shares(tx, may, level, above));
  co_return Result<void>();
}

}  // namespace

Result<sql::InsertArgs> new_settings(const http::Call& call, const api::CreateTemplateRequest& ask, const sql::Version& version,
                                     OrganizationId organization) {
  TRY_OK(valid_spans({{"default_ttl_ms", ask.default_ttl_ms},
                      {"activity_bump_ms", ask.activity_bump_ms},
                      {"time_til_autostop_notify_ms", ask.time_til_autostop_notify_ms},
                      {"failure_ttl_ms", ask.failure_ttl_ms},
                      {"dormant_ttl_ms", ask.dormant_ttl_ms},
                      {"delete_ttl_ms", ask.delete_ttl_ms}}));
  TRY(days, days_of({}, ask.autostop_requirement, ask.autostart_requirement));
  sql::InsertArgs args;
  args.name = ask.name;
  args.display_name = ask.display_name.value_or("");
  args.description = ask.description.value_or("");
  args.icon = ask.icon.value_or("");
  args.provisioner = "terraform";
  args.active_version_id = version.id;
  args.created_by = call.actor().user_id;
  args.default_ttl_ms = ask.default_ttl_ms.value_or(0);
  args.activity_bump_ms = ask.activity_bump_ms.value_or(3600000);
  args.time_til_autostop_notify_ms = ask.time_til_autostop_notify_ms.value_or(0);
  args.autostop_days = days.stop;
  args.autostop_weeks = days.weeks;
  args.autostart_blocked_days = days.no_start;
  args.allow_user_autostart = ask.allow_user_autostart.value_or(true);
  args.allow_user_autostop = ask.allow_user_autostop.value_or(true);
  args.allow_user_cancel_workspace_jobs = ask.allow_user_cancel_workspace_jobs.value_or(true);
  args.failure_ttl_ms = ask.failure_ttl_ms.value_or(0);
  args.time_til_dormant_ms = ask.dormant_ttl_ms.value_or(0);
  args.time_til_dormant_autodelete_ms = ask.delete_ttl_ms.value_or(0);
  args.require_active_version = ask.require_active_version;
  args.max_port_sharing_level = ask.max_port_share_level.value_or("owner");
  args.cors_behavior = ask.cors_behavior.value_or("simple");
  args.use_classic_parameter_flow = ask.template_use_classic_parameter_flow.value_or(false);
  // Everyone of the organization may use a new template, unless it was asked otherwise.
  args.group_acl = {ask.disable_everyone_group_access ? "{}" : "{\"" + organization.str() + "\":[\"read\",\"use\"]}"};
  args.now = call.now();
  return args;
}

Task<Result<api::Template>> update(http::Call& call, api::UpdateTemplateMeta ask) {
  CO_TRY(id, call.path_id<TemplateId>("template"));
  CO_TRY(row, co_await find_template(call, id));
  call.audited(http::audit_about(sql::audit_of(row)));
  const bool used = ask.update_workspace_last_used_at.value_or(false), dormant = ask.update_workspace_dormant_at.value_or(false);
  auto now = row;
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(locked, co_await sql::lock(tx, id));
    if (!locked) co_return not_found();
    row = **locked;
    CO_TRY(may, (store::permit<Action::update, Resource::template_>(tx, *locked)));
    CO_TRY(args, changed(row, ask, call.now()));
    CO_CHECK(co_await sql::update_meta(tx, may, args));
    CO_TRY(after, co_await sql::by_id(tx, row.id));
    if (!after) co_return not_found();
    now = std::move(*after);
    auto trace = http::audit_change(sql::audit_of(row), sql::audit_of(now));
    if (trace.diff != "{}" || used || dormant) tx.trace(std::move(trace));
    if (now.deprecated != row.deprecated && !now.deprecated.empty()) tell_deprecated(tx, now);
    if (args.max_port_sharing_level != row.max_port_sharing_level) CO_CHECK(co_await cap_port_shares(tx, may, args.max_port_sharing_level));
    if (now.deprecated != row.deprecated) CO_CHECK(co_await store::notify(tx, std::string(jobs::kPools), row.id.str()));
    if (!used && !dormant && !moves_schedules(row, args)) co_return Result<void>();
    CO_TRY(dormant_ones, co_await sql::workspaces_follow(tx, may, call.now(), used, dormant));
    const bool deletes_otherwise = dormant || row.time_til_dormant_autodelete_ms != now.time_til_dormant_autodelete_ms;
    if (deletes_otherwise) tell_marked_for_deletion(tx, now, dormant_ones);
    co_return co_await store::notify(tx, std::string(kSchedules), {});
  };
  CO_CHECK(co_await call.store().tx(body));
  auto before = bare(row), after = bare(now);
  before.updated_at = after.updated_at;
  if (before == after && row.group_acl == now.group_acl && !used && !dormant) co_return fail(Code::unchanged, "Nothing changed.");
  co_return co_await to_wire(call, now);
}

}  // namespace slipway::templates
