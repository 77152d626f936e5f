// What the engine is given for a job: archive, state, variables, parameters, and whom it is for.
#include "features/provisioning/gather.hpp"

#include "api/init_script.hpp"
#include "crypto/token.hpp"
#include "features/provisioning/gen/provisioning_sql.hpp"
#include "features/quotas/quotas.hpp"

#include <boost/json.hpp>

namespace slipway::provisioning {

namespace {

template <class T>
std::vector<T> values_in(const boost::json::object& input, const char* key) {
  std::vector<T> out;
  const auto* list = input.if_contains(key);
  if (!list || !list->is_array()) return out;
  for (const auto& item : list->as_array())
    if (const auto* object = item.if_object(); object && object->contains("name") && object->contains("value"))
      out.push_back(T{std::string(std::string_view(object->at("name").as_string())), std::string(std::string_view(object->at("value").as_string()))});
  return out;
}

std::map<std::string, std::string> agent_scripts() {
  std::map<std::string, std::string> scripts;
  for (const auto& platform : api::agent_platforms())
    scripts[fmt::format("{}_{}", platform.os, platform.arch)] = api::init_script(platform.os, platform.arch);
  return scripts;
}

Task<Result<void>> gather_archive(Handle& duty, JobId job, TemplateVersionId version, provisioner::JobInput& out) {
  CO_TRY(archive, co_await sql::archive_of(duty, job, version));
  out.archive = std::move(archive.data);
  co_return Result<void>();
}

Task<Result<void>> gather_version(Handle& duty, const jobs::sql::Acquired& job, const Input& input, provisioner::JobInput& out) {
  CO_CHECK(co_await gather_archive(duty, job.id, input.version, out));
  CO_TRY(person, co_await sql::person(duty, job.initiator_id));
  out.workspace.owner = {
      .id = person.id.str(), .name = person.username, .full_name = person.name, .email = person.email, .login_type = person.login_type};
  out.workspace.name = input.workspace_name.empty() ? "default" : input.workspace_name;
  CO_TRY(version, co_await sql::version_source(duty, input.version));
  out.workspace.template_version = version.version_name;
  out.workspace.template_name = version.template_name;
  if (version.template_id) out.workspace.template_id = version.template_id->str();
  out.parameters = input.parameters;
  for (const auto& value : input.variables) out.variables.push_back({.name = value.name, .value = value.value});
  if (out.kind != provisioner::JobKind::dry_run || !out.variables.empty()) co_return Result<void>();
  CO_TRY(variables, co_await sql::variables_of(duty, input.version));
  for (auto& v : variables) out.variables.push_back({.name = std::move(v.name), .value = std::move(v.value), .sensitive = v.sensitive});
  co_return Result<void>();
}

// The token by which a template may act for its owner, or nothing where the owner has not started the build. The last build's ends.
Task<Result<std::optional<Secret>>> owner_token(Handle& duty, const SourceOptions& options, const sql::BuildSource& row) {
  CO_CHECK(co_await sql::end_owner_token(duty, row.workspace_id));
  const auto key = crypto::make_api_key();
  const sql::GiveOwnerTokenArgs args{.id = key.id,
                                     .hashed_secret = {key.hash()},
                                     .lifetime_seconds = options.session_lifetime.count(),
                                     .now = duty.now(),
                                     .expires_at = duty.now() + options.session_lifetime,
                                     .build_id = row.id};
  CO_TRY(given, co_await sql::give_owner_token(duty, args));
  co_return given > 0 ? std::optional(key.text()) : std::nullopt;
}

Task<Result<void>> gather_build(Handle& duty, const SourceOptions& options, JobId job, const Input& input, provisioner::JobInput& out) {
  CO_TRY(row, co_await sql::build_source(duty, input.build, job));
  CO_CHECK(co_await gather_archive(duty, job, row.template_version_id, out));
  out.kind = provisioner::JobKind::build;
  auto& w = out.workspace;
  w.id = row.workspace_id.str();
  w.name = row.workspace_name;
  w.template_id = row.template_id.str();
  w.template_name = row.template_name;
  w.template_version = row.version_name;
  w.build_id = row.id.str();
  w.build_number = row.build_number;
  w.transition = provisioner::parse_transition(row.transition).value_or(provisioner::Transition::start);
  w.prebuild = input.stage;
  w.owner = {.id = row.owner_id.str(),
             .name = row.username,
             .full_name = row.full_name,
             .email = row.email,
             .login_type = row.login_type,
             .groups = row.groups,
             .roles = {},
             .ssh_public_key = row.public_key};
  for (const auto& role : row.rbac_roles) w.owner.roles.push_back({role, ""});
  out.state = std::move(row.state.data);
  out.check_plan = w.transition != provisioner::Transition::destroy && quotas::may_cost(out.archive);
  CO_TRY(variables, co_await sql::variables_of(duty, row.template_version_id));
  for (auto& v : variables) out.variables.push_back({.name = std::move(v.name), .value = std::move(v.value), .sensitive = v.sensitive});
  CO_TRY(parameters, co_await sql::build_parameters(duty, input.build));
  for (auto& p : parameters) out.parameters.push_back({std::move(p.name), std::move(p.value)});
  if (w.prebuild != provisioner::Prebuild::claim) {
    CO_TRY(previous, co_await sql::previous_parameters(duty, row.workspace_id, row.build_number));
    for (auto& p : previous) out.previous_parameters.push_back({std::move(p.name), std::move(p.value)});
  } else {  // whoever claims chooses as for a new workspace
    CO_TRY(agents, co_await sql::running_agents(duty, row.workspace_id, row.build_number));
    for (const auto& agent : agents) w.running_agent_tokens.push_back({.agent_id = agent.id.str(), .token = Secret(agent.auth_token.str())});
  }
  CO_TRY(token, co_await owner_token(duty, options, row));
  if (!token) co_return Result<void>();
  w.owner.session_token = std::move(*token);
  w.owner.ssh_private_key = Secret(std::move(row.private_key));
  co_return Result<void>();
}

}  // namespace

Input read_input(const std::string& text) {
  Input out;
  boost::system::error_code ec;
  const auto parsed = boost::json::parse(text, ec);
  if (ec || !parsed.is_object()) return out;
  const auto& input = parsed.as_object();
  const auto text_of = [&input](const char* key) {
    const auto* value = input.if_contains(key);
    return value && value->is_string() ? std::string(std::string_view(value->as_string())) : std::string();
  };
  out.version = TemplateVersionId::parse(text_of("template_version_id")).value_or(TemplateVersionId{});
  out.build = BuildId::parse(text_of("workspace_build_id")).value_or(BuildId{});
  out.variables = values_in<api::VariableValue>(input, "user_variable_values");
  out.parameters = values_in<provisioner::NamedValue>(input, "rich_parameter_values");
  out.workspace_name = text_of("workspace_name");
  out.log_level = text_of("log_level");
  if (const auto* stage = input.if_contains("prebuilt_workspace_stage"); stage && stage->is_int64()) {
    if (stage->get_int64() == 1) out.stage = provisioner::Prebuild::create;
    if (stage->get_int64() == 2) out.stage = provisioner::Prebuild::claim;
  }
  return out;
}

Task<Result<provisioner::JobInput>> gather(Handle& duty, const SourceOptions& options, const jobs::sql::Acquired& job) {
  static const auto scripts = agent_scripts();
  const Input input = read_input(job.input.text);
  provisioner::JobInput out;
  out.id = job.id;
  out.engine = job.provisioner;
  out.organization = job.organization_id.str();
  out.access_url = options.access_url;
  out.agent_url = options.agent_url;
  out.agent_scripts = scripts;
  out.log_level = input.log_level;
  if (job.type == "workspace_build") {
    CO_CHECK(co_await gather_build(duty, options, job.id, input, out));
  } else {
    out.kind = job.type == "template_version_import" ? provisioner::JobKind::import : provisioner::JobKind::dry_run;
    CO_CHECK(co_await gather_version(duty, job, input, out));
  }
  co_return out;
}

}  // namespace slipway::provisioning
