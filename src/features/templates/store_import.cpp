// What an import found, as rows: parameters, variables, presets. JSON carries the rows, so their number costs no statement.
#include "features/templates/templates.hpp"

#include <boost/json.hpp>

namespace slipway::templates {

namespace {

namespace json = boost::json;

json::value optional(const std::optional<std::int32_t>& value) { return value ? json::value(*value) : json::value(nullptr); }

// What a form may do with a parameter's look; the template's author writes it.
json::value styling_of(const std::string& text) {
  boost::system::error_code ec;
  auto parsed = json::parse(text, ec);
  return !ec && parsed.is_object() ? std::move(parsed) : json::value(json::object());
}

std::string parameter_rows(const std::vector<provisioner::Parameter>& parameters) {
  json::array rows;
  int order = 0;
  for (const auto& p : parameters) {
    json::array options;
    for (const auto& o : p.options) options.push_back({{"name", o.name}, {"description", o.description}, {"value", o.value}, {"icon", o.icon}});
    rows.push_back({{"name", p.name},
                    {"display_name", p.display_name},
                    {"description", p.description},
                    {"type", p.type},
                    {"form_type", p.form_type},
                    {"mutable", p.mutable_},
                    {"default_value", p.default_value},
                    {"icon", p.icon},
                    {"options", std::move(options)},
                    {"validation_regex", p.validation_regex},
                    {"validation_min", optional(p.validation_min)},
                    {"validation_max", optional(p.validation_max)},
                    {"validation_error", p.validation_error},
                    {"validation_monotonic", p.validation_monotonic},
                    {"required", p.required},
                    {"ephemeral", p.ephemeral},
                    {"display_order", order++},
                    {"styling", styling_of(p.styling)}});
  }
  return json::serialize(rows);
}

std::string variable_rows(const std::vector<provisioner::Variable>& variables, const std::vector<api::VariableValue>& given) {
  json::array rows;
  for (const auto& v : variables) {
    const auto found = std::ranges::find(given, v.name, &api::VariableValue::name);
    rows.push_back({{"name", v.name},
                    {"description", v.description},
                    {"type", v.type},
                    {"value", found == given.end() ? v.default_value : found->value},
                    {"default_value", v.default_value},
                    {"required", v.required},
                    {"sensitive", v.sensitive}});
  }
  return json::serialize(rows);
}

std::string preset_rows(const std::vector<provisioner::Preset>& presets) {
  json::array rows;
  for (const auto& p : presets) {
    json::array parameters;
    for (const auto& value : p.parameters) parameters.push_back({{"name", value.name}, {"value", value.value}});
    json::array schedules;
    for (const auto& line : p.schedules) schedules.push_back({{"position", schedules.size()}, {"cron", line.cron}, {"instances", line.instances}});
    rows.push_back({{"id", Uuid::random().str()},
                    {"name", p.name},
                    {"description", p.description},
                    {"icon", p.icon},
                    {"is_default", p.is_default},
                    {"desired_instances", optional(p.prebuild_instances)},
                    {"invalidate_after_secs", p.prebuild_ttl_seconds},
                    {"scheduling_timezone", p.schedule_timezone},
                    {"parameters", std::move(parameters)},
                    {"schedules", std::move(schedules)}});
  }
  return json::serialize(rows);
}

std::string external_auth_rows(const std::vector<provisioner::ExternalAuth>& providers) {
  json::array rows;
  for (const auto& p : providers) rows.push_back({{"id", p.id}, {"optional", p.optional}});
  return json::serialize(rows);
}

// As answers show them.
std::string replacement_rows(const std::vector<provisioner::Replacement>& foreseen) {
  std::vector<api::ClaimReplacement> rows;
  for (const auto& one : foreseen) rows.push_back({.resource = one.resource, .paths = one.paths});
  return api::to_json(rows);
}

}  // namespace

Task<Result<void>> store_variables(store::DutyTx<rbac::Duty::provisioner_daemon>& tx, TemplateVersionId version, const provisioner::Outcome& outcome,
                                   const std::vector<api::VariableValue>& given) {
  if (outcome.variables.empty()) co_return Result<void>();
  co_return co_await sql::store_variables(tx, version, pg::Json{variable_rows(outcome.variables, given)});
}

Task<Result<void>> store_import(store::DutyTx<rbac::Duty::provisioner_daemon>& tx, TemplateVersionId version, const provisioner::Outcome& outcome,
                                const std::vector<api::VariableValue>& given) {
  const sql::StoreImportArgs args{.readme = outcome.readme,
                                  .external_auth = {external_auth_rows(outcome.external_auth)},
                                  .has_ai_task = outcome.has_ai_task,
                                  .has_external_agent = outcome.has_external_agent,
                                  .claim_replacements = {replacement_rows(outcome.replacements)},
                                  .now = tx.now(),
                                  .version_id = version};
  CO_CHECK(co_await sql::store_import(tx, args));
  if (!outcome.parameters.empty()) CO_CHECK(co_await sql::store_parameters(tx, version, pg::Json{parameter_rows(outcome.parameters)}));
  CO_CHECK(co_await store_variables(tx, version, outcome, given));
  if (!outcome.presets.empty()) CO_CHECK(co_await sql::store_presets(tx, version, tx.now(), pg::Json{preset_rows(outcome.presets)}));
  co_return Result<void>();
}

}  // namespace slipway::templates
