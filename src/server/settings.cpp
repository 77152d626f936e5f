#include "server/settings.hpp"

#include "formats/values.hpp"
#include "server/secret_file.hpp"

#include <unistd.h>
#include <cstdlib>
#include <set>

namespace slipway::server {

namespace {

constexpr std::string_view kPrefixes[] = {"SLIPWAY_", "CODER_"};
constexpr std::string_view kConfigVariables[] = {"SLIPWAY_CONFIG", "SLIPWAY_CONFIG_PATH", "CODER_CONFIG_PATH"};

std::string upper(std::string_view flag) {
  std::string out;
  for (char c : flag) out += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::string_view without_prefix(std::string_view variable) {
  for (const auto prefix : kPrefixes)
    if (variable.starts_with(prefix)) return variable.substr(prefix.size());
  return variable;
}

// A flag goes by its own name and by that of the variable: --proxy-trusted-origins is --trusted-proxies.
bool answers_to(const Setting& setting, std::string_view flag) {
  return setting.flag == flag || (!setting.variables.empty() && without_prefix(setting.variables.front()) == upper(flag));
}
bool answers_to(const Accepted& option, std::string_view flag) {
  if (!option.flag.empty() && option.flag == flag) return true;
  const auto name = upper(flag);
  return option.name.ends_with('*') ? name.starts_with(option.name.substr(0, option.name.size() - 1)) : option.name == name;
}

bool is_older(const Setting& setting, std::string_view variable) {
  return !setting.older_variables.empty() && variable.contains(setting.older_variables);
}
bool answers_as_older(const Setting& setting, std::string_view flag) {
  if (setting.older_flag.empty()) return false;
  const auto name = upper(flag);
  return setting.older_flag == flag ||
         std::ranges::any_of(setting.variables, [&](const auto& one) { return is_older(setting, one) && without_prefix(one) == name; });
}

struct Flags {
  bool help = false, version = false;
  std::string config_file;
  std::map<std::string, std::string> given;  // a setting's flag to its text
  struct Other {
    const Accepted* option;
    std::string name, value;
  };
  std::vector<Other> others;
};

// What is known of a flag before its value is read.
struct Known {
  const Setting* setting = nullptr;
  const Accepted* other = nullptr;
  bool is_switch = false;
};

class FlagReader {
 public:
  FlagReader(const std::string& program, const std::vector<Setting>& all, std::span<const Accepted> others)
      : program_(program), all_(all), others_(others) {}

  Result<Flags> read(std::span<const char* const> words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      std::string word = words[i];
      if (word == "-h") word = "--help";
      if (word == "-v") word = "--verbose";
      if (word == "-c") word = "--config";
      if (!word.starts_with("--") || word.size() == 2) return wrong(fmt::format("\"{}\" was not expected.", word));
      const auto equals = word.find('=');
      const auto name = word.substr(2, equals == word.npos ? word.npos : equals - 2);
      std::optional<std::string> value;
      if (equals != word.npos) value = word.substr(equals + 1);
      TRY(known, find(name));
      if (!value && known.is_switch) value = "true";
      if (!value && i + 1 == words.size()) return wrong(fmt::format("--{} needs a value.", name));
      if (!value) value = words[++i];
      TRY_OK(keep(name, known, std::move(*value)));
    }
    return std::move(flags_);
  }

 private:
  std::unexpected<Error> wrong(const std::string& what) const { return fail(Code::invalid, fmt::format("{} Run {} --help.", what, program_)); }

  Result<Known> find(const std::string& name) const {
    if (name == "help" || name == "version") return Known{.is_switch = true};
    if (name == "config") return Known{};
    for (const auto& setting : all_)
      if (answers_to(setting, name) || answers_as_older(setting, name))
        return Known{.setting = &setting, .is_switch = setting.value.form == Form::boolean};
    for (const auto& other : others_)
      if (answers_to(other, name)) return Known{.other = &other, .is_switch = other.is_switch};
    std::vector<std::string> names;
    for (const auto& setting : all_) names.push_back(setting.flag);
    const auto near = nearest_name(name, names);
    return wrong(fmt::format("--{} is no flag.{}", name, near.empty() ? "" : fmt::format(" Is --{} meant?", near)));
  }
  Result<void> keep(const std::string& name, const Known& known, std::string value) {
    if (name == "config") return flags_.config_file = std::move(value), Result<void>();
    if (known.other) return flags_.others.push_back({known.other, "--" + name, std::move(value)}), Result<void>();
    if (!known.setting) {
      const auto asked = formats::read_bool(value);
      if (!asked) return wrong(fmt::format("--{} is true or false.", name));
      return (name == "help" ? flags_.help : flags_.version) = *asked, Result<void>();
    }
    auto& text = flags_.given[answers_as_older(*known.setting, name) ? known.setting->older_flag : known.setting->flag];
    text = known.setting->value.form == Form::list && !text.empty() ? text + "," + value : std::move(value);
    return {};
  }

  const std::string& program_;
  const std::vector<Setting>& all_;
  std::span<const Accepted> others_;
  Flags flags_;
};

std::string_view form_of(Form form) {
  switch (form) {
    case Form::boolean: return "It is true or false.";
    case Form::number: return "It is a whole number.";
    case Form::duration: return "It is a duration, such as 90s, 1h30m or 7d.";
    case Form::list: return "It is a list: values with commas between them, in double quotes where they need it.";
    case Form::structure: return "It is YAML or JSON.";
    default: return "";
  }
}

bool is_secret(const Setting& setting) { return setting.value.form == Form::secret; }

Result<void> apply(const Setting& setting, const std::string& value, const std::string& source) {
  auto taken = setting.value.set(value);
  if (!taken) return fail(Code::invalid, fmt::format("{}: {}", source, taken.error().say));
  if (*taken) return {};
  const auto shown = is_secret(setting) ? std::string("what is given") : fmt::format("\"{}\"", value);
  return fail(Code::invalid, fmt::format("{}: {} is not a value for this setting. {} {}", source, shown, form_of(setting.value.form), setting.help));
}

// What sets a setting, from where.
struct Found {
  std::string value, name, source;  // "flag", "env", "yaml"
};

class Reading {
 public:
  Reading(std::string program, std::vector<Setting> all, std::span<const Accepted> others)
      : program_(std::move(program)), all_(std::move(all)), others_(others) {}

