#include "provisioner/json_read.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace slipway::provisioner {

Result<json::value> parse_json(std::string_view text, std::string_view what, std::size_t most) {
  if (text.size() > most) return fail(Code::too_large, fmt::format("{} is larger than {} MiB.", what, most >> 20));
  json::parse_options options;
  options.max_depth = 64;
  boost::system::error_code failed;
  auto value = json::parse(json::string_view(text.data(), text.size()), failed, {}, options);
  if (failed) return fail(Code::invalid, fmt::format("{} is not JSON: {}.", what, failed.message()));
  return value;
}

const json::value* field(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains(json::string_view(name.data(), name.size()));
  return found && !found->is_null() ? found : nullptr;
}

const json::object* object_field(const json::object& object, std::string_view name) {
  const auto* found = field(object, name);
  return found ? found->if_object() : nullptr;
}

const json::array* array_field(const json::object& object, std::string_view name) {
  const auto* found = field(object, name);
  return found ? found->if_array() : nullptr;
}

const json::object* block(const json::object& object, std::string_view name) {
  const auto* list = array_field(object, name);
  return list && !list->empty() ? list->front().if_object() : nullptr;
}

std::string text(const json::object& object, std::string_view name, std::string_view otherwise) {
  const auto* found = field(object, name);
  const auto* string = found ? found->if_string() : nullptr;
  return string ? std::string(string->data(), string->size()) : std::string(otherwise);
}

std::int64_t number(const json::object& object, std::string_view name, std::int64_t otherwise) {
  const auto* found = field(object, name);
  if (!found) return otherwise;
  if (const auto* whole = found->if_int64()) return *whole;
  if (const auto* real = found->if_double(); real && std::isfinite(*real) && std::abs(*real) < 9e15) return static_cast<std::int64_t>(*real);
  return otherwise;
}

std::int32_t small(const json::object& object, std::string_view name, std::int32_t otherwise) {
  constexpr std::int64_t kLeast = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(std::clamp(number(object, name, otherwise), kLeast, kMost));
}

bool truth(const json::object& object, std::string_view name, bool otherwise) {
  const auto* found = field(object, name);
  const auto* value = found ? found->if_bool() : nullptr;
  return value ? *value : otherwise;
}

std::string as_text(const json::value& value) {
  if (value.is_null()) return "";
  if (const auto* string = value.if_string()) return {string->data(), string->size()};
  return json::serialize(value);
}

}  // namespace slipway::provisioner
