#include "provisioner/claim_forecast.hpp"

#include "provisioner/json_read.hpp"

#include <algorithm>
#include <map>

namespace slipway::provisioner {
namespace {

using Changes = std::map<std::string, const json::object*, std::less<>>;  // address to its change

// The type of a value, as a state writes it beside what has no type of its own.
json::value type_of(const json::value& value) {
  if (value.is_bool()) return "bool";
  if (value.is_number()) return "number";
  if (const auto* list = value.if_array()) {
    json::array types;
    for (const auto& item : *list) types.push_back(type_of(item));
    return json::array{"tuple", std::move(types)};
  }
  if (const auto* object = value.if_object()) {
    json::object types;
    for (const auto& [name, item] : *object) types[name] = type_of(item);
    return json::array{"object", std::move(types)};
  }
  return "string";
}

json::object attributes_of(const json::object& resource, const json::object* unknown) {
  const auto* known = object_field(resource, "values");
  auto out = known ? *known : json::object();
  if (unknown)
    for (const auto& [name, is_unknown] : *unknown)
      if (is_unknown.is_bool() && is_unknown.get_bool()) out[name] = nullptr;
  if (unknown && unknown->contains("id")) out["id"] = Uuid::random().str();
  const auto type = text(resource, "type");
  if (type == "coder_agent") out["token"] = kForecastToken;
  if (type != "terraform_data") return out;
  if (const auto* input = field(out, "input"); input && unknown && unknown->contains("output")) {
    auto same = *input;  // its output is what went in, once it is made
    out["output"] = std::move(same);
  }
  for (const auto* name : {"input", "output", "triggers_replace"}) {
    const auto* value = field(out, name);
    if (!value || value->is_null()) continue;
    auto typed = json::object{{"value", *value}, {"type", type_of(*value)}};
    out[name] = std::move(typed);
  }
  return out;
}

void add_module(const json::object& module, const Changes& changes, json::array& into) {
  if (const auto* resources = array_field(module, "resources"))
    for (const auto& item : *resources) {
      const auto* resource = item.if_object();
      if (!resource || text(*resource, "mode") != "managed") continue;
      const auto address = text(*resource, "address"), own = text(*resource, "type") + "." + text(*resource, "name");
      const auto change = changes.find(address);
      json::object instance{
          {"schema_version", number(*resource, "schema_version")},
          {"attributes", attributes_of(*resource, change == changes.end() ? nullptr : object_field(*change->second, "after_unknown"))}};
      if (const auto* index = field(*resource, "index")) instance["index_key"] = *index;
      json::object row{{"mode", "managed"},
                       {"type", text(*resource, "type")},
                       {"name", text(*resource, "name")},
                       {"provider", "provider[\"" + text(*resource, "provider_name") + "\"]"},
                       {"instances", json::array{std::move(instance)}}};
      if (const auto at = address.find("." + own); at != address.npos) row["module"] = address.substr(0, at);
      into.push_back(std::move(row));
    }
  if (const auto* children = array_field(module, "child_modules"))
    for (const auto& child : *children)
      if (const auto* object = child.if_object()) add_module(*object, changes, into);
}

}  // namespace

Result<std::string> state_as_planned(std::string_view plan) {
  TRY(parsed, parse_json(plan, "Terraform's plan"));
  const auto* object = parsed.if_object();
  const auto* planned = object ? object_field(*object, "planned_values") : nullptr;
  const auto* root = planned ? object_field(*planned, "root_module") : nullptr;
  if (!root) return fail(Code::invalid, "Terraform's plan says nothing of what it will make.");
  Changes changes;
  if (const auto* list = array_field(*object, "resource_changes"))
    for (const auto& item : *list)
      if (const auto* entry = item.if_object())
        if (const auto* change = object_field(*entry, "change")) changes[text(*entry, "address")] = change;
  json::array resources;
  add_module(*root, changes, resources);
  const json::object state{{"version", 4},
                           {"terraform_version", "1.6.0"},
                           {"serial", 1},
                           {"lineage", Uuid::random().str()},
                           {"outputs", json::object()},
                           {"resources", std::move(resources)}};
  return json::serialize(state);
}

std::vector<Replacement> only_in(std::vector<Replacement> claim, const std::vector<Replacement>& same_owner) {
  for (auto& one : claim) {
    const auto other = std::ranges::find(same_owner, one.resource, &Replacement::resource);
    if (other == same_owner.end()) continue;
    std::erase_if(one.paths, [&](const auto& path) { return std::ranges::find(other->paths, path) != other->paths.end(); });
  }
  std::erase_if(claim, [](const auto& one) { return one.paths.empty(); });
  return claim;
}

}  // namespace slipway::provisioner
