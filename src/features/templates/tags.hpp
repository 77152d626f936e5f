// The tags by which a template says where it is built (`coder_workspace_tags`): read from its archive when a version is made, worked
// out then with what variables and parameters are by default, and for each build with what they are there. Pure.
#pragma once

#include "base/result.hpp"

#include <map>
#include <string>
#include <string_view>

namespace slipway::templates {

// What the tags are worked out from: the blocks of the root module that they may speak of, and no more of those than that takes.
// Empty where the template names no tags. Errors: 400 when it does and cannot be read.
Result<std::string> tag_source(std::string_view archive);

struct TagInputs {
  std::map<std::string, std::string> variables;   // what they were given; else their defaults count
  std::map<std::string, std::string> parameters;  // likewise, by their names
  std::string owner;                              // user name
};
// Errors: 400 with a validation for each tag that cannot be worked out.
Result<std::map<std::string, std::string>> tags_of(const std::string& source, const TagInputs& inputs);

}  // namespace slipway::templates
