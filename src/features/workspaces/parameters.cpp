#include "features/workspaces/parameters.hpp"

#include "base/text.hpp"
#include "formats/regex.hpp"

#include <boost/json.hpp>

namespace slipway::workspaces {

namespace {

using Parameter = api::TemplateVersionParameter;

// "{min}" and the like in a template author's own words.
std::string filled(std::string text, const Parameter& p, std::string_view value) {
  const auto put = [&text](std::string_view mark, const std::string& with) {
    for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + with.size())) text.replace(at, mark.size(), with);
  };
  put("{min}", p.validation_min ? std::to_string(*p.validation_min) : "");
  put("{max}", p.validation_max ? std::to_string(*p.validation_max) : "");
  put("{value}", std::string(value));
  return text;
}

std::string fault_of_number(const Parameter& p, std::string_view value, const Values& previous) {
  const auto given = text::number<double>(value);
  if (!given) return "Give a number.";
  const bool low = p.validation_min && *given < static_cast<double>(*p.validation_min);
  const bool high = p.validation_max && *given > static_cast<double>(*p.validation_max);
  if (low || high) {
    if (!p.validation_error.empty()) return filled(p.validation_error, p, value);
    if (p.validation_min && p.validation_max) return fmt::format("Give a number from {} to {}.", *p.validation_min, *p.validation_max);
    return low ? fmt::format("Give a number of at least {}.", *p.validation_min) : fmt::format("Give a number of at most {}.", *p.validation_max);
  }
  const auto before = previous.find(p.name);
  if (p.validation_monotonic.empty() || before == previous.end()) return {};
  const auto last = text::number<double>(before->second);
  if (!last) return {};
  if (p.validation_monotonic == "increasing" && *given < *last) return fmt::format("This can only grow; it was {}.", before->second);
  if (p.validation_monotonic == "decreasing" && *given > *last) return fmt::format("This can only shrink; it was {}.", before->second);
  return {};
}

bool is_option(const Parameter& p, std::string_view value) {
  return std::ranges::any_of(p.options, [value](const auto& option) { return option.value == value; });
}

std::string fault_of_list(const Parameter& p, const std::string& value) {
  boost::system::error_code ec;
  const auto parsed = boost::json::parse(value, ec);
  const bool texts = !ec && parsed.is_array() && std::ranges::all_of(parsed.as_array(), [](const auto& item) { return item.is_string(); });
  if (!texts) return "Give a JSON list of texts, such as [\"a\", \"b\"].";
  if (p.options.empty() || is_option(p, value)) return {};
  for (const auto& item : parsed.as_array())
    if (!is_option(p, std::string_view(item.as_string())))
      return fmt::format("\"{}\" is not one of the options.", std::string_view(item.as_string()));
  return {};
}

std::string fault_of(const Parameter& p, const std::string& value, const Values& previous) {
  if (p.type == "bool" && value != "true" && value != "false") return "Give true or false.";
  if (p.type == "list(string)") return fault_of_list(p, value);
  if (!p.options.empty() && !is_option(p, value)) return fmt::format("\"{}\" is not one of the options.", value);
  if (p.type == "number") return fault_of_number(p, value, previous);
  if (!p.validation_regex.empty()) {
    const auto rule = formats::Regex::compile(p.validation_regex);
    if (!rule) return "The template's own rule for this value cannot be read.";
    if (!rule->found_in(value))
      return p.validation_error.empty() ? fmt::format("The value must match {}.", p.validation_regex) : filled(p.validation_error, p, value);
  }
  return {};
}

}  // namespace

Judged judge(const Parameter& p, const ParameterInputs& in) {
  const auto asked = in.asked.find(p.name), preset = in.preset.find(p.name), previous = in.previous.find(p.name);
  const bool had = previous != in.previous.end() && !p.ephemeral;
  if (asked == in.asked.end() && preset == in.preset.end() && !had && p.required && !p.ephemeral)
    return {.value = {}, .fault = "This parameter has no default; give a value.", .missing = true};
  std::string value = asked != in.asked.end() ? asked->second : preset != in.preset.end() ? preset->second : had ? previous->second : p.default_value;
  std::string fault;
  if (!p.mutable_ && had && !in.first_build && value != previous->second)
    fault = fmt::format("This parameter cannot be changed after the workspace was made; it is \"{}\".", previous->second);
  // What the last build already had is not judged again by a newer version's rules unless it is asked for anew.
  else if (const bool unset = value.empty() && !p.required && asked == in.asked.end(); !unset)
    fault = fault_of(p, value, in.previous);
  return {.value = std::move(value), .fault = std::move(fault)};
}

Result<Values> resolve(const ParameterInputs& in) {
  Values values;
  std::vector<FieldError> faults;
  for (const auto& [name, value] : in.asked)
    if (std::ranges::find(in.declared, name, &Parameter::name) == in.declared.end())
      faults.push_back({name, "The template has no parameter of this name."});
  for (const auto& p : in.declared) {
    auto judged = judge(p, in);
    if (!judged.fault.empty())
      faults.push_back({p.name, std::move(judged.fault)});
    else
      values[p.name] = std::move(*judged.value);
  }
  if (faults.empty()) return values;
  Error error{.code = Code::invalid, .say = "Unable to validate parameters"};
  error.fields = std::move(faults);
  return std::unexpected(std::move(error));
}

}  // namespace slipway::workspaces
