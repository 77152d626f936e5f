#include "api/json.hpp"
#include "formats/regex.hpp"
#include "formats/values.hpp"
#include "formats/yaml.hpp"
#include "server/config.hpp"
#include "server/secret_file.hpp"
#include "server/settings.hpp"

namespace slipway::server {

namespace {

namespace js = boost::json;
constexpr std::int64_t kSecond = 1000000000;

js::value strings(const std::vector<std::string>& all) {
  js::array out;
  for (const auto& one : all) out.emplace_back(one);
  return out;
}

js::value shown(const std::string& value) { return js::value(value); }
js::value shown(const std::vector<std::string>& value) { return strings(value); }

template <class T>
Value structure(T& to) {
  const auto set = [&to](const std::string& value) -> Result<bool> {
    const auto tree = formats::read_yaml(value);
    if (!tree || tree->kind != formats::YamlNode::Kind::map) return false;
    auto read = api::from_json<T>(formats::json_of(*tree));
    if (read) to = std::move(*read);
    return read.has_value();
  };
  const auto show = [&to] {
    js::object out;
    for (const auto& [name, value] : to) out[name] = shown(value);
    return js::value(out);
  };
  return {Form::structure, set, show};
}

}  // namespace

Value text(std::string& to) {
  return {Form::text, [&to](const std::string& value) { return to = value, true; }, [&to] { return js::value(to); }};
}
Value address(std::string& to) {
  const auto set = [&to](const std::string& value) {
    to = value.starts_with("*:") ? value.substr(1) : value;
    return is_address(to);
  };
  return {Form::text, set, [&to] { return js::value(to); }};
}
Value one_of(std::string& to, std::vector<std::string> words) {
  const auto set = [&to, words = std::move(words)](const std::string& value) {
    to = value;
    return std::ranges::find(words, value) != words.end();
  };
  return {Form::text, set, [&to] { return js::value(to); }};
}
Value list(std::vector<std::string>& to) {
  const auto set = [&to](const std::string& value) {
    auto read = formats::read_csv(value);
    if (read) to = std::move(*read);
    return read.has_value();
  };
  return {Form::list, set, [&to] { return strings(to); }};
}
Value pairs(std::map<std::string, std::string>& to) {
  const auto set = [&to](const std::string& value) {
    const auto all = formats::read_csv(value);
    to.clear();
    for (const auto& one : all.value_or(std::vector<std::string>{""})) {
      const auto mark = one.find('=');
      if (mark == std::string::npos || mark == 0) return false;
      to[one.substr(0, mark)] = one.substr(mark + 1);
    }
    return true;
  };
  const auto show = [&to] {
    js::array out;
    for (const auto& [name, value] : to) out.emplace_back(name + "=" + value);
    return js::value(out);
  };
  return {Form::list, set, show};
}
Value number(std::int64_t& to, std::int64_t least, std::int64_t most) {
  const auto set = [&to, least, most](const std::string& value) {
    const auto read = formats::read_number(value);
    if (read) to = *read;
    return read && *read >= least && *read <= most;
  };
  return {Form::number, set, [&to] { return js::value(to); }};
}
Value number_or_auto(std::optional<std::int64_t>& to) {
  const auto set = [&to](const std::string& value) {
    if (value == "auto") return to.reset(), true;
    const auto read = formats::read_number(value);
    if (read) to = *read;
    return read && *read >= 0;
  };
  return {Form::text, set, [&to] { return js::value(to ? std::to_string(*to) : "auto"); }};
}
Value limit(std::int64_t& to) {
  const auto set = [&to](const std::string& value) {
    const auto read = formats::read_number(value);
    if (read) to = std::clamp<std::int64_t>(*read, 0, 1000000000);
    return read.has_value();
  };
  return {Form::number, set, [&to] { return js::value(to); }};
}
Value flag(bool& to) {
  const auto set = [&to](const std::string& value) {
    const auto read = formats::read_bool(value);
    if (read) to = *read;
    return read.has_value();
  };
  return {Form::boolean, set, [&to] { return js::value(to); }};
}
Value choice(std::optional<bool>& to) {
  return {Form::boolean, [&to](const std::string& value) { return (to = formats::read_bool(value)).has_value(); },
          [&to] { return js::value(to.value_or(false)); }};
}
Value duration(Seconds& to) {
  const auto set = [&to](const std::string& value) {
    const auto read = formats::read_duration(value);
    if (!read || *read < 0) return false;
    to = Seconds(std::min(*read, std::numeric_limits<std::int64_t>::max() - kSecond) / kSecond + (*read % kSecond > 0 ? 1 : 0));
    return true;
  };
  return {Form::duration, set, [&to] { return js::value(to.count() * kSecond); }};
}
Value interval(Seconds& to, Seconds otherwise) {
  const auto set = [&to, otherwise](const std::string& value) {
    const auto read = formats::read_duration(value);
    if (!read) return false;
    to = *read > 0 ? Seconds(*read / kSecond + (*read % kSecond > 0 ? 1 : 0)) : otherwise;
    return true;
  };
  return {Form::duration, set, [&to] { return js::value(to.count() * kSecond); }};
}
Value secret(Secret& to) {
  return {Form::secret, [&to](const std::string& value) { return to = Secret(value), true; }, [] { return js::value(""); }};
}
Value secret_file(Secret& to) {
  const auto set = [&to](const std::string& path) -> Result<bool> {
    TRY(value, read_secret(path));
    to = Secret(std::move(value));
    return true;
  };
  return {Form::secret_file, set, [] { return js::value(""); }};
}
Value private_path(std::string& to) {
  const auto set = [&to](const std::string& path) -> Result<bool> {
    TRY_OK(read_secret(path));
    to = secret_path(path);
    return true;
  };
  return {Form::text, set, [&to] { return js::value(to); }};
}
Value private_paths(std::vector<std::string>& to) {
  const auto set = [&to](const std::string& value) -> Result<bool> {
    auto read = formats::read_csv(value);
    if (!read) return false;
    for (auto& path : *read) {
      TRY_OK(read_secret(path));
      path = secret_path(path);
    }
    to = std::move(*read);
    return true;
  };
  return {Form::list, set, [&to] { return strings(to); }};
}
Value expressions(std::vector<std::string>& to) {
  const auto set = [&to](const std::string& value) -> Result<bool> {
    auto read = formats::read_csv(value);
    if (!read) return false;
    for (const auto& one : *read) TRY_OK(formats::Regex::compile(one));
    to = std::move(*read);
    return true;
  };
  return {Form::list, set, [&to] { return strings(to); }};
}
Value object(std::map<std::string, std::string>& to) { return structure(to); }
Value lists(std::map<std::string, std::vector<std::string>>& to) { return structure(to); }
Value format(log::Format& to) {
  const auto set = [&to](const std::string& value) {
    to = value == "json" ? log::Format::json : value == "human" ? log::Format::human : log::Format::automatic;
    return value == "json" || value == "human" || value == "auto";
  };
  return {Form::text, set, [&to] { return js::value(to == log::Format::json ? "json" : to == log::Format::human ? "human" : "auto"); }};
}

std::string text_of(Form form, const js::value& value) {
  if (value.is_string()) return std::string(value.as_string());
  if (form == Form::duration) return formats::write_duration(value.as_int64());
  if (form != Form::list) return js::serialize(value);
  std::vector<std::string> all;
  for (const auto& one : value.as_array()) all.emplace_back(one.as_string());
  return formats::write_csv(all);
}

}  // namespace slipway::server
