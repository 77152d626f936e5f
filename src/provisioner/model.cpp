#include "provisioner/model.hpp"

namespace slipway::provisioner {
namespace {

constexpr std::size_t kMostInstances = 10000;
const json::object kNothing;

std::string joined(std::string_view module, std::string_view rest) { return module.empty() ? std::string(rest) : fmt::format("{}.{}", module, rest); }

void set_index(Instance& one, const json::value* key) {
  if (!key) return;
  if (const auto* word = key->if_string()) {
    one.index = std::string(word->data(), word->size());
    one.address += fmt::format("[{}]", json::serialize(*word));
  } else {
    one.index = json::serialize(*key);
    one.address += fmt::format("[{}]", *one.index);
  }
}

void set_dependencies(Instance& one, const json::array* list) {
  if (!list) return;
  for (const auto& item : *list)
    if (const auto* word = item.if_string()) one.depends_on.push_back(without_indices({word->data(), word->size()}));
}

Instance make(const json::object& resource, std::string_view module) {
  Instance one;
  one.type = text(resource, "type");
  one.name = text(resource, "name");
  one.module = module;
  one.data = text(resource, "mode") == "data";
  one.config = joined(without_indices(module), fmt::format("{}{}.{}", one.data ? "data." : "", one.type, one.name));
  one.address = joined(module, fmt::format("{}{}.{}", one.data ? "data." : "", one.type, one.name));
  return one;
}

Result<void> add(std::vector<Instance>& out, Instance one) {
  if (out.size() >= kMostInstances) return fail(Code::too_large, fmt::format("The template makes more than {} resources.", kMostInstances));
  if (!one.type.empty() && !one.name.empty()) out.push_back(std::move(one));
  return {};
}

Result<void> add_module(std::vector<Instance>& out, const json::object& module) {
  const auto address = text(module, "address");
  if (const auto* resources = array_field(module, "resources")) {
    for (const auto& item : *resources) {
      const auto* resource = item.if_object();
      if (!resource) continue;
      auto one = make(*resource, address);
      set_index(one, field(*resource, "index"));
      const auto* values = object_field(*resource, "values");
      one.values = values ? values : &kNothing;
      set_dependencies(one, array_field(*resource, "depends_on"));
      TRY_OK(add(out, std::move(one)));
    }
  }
  if (const auto* children = array_field(module, "child_modules"))
    for (const auto& child : *children)
      if (const auto* inner = child.if_object()) TRY_OK(add_module(out, *inner));
  return {};
}

Result<void> add_state_resource(std::vector<Instance>& out, const json::object& resource) {
  const auto* instances = array_field(resource, "instances");
  if (!instances) return {};
  for (const auto& item : *instances) {
    const auto* instance = item.if_object();
    if (!instance || field(*instance, "deposed")) continue;  // what is about to go is not what there is
    auto one = make(resource, text(resource, "module"));
    set_index(one, field(*instance, "index_key"));
    const auto* values = object_field(*instance, "attributes");
    one.values = values ? values : &kNothing;
    set_dependencies(one, array_field(*instance, "dependencies"));
    TRY_OK(add(out, std::move(one)));
  }
  return {};
}

}  // namespace

const json::object* root_configuration(const json::value& plan) {
  const auto* object = plan.if_object();
  const auto* configuration = object ? object_field(*object, "configuration") : nullptr;
  return configuration ? object_field(*configuration, "root_module") : nullptr;
}

std::string without_indices(std::string_view address) {
  std::string out;
  bool quoted = false;
  bool inside = false;
  for (std::size_t i = 0; i < address.size(); ++i) {
    const char c = address[i];
    if (inside && quoted && c == '\\') {
      ++i;
    } else if (inside && c == '"') {
      quoted = !quoted;
    } else if (!inside && c == '[') {
      inside = true;
    } else if (inside && !quoted && c == ']') {
      inside = false;
    } else if (!inside) {
      out += c;
    }
  }
  return out;
}

Result<std::vector<Instance>> instances_of_values(const json::object& values) {
  std::vector<Instance> out;
  if (const auto* root = object_field(values, "root_module")) TRY_OK(add_module(out, *root));
  return out;
}

Result<std::vector<Instance>> instances_of_state(const json::value& document) {
  const auto* state = document.if_object();
  if (!state) return fail(Code::invalid, "The state is not a JSON object.");
  if (const auto* values = object_field(*state, "values")) return instances_of_values(*values);
  std::vector<Instance> out;
  if (field(*state, "format_version")) return out;  // `show -json` of an empty state
  if (number(*state, "version") != 4) return fail(Code::invalid, "The state has a form that this release cannot read.");
  if (const auto* resources = array_field(*state, "resources"))
    for (const auto& item : *resources)
      if (const auto* resource = item.if_object()) TRY_OK(add_state_resource(out, *resource));
  return out;
}

}  // namespace slipway::provisioner
