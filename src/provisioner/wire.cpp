#include "provisioner/wire.hpp"

#include "api/json.hpp"
#include "crypto/hash.hpp"

#include <limits>

namespace slipway::provisioner::wire {

namespace {

using api::json::Reader, api::json::Value, api::json::Writer;

// Text that is no text: archives, states, plans.
template <class T>
struct Bytes {
  T& held;
};
template <class T>
Bytes<T> bytes(T& held) {
  return {held};
}

// The fields of each type, once for both directions: `x` is the value, const when it is written.
template <class T>
struct Fields;

#define SLIPWAY_FIELDS(type) \
  template <>                \
  struct Fields<type> {      \
    static void of(auto& x, auto&& f)

SLIPWAY_FIELDS(NamedValue) { f("name", x.name), f("value", x.value); }
};
SLIPWAY_FIELDS(VariableValue) { f("name", x.name), f("value", x.value), f("sensitive", x.sensitive); }
};
SLIPWAY_FIELDS(RoleOf) { f("name", x.name), f("organization", x.organization); }
}
;
SLIPWAY_FIELDS(ExternalAuthToken) { f("id", x.id), f("access_token", x.access_token); }
}
;
SLIPWAY_FIELDS(RunningAgentToken) { f("agent_id", x.agent_id), f("token", x.token); }
}
;
SLIPWAY_FIELDS(Owner) {
  f("id", x.id), f("name", x.name), f("full_name", x.full_name), f("email", x.email), f("login_type", x.login_type);
  f("groups", x.groups), f("roles", x.roles), f("ssh_public_key", x.ssh_public_key), f("ssh_private_key", x.ssh_private_key);
  f("session_token", x.session_token), f("oidc_access_token", x.oidc_access_token);
}
}
;
SLIPWAY_FIELDS(Workspace) {
  f("id", x.id), f("name", x.name), f("template_id", x.template_id), f("template_name", x.template_name);
  f("template_version", x.template_version), f("build_id", x.build_id), f("build_number", x.build_number);
  f("transition", x.transition), f("prebuild", x.prebuild), f("owner", x.owner), f("external_auth", x.external_auth);
  f("running_agent_tokens", x.running_agent_tokens), f("task_id", x.task_id), f("task_prompt", x.task_prompt);
}
}
;
SLIPWAY_FIELDS(JobInput) {
  f("id", x.id), f("kind", x.kind), f("engine", x.engine), f("organization", x.organization), f("archive", bytes(x.archive)),
      f("variables", x.variables);
  f("parameters", x.parameters), f("previous_parameters", x.previous_parameters), f("workspace", x.workspace);
  f("state", bytes(x.state)), f("access_url", x.access_url), f("agent_url", x.agent_url), f("agent_scripts", x.agent_scripts);
  f("log_level", x.log_level), f("check_plan", x.check_plan);
}
}
;
SLIPWAY_FIELDS(LogLine) { f("created_at", x.created_at), f("source", x.source), f("level", x.level), f("stage", x.stage), f("output", x.output); }
}
;
SLIPWAY_FIELDS(Healthcheck) { f("url", x.url), f("interval", x.interval), f("threshold", x.threshold); }
}
;
SLIPWAY_FIELDS(App) {
  f("id", x.id), f("slug", x.slug), f("display_name", x.display_name), f("command", x.command), f("url", x.url), f("icon", x.icon);
  f("group", x.group), f("tooltip", x.tooltip), f("share", x.share), f("open_in", x.open_in), f("subdomain", x.subdomain);
  f("external", x.external), f("hidden", x.hidden), f("order", x.order), f("healthcheck", x.healthcheck);
}
}
;
SLIPWAY_FIELDS(Script) {
  f("display_name", x.display_name), f("icon", x.icon), f("script", x.script), f("cron", x.cron), f("log_path", x.log_path);
  f("timeout_seconds", x.timeout_seconds), f("start_blocks_login", x.start_blocks_login), f("run_on_start", x.run_on_start);
  f("run_on_stop", x.run_on_stop);
}
}
;
SLIPWAY_FIELDS(AgentMetadata) {
  f("key", x.key), f("display_name", x.display_name), f("script", x.script), f("interval_seconds", x.interval_seconds);
  f("timeout_seconds", x.timeout_seconds), f("order", x.order);
}
}
;
SLIPWAY_FIELDS(Devcontainer) {
  f("id", x.id), f("name", x.name), f("workspace_folder", x.workspace_folder), f("config_path", x.config_path);
  f("subagent_id", x.subagent_id), f("apps", x.apps), f("scripts", x.scripts), f("environment", x.environment);
}
}
;
SLIPWAY_FIELDS(VolumeMonitor) { f("path", x.path), f("enabled", x.enabled), f("threshold", x.threshold); }
}
;
SLIPWAY_FIELDS(MemoryMonitor) { f("enabled", x.enabled), f("threshold", x.threshold); }
}
;
SLIPWAY_FIELDS(Agent) {
  f("id", x.id), f("name", x.name), f("operating_system", x.operating_system), f("architecture", x.architecture);
  f("directory", x.directory), f("auth", x.auth), f("token", x.token), f("instance_id", x.instance_id);
  f("api_key_scope", x.api_key_scope), f("troubleshooting_url", x.troubleshooting_url), f("motd_file", x.motd_file);
  f("connection_timeout_seconds", x.connection_timeout_seconds), f("order", x.order), f("environment", x.environment);
  f("display_apps", x.display_apps), f("metadata", x.metadata), f("apps", x.apps), f("scripts", x.scripts);
  f("devcontainers", x.devcontainers), f("memory_monitor", x.memory_monitor), f("volume_monitors", x.volume_monitors);
}
}
;
SLIPWAY_FIELDS(ResourceMetadata) { f("key", x.key), f("value", x.value), f("sensitive", x.sensitive), f("is_null", x.is_null); }
}
;
SLIPWAY_FIELDS(Resource) {
  f("address", x.address), f("type", x.type), f("name", x.name), f("icon", x.icon), f("instance_type", x.instance_type);
  f("module_path", x.module_path), f("hide", x.hide), f("daily_cost", x.daily_cost), f("metadata", x.metadata), f("agents", x.agents);
}
}
;
SLIPWAY_FIELDS(ParameterOption) { f("name", x.name), f("description", x.description), f("value", x.value), f("icon", x.icon); }
}
;
SLIPWAY_FIELDS(Parameter) {
  f("name", x.name), f("display_name", x.display_name), f("description", x.description), f("type", x.type), f("form_type", x.form_type);
  f("styling", x.styling), f("default_value", x.default_value), f("icon", x.icon), f("options", x.options);
  f("validation_regex", x.validation_regex), f("validation_error", x.validation_error), f("validation_monotonic", x.validation_monotonic);
  f("validation_min", x.validation_min), f("validation_max", x.validation_max), f("mutable", x.mutable_), f("required", x.required);
  f("ephemeral", x.ephemeral), f("order", x.order);
}
}
;
SLIPWAY_FIELDS(PresetSchedule) { f("cron", x.cron), f("instances", x.instances); }
}
;
SLIPWAY_FIELDS(Preset) {
  f("name", x.name), f("description", x.description), f("icon", x.icon), f("is_default", x.is_default), f("parameters", x.parameters);
  f("prebuild_instances", x.prebuild_instances), f("prebuild_ttl_seconds", x.prebuild_ttl_seconds);
  f("schedule_timezone", x.schedule_timezone), f("schedules", x.schedules);
}
}
;
SLIPWAY_FIELDS(Variable) {
  f("name", x.name), f("description", x.description), f("type", x.type), f("default_value", x.default_value), f("required", x.required);
  f("sensitive", x.sensitive);
}
}
;
SLIPWAY_FIELDS(ExternalAuth) { f("id", x.id), f("optional", x.optional); }
}
;
SLIPWAY_FIELDS(Timing) {
  f("stage", x.stage), f("source", x.source), f("action", x.action), f("resource", x.resource), f("started_at", x.started_at);
  f("ended_at", x.ended_at);
}
}
;
SLIPWAY_FIELDS(Replacement) { f("resource", x.resource), f("paths", x.paths); }
}
;
SLIPWAY_FIELDS(Module) { f("source", x.source), f("version", x.version), f("key", x.key); }
}
;
SLIPWAY_FIELDS(Outcome) {
  f("resources", x.resources), f("parameters", x.parameters), f("presets", x.presets), f("variables", x.variables);
  f("external_auth", x.external_auth), f("workspace_tags", x.workspace_tags), f("modules", x.modules), f("replacements", x.replacements);
  f("timings", x.timings), f("readme", x.readme), f("state", bytes(x.state)), f("plan_json", bytes(x.plan_json));
  f("has_ai_task", x.has_ai_task), f("has_external_agent", x.has_external_agent), f("ai_task_app_id", x.ai_task_app_id);
}
}
;
SLIPWAY_FIELDS(Failure) { f("say", x.say), f("code", x.code), f("cancelled", x.cancelled); }
}
;
SLIPWAY_FIELDS(Acquire) {
  f("name", x.name), f("version", x.version), f("engines", x.engines), f("tags", x.tags), f("request", x.request), f("wait_ms", x.wait_ms);
  f("holder", x.holder);
}
}
;
SLIPWAY_FIELDS(Begin) { f("holder", x.holder), f("held", x.held); }
}
;
SLIPWAY_FIELDS(Wait) { f("wait_ms", x.wait_ms); }
}
;
SLIPWAY_FIELDS(Beat) { f("orders", x.orders); }
}
;
SLIPWAY_FIELDS(Lines) { f("lines", x.lines); }
}
;
SLIPWAY_FIELDS(Quota) { f("daily_cost", x.daily_cost); }
}
;
SLIPWAY_FIELDS(Verdict) { f("failure", x.failure), f("lines", x.lines); }
}
;
SLIPWAY_FIELDS(End) { f("outcome", x.outcome), f("failure", x.failure); }
}
;

