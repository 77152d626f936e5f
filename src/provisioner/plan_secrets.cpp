// What of a plan or a state must not be seen in a log.
#include "provisioner/model.hpp"
#include "provisioner/plan_reader.hpp"

#include <algorithm>

namespace slipway::provisioner {
namespace {

constexpr std::size_t kLeastSecret = 4;  // shorter values would blank half the log

// Adds the strings of `value` that `marks` (true, or the same shape) calls sensitive.
void marked(const json::value& value, const json::value& marks, std::vector<std::string>& out) {
  if (marks.is_bool() && marks.get_bool()) {
    if (const auto* word = value.if_string()) out.emplace_back(word->data(), word->size());
    if (const auto* list = value.if_array())
      for (const auto& item : *list) marked(item, marks, out);
    if (const auto* object = value.if_object())
      for (const auto& [key, inner] : *object) marked(inner, marks, out);
    return;
  }
  if (const auto *object = value.if_object(), *shape = marks.if_object(); object && shape) {
    for (const auto& [key, mark] : *shape)
      if (const auto* inner = object->if_contains(key)) marked(*inner, mark, out);
  }
  if (const auto *list = value.if_array(), *shape = marks.if_array(); list && shape)
    for (std::size_t i = 0; i < std::min(list->size(), shape->size()); ++i) marked((*list)[i], (*shape)[i], out);
}

void sensitive_values(const json::value& value, std::vector<std::string>& out) {
  if (const auto* list = value.if_array())
    for (const auto& item : *list) sensitive_values(item, out);
  const auto* object = value.if_object();
  if (!object) return;
  const auto* values = field(*object, "values");
  const auto* marks = field(*object, "sensitive_values");
  if (values && marks) marked(*values, *marks, out);
  const auto* attributes = object_field(*object, "attributes");  // of a state file
  for (const auto* held : {values ? values->if_object() : nullptr, attributes})
    if (held && field(*held, "init_script") && field(*held, "token")) out.push_back(text(*held, "token"));
  for (const auto& [key, inner] : *object)
    if (key != "configuration") sensitive_values(inner, out);
}

}  // namespace

std::vector<std::string> strings_of(const std::string& value) {
  std::vector<std::string> out{value};
  if (const auto parsed = parse_json(value, "a value")) marked(*parsed, json::value(true), out);
  return out;
}

std::vector<std::string> secrets_in(std::string_view plan_or_state) {
  std::vector<std::string> out;
  const auto parsed = parse_json(plan_or_state, "Terraform's plan");
  if (!parsed) return out;
  sensitive_values(*parsed, out);
  if (const auto *root = root_configuration(*parsed), *object = parsed->if_object(); root && object) {
    const auto *declared = object_field(*root, "variables"), *given = object_field(*object, "variables");
    if (declared && given)
      for (const auto& [name, one] : *declared)
        if (const auto *about = one.if_object(), *value = object_field(*given, std::string_view(name)); about && value && truth(*about, "sensitive"))
          marked(value->contains("value") ? value->at("value") : json::value(), json::value(true), out);
  }
  std::erase_if(out, [](const std::string& s) { return s.size() < kLeastSecret; });
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace slipway::provisioner
