#include "formats/pool_hours.hpp"

#include "base/text.hpp"
#include "formats/schedule.hpp"

#include <fmt/format.h>

#include <array>
#include <bitset>
#include <optional>

namespace slipway::formats {
namespace {

using Set = std::bitset<64>;

struct Field {
  std::string_view name;
  unsigned most;
};
constexpr Field kHour{"hour", 23}, kDay{"day of month", 31}, kMonth{"month", 12}, kWeekday{"day of week", 6};

// Without a value: `*`, which is everything.
using Values = std::optional<Set>;

Result<Values> values_of(const Field& field, std::string_view text) {
  if (text == "*") return Values();
  Set out;
  for (const auto part : text::words(text, ",")) {
    const auto dash = part.find('-');
    const auto first = text::number<unsigned>(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : text::number<unsigned>(part.substr(dash + 1));
    if (!first || !last || *last < *first || *last > field.most)
      return fail(Code::invalid, fmt::format("the {} \"{}\" is no number, range or list from 0 to {}", field.name, text, field.most));
    for (auto value = *first; value <= *last; ++value) out.set(value);
  }
  if (out.none()) return fail(Code::invalid, fmt::format("the {} is empty", field.name));
  return Values(out);
}

bool meet(const Values& a, const Values& b) { return !a || !b || (*a & *b).any(); }

struct Spec {
  Values hours, days, months, weekdays;
};

Result<Spec> spec_of(std::string_view cron) {
  const auto fields = text::words(cron, " \t");
  if (fields.size() != 5) return fail(Code::invalid, "cron specification should consist of 5 fields");
  TRY(hours, values_of(kHour, fields[1]));
  TRY(days, values_of(kDay, fields[2]));
  TRY(months, values_of(kMonth, fields[3]));
  TRY(weekdays, values_of(kWeekday, fields[4]));
  return Spec{.hours = hours, .days = days, .months = months, .weekdays = weekdays};
}

// Where a line restricts both the days of the month and those of the week, either is enough.
bool days_meet(const Spec& a, const Spec& b) {
  if (!a.days || !b.days) return meet(a.weekdays, b.weekdays);
  if (!a.weekdays || !b.weekdays) return meet(a.days, b.days);
  return meet(a.days, b.days) || meet(a.weekdays, b.weekdays);
}

bool overlap(const Spec& a, const Spec& b) { return meet(a.months, b.months) && days_meet(a, b) && meet(a.hours, b.hours); }

Result<void> valid_line(std::string_view zone, const PoolHours& line) {
  const auto fields = text::words(line.cron, " \t");
  if (fields.size() != 5) return fail(Code::invalid, "cron spec failed validation: cron specification should consist of 5 fields");
  if (fields[0] != "*") return fail(Code::invalid, "cron spec failed validation: minute field should be *");
  if (const auto parsed = Schedule::parse(fmt::format("CRON_TZ={} {}", zone, line.cron)); !parsed)
    return fail(Code::invalid, "failed to parse cron spec: " + parsed.error().say);
  if (line.instances < 0) return fail(Code::invalid, fmt::format("\"instances\" must be at least 0, got {}", line.instances));
  return {};
}

}  // namespace

Result<void> apart(std::span<const PoolHours> hours) {
  if (hours.size() < 2) return {};
  std::vector<Spec> specs;
  for (const auto& line : hours) {
    auto spec = spec_of(line.cron);
    if (!spec)
      return fail(Code::invalid, fmt::format("schedules overlap with each other: invalid schedule: \"{}\": {}", line.cron, spec.error().say));
    for (std::size_t i = 0; i < specs.size(); ++i)
      if (overlap(specs[i], *spec))
        return fail(Code::invalid, fmt::format("schedules overlap with each other: schedules overlap: {} and {}", hours[i].cron, line.cron));
    specs.push_back(*spec);
  }
  return {};
}

Result<void> valid_pool_hours(std::string_view zone, std::span<const PoolHours> hours) {
  if (zone.empty() && hours.empty()) return {};
  if (!known_zone(zone)) return fail(Code::invalid, fmt::format("failed to load timezone \"{}\": unknown time zone {}", zone, zone));
  for (const auto& line : hours) TRY_OK(valid_line(zone, line));
  return apart(hours);
}

PoolSize pool_size(std::int32_t usual, std::string_view zone, std::span<const PoolHours> hours, Time now) {
  PoolSize out{.instances = usual, .matched = {}, .troubles = {}};
  if (hours.empty()) return out;
  if (zone.empty()) {
    out.troubles.emplace_back("timezone is not set in prebuild scheduling configuration");
    return out;
  }
  if (!known_zone(zone)) {
    out.troubles.emplace_back("invalid timezone in prebuild scheduling configuration");
    return out;
  }
  std::vector<PoolHours> good;
  std::vector<Schedule> schedules;
  for (const auto& line : hours) {
    auto parsed = Schedule::parse(fmt::format("CRON_TZ={} {}", zone, line.cron));
    if (!parsed || !line.cron.starts_with('*')) {
      out.troubles.push_back("cron expression is invalid: " + line.cron);
      continue;
    }
    good.push_back(line);
    schedules.push_back(std::move(*parsed));
  }
  if (const auto distinct = apart(good); !distinct) {
    out.troubles.emplace_back("schedules are invalid or overlap with each other");
    return out;
  }
  for (std::size_t i = 0; i < good.size(); ++i) {
    if (!schedules[i].matches(now)) continue;
    out.instances = good[i].instances;
    out.matched = good[i].cron;
    break;
  }
  return out;
}

}  // namespace slipway::formats