  Result<Given> read(int argc, const char* const* argv) {
    TRY(flags, (FlagReader(program_, all_, others_).read({argv + 1, argv + std::max(argc, 1)})));
    out_.help = flags.help;
    out_.version = flags.version;
    if (out_.help || out_.version) return std::move(out_);
    for (const auto name : kConfigVariables)
      if (const char* value = std::getenv(std::string(name).c_str()); flags.config_file.empty() && value) flags.config_file = value;
    flags_ = std::move(flags);
    TRY(lines, read_config_file(flags_.config_file, all_));
    lines_ = std::move(lines);
    TRY_OK(read_all());
    for (const auto& [option, name, value] : flags_.others) TRY_OK(judge(*option, value, name));
    TRY_OK(read_variables());
    TRY_OK(read_lines());
    if (!ignored_.empty()) out_.notices.push_back({"These options have no effect here", ignored_});
    return std::move(out_);
  }

 private:
  std::optional<Found> find(const Setting& setting, bool older) const {
    const auto& name = older ? setting.older_flag : setting.flag;
    if (const auto flag = flags_.given.find(name); flag != flags_.given.end() && !flag->second.empty())
      return Found{flag->second, "--" + name, "flag"};
    for (const auto& variable : variables_of(setting))
      if (const char* value = std::getenv(variable.c_str()); value && *value && is_older(setting, variable) == older)
        return Found{value, variable, "env"};
    for (const auto& line : lines_)
      if (older ? line.place == setting.older_yaml : line.place == setting.flag || line.place == setting.yaml)
        return Found{line.text, flags_.config_file + ": " + line.place, "yaml"};
    return std::nullopt;
  }

