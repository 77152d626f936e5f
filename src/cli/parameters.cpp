#include "cli/parameters.hpp"

#include <fstream>
#include <sstream>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/print.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

using Values = std::vector<api::WorkspaceBuildParameter>;

void set(Values& values, api::WorkspaceBuildParameter value) {
  const auto found = std::ranges::find(values, value.name, &api::WorkspaceBuildParameter::name);
  if (found == values.end())
    values.push_back(std::move(value));
  else
    found->value = std::move(value.value);
}

const std::string* value_of(const Values& values, const std::string& name) {
  const auto found = std::ranges::find(values, name, &api::WorkspaceBuildParameter::name);
  return found == values.end() ? nullptr : &found->value;
}

Result<Values> from_flags(const ParameterFlags& flags) {
  Values out;
  if (!flags.file.empty()) {
    std::ifstream in(flags.file);
    std::stringstream text;
    text << in.rdbuf();
    if (!in) return fail(Code::invalid, fmt::format("Cannot read {}.", flags.file));
    TRY(parsed, parse_parameter_file(text.str()));
    for (auto& value : parsed) set(out, std::move(value));
  }
  for (const auto* list : {&flags.values, &flags.ephemeral})
    for (const auto& text : *list) {
      TRY(value, parse_parameter(text));
      set(out, std::move(value));
    }
  return out;
}

Result<std::optional<api::Preset>> choose_preset(const std::vector<api::Preset>& presets, const ParameterFlags& flags) {
  if (flags.preset == "none" || (flags.preset.empty() && presets.empty())) return std::nullopt;
  std::vector<std::string> names;
  std::size_t usual = presets.size();
  for (const auto& preset : presets) {
    if (preset.Name == flags.preset) return preset;
    if (preset.Default) usual = names.size();
    names.push_back(preset.Name);
  }
  if (!flags.preset.empty())
    return fail_field(fmt::format("The template has no preset \"{}\".", flags.preset), "preset",
                      fmt::format("is one of: none, {}", fmt::join(names, ", ")));
  if (flags.yes || !can_ask()) return usual < presets.size() ? std::optional(presets[usual]) : std::nullopt;
  names.emplace_back("None: choose each value");
  TRY(index, ask_choice("Preset", names, usual));
  return index < presets.size() ? std::optional(presets[index]) : std::nullopt;
}

std::string question_of(const api::TemplateVersionParameter& parameter) {
  return harmless(parameter.display_name.empty() ? parameter.name : parameter.display_name);
}

Result<std::string> ask_parameter(const api::TemplateVersionParameter& parameter) {
  if (!parameter.description_plaintext.empty()) tell("{}\n", on_stderr(Colour::dim, harmless(parameter.description_plaintext)));
  if (!parameter.options.empty() && parameter.type != "list(string)") {
    std::vector<std::string> names;
    std::size_t preset = parameter.options.size();
    for (const auto& option : parameter.options) {
      if (option.value == parameter.default_value) preset = names.size();
      names.push_back(option.name);
    }
    TRY(index, ask_choice(question_of(parameter), names, preset));
    return parameter.options[index].value;
  }
  while (true) {
    TRY(value, ask(question_of(parameter), parameter.default_value));
    if (!value.empty() || !parameter.required) return value;
  }
}

}  // namespace

void ParameterFlags::add_to(Command& command, bool with_preset) {
  command.option("--parameter", values, "A parameter as name=value; repeatable");
  command.option("--ephemeral-parameter", ephemeral, "A value for this build only, as name=value; repeatable");
  command.option("--rich-parameter-file", file, "A file with lines of name: value");
  if (with_preset) command.option("--preset", preset, "Name of a preset of the template; none for no preset");
  command.flag("-y,--yes", yes, "Ask nothing: take defaults");
}

Result<api::WorkspaceBuildParameter> parse_parameter(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0)
    return fail_field(fmt::format("\"{}\" is no parameter.", text), "parameter", "has the form name=value");
  return api::WorkspaceBuildParameter{.name = std::string(text.substr(0, equals)), .value = std::string(text.substr(equals + 1))};
}

Result<Values> parse_parameter_file(std::string_view text) {
  Values out;
  const auto trimmed = [](std::string_view part) { return text::trim(part, " \t\r"); };
  std::size_t number = 0;
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find('\n', from), text.size());
    auto line = trimmed(text.substr(from, end - from));
    from = end + 1;
    ++number;
    if (line.empty() || line.starts_with('#') || line == "---") continue;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0)
      return fail(Code::invalid, fmt::format("Line {} of the parameter file is not understood.", number), "Each line has the form name: value.");
    auto name = trimmed(line.substr(0, colon)), value = trimmed(line.substr(colon + 1));
    const auto unquoted = [](std::string_view part) {
      const bool quoted = part.size() >= 2 && (part.front() == '"' || part.front() == '\'') && part.back() == part.front();
      return quoted ? part.substr(1, part.size() - 2) : part;
    };
    set(out, {std::string(unquoted(name)), std::string(unquoted(value))});
  }
  return out;
}

Result<Parameters> choose_parameters(Session& session, const Uuid& version, const ParameterFlags& flags, const Values* before) {
  const auto path = "/api/v2/templateversions/" + version.str();
  TRY(declared, session.get<std::vector<api::TemplateVersionParameter>>(path + "/rich-parameters"));
  TRY(given, from_flags(flags));
  Parameters out;
  if (!before) {
    TRY(presets, session.get<std::vector<api::Preset>>(path + "/presets"));
    TRY(preset, choose_preset(presets, flags));
    if (preset) {
      out.preset = preset->ID;
      for (const auto& value : preset->Parameters) set(out.values, {value.Name, value.Value});
    }
  }
  for (const auto& value : given) {
    if (std::ranges::find(declared, value.name, &api::TemplateVersionParameter::name) == declared.end()) {
      std::vector<std::string> names;
      for (const auto& parameter : declared) names.push_back(parameter.name);
      return fail_field(fmt::format("The template has no parameter \"{}\".", value.name), "parameter",
                        names.empty() ? "none is declared" : fmt::format("is one of: {}", fmt::join(names, ", ")));
    }
    set(out.values, value);
  }
  Error missing{.code = Code::invalid, .say = "The template needs more parameters.", .detail = "Give each with --parameter name=value."};
  for (const auto& parameter : declared) {
    const bool known = value_of(out.values, parameter.name) || (before && value_of(*before, parameter.name));
    if (known || parameter.ephemeral) continue;
    if (can_ask() && !flags.yes) {
      TRY(value, ask_parameter(parameter));
      set(out.values, {parameter.name, value});
    } else if (parameter.required) {
      missing.fields.push_back({parameter.name, "is required"});
    }
  }
  if (!missing.fields.empty()) return std::unexpected(std::move(missing));
  return out;
}

}  // namespace slipway::cli
