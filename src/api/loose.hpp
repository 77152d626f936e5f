// Fields of JSON that has no type in the contract, read without judging it: what is not there, or something else, is empty.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::api {

inline std::string text_in(const boost::json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

// The texts of a list.
inline std::vector<std::string> texts_in(const boost::json::object& object, std::string_view name) {
  std::vector<std::string> out;
  if (const auto* found = object.if_contains(name); found && found->is_array())
    for (const auto& one : found->get_array())
      if (one.is_string()) out.emplace_back(one.get_string());
  return out;
}

}  // namespace slipway::api