#undef SLIPWAY_FIELDS

template <class T>
concept Described = requires(T& x) { Fields<std::remove_const_t<T>>::of(x, [](std::string_view, auto&&) {}); };

// The names of each enum, in the order of its values.
template <class E>
constexpr std::span<const std::string_view> names();
#define SLIPWAY_NAMES(type, ...)                              \
  template <>                                                 \
  constexpr std::span<const std::string_view> names<type>() { \
    static constexpr std::string_view all[] = {__VA_ARGS__};  \
    return all;                                               \
  }
SLIPWAY_NAMES(JobKind, "import", "dry_run", "build")
SLIPWAY_NAMES(Transition, "start", "stop", "delete")
SLIPWAY_NAMES(Prebuild, "none", "create", "claim")
SLIPWAY_NAMES(LogSource, "provisioner_daemon", "provisioner")
SLIPWAY_NAMES(LogLevel, "trace", "debug", "info", "warn", "error")
SLIPWAY_NAMES(Orders, "go_on", "cancel", "abandon")
#undef SLIPWAY_NAMES

template <class T>
constexpr bool is_vector = false;
template <class T>
constexpr bool is_vector<std::vector<T>> = true;
template <class T>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;
template <class T>
constexpr bool is_bytes = false;
template <class T>
constexpr bool is_bytes<Bytes<T>> = true;

