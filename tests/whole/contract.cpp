#include "whole/contract.hpp"

#include "base/clock.hpp"
#include "base/ids.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace slipway::test {

namespace {

const std::string kFolder = SLIPWAY_SOURCE_DIR "/contract/";

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, by);) parts.push_back(part);
  return parts;
}

bool is_lower(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_time(std::string_view text) {
  return text.size() >= 20 && text.size() <= 30 && text[10] == 'T' && text.back() == 'Z' && parse_rfc3339(text).has_value();
}

}  // namespace

std::string route_key(const std::string& method, const std::string& pattern) {
  std::string out = (method == "*" ? "ANY" : method) + " ";
  bool inside = false;
  for (char c : pattern) {
    if (c == '{') out += "{}";
    inside = c == '{' || (inside && c != '}');
    if (!inside && c != '}') out += c;
  }
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  return out;
}

std::string ContractRoute::key() const { return route_key(method, path); }

Contract::Contract() {
  std::ifstream routes(kFolder + "routes.tsv");
  for (std::string line; std::getline(routes, line);) {
    const auto part = split(line, '\t');
    if (part.size() < 8 || part[4] != "core") continue;
    core.push_back(
        {.method = part[0], .path = part[1], .auth = part[3], .request = part[5], .response = part[6], .status = std::atoi(part[7].c_str())});
  }
  std::ifstream in(kFolder + "types.json");
  std::stringstream text;
  text << in.rdbuf();
  types_ = boost::json::parse(text.str()).as_object();
}

std::map<std::string, std::string> Contract::fields(const std::string& type) const {
  std::map<std::string, std::string> out;
  const auto* known = types_.if_contains(type);
  if (!known || !known->is_object() || known->as_object().contains("$alias")) return out;
  for (const auto& [name, field] : known->as_object()) out[name] = std::string(field.at("type").as_string());
  return out;
}

std::vector<std::string> Contract::faults(const boost::json::value& value, const std::string& type) const {
  std::vector<std::string> out;
  check(value, type, type, out);
  return out;
}

void Contract::check(const boost::json::value& value, const std::string& type, const std::string& where, std::vector<std::string>& out) const {
  const auto wrong = [&](const std::string& what) {
    out.push_back(fmt::format("{}: {} ({})", where, what, boost::json::serialize(value).substr(0, 80)));
  };
  const auto rest = type.substr(std::min(type.size(), type.find(':') + 1));
  if (type.starts_with("array:")) {
    if (!value.is_array()) return wrong("is no list");
    for (const auto& item : value.as_array()) check(item, rest, where + "[]", out);
  } else if (type.starts_with("map:")) {
    if (!value.is_object()) return wrong("is no object");
    for (const auto& [key, item] : value.as_object()) check(item, rest, where + "." + std::string(key), out);
  } else if (type.starts_with("object:")) {
    check(value, rest, where, out);
  } else if (type.starts_with("enum:@")) {
    check(value, rest.substr(1), where, out);
  } else if (type.starts_with("enum:")) {
    const auto allowed = split(rest + "|", '|');
    const bool empty_is_one = rest.empty() || rest.ends_with("|") || rest.find("||") != rest.npos || rest.starts_with("|");
    if (!value.is_string()) return wrong("is no string");
    const std::string_view text = value.as_string();
    if (!(text.empty() && empty_is_one) && std::ranges::find(allowed, text) == allowed.end()) wrong("is none of " + rest);
  } else if (type == "string") {
    if (!value.is_string()) wrong("is no string");
  } else if (type == "bool") {
    if (!value.is_bool()) wrong("is no boolean");
  } else if (type == "int") {
    if (!value.is_int64() && !value.is_uint64()) wrong("is no whole number");
  } else if (type == "float") {
    if (!value.is_number()) wrong("is no number");
  } else if (type == "uuid") {
    if (!value.is_string() || !Uuid::parse(std::string_view(value.as_string())) || !is_lower(value.as_string())) wrong("is no UUID in small letters");
  } else if (type == "time") {
    if (!value.is_string() || !is_time(value.as_string())) wrong("is no RFC 3339 time in UTC");
  } else if (type != "any") {
    const auto* known = types_.if_contains(type);
    if (!known) return wrong("type " + type + " is not in the contract");
    if (known->is_array()) {
      // Lists that grow are read leniently: "*" stands in roles, new kinds of resources and engines bring names of their own.
      const auto& names = known->as_array();
      const bool open =
          type == "RBACAction" || type == "RBACResource" || type == "APIKeyScope" || type == "ResourceType" || type == "ProvisionerType";
      if (!value.is_string() || (!open && std::ranges::find(names, value) == names.end())) wrong("is no " + type);
    } else if (const auto* alias = known->as_object().if_contains("$alias")) {
      check(value, std::string(alias->as_string()), where, out);
    } else {
      check_object(value, known->as_object(), where, out);
    }
  }
}

void Contract::check_object(const boost::json::value& value, const boost::json::object& fields, const std::string& where,
                            std::vector<std::string>& out) const {
  if (!value.is_object()) {
    out.push_back(fmt::format("{}: is no object ({})", where, boost::json::serialize(value).substr(0, 80)));
    return;
  }
  const auto& object = value.as_object();
  for (const auto& [name, field] : fields) {
    const auto at = where + "." + std::string(name);
    const bool optional = field.at("optional").as_bool(), nullable = field.at("nullable").as_bool();
    const auto* got = object.if_contains(name);
    if (!got) {
      if (!optional) out.push_back(at + ": is missing");
    } else if (got->is_null()) {
      if (!nullable && field.at("type").as_string() != "any") out.push_back(at + ": is null");
    } else {
      check(*got, std::string(field.at("type").as_string()), at, out);
    }
  }
  for (const auto& [name, got] : object)
    if (!fields.contains(name)) out.push_back(where + "." + std::string(name) + ": is no field of the contract");
}

}  // namespace slipway::test
