// YAML of configuration files and settings, read into a tree: plain data only, since who writes it need not be trusted.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::formats {

struct YamlNode {
  enum class Kind { nothing, text, list, map };
  Kind kind = Kind::nothing;
  int line = 0;  // from 1
  std::string text;
  std::vector<YamlNode> items;     // of a list, or what a map's names stand for
  std::vector<std::string> names;  // of a map, in the text's order; none twice
};

// Errors: invalid, with the line, for what is no YAML, and for anchors, aliases, tags, several documents, a name given twice, deep
// nesting; too_large above 1 MiB. An empty text is nothing.
Result<YamlNode> read_yaml(std::string_view text);

// The same as JSON. Each plain value is a string: what reads it knows better than YAML's guess.
std::string json_of(const YamlNode& node);

}  // namespace slipway::formats