  // Errors: two families say two things.
  Result<std::optional<Found>> find(const Setting& setting) const {
    auto found = find(setting, false);
    if (setting.older_flag.empty()) return found;
    auto older = find(setting, true);
    if (found && older && found->value != older->value)
      return fail(Code::invalid, fmt::format("{} and {} are the same setting, and differ. Give one of them.", found->name, older->name));
    return found ? found : older;
  }

  Result<void> read_all() {
    std::map<std::string, std::string> names;  // of the secrets given, by their flags
    for (const auto& setting : all_) {
      TRY(found, find(setting));
      if (!found) continue;
      if (is_secret(setting) || setting.value.form == Form::secret_file) {
        const auto base = is_secret(setting) ? setting.flag : setting.flag.substr(0, setting.flag.size() - 5);
        if (const auto other = names.find(base); other != names.end())
          return fail(Code::invalid, fmt::format("{} and {} are both given. Give one of them.", other->second, found->name));
        names[base] = found->name;
        if (is_secret(setting)) TRY_OK(judge_secret(*found));
        if (!is_secret(setting)) out_.files[base] = secret_path(found->value);
      }
      TRY_OK(apply(setting, found->value, found->name));
      out_.sources[setting.flag] = found->source;
    }
    return {};
  }

  Result<void> judge_secret(const Found& found) {
    if (found.source == "flag")
      out_.notices.push_back(
          {"A secret is on the command line, where every process of this machine can read it. Give it by its variable, or by "
           "a file: " +
               found.name + "-file",
           found.name});
    if (found.source != "yaml") return {};
    auto closed = check_secret_file(flags_.config_file);
    if (closed) return {};
    return fail(Code::invalid, fmt::format("{}. {}", found.name, closed.error().say));
  }

  // An option that is known and does nothing here.
  Result<void> judge(const Accepted& option, const std::string& value, const std::string& name) {
    const auto same = [&](std::string_view fine) {
      const auto a = formats::read_bool(value), b = formats::read_bool(fine);
      return fine == "*" || value == fine || (a && b && *a == *b);
    };
    for (std::string_view left = option.fine; !left.empty();) {
      const auto bar = left.find('|');
      if (same(left.substr(0, bar))) return {};
      left = bar == left.npos ? std::string_view() : left.substr(bar + 1);
    }
    if (option.otherwise == Accepted::Say::refuse) return fail(Code::invalid, fmt::format("{}: {}", name, option.why));
    if (option.otherwise == Accepted::Say::nothing) return {};
    ignored_ += fmt::format("{}{} ({})", ignored_.empty() ? "" : "; ", name, option.why);
    return {};
  }

  const Accepted* accepted(std::string_view name, std::string_view Accepted::* by) const {
    const auto found = std::ranges::find_if(others_, [&](const auto& one) {
      const auto known = one.*by;
      if (known.ends_with('*')) return name.starts_with(known.substr(0, known.size() - 1));
      return !known.empty() && known == name;
    });
    return found == others_.end() ? nullptr : &*found;
  }

  Result<void> read_variables() {
    if (others_.empty()) return {};
    std::set<std::string> known(std::begin(kConfigVariables), std::end(kConfigVariables));
    std::vector<std::string> names;
    for (const auto& setting : all_)
      for (auto& name : variables_of(setting)) {
        names.emplace_back(without_prefix(name));
        known.insert(std::move(name));
      }
    for (const auto& other : others_)
      if (!other.name.ends_with('*')) names.emplace_back(other.name);
    for (char** one = ::environ; *one; ++one) {
      const std::string_view entry = *one;
      const auto variable = entry.substr(0, entry.find('='));
      const auto name = without_prefix(variable);
      if (name == variable || variable.size() + 1 >= entry.size() || known.contains(std::string(variable))) continue;
      const auto* other = accepted(name, &Accepted::name);
      if (other && (other->name == name || !is_of_others(name))) {
        TRY_OK(judge(*other, std::string(entry.substr(variable.size() + 1)), std::string(variable)));
      } else if (!is_of_others(name)) {
        const auto near = nearest_name(name, names);
        const auto prefix = variable.substr(0, variable.size() - name.size());
        unknown(std::string(variable), near.empty() ? near : std::string(prefix) + near);
      }
    }
    return {};
  }

