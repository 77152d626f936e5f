#include "formats/values.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace slipway::formats {
namespace {

constexpr std::int64_t kSecond = 1000000000;
constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {{"ns", 1},           {"us", 1000},          {"\xC2\xB5s", 1000},
                                                                {"\xCE\xBCs", 1000}, {"ms", 1000000},       {"s", kSecond},
                                                                {"m", 60 * kSecond}, {"h", 3600 * kSecond}, {"d", 86400 * kSecond}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view take_digits(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_digit) - text.begin();
  const auto digits = text.substr(0, static_cast<std::size_t>(end));
  text.remove_prefix(digits.size());
  return digits;
}

// A fraction of a unit: digits beyond what can matter are left out.
std::int64_t fraction_of(std::string_view digits, std::int64_t unit) {
  double value = 0, scale = 1;
  for (char c : digits.substr(0, 18)) {
    scale /= 10;
    value += (c - '0') * scale;
  }
  return static_cast<std::int64_t>(value * static_cast<double>(unit) + 0.5);
}

// "12.5h" from the front of `text`.
std::optional<std::int64_t> take_part(std::string_view& text) {
  const auto whole = take_digits(text);
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = take_digits(text);
  }
  if (whole.empty() && fraction.empty()) return std::nullopt;
  const auto end = std::ranges::find_if(text, [](char c) { return c == '.' || is_digit(c); }) - text.begin();
  const auto unit = std::ranges::find(kUnits, text.substr(0, static_cast<std::size_t>(end)), &std::pair<std::string_view, std::int64_t>::first);
  if (unit == std::end(kUnits)) return std::nullopt;
  text.remove_prefix(unit->first.size());
  std::int64_t count = 0, out = 0;
  if (!whole.empty() && std::from_chars(whole.data(), whole.data() + whole.size(), count).ec != std::errc()) return std::nullopt;
  if (__builtin_mul_overflow(count, unit->second, &out) || __builtin_add_overflow(out, fraction_of(fraction, unit->second), &out))
    return std::nullopt;
  return out;
}

// An entry in quotes from the front of `text`, up to the comma or the end.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string out;
  text.remove_prefix(1);
  for (;;) {
    const auto quote = text.find('"');
    if (quote == text.npos) return std::nullopt;
    out += text.substr(0, quote);
    text.remove_prefix(quote + 1);
    if (!text.starts_with('"')) break;
    out += '"';
    text.remove_prefix(1);
  }
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  if (!text.empty() && text.front() != ',') return std::nullopt;
  return out;
}

}  // namespace

std::optional<bool> read_bool(std::string_view text) {
  constexpr std::string_view yes[] = {"1", "t", "T", "TRUE", "true", "True"}, no[] = {"0", "f", "F", "FALSE", "false", "False"};
  if (std::ranges::find(yes, text) != std::end(yes)) return true;
  if (std::ranges::find(no, text) != std::end(no)) return false;
  return std::nullopt;
}

std::optional<std::int64_t> read_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  return text::number<std::int64_t>(text);
}

std::optional<std::int64_t> read_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  std::int64_t sum = 0;
  while (!text.empty()) {
    const auto part = take_part(text);
    if (!part || __builtin_add_overflow(sum, *part, &sum)) return std::nullopt;
  }
  return negative ? -sum : sum;
}

std::string write_duration(std::int64_t nanoseconds) {
  if (nanoseconds == 0) return "0s";
  std::string out = nanoseconds < 0 ? "-" : "";
  auto left = nanoseconds < 0 ? 0 - static_cast<std::uint64_t>(nanoseconds) : static_cast<std::uint64_t>(nanoseconds);
  const auto put = [&out](std::uint64_t value, std::uint64_t unit, std::string_view name) {
    std::string fraction = std::to_string(unit + value % unit).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    out += std::to_string(value / unit) + (fraction.empty() ? "" : "." + fraction) + std::string(name);
  };
  if (left < 1000) return put(left, 1, "ns"), out;
  if (left < 1000000) return put(left, 1000, "\xC2\xB5s"), out;
  if (left < kSecond) return put(left, 1000000, "ms"), out;
  const auto minutes = left / (60ULL * kSecond);
  if (minutes >= 60) out += std::to_string(minutes / 60) + "h";
  if (minutes > 0) out += std::to_string(minutes % 60) + "m";
  put(left % (60ULL * kSecond), kSecond, "s");
  return out;
}

std::optional<std::vector<std::string>> read_csv(std::string_view text) {
  std::vector<std::string> out;
  text = text::trim(text);
  if (text.empty()) return out;
  for (;;) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    std::string entry;
    if (text.starts_with('"')) {
      auto quoted = take_quoted(text);
      if (!quoted) return std::nullopt;
      entry = std::move(*quoted);
    } else {
      auto plain = text.substr(0, text.find(','));
      text.remove_prefix(plain.size());
      plain = text::trim(plain);
      if (plain.find('"') != plain.npos) return std::nullopt;
      entry = plain;
    }
    if (!entry.empty()) out.push_back(std::move(entry));
    if (text.empty()) return out;
    text.remove_prefix(1);
  }
}

std::string write_csv(const std::vector<std::string>& entries) {
  std::string out;
  for (const auto& entry : entries) {
    if (!out.empty()) out += ',';
    if (!entry.empty() && entry.find_first_of(",\"\n\r") == entry.npos && !is_blank(entry.front()) && !is_blank(entry.back())) {
      out += entry;
      continue;
    }
    out += '"';
    for (char c : entry) out += c == '"' ? "\"\"" : std::string(1, c);
    out += '"';
  }
  return out;
}

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most) {
  if ((a.size() > b.size() ? a.size() - b.size() : b.size() - a.size()) > most) return most + 1;
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto put = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = std::exchange(row[j], put);
    }
  }
  return std::min(row.back(), most + 1);
}

}  // namespace slipway::formats
