#include "support/exposition.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>

namespace slipway::test {

namespace {

bool is_name(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' || (c >= '0' && c <= '9'); };
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') && std::ranges::all_of(text, fits);
}

std::optional<double> number(const std::string& text) {
  if (text == "+Inf") return std::numeric_limits<double>::infinity();
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') return std::nullopt;
  return value;
}

// `a="b",c="d"`; false for anything else, escapes included.
bool are_labels(std::string_view text) {
  while (!text.empty()) {
    const auto equals = text.find('=');
    if (equals == text.npos || !is_name(text.substr(0, equals)) || text.substr(0, equals).starts_with("__")) return false;
    text.remove_prefix(equals + 1);
    if (!text.starts_with('"')) return false;
    std::size_t at = 1;
    for (; at < text.size() && text[at] != '"'; ++at)
      if (text[at] == '\\' && (++at >= text.size() || (text[at] != '\\' && text[at] != '"' && text[at] != 'n'))) return false;
    if (at >= text.size()) return false;
    text.remove_prefix(at + 1);
    if (text.empty()) return true;
    if (!text.starts_with(',')) return false;
    text.remove_prefix(1);
    if (text.empty()) return false;
  }
  return true;
}

// Splits `name_bucket{a="b",le="1"}` into `name{a="b"}` and 1.
std::optional<std::pair<std::string, double>> bucket_of(const std::string& series) {
  const auto at = series.rfind("le=\"");
  const auto suffix = series.find("_bucket{");
  if (at == std::string::npos || suffix == std::string::npos || !series.ends_with("\"}")) return std::nullopt;
  const auto bound = number(series.substr(at + 4, series.size() - at - 6));
  if (!bound) return std::nullopt;
  const auto open = suffix + 8;
  std::string labels = series.substr(open, at - open);
  if (labels.ends_with(',')) labels.pop_back();
  return std::pair(series.substr(0, suffix) + (labels.empty() ? "" : "{" + labels + "}"), *bound);
}

std::string with_suffix(const std::string& series, std::string_view suffix) {
  const auto brace = std::min(series.find('{'), series.size());
  return series.substr(0, brace) + std::string(suffix) + series.substr(brace);
}

}  // namespace

Exposition::Exposition(std::string_view text) {
  if (!text.ends_with('\n')) fault("", "the text does not end with a line's end");
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('#'))
      read_comment(line);
    else
      read_sample(line);
  }
  check_histograms();
}

void Exposition::fault(std::string_view line, std::string why) { errors_.push_back(fmt::format("{}: {}", why, line)); }

void Exposition::read_comment(std::string_view line) {
  const auto rest = line.substr(std::min<std::size_t>(7, line.size()));
  const std::string name(rest.substr(0, rest.find(' ')));
  if (line.starts_with("# HELP ")) {
    if (rest.size() <= name.size() + 1) fault(line, "no help");
    helped_ = name;
  } else if (line.starts_with("# TYPE ")) {
    const std::string type(rest.substr(std::min(name.size() + 1, rest.size())));
    if (!is_name(name) || name != helped_) fault(line, "a type without its help");
    if (type != "counter" && type != "gauge" && type != "histogram") fault(line, "no such type");
    if (!types_.emplace(name, type).second) fault(line, "a family comes twice");
    if (type == "counter" && !name.ends_with("_total") && name != "coderd_notifications_retry_count")  // which existing dashboards read
      fault(line, "a counter's name ends with _total");
    if (type == "histogram" && !name.ends_with("_seconds")) fault(line, "a duration's name ends with its unit");
    family_ = name;
  } else {
    fault(line, "neither help nor type");
  }
}

void Exposition::read_sample(std::string_view line) {
  const auto space = line.rfind(' ');
  if (space == line.npos) return fault(line, "no value");
  const std::string series(line.substr(0, space));
  const auto value = number(std::string(line.substr(space + 1)));
  if (!value) return fault(line, "not a number");
  const auto brace = series.find('{');
  const std::string name = series.substr(0, brace);
  if (!is_name(name)) return fault(line, "not a name");
  if (brace != std::string::npos && (!series.ends_with('}') || !are_labels(std::string_view(series).substr(brace + 1, series.size() - brace - 2))))
    return fault(line, "not labels");
  const bool histogram = types_[family_] == "histogram";
  const bool fits = histogram ? name == family_ + "_bucket" || name == family_ + "_sum" || name == family_ + "_count" : name == family_;
  if (!fits) fault(line, "not of the family before it");
  if (types_[family_] == "counter" && *value < 0) fault(line, "a counter below 0");
  if (!values_.emplace(series, *value).second) fault(line, "a series comes twice");
  order_.emplace_back(family_, series);
}

void Exposition::check_histograms() {
  std::map<std::string, std::pair<double, double>> last;  // series -> bound and value
  for (const auto& [family, series] : order_) {
    if (types_[family] != "histogram" || !series.starts_with(family + "_bucket")) continue;
    const auto bucket = bucket_of(series);
    if (!bucket) {
      fault(series, "a bucket without le");
      continue;
    }
    const auto before = last.find(bucket->first);
    if (before != last.end() && (before->second.first >= bucket->second || before->second.second > values_[series])) fault(series, "buckets go down");
    last[bucket->first] = {bucket->second, values_[series]};
  }
  for (const auto& [series, end] : last) {
    if (!std::isinf(end.first)) fault(series, "the last bucket is not +Inf");
    if (value(with_suffix(series, "_count")) != end.second) fault(series, "the count is not the last bucket");
    if (!has(with_suffix(series, "_sum"))) fault(series, "no sum");
  }
}

double Exposition::value(const std::string& series) const {
  const auto found = values_.find(series);
  return found == values_.end() ? -1 : found->second;
}

std::size_t Exposition::series_of(const std::string& family) const {
  return static_cast<std::size_t>(std::ranges::count(order_, family, [](const auto& entry) { return entry.first; }));
}

}  // namespace slipway::test
