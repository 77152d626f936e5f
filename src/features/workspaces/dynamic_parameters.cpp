// What a form for a version's parameters shows while somebody fills it in: each answer judges the given values by the very rules
// that a build has.
#include "features/templates/templates.hpp"
#include "features/users/users.hpp"
#include "features/workspaces/parameters.hpp"
#include "features/workspaces/workspaces.hpp"
#include "http/live.hpp"
#include "http/routes.hpp"

namespace slipway::workspaces {

namespace {

using rbac::Action, rbac::Resource;

constexpr std::size_t kMostMessage = 1 << 20;
constexpr std::int64_t kFirst = -1;  // the id of the answer that nobody asked for

struct Form {
  TemplateVersionId version;
  std::vector<templates::sql::Parameter> rows;
  std::vector<api::TemplateVersionParameter> declared;
};

api::NullHCLString known(std::string value) { return {.value = std::move(value), .valid = true}; }

api::FriendlyDiagnostic complaint(std::string summary, std::string detail, std::string code) {
  return {.severity = std::string(api::DiagnosticSeverityString::error),
          .summary = std::move(summary),
          .detail = std::move(detail),
          .extra = {.code = std::move(code)}};
}

std::vector<api::PreviewParameterValidation> validations(const api::TemplateVersionParameter& p) {
  api::PreviewParameterValidation rule{.validation_error = p.validation_error,
                                       .validation_regex = {},
                                       .validation_min = p.validation_min,
                                       .validation_max = p.validation_max,
                                       .validation_monotonic = {}};
  if (!p.validation_regex.empty()) rule.validation_regex = p.validation_regex;
  if (!p.validation_monotonic.empty()) rule.validation_monotonic = p.validation_monotonic;
  if (!rule.validation_regex && !rule.validation_min && !rule.validation_max && !rule.validation_monotonic) return {};
  return {std::move(rule)};
}

api::PreviewParameter preview(const templates::sql::Parameter& row, const api::TemplateVersionParameter& p, const ParameterInputs& inputs) {
  api::PreviewParameter out{.name = p.name,
                            .display_name = p.display_name,
                            .description = p.description,
                            .type = p.type,
                            .form_type = p.form_type,
                            .styling = {},
                            .mutable_ = p.mutable_,
                            .default_value = {},
                            .icon = p.icon,
                            .options = {},
                            .validations = validations(p),
                            .required = p.required,
                            .order = row.display_order,
                            .ephemeral = p.ephemeral,
                            .value = {},
                            .diagnostics = {}};
  if (auto styling = api::from_json<api::PreviewParameterStyling>(row.styling.text)) out.styling = std::move(*styling);
  if (!p.required) out.default_value = known(p.default_value);
  for (const auto& option : p.options)
    out.options.push_back({.name = option.name, .description = option.description, .value = known(option.value), .icon = option.icon});
  auto judged = judge(p, inputs);
  if (judged.value) out.value = known(std::move(*judged.value));
  if (judged.missing)
    out.diagnostics.push_back(complaint("Required parameter not provided", std::move(judged.fault), "required"));
  else if (!judged.fault.empty())
    out.diagnostics.push_back(complaint("Invalid parameter value according to 'validation' block", std::move(judged.fault), ""));
  return out;
}

api::DynamicParametersResponse answer_to(const Form& form, const api::DynamicParametersRequest& ask) {
  api::DynamicParametersResponse out{.id = ask.id, .diagnostics = {}, .parameters = {}};
  const ParameterInputs inputs{.declared = form.declared, .asked = ask.inputs, .preset = {}, .previous = {}, .first_build = true};
  for (const auto& [name, value] : ask.inputs)
    if (std::ranges::find(form.declared, name, &api::TemplateVersionParameter::name) == form.declared.end())
      out.diagnostics.push_back(complaint(fmt::format("The template has no parameter named \"{}\".", name), "Leave it out.", ""));
  for (std::size_t i = 0; i < form.rows.size(); ++i) out.parameters.push_back(preview(form.rows[i], form.declared[i], inputs));
  return out;
}

Task<Result<Form>> form_of(http::Call& call) {
  CO_TRY(id, call.path_id<TemplateVersionId>("templateversion"));
  CO_TRY(version, co_await templates::find_version(call, id));
  CO_TRY(may, co_await templates::after_import(call, version));
  CO_TRY(rows, co_await templates::sql::parameters(call.store(), may, version.id));
  Form form{.version = version.id, .rows = std::move(rows), .declared = {}};
  for (const auto& row : form.rows) form.declared.push_back(templates::to_wire(row));
  co_return form;
}

// The person for whom the workspace would be made must be one whom the caller may see.
Task<Result<void>> check_owner(http::Call& call, const std::optional<Uuid>& owner) {
  if (!owner || owner->is_nil()) co_return Result<void>();
  CO_CHECK(co_await users::find(call, owner->str()));
  co_return Result<void>();
}

Task<Result<api::DynamicParametersResponse>> evaluate(http::Call& call, api::DynamicParametersRequest ask) {
  CO_TRY(form, co_await form_of(call));
  CO_CHECK(co_await check_owner(call, ask.owner_id));
  co_return answer_to(form, ask);
}

// One answer a message until the other side goes.
Task<Result<void>> converse(http::Call& call, const Form& form, net::WebSocket& socket) {
  const api::DynamicParametersRequest first{.id = kFirst, .inputs = {}, .owner_id = {}};
  CO_CHECK(co_await socket.write_text(api::to_json(answer_to(form, first))));
  for (;;) {
    CO_TRY(message, co_await socket.read());
    auto ask = api::from_request<api::DynamicParametersRequest>(message.data);
    if (!ask) {
      co_await socket.close(net::close_code::unsupported, "each message is a DynamicParametersRequest");
      co_return Result<void>();
    }
    CO_CHECK(co_await check_owner(call, ask->owner_id));
    CO_CHECK(co_await socket.write_text(api::to_json(answer_to(form, *ask))));
  }
}

Task<Result<http::Handled>> stream(http::Call& call, http::Authenticator& authenticator) {
  CO_TRY(owner, call.query_uuid("user_id"));
  CO_TRY(form, co_await form_of(call));
  CO_CHECK(co_await check_owner(call, owner));
  net::WebSocketOptions options{.max_message = kMostMessage, .subprotocols = {}, .origins = call.home().site->origins, .headers = {}};
  auto socket = co_await call.exchange().upgrade(std::move(options));
  if (!socket) co_return http::Handled{};  // the refusal is written
  auto reads = [version = form.version](store::Store& now) -> Task<Result<bool>> {
    CO_TRY(row, co_await templates::sql::version_by_id(now, version));
    co_return row.has_value();
  };
  http::Live live(call, http::Standing(call, authenticator, "version " + form.version.str(), reads), {.watches_caller = false});
  const auto answer = co_await live.beside(converse(call, form, **socket));
  const bool refused = live.lost() || (answer && !*answer && (answer->error().code == Code::not_found || answer->error().code == Code::forbidden));
  co_await (*socket)->close(refused ? net::close_code::policy : net::close_code::normal);
  co_return http::Handled{};
}

}  // namespace

void add_parameter_routes(http::Routes& routes, http::Authenticator& authenticator) {
  using http::Audit, http::Auth;
  const std::string path = "/api/v2/templateversions/{templateversion}/dynamic-parameters";
  routes.get<Auth::user, Audit::none>(path, [&authenticator](http::Call& call) { return stream(call, authenticator); });
  routes.post<Auth::user, Audit::none>(path + "/evaluate", evaluate);
}

}  // namespace slipway::workspaces
