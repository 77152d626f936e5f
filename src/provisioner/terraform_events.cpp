#include "provisioner/terraform_events.hpp"

#include "provisioner/json_read.hpp"
#include "provisioner/limits.hpp"

namespace slipway::provisioner {
namespace {

constexpr std::size_t kMostTimings = 5000;
constexpr std::size_t kLongestSummary = 300, kLongestDetail = 500;
constexpr std::size_t kMostErrors = 200;

LogLevel level_of(std::string_view word) { return parse_log_level(word).value_or(LogLevel::info); }

void add_lines(std::vector<std::string>& out, std::string_view text, std::string_view indent = "") {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out.push_back(fmt::format("{}{}", indent, text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string numbered(std::string_view code, std::int64_t line) {
  std::string out;
  while (!code.empty()) {
    const auto end = std::min(code.find('\n'), code.size());
    out += fmt::format("{}{:4}: {}", out.empty() ? "" : "\n", line++, code.substr(0, end));
    code.remove_prefix(std::min(end + 1, code.size()));
  }
  return out;
}

std::string values_of(const json::object& snippet) {
  std::string out;
  if (const auto* values = array_field(snippet, "values"))
    for (const auto& item : *values)
      if (const auto* value = item.if_object()) out += fmt::format("\n      {} {}", text(*value, "traversal"), text(*value, "statement"));
  return out;
}

Diagnostic diagnostic_of(const json::object& said) {
  Diagnostic out;
  out.error = text(said, "severity") == "error";
  out.summary = text(said, "summary");
  out.detail = text(said, "detail");
  out.subject = text(said, "address");
  if (const auto* range = object_field(said, "range")) {
    const auto* start = object_field(*range, "start");
    out.where = fmt::format("{} line {}", text(*range, "filename"), start ? number(*start, "line") : 0);
  }
  if (const auto* snippet = object_field(said, "snippet")) {
    if (auto context = text(*snippet, "context"); !context.empty()) out.subject = std::move(context);
    out.code = numbered(text(*snippet, "code"), number(*snippet, "start_line")) + values_of(*snippet);
  }
  return out;
}

std::string quoted_name(std::string_view text) {
  const auto open = text.find('"');
  const auto close = open == std::string_view::npos ? open : text.find('"', open + 1);
  return close == std::string_view::npos ? std::string() : std::string(text.substr(open + 1, close - open - 1));
}

// Lines that say nothing to a person.
bool is_noise(std::string_view type) { return type == "version" || type == "outputs" || type == "log"; }

}  // namespace

std::vector<std::string> readable(const Diagnostic& diagnostic) {
  std::vector<std::string> out;
  out.push_back(fmt::format("{}: {}", diagnostic.error ? "Error" : "Warning", diagnostic.summary));
  if (!diagnostic.where.empty())
    out.push_back(fmt::format("  on {}{}:", diagnostic.where, diagnostic.subject.empty() ? "" : ", in " + diagnostic.subject));
  else if (!diagnostic.subject.empty())
    out.push_back(fmt::format("  with {}:", diagnostic.subject));
  add_lines(out, diagnostic.code, "  ");
  add_lines(out, diagnostic.detail);
  return out;
}

std::vector<Spoken> EventReader::read(std::string_view line) {
  std::vector<Spoken> out;
  if (line.empty()) return out;
  const auto parsed = line.front() == '{' ? parse_json(line, "an event", 8 << 20) : fail(Code::invalid, "");
  const auto* event = parsed ? parsed->if_object() : nullptr;
  if (!event) {
    out.push_back({LogLevel::info, plain(line)});
    return out;
  }
  const auto type = text(*event, "type");
  note_timing(type, line);
  if (const auto* said = object_field(*event, "diagnostic")) {
    auto diagnostic = diagnostic_of(*said);
    for (auto& one : readable(diagnostic)) out.push_back({diagnostic.error ? LogLevel::error : LogLevel::warn, std::move(one)});
    if (diagnostic.error && errors_.size() < kMostErrors) errors_.push_back(std::move(diagnostic));
    return out;
  }
  std::vector<std::string> lines;
  add_lines(lines, text(*event, "@message"));
  const auto level = is_noise(type) ? LogLevel::debug : level_of(text(*event, "@level"));
  for (auto& one : lines) out.push_back({level, std::move(one)});
  return out;
}

void EventReader::note_timing(std::string_view type, std::string_view line) {
  const bool starts = type.ends_with("_start");
  const bool ends = type.ends_with("_complete") || type.ends_with("_errored");
  if ((!starts && !ends) || timings_.size() >= kMostTimings || open_.size() >= kMostTimings) return;
  const auto parsed = parse_json(line, "an event", 8 << 20);
  const auto* event = parsed ? parsed->if_object() : nullptr;
  const auto* hook = event ? object_field(*event, "hook") : nullptr;
  const auto* resource = hook ? object_field(*hook, "resource") : nullptr;
  const auto at = event ? parse_rfc3339(text(*event, "@timestamp")) : std::nullopt;
  if (!resource || !at) return;
  const auto family = type.substr(0, type.find('_'));  // refresh, apply, provision, ephemeral ...
  const auto address = text(*resource, "addr");
  const auto key = fmt::format("{} {}", family, address);
  if (starts) {
    const auto action = family == "apply" ? text(*hook, "action", "apply") : family == "refresh" ? std::string("state refresh") : std::string(family);
    open_[key] = Timing{stage_, text(*resource, "implied_provider", "terraform"), action, address, *at, *at};
    return;
  }
  if (auto found = open_.find(key); found != open_.end()) {
    found->second.ended_at = *at;
    timings_.push_back(std::move(found->second));
    open_.erase(found);
  }
}

std::vector<std::string> EventReader::missing_variables() const {
  std::vector<std::string> out;
  for (const auto& error : errors_)
    if (error.summary == "No value for required variable")
      if (auto name = quoted_name(error.detail); !name.empty() && std::ranges::find(out, name) == out.end()) out.push_back(std::move(name));
  return out;
}

std::string EventReader::summary() const {
  if (errors_.empty()) return "";
  const auto& first = errors_.front();
  auto out = quotable(first.summary, kLongestSummary);
  if (!first.where.empty()) out += fmt::format(" on {}", first.where);
  if (!first.detail.empty()) out += ": " + quotable(first.detail, kLongestDetail);
  if (errors_.size() > 1)
    out += fmt::format(" (and {} more errors: see the log)", errors_.size() - 1);
  else if (first.detail.size() > kLongestDetail)
    out += " (see the log)";
  return out;
}

std::string plain(std::string_view line) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b') {
      while (i < line.size() && line[i] != 'm') ++i;
    } else if (static_cast<unsigned char>(line[i]) >= 0x20 || line[i] == '\t') {
      out += line[i];
    }
  }
  for (const auto* mark : {"╷", "│", "╵"})
    if (out.starts_with(mark)) {
      out.erase(0, std::string_view(mark).size());
      if (out.starts_with(' ')) out.erase(0, 1);
    }
  return out;
}

}  // namespace slipway::provisioner
