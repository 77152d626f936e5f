#include "agent/duration.hpp"

#include <charconv>

namespace slipway::agent {

namespace {

std::optional<double> unit_in_milliseconds(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "s") return 1000;
  if (unit == "m") return 60e3;
  if (unit == "h") return 3600e3;
  if (unit == "us") return 1e-3;
  if (unit == "ns") return 1e-6;
  return std::nullopt;
}

}  // namespace

std::optional<Milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return Milliseconds(0);
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    double count = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), count, std::chars_format::fixed);
    if (ec != std::errc() || count < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto unit_length = std::min(text.find_first_of("0123456789."), text.size());
    const auto unit = unit_in_milliseconds(text.substr(0, unit_length));
    if (!unit) return std::nullopt;
    total += count * *unit;
    text.remove_prefix(unit_length);
  }
  if (total > 1e14) return std::nullopt;
  return Milliseconds(static_cast<std::int64_t>(total));
}

Milliseconds span_of(std::int64_t count) {
  if (count <= 0) return Milliseconds(0);
  return count >= 100'000'000 ? from_nanoseconds(count) : Milliseconds(count * 1000);
}

Milliseconds from_nanoseconds(std::int64_t count) {
  if (count <= 0) return Milliseconds(0);
  return Milliseconds(std::max<std::int64_t>(count / 1'000'000, 1));
}

}  // namespace slipway::agent
