// The server's configuration file: nested YAML read into flat "section.sub.key" -> text, in file order.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::formats {

struct Setting {
  std::string key;    // "networking.http.address"
  std::string value;  // a list comes as its items joined by ","
  int line = 0;
};

// Errors: invalid, with the line. Empty values are left out; anchors, tags and several documents are refused.
Result<std::vector<Setting>> read_yaml(std::string_view text);

}  // namespace slipway::formats