template <class T>
void put(Writer& to, const T& value) {
  if constexpr (Described<const T>) {
    to.open();
    Fields<T>::of(value, [&to](std::string_view name, const auto& field) {
      to.key(fmt::format("\"{}\":", name));
      put(to, field);
    });
    to.close();
  } else if constexpr (is_vector<T>) {
    to.raw("[");
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i > 0) to.raw(",");
      put(to, value[i]);
    }
    to.raw("]");
  } else if constexpr (is_optional<T>) {
    value ? put(to, *value) : to.null();
  } else if constexpr (is_bytes<T>) {
    to.string(crypto::base64(value.held));
  } else if constexpr (std::is_enum_v<T>) {
    to.string(names<T>()[static_cast<std::size_t>(value)]);
  } else if constexpr (std::is_same_v<T, Secret>) {
    to.string(value.reveal());
  } else if constexpr (std::is_same_v<T, JobId>) {
    to.uuid(value.uuid);
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    to.integer(value);
  } else {
    write(to, value);
  }
}

template <class T>
void take(Reader& in, const Value& from, T& value);

void take_text(Reader& in, const Value& from, std::string& value) {
  in.string(from, value);
  if (value.find('\0') != std::string::npos) in.wrong("must not hold a NUL character");
}

template <class T>
void take_scalar(Reader& in, const Value& from, T& value) {
  if constexpr (std::is_enum_v<T>) {
    std::string name;
    in.string(from, name);
    const auto found = std::ranges::find(names<T>(), name);
    if (found == names<T>().end()) return in.wrong(fmt::format("must be one of {}", fmt::join(names<T>(), ", ")));
    value = static_cast<T>(found - names<T>().begin());
  } else if constexpr (std::is_same_v<T, std::string>) {
    take_text(in, from, value);
  } else if constexpr (std::is_same_v<T, Secret>) {
    std::string text;
    take_text(in, from, text);
    value = Secret(std::move(text));
  } else if constexpr (std::is_same_v<T, JobId>) {
    in.uuid(from, value.uuid);
  } else if constexpr (std::is_same_v<T, std::int32_t>) {
    std::int64_t number = 0;
    in.integer(from, number);
    if (number != static_cast<std::int32_t>(number)) return in.wrong("must be a number of 32 bits");
    value = static_cast<std::int32_t>(number);
  } else {
    read(in, from, value);
  }
}

