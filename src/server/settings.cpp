#include "server/settings.hpp"

#include "api/json.hpp"
#include "formats/yaml.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include <sys/stat.h>
#include <charconv>
#include <cstdlib>
#include <fstream>

namespace slipway::server {

namespace {

std::string variable_of(const Setting& setting) {
  std::string out = setting.prefix;
  for (char c : setting.flag) out += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

Result<void> apply(const Setting& setting, const std::string& value, const std::string& source) {
  TRY(taken, setting.set(value));
  if (taken) return {};
  return fail(Code::invalid, fmt::format("{}: \"{}\" is not a value for this setting. {}", source, value, setting.help));
}

Result<std::map<std::string, std::string>> read_file(const std::string& path) {
  std::map<std::string, std::string> values;
  if (path.empty()) return values;
  std::ifstream in(path);
  if (!in) return fail(Code::invalid, fmt::format("Cannot read the configuration file {}.", path));
  const std::string yaml((std::istreambuf_iterator<char>(in)), {});
  TRY(read, formats::read_yaml(yaml));
  for (auto& setting : read) values[setting.key] = std::move(setting.value);
  return values;
}

struct Flags {
  bool help = false, version = false;
  std::string config_file;
  std::map<std::string, std::string> given;
};

Result<Flags> read_flags(const std::string& program, const std::vector<Setting>& all, int argc, const char* const* argv) {
  Flags flags;
  CLI::App app(program, program);
  app.set_help_flag();
  app.add_flag("--help,-h", flags.help);
  app.add_flag("--version", flags.version);
  app.add_option("--config", flags.config_file);
  for (const auto& s : all) {
    if (s.is_switch)
      app.add_flag_function("--" + s.flag, [&flags, name = s.flag](std::int64_t) { flags.given[name] = "true"; });
    else
      app.add_option_function<std::string>("--" + s.flag, [&flags, name = s.flag](const std::string& value) { flags.given[name] = value; });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return fail(Code::invalid, fmt::format("{} Run {} --help.", error.what(), program));
  }
  for (const char* name : {"SLIPWAY_CONFIG", "CODER_CONFIG_PATH"})
    if (const char* value = std::getenv(name); flags.config_file.empty() && value) flags.config_file = value;
  return flags;
}

template <class T>
Set json(T& to) {
  return [&to](const std::string& value) {
    auto read = api::from_json<T>(value);
    if (read) to = std::move(*read);
    return read.has_value();
  };
}

}  // namespace

Set text(std::string& to) {
  return [&to](const std::string& value) { return to = value, true; };
}
Set list(std::vector<std::string>& to) {
  return [&to](const std::string& value) {
    to.clear();
    for (std::size_t at = 0; at <= value.size();) {
      const auto comma = std::min(value.find(',', at), value.size());
      if (comma > at) to.push_back(value.substr(at, comma - at));
      at = comma + 1;
    }
    return true;
  };
}
Set pairs(std::map<std::string, std::string>& to) {
  return [&to](const std::string& value) {
    std::vector<std::string> all;
    (void)list(all)(value);
    to.clear();
    for (const auto& one : all) {
      const auto mark = one.find('=');
      if (mark == std::string::npos || mark == 0) return false;
      to[one.substr(0, mark)] = one.substr(mark + 1);
    }
    return true;
  };
}
Set number(std::int64_t& to) {
  return [&to](const std::string& value) {
    const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), to);
    return fault == std::errc() && end == value.data() + value.size() && to >= 0;
  };
}
Set flag(bool& to) {
  return [&to](const std::string& value) {
    to = value == "true" || value == "1" || value.empty();
    return to || value == "false" || value == "0";
  };
}
Set choice(std::optional<bool>& to) {
  return [&to](const std::string& value) { return flag(to.emplace())(value); };
}
Set duration(Seconds& to) {
  return [&to](const std::string& value) {
    Seconds sum{0};
    std::int64_t digits = -1;
    for (char c : value) {
      if (c >= '0' && c <= '9') {
        digits = (digits < 0 ? 0 : digits) * 10 + (c - '0');
        if (digits > 1000000000) return false;
        continue;
      }
      const std::int64_t unit = c == 's' ? 1 : c == 'm' ? 60 : c == 'h' ? 3600 : c == 'd' ? 86400 : 0;
      if (unit == 0 || digits < 0) return false;
      sum += Seconds(digits * unit);
      digits = -1;
    }
    to = sum;
    return digits < 0 && !value.empty();
  };
}
Set secret(Secret& to) {
  return [&to](const std::string& value) { return to = Secret(value), true; };
}
Set secret_file(Secret& to) {
  return [&to](const std::string& path) -> Result<bool> {
    TRY(value, read_secret(path));
    to = Secret(std::move(value));
    return true;
  };
}
Set private_path(std::string& to) {
  return [&to](const std::string& path) -> Result<bool> {
    TRY_OK(read_secret(path));
    to = path;
    return true;
  };
}
Set object(std::map<std::string, std::string>& to) { return json(to); }
Set lists(std::map<std::string, std::vector<std::string>>& to) { return json(to); }
Set format(log::Format& to) {
  return [&to](const std::string& value) {
    to = value == "json" ? log::Format::json : value == "human" ? log::Format::human : log::Format::automatic;
    return value == "json" || value == "human" || value == "auto";
  };
}

// A secret in a file that others can read is no secret: refused, saying how to mend it.
Result<std::string> read_secret(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return fail(Code::invalid, fmt::format("Cannot read {}. Does it exist?", path));
  if ((info.st_mode & 077) != 0) return fail(Code::invalid, fmt::format("{} can be read by others. Run: chmod 600 {}", path, path));
  std::ifstream in(path);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

Result<Given> read_settings(const std::string& program, const std::vector<Setting>& all, int argc, const char* const* argv) {
  TRY(flags, read_flags(program, all, argc, argv));
  Given out{.help = flags.help, .version = flags.version};
  if (out.help || out.version) return out;
  TRY(in_file, read_file(flags.config_file));
  for (const auto& s : all) {
    if (const auto found = flags.given.find(s.flag); found != flags.given.end()) {
      TRY_OK(apply(s, found->second, "--" + s.flag));
      continue;
    }
    std::vector<std::string> variables = {variable_of(s)};
    variables.insert(variables.end(), s.variables.begin(), s.variables.end());
    const auto set = std::ranges::find_if(variables, [](const auto& name) { return std::getenv(name.c_str()) != nullptr; });
    if (set != variables.end()) {
      TRY_OK(apply(s, std::getenv(set->c_str()), *set));
    } else if (const auto found = in_file.find(s.flag); found != in_file.end()) {
      TRY_OK(apply(s, found->second, flags.config_file + ": " + s.flag));
    }
  }
  for (const auto& [key, value] : in_file)
    if (std::ranges::none_of(all, [&key](const auto& s) { return s.flag == key; }))
      return fail(Code::invalid, fmt::format("{}: \"{}\" is no setting. Run {} --help for all of them.", flags.config_file, key, program));
  return out;
}

std::string help_of(const std::vector<Setting>& all) {
  std::string out;
  for (const auto& s : all) {
    std::string variables = variable_of(s);
    for (const auto& v : s.variables) variables += ", " + v;
    out += fmt::format("  --{}{}\n        {}\n        {}\n", s.flag, s.is_switch ? "" : " VALUE", s.help, variables);
  }
  return out + "  --config FILE\n        YAML file with the same names.\n        SLIPWAY_CONFIG, CODER_CONFIG_PATH\n  --version, --help\n";
}

}  // namespace slipway::server
