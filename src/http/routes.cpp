#include "http/routes.hpp"

#include "base/check.hpp"
#include "net/url.hpp"

namespace slipway::http {

// One segment of the paths. Literal children come first, then parameters (which may have a literal prefix: "@{user}").
struct Routes::Node {
  struct Parameter {
    std::string prefix, name;
    std::unique_ptr<Node> node = std::make_unique<Node>();
  };
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::vector<Parameter> parameters;
  std::map<std::string, const Route*, std::less<>> here;  // method -> route
  std::map<std::string, const Route*, std::less<>> rest;  // "*": this node and everything under it
};

namespace {

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    const auto slash = path.find('/');
    if (const auto part = path.substr(0, slash); !part.empty()) out.push_back(part);
    path = slash == path.npos ? std::string_view() : path.substr(slash + 1);
  }
  return out;
}

const Route* by_method(const std::map<std::string, const Route*, std::less<>>& table, std::string_view method) {
  if (const auto found = table.find(method); found != table.end()) return found->second;
  if (method == "HEAD")
    if (const auto found = table.find("GET"); found != table.end()) return found->second;
  if (const auto found = table.find("*"); found != table.end()) return found->second;
  return nullptr;
}

}  // namespace

std::string_view name_of(Audit action) {
  constexpr std::string_view names[] = {
      "", "create", "write", "delete", "start", "stop", "login", "logout", "open", "connect", "request_password_reset"};
  return names[static_cast<std::size_t>(action)];
}

Routes::Routes() : root_(std::make_unique<Node>()) {}
Routes::~Routes() = default;
Routes::Routes(Routes&&) noexcept = default;

void Routes::add(std::string method, std::string pattern, Traits traits, Endpoint endpoint) {
  Node* node = root_.get();
  bool rest = false;
  for (const auto part : segments(pattern)) {
    check(!rest, "a route goes on after its *");
    const auto brace = part.find('{');
    if (part == "*") {
      rest = true;
    } else if (brace == part.npos) {
      auto& child = node->literals[std::string(part)];
      if (!child) child = std::make_unique<Node>();
      node = child.get();
    } else {
      const std::string prefix(part.substr(0, brace)), name(part.substr(brace + 1, part.size() - brace - 2));
      auto found = std::ranges::find_if(node->parameters, [&](const auto& p) { return p.prefix == prefix && p.name == name; });
      if (found == node->parameters.end()) {
        node->parameters.push_back({.prefix = prefix, .name = name});
        std::ranges::sort(node->parameters, std::greater(), [](const auto& p) { return p.prefix.size(); });
        found = std::ranges::find_if(node->parameters, [&](const auto& p) { return p.prefix == prefix && p.name == name; });
      }
      node = found->node.get();
    }
  }
  auto& table = rest ? node->rest : node->here;
  check(!table.contains(method), "two routes have the same method and path: " + method + " " + pattern);
  const auto& route = *routes_.emplace_back(std::make_unique<Route>(
      Route{method, std::move(pattern), traits.auth, traits.audit, traits.rate, traits.within, traits.success, std::move(endpoint)}));
  table.emplace(std::move(method), &route);
}

Match Routes::match(std::string_view method, std::string_view path) const {
  const auto parts = segments(path);
  Match found;
  // Depth first, literals before parameters before the rest: the most literal route wins.
  auto walk = [&](auto& self, const Node& node, std::size_t at) -> bool {
    if (at == parts.size()) {
      if (const auto* route = by_method(node.here, method)) {
        found.route = route;
        return true;
      }
      found.other_method |= !node.here.empty();
    } else {
      if (const auto child = node.literals.find(parts[at]); child != node.literals.end() && self(self, *child->second, at + 1)) return true;
      for (const auto& parameter : node.parameters) {
        if (!parts[at].starts_with(parameter.prefix) || parts[at].size() == parameter.prefix.size()) continue;
        auto value = net::percent_decode(parts[at].substr(parameter.prefix.size()));
        if (!value) continue;
        found.path.push_back({parameter.name, std::move(*value)});
        if (self(self, *parameter.node, at + 1)) return true;
        found.path.pop_back();
      }
    }
    if (const auto* route = by_method(node.rest, method)) {
      found.route = route;
      // The rest keeps its encoding and its trailing slash: proxies pass it on as it came.
      found.path.push_back({"*", at < parts.size() ? std::string(parts[at].data(), path.data() + path.size()) : std::string()});
      return true;
    }
    return false;
  };
  (void)walk(walk, *root_, 0);
  return found;
}

}  // namespace slipway::http