template <class T>
void take_field(Reader& in, const Value& object, std::string_view name, T&& field) {
  const Value* found = in.find(object, name);
  if (!found) return;
  Reader::Step step(in, name);
  if constexpr (is_bytes<std::remove_cvref_t<T>>) {
    std::string text;
    in.string(*found, text);
    if (!crypto::unbase64(text, field.held)) in.wrong("must be base64");
  } else {
    take(in, *found, field);
  }
}

template <class T>
void take(Reader& in, const Value& from, T& value) {
  if constexpr (Described<T>) {
    if (!in.is_object(from)) return;
    Fields<T>::of(value, [&](std::string_view name, auto&& field) { take_field(in, from, name, field); });
  } else if constexpr (is_vector<T>) {
    value.clear();
    const auto size = in.array(from);
    for (std::size_t i = 0; size && i < *size; ++i) {
      Reader::Step step(in, i);
      take(in, in.item(from, i), value.emplace_back());
    }
  } else if constexpr (is_optional<T>) {
    if (in.is_null(from)) return value.reset();
    take(in, from, value.emplace());
  } else {
    take_scalar(in, from, value);
  }
}

}  // namespace

template <class T>
std::string encode(const T& value) {
  std::string out;
  Writer writer(out);
  put(writer, value);
  return out;
}

template <class T>
Result<T> decode(std::string_view text) {
  TRY(document, api::json::Document::parse(text));
  Reader reader(api::json::Enums::any);
  T out{};
  take(reader, document.root(), out);
  TRY_OK(api::json::validated(reader));
  return out;
}

#define SLIPWAY_MESSAGE(type)               \
  template std::string encode(const type&); \
  template Result<type> decode(std::string_view);
SLIPWAY_MESSAGE(JobInput)
SLIPWAY_MESSAGE(Acquire)
SLIPWAY_MESSAGE(Begin)
SLIPWAY_MESSAGE(Wait)
SLIPWAY_MESSAGE(Beat)
SLIPWAY_MESSAGE(Lines)
SLIPWAY_MESSAGE(Quota)
SLIPWAY_MESSAGE(Verdict)
SLIPWAY_MESSAGE(End)
#undef SLIPWAY_MESSAGE

}  // namespace slipway::provisioner::wire
