#include "provisioner/coder_values.hpp"

#include <algorithm>

namespace slipway::provisioner {
namespace {

// Calls each(object) for every object of a list.
template <class F>
void for_blocks(const json::object& values, std::string_view name, F each) {
  const auto* list = array_field(values, name);
  if (!list) return;
  for (const auto& item : *list)
    if (const auto* object = item.if_object()) each(*object);
}

std::vector<NamedValue> string_map(const json::object& values, std::string_view name) {
  std::vector<NamedValue> out;
  if (const auto* map = object_field(values, name))
    for (const auto& [key, value] : *map) out.push_back({std::string(key), as_text(value)});
  std::ranges::sort(out, {}, &NamedValue::name);
  return out;
}

// The block's switches, or what the provider sets when there is none.
std::vector<std::string> display_apps_of(const json::object& values) {
  struct Switch {
    const char* name;
    bool usual;
  };
  static constexpr Switch kSwitches[] = {
      {"vscode", true}, {"vscode_insiders", false}, {"web_terminal", true}, {"ssh_helper", true}, {"port_forwarding_helper", true}};
  static const json::object kUnset;
  const auto* chosen = block(values, "display_apps");
  std::vector<std::string> out;
  for (const auto& one : kSwitches)
    if (truth(chosen ? *chosen : kUnset, one.name, one.usual)) out.emplace_back(one.name);
  return out;
}

std::vector<Script> own_scripts(const json::object& values) {
  std::vector<Script> out;
  if (auto startup = text(values, "startup_script"); !startup.empty()) {
    out.push_back({.display_name = "Startup Script",
                   .icon = "/emojis/25b6-fe0f.png",
                   .script = std::move(startup),
                   .log_path = "coder-startup-script.log",
                   .start_blocks_login = text(values, "startup_script_behavior") == "blocking",
                   .run_on_start = true});
  }
  if (auto shutdown = text(values, "shutdown_script"); !shutdown.empty()) {
    out.push_back({.display_name = "Shutdown Script",
                   .icon = "/emojis/25c0.png",
                   .script = std::move(shutdown),
                   .log_path = "coder-shutdown-script.log",
                   .run_on_stop = true});
  }
  return out;
}

void read_monitors(const json::object& values, Agent& agent) {
  const auto* monitoring = block(values, "resources_monitoring");
  if (!monitoring) return;
  if (const auto* memory = block(*monitoring, "memory")) agent.memory_monitor = MemoryMonitor{truth(*memory, "enabled"), small(*memory, "threshold")};
  for_blocks(*monitoring, "volume", [&](const json::object& volume) {
    agent.volume_monitors.push_back({text(volume, "path"), truth(volume, "enabled"), small(volume, "threshold")});
  });
}

// "string", or list(string) from ["list","string"], object({a = number}) from ["object",{"a":"number"}].
std::string type_expression(const json::value& type) {
  if (const auto* word = type.if_string()) return {word->data(), word->size()};
  if (const auto* attributes = type.if_object()) {
    std::string out;
    for (const auto& [name, inner] : *attributes)
      out += fmt::format("{}{} = {}", out.empty() ? "" : ", ", std::string_view(name), type_expression(inner));
    return "{" + out + "}";
  }
  const auto* parts = type.if_array();
  if (!parts || parts->empty()) return "any";
  if (parts->size() == 1) return type_expression(parts->front());
  const auto& inner = (*parts)[1];
  if (const auto* members = inner.if_array(); members && type_expression(parts->front()) == "tuple") {
    std::string out;
    for (const auto& member : *members) out += (out.empty() ? "" : ", ") + type_expression(member);
    return "tuple([" + out + "])";
  }
  return fmt::format("{}({})", type_expression(parts->front()), type_expression(inner));
}

}  // namespace

Agent agent_of(const json::object& values, const std::string& resource_name) {
  Agent out;
  out.id = text(values, "id");
  out.name = resource_name;
  out.operating_system = text(values, "os");
  out.architecture = text(values, "arch");
  out.directory = text(values, "dir");
  out.auth = text(values, "auth", "token");
  if (out.auth == "token") out.token = Secret(text(values, "token"));
  out.api_key_scope = text(values, "api_key_scope", "all");
  out.troubleshooting_url = text(values, "troubleshooting_url");
  out.motd_file = text(values, "motd_file");
  out.connection_timeout_seconds = small(values, "connection_timeout", 120);
  out.order = number(values, "order");
  out.environment = string_map(values, "env");
  out.display_apps = display_apps_of(values);
  out.scripts = own_scripts(values);
  for_blocks(values, "metadata", [&](const json::object& one) {
    out.metadata.push_back(
        {text(one, "key"), text(one, "display_name"), text(one, "script"), number(one, "interval"), number(one, "timeout"), number(one, "order")});
  });
  read_monitors(values, out);
  return out;
}

App app_of(const json::object& values, const std::string& resource_name) {
  App out;
  out.id = text(values, "id");
  out.slug = text(values, "slug", resource_name);
  out.display_name = text(values, "display_name");
  if (out.display_name.empty()) out.display_name = out.slug;
  out.command = text(values, "command");
  out.url = text(values, "url");
  out.icon = text(values, "icon");
  out.group = text(values, "group");
  out.tooltip = text(values, "tooltip");
  out.share = text(values, "share", "owner");
  out.open_in = text(values, "open_in", "slim-window");
  out.subdomain = truth(values, "subdomain");
  out.external = truth(values, "external");
  out.hidden = truth(values, "hidden");
  out.order = number(values, "order");
  if (const auto* check = block(values, "healthcheck"))
    out.healthcheck = Healthcheck{text(*check, "url"), small(*check, "interval"), small(*check, "threshold")};
  return out;
}

Script script_of(const json::object& values) {
  Script out;
  out.display_name = text(values, "display_name");
  out.icon = text(values, "icon");
  out.script = text(values, "script");
  out.cron = text(values, "cron");
  out.log_path = text(values, "log_path");
  out.timeout_seconds = number(values, "timeout");
  out.start_blocks_login = truth(values, "start_blocks_login");
  out.run_on_start = truth(values, "run_on_start");
  out.run_on_stop = truth(values, "run_on_stop");
  return out;
}

Devcontainer devcontainer_of(const json::object& values, const std::string& resource_name) {
  Devcontainer out;
  out.id = text(values, "id");
  out.name = resource_name;
  out.workspace_folder = text(values, "workspace_folder");
  out.config_path = text(values, "config_path");
  out.subagent_id = text(values, "subagent_id");
  return out;
}

Parameter parameter_of(const json::object& values) {
  Parameter out;
  out.name = text(values, "name");
  out.display_name = text(values, "display_name");
  out.description = text(values, "description");
  out.type = text(values, "type", "string");
  out.form_type = text(values, "form_type");
  out.styling = text(values, "styling", "{}");
  out.default_value = text(values, "default");
  out.icon = text(values, "icon");
  out.mutable_ = truth(values, "mutable");
  out.required = !truth(values, "optional");
  out.ephemeral = truth(values, "ephemeral");
  out.order = small(values, "order");
  for_blocks(values, "option", [&](const json::object& one) {
    out.options.push_back({text(one, "name"), text(one, "description"), text(one, "value"), text(one, "icon")});
  });
  if (const auto* rule = block(values, "validation")) {
    out.validation_regex = text(*rule, "regex");
    out.validation_error = text(*rule, "error");
    out.validation_monotonic = text(*rule, "monotonic");
    if (field(*rule, "min") && !truth(*rule, "min_disabled")) out.validation_min = small(*rule, "min");
    if (field(*rule, "max") && !truth(*rule, "max_disabled")) out.validation_max = small(*rule, "max");
  }
  return out;
}

Preset preset_of(const json::object& values) {
  Preset out;
  out.name = text(values, "name");
  out.description = text(values, "description");
  out.icon = text(values, "icon");
  out.is_default = truth(values, "default");
  out.parameters = string_map(values, "parameters");
  const auto* prebuilds = block(values, "prebuilds");
  if (!prebuilds) return out;
  out.prebuild_instances = small(*prebuilds, "instances");
  if (const auto* expiry = block(*prebuilds, "expiration_policy")) out.prebuild_ttl_seconds = small(*expiry, "ttl");
  if (const auto* scheduling = block(*prebuilds, "scheduling")) {
    out.schedule_timezone = text(*scheduling, "timezone");
    for_blocks(*scheduling, "schedule", [&](const json::object& one) { out.schedules.push_back({text(one, "cron"), small(one, "instances")}); });
  }
  return out;
}

Variable variable_of(const std::string& name, const json::object& declared) {
  Variable out;
  out.name = name;
  out.description = text(declared, "description");
  const auto* usual = declared.if_contains("default");
  const auto* type = field(declared, "type");
  if (type)
    out.type = type_expression(*type);
  else
    out.type = usual && usual->is_bool() ? "bool" : usual && usual->is_number() ? "number" : "string";
  if (usual) out.default_value = as_text(*usual);
  out.required = !usual;
  out.sensitive = truth(declared, "sensitive");
  return out;
}

std::string instance_type_of(std::string_view type, const json::object& values) {
  if (type == "google_compute_instance") return text(values, "machine_type");
  if (type == "azurerm_linux_virtual_machine" || type == "azurerm_windows_virtual_machine") return text(values, "size");
  return text(values, "instance_type");
}

std::string instance_id_of(std::string_view type, const json::object& values) {
  if (type == "aws_instance") return text(values, "id");
  if (type.starts_with("aws_spot_instance")) return text(values, "spot_instance_id");
  if (type == "google_compute_instance") return text(values, "instance_id");
  if (type == "azurerm_linux_virtual_machine" || type == "azurerm_windows_virtual_machine") return text(values, "virtual_machine_id");
  return "";
}

}  // namespace slipway::provisioner
