#include "provisioner/references.hpp"

#include <algorithm>
#include <deque>

namespace slipway::provisioner {
namespace {

constexpr std::size_t kReducible = 200;  // beyond it, who is nearest is not worked out from a state

// The next name of "a.b[0].c", its constant index if any, and the rest.
struct Part {
  std::string_view name;
  std::optional<std::string> index;
};

Part take_part(std::string_view& path) {
  const auto end = std::min(path.find_first_of(".["), path.size());
  Part out{path.substr(0, end), std::nullopt};
  path.remove_prefix(end);
  while (path.starts_with('[')) {
    bool quoted = false;
    std::size_t close = 1;
    for (; close < path.size() && (quoted || path[close] != ']'); ++close) {
      if (quoted && path[close] == '\\')
        ++close;
      else if (path[close] == '"')
        quoted = !quoted;
    }
    auto inner = path.substr(1, std::min(close, path.size()) - 1);
    if (inner.size() >= 2 && inner.starts_with('"') && inner.ends_with('"')) inner = inner.substr(1, inner.size() - 2);
    out.index = std::string(inner);
    path.remove_prefix(std::min(close + 1, path.size()));
  }
  if (path.starts_with('.')) path.remove_prefix(1);
  return out;
}

// The node that a reference written inside the module `prefix` stands for; nothing for each, count, path and the like.
std::optional<Reference> resolve(const std::string& prefix, std::string_view path) {
  const auto first = take_part(path);
  if (first.name == "var") {
    if (prefix.empty()) return std::nullopt;
    return Reference{fmt::format("{}var.{}", prefix, take_part(path).name), {}};
  }
  if (first.name == "local") return Reference{fmt::format("{}local.{}", prefix, take_part(path).name), {}};
  if (first.name == "module") {
    const auto name = take_part(path).name;
    const auto output = take_part(path).name;
    return Reference{output.empty() ? fmt::format("{}module.{}.outputs", prefix, name) : fmt::format("{}module.{}.output.{}", prefix, name, output),
                     {}};
  }
  static constexpr std::string_view kOther[] = {"each", "count", "self", "path", "terraform", "tofu", ""};
  if (std::ranges::find(kOther, first.name) != std::end(kOther)) return std::nullopt;
  if (first.name == "data") {
    const auto type = take_part(path).name;
    const auto name = take_part(path);
    if (name.name.empty()) return std::nullopt;
    return Reference{fmt::format("{}data.{}.{}", prefix, type, name.name), name.index};
  }
  const auto name = take_part(path);
  if (name.name.empty()) return std::nullopt;
  return Reference{fmt::format("{}{}.{}", prefix, first.name, name.name), name.index};
}

// Every "references" list below a value. A list names each thing from the longest form to the shortest: the first
// counts.
void collect(const json::value& value, const std::string& prefix, std::vector<Reference>& out) {
  if (const auto* list = value.if_array()) {
    for (const auto& item : *list) collect(item, prefix, out);
    return;
  }
  const auto* object = value.if_object();
  if (!object) return;
  for (const auto& [key, inner] : *object) {
    if (key != "references" || !inner.is_array()) {
      collect(inner, prefix, out);
      continue;
    }
    for (const auto& item : inner.get_array()) {
      const auto* path = item.if_string();
      auto found = path ? resolve(prefix, {path->data(), path->size()}) : std::nullopt;
      if (!found) continue;
      const bool known = std::ranges::any_of(out, [&](const Reference& r) { return r.node == found->node && (r.index || !found->index); });
      if (!known) out.push_back(std::move(*found));
    }
  }
}

void collect_names(const json::array* list, const std::string& prefix, std::vector<Reference>& out) {
  if (!list) return;
  for (const auto& item : *list)
    if (const auto* path = item.if_string())
      if (auto found = resolve(prefix, {path->data(), path->size()})) out.push_back(std::move(*found));
}

bool is_local(std::string_view node) { return node.starts_with("local.") || node.find(".local.") != std::string_view::npos; }

struct Kind {
  bool managed = false;  // a resource that is not data
  std::string_view type;
};

// What a node's last two names say: "module.m.docker_container.c" is a managed docker_container.
Kind kind_of(std::string_view node) {
  while (node.starts_with("module.")) {
    const auto dot = node.find('.', 7);
    if (dot == std::string_view::npos) return {};
    node.remove_prefix(dot + 1);
  }
  const auto dot = node.find('.');
  if (dot == std::string_view::npos) return {};
  const auto head = node.substr(0, dot);
  if (head == "data" || head == "var" || head == "local" || head == "output" || head == "provider") return {};
  return {true, head};
}

}  // namespace

bool is_virtual(std::string_view type) { return type.starts_with("coder_") && type != "coder_external_agent"; }

void References::connect(const std::string& from, const std::vector<Reference>& to) {
  for (const auto& one : to) {
    if (one.node == from) continue;
    open_locals_ = open_locals_ || is_local(one.node);
    uses_[from].insert(one);
    used_by_[one.node].insert(from);
  }
}

void References::add_configuration(const json::object& root_module) { add_module(root_module, ""); }

void References::add_resource(const json::object& resource, const std::string& prefix) {
  const auto address = prefix + text(resource, "address");
  std::vector<Reference> all;
  for (const auto* name : {"expressions", "count_expression", "for_each_expression", "provisioners"})
    if (const auto* value = field(resource, name)) collect(*value, prefix, all);
  collect_names(array_field(resource, "depends_on"), prefix, all);
  connect(address, all);
  const auto* expressions = object_field(resource, "expressions");
  if (!expressions || !text(resource, "type").starts_with("coder_")) return;
  for (const auto& [name, value] : *expressions) {
    std::vector<Reference> found;
    collect(value, prefix, found);
    if (!found.empty()) attributes_[{address, std::string(name)}] = std::move(found);
  }
}

void References::add_call(const std::string& name, const json::object& call, const std::string& prefix) {
  const auto inner = fmt::format("{}module.{}.", prefix, name);
  if (const auto* expressions = object_field(call, "expressions")) {
    for (const auto& [variable, value] : *expressions) {
      std::vector<Reference> found;
      collect(value, prefix, found);
      connect(fmt::format("{}var.{}", inner, std::string_view(variable)), found);
    }
  }
  if (const auto* module = object_field(call, "module")) add_module(*module, inner);
}

void References::add_module(const json::object& module, const std::string& prefix) {
  if (const auto* resources = array_field(module, "resources"))
    for (const auto& item : *resources)
      if (const auto* resource = item.if_object()) add_resource(*resource, prefix);
  if (const auto* outputs = object_field(module, "outputs"); outputs && !prefix.empty()) {
    for (const auto& [name, value] : *outputs) {
      std::vector<Reference> found;
      collect(value, prefix, found);
      const auto node = fmt::format("{}output.{}", prefix, std::string_view(name));
      connect(node, found);
      connect(prefix + "outputs", {{node, {}}});
    }
  }
  if (const auto* calls = object_field(module, "module_calls"))
    for (const auto& [name, value] : *calls)
      if (const auto* call = value.if_object()) add_call(std::string(name), *call, prefix);
}

void References::add_graph(std::string_view dot) {
  // One edge a line: "[root] a.b (expand)" -> "[root] local.c (expand)"
  const auto node = [](std::string_view quoted) -> std::string {
    const auto open = quoted.find('"');
    const auto close = quoted.rfind('"');
    if (open == std::string_view::npos || close <= open) return "";
    auto inner = quoted.substr(open + 1, close - open - 1);
    if (inner.starts_with("[root] ")) inner.remove_prefix(7);
    if (const auto space = inner.find(" ("); space != std::string_view::npos) inner = inner.substr(0, space);
    return without_indices(inner);
  };
  while (!dot.empty()) {
    const auto end = std::min(dot.find('\n'), dot.size());
    const auto line = dot.substr(0, end);
    dot.remove_prefix(std::min(end + 1, dot.size()));
    const auto arrow = line.find("\" -> \"");
    if (arrow == std::string_view::npos) continue;
    const auto from = node(line.substr(0, arrow + 1));
    const auto to = node(line.substr(arrow + 4));
    // Only what the configuration leaves open; its own references say more.
    if (!from.empty() && !to.empty() && is_local(from)) connect(from, {{to, {}}});
  }
}

void References::add_state(const std::vector<Instance>& instances) {
  std::map<std::string, std::set<std::string>> all;
  for (const auto& one : instances)
    if (!one.data) all[one.config].insert(one.depends_on.begin(), one.depends_on.end());
  static const std::set<std::string> kNone;
  const auto of = [&](const std::string& name) -> const std::set<std::string>& {
    const auto found = all.find(name);
    return found == all.end() ? kNone : found->second;
  };
  for (const auto& [config, names] : all) {
    if (names.size() > kReducible) continue;
    // A state lists everything upstream: what another of them already depends on is not a direct use.
    for (const auto& name : names) {
      const bool indirect = std::ranges::any_of(names, [&](const std::string& other) { return other != name && of(other).contains(name); });
      if (!indirect) connect(config, {{name, {}}});
    }
  }
}

std::vector<std::string> References::nearest_users(const std::string& target) const {
  std::set<std::string> seen{target};
  std::set<std::string> found;
  std::deque<std::string> open{target};
  // Only nodes that are no machine are walked through, so all that is found is equally near.
  while (!open.empty()) {
    const auto node = std::move(open.front());
    open.pop_front();
    const auto users = used_by_.find(node);
    if (users == used_by_.end()) continue;
    for (const auto& user : users->second) {
      if (!seen.insert(user).second) continue;
      const auto kind = kind_of(user);
      if (kind.managed && !is_virtual(kind.type))
        found.insert(user);
      else if (!kind.managed)
        open.push_back(user);
    }
  }
  return {found.begin(), found.end()};
}

std::vector<Reference> References::targets(const std::string& config, const std::string& attribute) const {
  const auto start = attributes_.find({config, attribute});
  if (start == attributes_.end()) return {};
  std::vector<Reference> out;
  std::set<std::string> seen;
  std::deque<Reference> open(start->second.begin(), start->second.end());
  while (!open.empty()) {
    const auto at = std::move(open.front());
    open.pop_front();
    if (kind_of(at.node).managed) {
      out.push_back(at);
      continue;
    }
    if (!seen.insert(at.node).second) continue;
    if (const auto next = uses_.find(at.node); next != uses_.end()) open.insert(open.end(), next->second.begin(), next->second.end());
  }
  return out;
}

}  // namespace slipway::provisioner
