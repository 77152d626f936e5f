// The YAML file of --config: nested, by the groups that existing files have, or flat, by our flags; both may be mixed.
#include "formats/values.hpp"
#include "formats/yaml.hpp"
#include "server/secret_file.hpp"
#include "server/settings.hpp"

namespace slipway::server {

namespace {

using formats::YamlNode;

const Setting* setting_at(const std::vector<Setting>& all, std::string_view place) {
  const auto found = std::ranges::find_if(all, [&](const auto& s) { return s.flag == place || s.yaml == place || s.older_yaml == place; });
  return place.empty() || found == all.end() ? nullptr : &*found;
}

// The text form of what stands in the file; nothing when it is none.
std::optional<std::string> text_in_file(const YamlNode& node, Form form) {
  if (node.kind == YamlNode::Kind::text) return node.text;
  if (form == Form::structure) return formats::json_of(node);
  if (form != Form::list || node.kind != YamlNode::Kind::list) return std::nullopt;
  std::vector<std::string> entries;
  for (const auto& item : node.items) {
    if (item.kind != YamlNode::Kind::text) return std::nullopt;
    entries.push_back(item.text);
  }
  return formats::write_csv(entries);
}

Result<void> collect(const YamlNode& node, const std::string& place, const std::vector<Setting>& all, std::vector<FileLine>& out) {
  if (node.kind == YamlNode::Kind::nothing) return {};
  if (const auto* setting = setting_at(all, place)) {
    auto text = text_in_file(node, setting->value.form);
    if (!text) return fail(Code::invalid, fmt::format("line {}: \"{}\" is no group: it takes a value.", node.line, place));
    if (!text->empty()) out.push_back({place, std::move(*text)});
    return {};
  }
  if (node.kind != YamlNode::Kind::map) {
    if (node.kind != YamlNode::Kind::text || !node.text.empty()) out.push_back({place, node.text});
    return {};
  }
  for (std::size_t i = 0; i < node.names.size(); ++i)
    TRY_OK(collect(node.items[i], place.empty() ? node.names[i] : place + "." + node.names[i], all, out));
  return {};
}

}  // namespace

Result<std::vector<FileLine>> read_config_file(const std::string& path, const std::vector<Setting>& all) {
  std::vector<FileLine> out;
  if (path.empty()) return out;
  const auto yaml = text_of_file(path);
  if (!yaml) return fail(Code::invalid, fmt::format("Cannot read the configuration file {}.", path));
  const auto tree = formats::read_yaml(*yaml);
  if (!tree) return fail(Code::invalid, fmt::format("{}: {}", path, tree.error().say));
  if (tree->kind != YamlNode::Kind::map && tree->kind != YamlNode::Kind::nothing)
    return fail(Code::invalid, fmt::format("{}: settings are written as \"name: value\".", path));
  if (auto read = collect(*tree, {}, all, out); !read) return fail(Code::invalid, fmt::format("{}: {}", path, read.error().say));
  return out;
}

}  // namespace slipway::server
