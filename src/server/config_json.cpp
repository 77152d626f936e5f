// What administrators are shown of the configuration: every setting with where it came from, no secret.
#include "api/gen/deployment.hpp"
#include "api/json.hpp"
#include "base/text.hpp"
#include "server/config.hpp"
#include "server/settings.hpp"

namespace slipway::server {

namespace {

namespace js = boost::json;

// "httpAddress" and "http-address" as words of a title.
std::string title_of(std::string_view name) {
  constexpr std::string_view kWhole[] = {"http", "tls", "url", "oidc", "api", "ca", "db", "id", "csp", "ssh", "cli", "pg"};
  std::string out, word;
  const auto put = [&] {
    if (word.empty()) return;
    const bool whole = std::ranges::find(kWhole, word) != std::end(kWhole);
    for (std::size_t i = 0; i < word.size(); ++i)
      if (whole || i == 0) word[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(word[i])));
    out += (out.empty() ? "" : " ") + std::exchange(word, {});
  };
  bool capitals = false;  // those of "emailTLS" are one word
  for (char c : name) {
    const bool capital = std::isupper(static_cast<unsigned char>(c)) != 0;
    if (c == '-' || c == '_' || (capital && !capitals)) put();
    if (c != '-' && c != '_') word += text::lower(c);
    capitals = capital;
  }
  put();
  return out;
}

// Of "networking.http.httpAddress": the group HTTP in the group Networking.
js::value group_of(std::string_view yaml) {
  const auto last = yaml.rfind('.');
  if (last == yaml.npos) return nullptr;
  const auto above = yaml.substr(0, last);
  const auto dot = above.rfind('.');
  const auto own = dot == above.npos ? above : above.substr(dot + 1);
  js::object group{{"name", title_of(own)}, {"yaml", own}};
  if (auto parent = group_of(above); !parent.is_null()) group["parent"] = std::move(parent);
  return group;
}

js::object option_of(const Setting& setting, const Setting& initial, const std::string& source) {
  const bool secret = setting.value.form == Form::secret;
  js::object out{{"name", title_of(setting.flag)},
                 {"description", setting.help},
                 {"flag", setting.flag},
                 {"env", setting.variables.empty() ? variable_of(setting) : setting.variables.front()},
                 {"yaml", setting.yaml.empty() ? setting.flag : setting.yaml.substr(setting.yaml.rfind('.') + 1)},
                 {"default", text_of(initial.value.form, initial.value.show())},
                 {"value", setting.value.show()},
                 {"value_source", source},
                 {"hidden", false},
                 {"required", false}};
  out["annotations"] = secret ? js::object{{"secret", "true"}} : js::object();
  if (auto group = group_of(setting.yaml); !group.is_null()) out["group"] = std::move(group);
  return out;
}

void place(js::object& into, std::string_view path, js::value value) {
  const auto dot = path.find('.');
  if (dot == path.npos) {
    into[path] = std::move(value);
    return;
  }
  auto& next = into[path.substr(0, dot)];
  if (!next.is_object()) next = js::object();
  place(next.as_object(), path.substr(dot + 1), std::move(value));
}

void lay_over(js::object& under, const js::object& over) {
  for (const auto& [name, value] : over) {
    auto& place = under[name];
    if (place.is_object() && value.is_object())
      lay_over(place.as_object(), value.as_object());
    else
      place = value;
  }
}

// Groups have all the fields that the contract lists: those that are no setting of ours say nothing.
js::object completed(const js::object& values) {
  const auto known = api::from_json<api::DeploymentValues>(js::serialize(values));
  if (!known) return values;
  auto whole = js::parse(api::to_json(*known)).as_object();
  js::object out;
  for (const auto& [name, value] : whole)
    if (values.contains(name)) out[name] = value;
  lay_over(out, values);
  return out;
}

}  // namespace

std::string config_json(Config config) {
  Config initial;
  const auto all = settings_of(config), initials = settings_of(initial);
  js::object values;
  js::array options;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto source = config.sources.find(all[i].flag);
    options.push_back(option_of(all[i], initials[i], source == config.sources.end() ? "default" : source->second));
    if (!all[i].json.empty()) place(values, all[i].json, all[i].value.show());
  }
  return js::serialize(js::object{{"config", completed(values)}, {"options", std::move(options)}});
}

}  // namespace slipway::server
