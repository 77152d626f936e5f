// Lenient reading of JSON whose shape another program chose: an absent, null or wrongly typed field is its zero value.
#pragma once

#include "base/result.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::provisioner {

namespace json = boost::json;

// Errors: invalid when it is not JSON, nests more than 64 levels deep or is larger than `most` bytes.
Result<json::value> parse_json(std::string_view text, std::string_view what, std::size_t most = 64 << 20);

const json::value* field(const json::object& object, std::string_view name);
const json::object* object_field(const json::object& object, std::string_view name);
const json::array* array_field(const json::object& object, std::string_view name);
// The first object of a list: how Terraform shows a block that may come once.
const json::object* block(const json::object& object, std::string_view name);
std::string text(const json::object& object, std::string_view name, std::string_view otherwise = "");
std::int64_t number(const json::object& object, std::string_view name, std::int64_t otherwise = 0);
std::int32_t small(const json::object& object, std::string_view name, std::int32_t otherwise = 0);
bool truth(const json::object& object, std::string_view name, bool otherwise = false);
// A string as it is, anything else as JSON; null is empty.
std::string as_text(const json::value& value);

}  // namespace slipway::provisioner