  Result<void> read_lines() {
    std::vector<std::string> places;
    for (const auto& setting : all_) {
      places.push_back(setting.flag);
      for (const auto& place : {setting.yaml, setting.older_yaml})
        if (!place.empty()) places.push_back(place);
    }
    for (const auto& line : lines_) {
      if (std::ranges::find(places, line.place) != places.end()) continue;
      const auto name = flags_.config_file + ": " + line.place;
      if (const auto* other = accepted(line.place, &Accepted::yaml)) {
        TRY_OK(judge(*other, line.text, name));
        continue;
      }
      unknown(name, nearest_place(line.place, places));
    }
    return {};
  }

  // The last part may be in another group.
  static std::string nearest_place(const std::string& place, const std::vector<std::string>& places) {
    if (auto near = nearest_name(place, places); !near.empty()) return near;
    const auto leaf = [](const std::string& name) { return name.substr(name.rfind('.') + 1); };
    const auto found = std::ranges::find_if(places, [&](const auto& one) { return leaf(one) == leaf(place); });
    return found == places.end() ? std::string() : *found;
  }

  void unknown(const std::string& name, const std::string& near) {
    out_.notices.push_back({near.empty() ? "No option has this name" : "No option has this name; is " + near + " meant?", name});
  }

  std::string program_;
  std::vector<Setting> all_;
  std::span<const Accepted> others_;
  Flags flags_;
  std::vector<FileLine> lines_;
  std::string ignored_;
  Given out_;
};

}  // namespace

std::string variable_of(const Setting& setting) { return setting.prefix + upper(setting.flag); }

std::vector<std::string> variables_of(const Setting& setting) {
  std::vector<std::string> out = {variable_of(setting)};
  for (const auto prefix : kPrefixes)
    for (const auto& name : setting.variables)
      if (auto one = std::string(prefix) + std::string(without_prefix(name)); std::ranges::find(out, one) == out.end()) out.push_back(std::move(one));
  return out;
}

std::vector<Setting> with_files(std::vector<Setting> all) {
  std::vector<Setting> out;
  for (const auto& setting : all) {
    out.push_back(setting);
    const auto flag = setting.flag + "-file";
    if (!is_secret(setting) || std::ranges::any_of(all, [&](const auto& one) { return one.flag == flag; })) continue;
    const auto set = [keep = setting.value.set](const std::string& path) -> Result<bool> {
      TRY(value, read_secret(path));
      return keep(value);
    };
    Setting file{.flag = flag, .help = "File that holds it; readable by its owner alone.", .value = {Form::secret_file, set, [] {
                                                                                                       return boost::json::value("");
                                                                                                     }}};
    file.prefix = setting.prefix;
    for (const auto& name : setting.variables) file.variables.push_back(name + "_FILE");
    out.push_back(std::move(file));
  }
  return out;
}

Result<Given> read_settings(const std::string& program, std::vector<Setting> all, std::span<const Accepted> others, int argc,
                            const char* const* argv) {
  return Reading(program, std::move(all), others).read(argc, argv);
}

std::string help_of(const std::vector<Setting>& all) {
  std::string out;
  for (const auto& s : all) {
    std::string variables = variable_of(s);
    for (const auto& v : s.variables) variables += ", " + v;
    const auto initial = is_secret(s) ? std::string() : text_of(s.value.form, s.value.show());
    const bool said = initial.empty() || initial == "false" || initial == "{}" || initial == "[]";
    out += fmt::format("  --{}{}\n        {}{}\n        {}\n", s.flag, s.value.form == Form::boolean ? "" : " VALUE", s.help,
                       said ? "" : fmt::format(" (default {})", initial), variables);
  }
  return out +
         "  --config FILE\n        YAML file with the same names, or in the groups of the API's other product.\n        SLIPWAY_CONFIG, "
         "CODER_CONFIG_PATH\n  --version, --help\n";
}

}  // namespace slipway::server
